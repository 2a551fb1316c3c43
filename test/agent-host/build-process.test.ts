import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { runBuild } from "../../agent-host/build-process.ts";
import { eventually } from "../harness/eventually.ts";

const isRunning = (word: string) => execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).includes(word);

it("a build that is aborted ends with all that it has started, also what does not heed the request to end", async () => {
  const seconds = `1000.${process.pid}`;
  const abort = new AbortController();
  const build = runBuild("sh", ["-c", `(trap '' TERM; sleep ${seconds}; sleep ${seconds}) & sh -c 'sleep ${seconds} | cat'; wait`], {
    signal: abort.signal,
  });
  await eventually("it runs", async () => isRunning(`sleep ${seconds}`));
  abort.abort();
  await expect(build).rejects.toThrow();
  await eventually("nothing of it is left", async () => !isRunning(seconds));
});

it("a build that fails says its last line, and one that comes too late is not started", async () => {
  await expect(runBuild("sh", ["-c", "echo first; echo last >&2; exit 3"])).rejects.toThrow(/^last$/);
  await expect(runBuild("sh", ["-c", "exit 3"])).rejects.toThrow("ended with 3");
  await expect(runBuild("no-such-program", [])).rejects.toThrow(/ENOENT/);
  await expect(runBuild("sh", ["-c", "true"], { signal: AbortSignal.abort() })).rejects.toThrow("everything stops");
  await runBuild("true", []);
});
