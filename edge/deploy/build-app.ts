import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { checkout, inCheckout } from "./checkout.ts";
import { readClerkOrigin } from "./clerk-instance.ts";
import { replaceFolder } from "./replace-folder.ts";

const runFile = promisify(execFile);

const isInstalled = (file: string) => file.split(path.sep).includes("node_modules");
/**
 * A hash of what the build depends on: the app, the typed client, `schema/`, the packages, and other folders
 * that go into it.
 */
export function hashAppSources(...more: string[]): string {
  const hash = createHash("sha256");
  const files = ["edge/app", "edge/client", "schema", ...more].flatMap((folder) =>
    readdirSync(inCheckout(folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !isInstalled(entry.parentPath.slice(checkout.length)))
      .map((entry) => path.join(entry.parentPath, entry.name)),
  );
  for (const file of [...files.sort(), inCheckout("package-lock.json")])
    hash.update(path.relative(checkout, file)).update("\0").update(readFileSync(file));
  return hash.digest("hex");
}
/** What a built folder is known by: its document and its policy. */
function hashBuilt(folder: string): string {
  const hash = createHash("sha256");
  for (const name of ["index.html", "_headers"])
    if (existsSync(path.join(folder, name))) hash.update(readFileSync(path.join(folder, name)));
  return hash.digest("hex");
}

/** The origins that the app's content policy lets it reach; those of a developer's machine where absent. */
export type AppOrigins = {
  /** Where Clerk is. */
  clerkOrigin?: string;
  /** Where previews and members' apps are, the only ones to frame. */
  previewOrigin?: string;
  releasedOrigin?: string;
};
/**
 * The origins of a deployment, from its settings; what is not set up there is nowhere. Clerk's script goes
 * where its key says, and nowhere else. Throws where that is no publishable key of Clerk's.
 */
export function listAppOrigins({ CLERK_PUBLISHABLE_KEY = "", PREVIEW_DOMAIN, APPS_DOMAIN }: DeploymentOrigins): Required<AppOrigins> {
  const clerkOrigin = readClerkOrigin(CLERK_PUBLISHABLE_KEY);
  if (clerkOrigin === undefined) throw new Error("CLERK_PUBLISHABLE_KEY is not a publishable key of Clerk's");
  const below = (domain: string | undefined) => (domain ? `https://*.${domain}` : "");
  return { clerkOrigin, previewOrigin: below(PREVIEW_DOMAIN), releasedOrigin: below(APPS_DOMAIN) };
}
type DeploymentOrigins = { [Name in "CLERK_PUBLISHABLE_KEY" | "PREVIEW_DOMAIN" | "APPS_DOMAIN"]?: string | undefined };

/**
 * Builds the app into `output`, unless what is there was built from the same content for the same origins.
 */
export async function buildApp({ output = inCheckout("dist/app"), ...origins }: AppOrigins & { output?: string } = {}): Promise<{
  folder: string;
  built: boolean;
}> {
  const { clerkOrigin, previewOrigin, releasedOrigin } = origins;
  const stamp = `${output}.hash`;
  const named = [clerkOrigin, previewOrigin, releasedOrigin].map((each) => each ?? "here").join(" ");
  const wanted = () => [hashAppSources(), named, hashBuilt(output)].join("\n");
  const have = existsSync(path.join(output, "index.html")) && existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (have === wanted()) return { folder: output, built: false };
  const words = ["build", "--config", inCheckout("edge/app/vite.config.ts"), "--logLevel", "warn"];
  await replaceFolder(output, async (fresh) => {
    const env = {
      ...process.env,
      NODE_ENV: "production", // a test run would otherwise build React's development edition
      APP_OUTPUT: fresh,
      ...(clerkOrigin === undefined ? {} : { APP_CLERK_ORIGIN: clerkOrigin }),
      ...(previewOrigin === undefined ? {} : { APP_PREVIEW_ORIGIN: previewOrigin }),
      ...(releasedOrigin === undefined ? {} : { APP_RELEASED_ORIGIN: releasedOrigin }),
    };
    await runFile(process.execPath, [inCheckout("node_modules/vite/bin/vite.js"), ...words], { cwd: checkout, env });
  });
  writeFileSync(stamp, wanted());
  return { folder: output, built: true };
}
