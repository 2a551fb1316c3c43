import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { KnownProcesses } from "../../../agent-host/opencode/known-processes.ts";

test("Docker is asked once for a process that lives, and again when it has ended", async () => {
  const known = new KnownProcesses<{ pid: number }>();
  const [first, second] = [spawn("cat"), spawn("cat")];
  let asked = 0;
  const find = (pid: number | undefined) =>
    known.find("server", async () => {
      asked++;
      return pid === undefined ? undefined : { pid };
    });
  try {
    expect(await find(first.pid)).toEqual({ pid: first.pid });
    expect(await find(second.pid)).toEqual({ pid: first.pid });
    expect(asked).toBe(1);

    first.kill("SIGKILL");
    await once(first, "exit");
    expect(await find(undefined)).toBeUndefined();
    expect(await find(second.pid)).toEqual({ pid: second.pid });
    expect(asked).toBe(3);
  } finally {
    for (const process of [first, second]) process.kill("SIGKILL");
  }
});
