import { mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ownFolder } from "../../harness/fixtures.ts";

/**
 * What the platform's plug-in lets a file tool of OpenCode do; that it is in force there:
 * server-state.test.ts.
 */
type Before = (input: { tool: string }, output: { args: object }) => Promise<void>;
const folder = ownFolder();
const at = (...names: string[]) => path.join(folder, ...names);
let before: Before;
beforeAll(async () => {
  mkdirSync(at("work"), { recursive: true });
  mkdirSync(at("state/data"), { recursive: true });
  process.env.GROWQR_STATE = at("state");
  const file = "../../../agent-host/images/opencode/config/plugin/platform.js";
  const { Platform } = (await import(file)) as { Platform: (given: { directory: string }) => Promise<Record<string, Before>> };
  before = (await Platform({ directory: at("work") }))["tool.execute.before"]!;
});
const write = (filePath: string, content = "") => before({ tool: "write" }, { args: { filePath, content } });

test("a text that is no path is written, however many slashes it holds", async () => {
  for (const content of [
    "<ul><li>Rye</li></ul>\n".repeat(60),
    "/".repeat(4_096),
    "a/".repeat(2_048),
    "../".repeat(1_300),
    `/${"a".repeat(300)}/b`,
  ])
    await expect(write("page.html", content), content.slice(0, 20)).resolves.toBeUndefined();
});

test("a path into the server's own folder is refused, also by links to what is not there yet", async () => {
  symlinkSync(at("state"), at("work/there"));
  symlinkSync("there/new", at("work/two"));
  for (const place of ["../state/data/x", "there/data/x", "two/x", "not/../there/x", at("state")])
    await expect(write(place), place).rejects.toThrow("This folder belongs to the platform.");
});

test("as many links as the kernel follows are followed, and no more", async () => {
  for (let n = 0; n < 60; n++) symlinkSync(`link-${n + 1}`, at("work", `link-${n}`));
  await expect(write("link-25/x")).resolves.toBeUndefined();
  await expect(write("link-0/x")).rejects.toThrow("too many links");
  symlinkSync("b/b", at("work/a"));
  symlinkSync("a/a", at("work/b"));
  await expect(write("a/b/a/b")).rejects.toThrow("too many links");
});
