import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { root } from "../../local/process.ts";
import { edgeUp, newMember } from "../client.ts";

/** What a stranger has of the client: its package, in a folder of their own, and Node. */
const run = promisify(execFile);
const folder = mkdtempSync(path.join(tmpdir(), "growqr-client-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const packed = z.array(z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }));
async function pack(...args: string[]) {
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder, ...args], { cwd: root });
  return packed.parse(JSON.parse(stdout.slice(stdout.indexOf("["))))[0]!;
}

const program = `
import { createGrowqrClient, followLog, GrowqrError } from "@growqr/client";
const [, , baseUrl, token, actorId] = process.argv;
const growqr = createGrowqrClient({ baseUrl, token });
const { user } = await growqr.GET("/me");
const { gitToken } = await growqr.POST("/git/tokens", { body: { name: "Stranger", repositories: ["projects/bakery"] } });
const refused = await growqr.GET("/projects/{project}", { params: { path: { project: "nowhere" } } }).catch((error) => error);
for await (const event of followLog(growqr, actorId)) {
  console.log(JSON.stringify({ user, name: gitToken.name, known: refused instanceof GrowqrError, code: refused.code, kind: event.kind }));
  break;
}
`;
const typed = `
import { createGrowqrClient } from "@growqr/client";
const growqr = createGrowqrClient({ baseUrl: "http://localhost" });
export const names: Promise<string[]> = growqr.GET("/projects").then(({ projects }) => projects.map(({ name }) => name));
// @ts-expect-error: there is no such address
growqr.GET("/nowhere");
// @ts-expect-error: a project must be named
growqr.GET("/projects/{project}");
// @ts-expect-error: a token has a name
growqr.POST("/git/tokens", { body: { repositories: [] } });
`;

test("the package is used outside the repository: its program runs on Node alone, and its types say what may be called", async () => {
  const client = await pack("-w", "edge/client");
  expect(client.files.map((file) => file.path)).toEqual(
    expect.arrayContaining(["README.md", "package.json", "dist/index.js", "dist/index.d.ts"]),
  );
  expect(client.files.filter((file) => /node_modules|generate|tsconfig/.test(file.path))).toEqual([]);
  const needed = ["openapi-fetch", "openapi-typescript-helpers", "eventsource-parser"];
  const others = await Promise.all(needed.map((name) => pack("--ignore-scripts", `./node_modules/${name}`)));
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  const archives = [client, ...others].map(({ filename }) => `./${filename}`);
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", ...archives], { cwd: folder });

  const member = await newMember();
  writeFileSync(path.join(folder, "main.mjs"), program);
  const { stdout } = await run(process.execPath, ["main.mjs", edgeUp.url, await member.token(), member.actor.id], { cwd: folder });
  expect(JSON.parse(stdout)).toMatchObject({ name: "Stranger", known: true, code: "not_found", kind: "snapshot" });

  mkdirSync(path.join(folder, "src"));
  writeFileSync(path.join(folder, "src/main.ts"), typed);
  const options = { strict: true, module: "nodenext", target: "es2022", lib: ["es2023", "dom", "dom.iterable"], noEmit: true, types: [] };
  writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["src"] }));
  await run(path.join(root, "node_modules/.bin/tsc"), ["-p", "."], { cwd: folder }).catch((error: { stdout: string }) => {
    throw new Error(error.stdout);
  });
});
