import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { readImageTags } from "../../../agent-host/images.ts";

const run = promisify(execFile);
/** A program that allocates a little a hundred times, every 20 ms, and says for how many seconds it ran. */
const work = `let n = 0;
const id = setInterval(() => {
  globalThis.kept = Array.from({ length: 100 }, (_, i) => ({ i, text: "x".repeat(80) + i }));
  if (++n >= 100) { clearInterval(id); console.log("seconds " + performance.now() / 1000); process.exit(0); }
}, 20);`;
/** How often the Bun inside of OpenCode collects garbage meanwhile, and how long the program ran. */
async function collect(...preload: string[]): Promise<{ collections: number; seconds: number }> {
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
  const collections = `${stdout}${stderr}`.match(/=> EdenCollection/g)?.length ?? 0;
  return { collections, seconds: Number(/^seconds ([\d.]+)$/m.exec(stdout)?.[1]) };
}

describe("the Bun on which OpenCode is built", () => {
  test("collects garbage fifty times a second in a program that hardly allocates; once it does not, collector-timer.c can go", async () => {
    expect((await collect()).collections).toBeGreaterThan(50);
  });
  test("does so once a second, and a few times for a heap that has grown, with the timer of a server", async () => {
    const { collections, seconds } = await collect("LD_PRELOAD=/usr/local/lib/collector-timer.so");
    expect({ collections, seconds }).toEqual({ collections: expect.toSatisfy((n: number) => n < 18 + seconds), seconds });
  });
});
