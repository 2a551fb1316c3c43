import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { readImageTags } from "../../../agent-host/images.ts";

const run = promisify(execFile);
/** A program that allocates a little fifty times a second, for two seconds. */
const work = `let n = 0;
const id = setInterval(() => {
  globalThis.kept = Array.from({ length: 100 }, (_, i) => ({ i, text: "x".repeat(80) + i }));
  if (++n >= 100) { clearInterval(id); process.exit(0); }
}, 20);`;
/** How often the Bun inside of OpenCode collects garbage meanwhile. */
async function collections(...preload: string[]): Promise<number> {
  const env = ["BUN_BE_BUN=1", "BUN_JSC_logGC=1", ...preload].flatMap((each) => ["-e", each]);
  const args = [
    "run",
    "--rm",
    "--network",
    "none",
    ...env,
    "--entrypoint",
    "/usr/local/bin/opencode",
    readImageTags().opencode,
    "-e",
    work,
  ];
  const { stdout, stderr } = await run("docker", args, { maxBuffer: 1 << 24 });
  return `${stdout}${stderr}`.match(/=> EdenCollection/g)?.length ?? 0;
}

describe("the Bun on which OpenCode is built", () => {
  test("collects garbage fifty times a second in a program that hardly allocates; once it does not, collector-timer.c can go", async () => {
    expect(await collections()).toBeGreaterThan(50);
  });
  test("does so a few times with the timer of a server", async () => {
    expect(await collections("LD_PRELOAD=/usr/local/lib/collector-timer.so")).toBeLessThan(20);
  });
});
