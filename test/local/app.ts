import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { root } from "./process.ts";

const run = promisify(execFile);

/**
 * A hash of what the build depends on: the app, `schema/`, the packages, and other folders that go into it.
 */
export function contentHash(...more: string[]): string {
  const hash = createHash("sha256");
  const files = ["edge/app", "schema", ...more].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name)),
  );
  for (const file of [...files.sort(), path.join(root, "package-lock.json")])
    hash.update(path.relative(root, file)).update("\0").update(readFileSync(file));
  return hash.digest("hex");
}

export type AppBuild = {
  /** Where Clerk is, for the content policy; without it the demo's sign-in. */
  identityOrigin?: string;
  /** Where previews and members' apps are, the only ones to frame; without them a developer's machine. */
  previewOrigin?: string;
  releasedOrigin?: string;
  /** The folder it is built into; dist/app where none is named. */
  output?: string;
};
/** Builds the app, unless what is there was built from the same content for the same origins. */
export async function buildApp({ output = path.join(root, "dist/app"), ...origins }: AppBuild = {}): Promise<{
  folder: string;
  built: boolean;
}> {
  const { identityOrigin, previewOrigin, releasedOrigin } = origins;
  const stamp = `${output}.hash`;
  const wanted =
    contentHash() +
    [identityOrigin, previewOrigin, releasedOrigin]
      .map((each) => each ?? "")
      .join(" ")
      .trim();
  const have = existsSync(path.join(output, "index.html")) && existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (have === wanted) return { folder: output, built: false };
  const vite = path.join(root, "node_modules/vite/bin/vite.js");
  const env = {
    ...process.env,
    NODE_ENV: "production", // a test run would otherwise build React's development edition
    APP_OUTPUT: output,
    ...(identityOrigin ? { APP_IDENTITY_ORIGIN: identityOrigin } : {}),
    ...(previewOrigin ? { APP_PREVIEW_ORIGIN: previewOrigin } : {}),
    ...(releasedOrigin ? { APP_RELEASED_ORIGIN: releasedOrigin } : {}),
  };
  await run(process.execPath, [vite, "build", "--config", path.join(root, "edge/app/vite.config.ts"), "--logLevel", "warn"], {
    cwd: root,
    env,
  });
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
  return { folder: output, built: true };
}
