import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { watchDisk } from "../../local/disk-watch.ts";
import { AlreadyRuns, holder, lock, startOf } from "../../local/lock.ts";
import { root, start } from "../../local/process.ts";
import { openSecrets } from "../../local/secrets.ts";
import { readSettings } from "../../local/settings.ts";
import { keep } from "../../local/supervisor.ts";
import { fillDisk } from "../fill-disk.ts";
import { limit } from "../suite/limit.ts";

const mb = 1024 * 1024;
let folder: string;
const lines: string[] = [];
const log = (line: string) => lines.push(line);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "growqr-local-"));
  lines.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

async function until(ready: () => boolean): Promise<void> {
  const end = Date.now() + limit(10_000);
  while (!ready()) {
    if (Date.now() > end) throw new Error("not in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const sleeper = () => start({ name: "sleeper", command: "sleep", args: ["300"], folder, ready: async () => true });

describe("the instance lock", () => {
  test("a second start is told who runs and where", () => {
    const first = lock(folder, "http://localhost:20000", log);
    expect(() => lock(folder, "http://localhost:20000", log)).toThrow(AlreadyRuns);
    expect(() => lock(folder, "x", log)).toThrow(new RegExp(`process ${process.pid}.*http://localhost:20000`));
    expect(holder(folder)?.holder.pid).toBe(process.pid);
    first.release();
    expect(holder(folder)).toBeUndefined();
    lock(folder, "x", log).release();
  });

  test("a lock whose holder died is taken over, and the parts it left are ended", async () => {
    const child = spawn("sleep", ["300"], { detached: true });
    const parts = [
      { name: "engine", pid: child.pid!, started: startOf(child.pid!)! },
      { name: "other", pid: process.pid, started: "1" }, // a pid that has been given to someone else since
    ];
    const dead = { holder: { pid: process.pid, started: "1", name: "supervisor" }, url: "x", since: "then", parts };
    writeFileSync(path.join(folder, "lock.json"), JSON.stringify(dead));
    const ended = once(child, "exit");
    const mine = lock(folder, "y", log);
    expect((await ended)[1]).toBe("SIGKILL");
    expect(lines.join()).toContain("ending engine");
    expect(holder(folder)?.url).toBe("y");
    mine.release();
  });

  test("a damaged lock is told and not removed", () => {
    writeFileSync(path.join(folder, "lock.json"), "{");
    expect(() => lock(folder, "x", log)).toThrow(/damaged/);
    expect(existsSync(path.join(folder, "lock.json"))).toBe(true);
  });

  test("parts that are noted are in the lock", () => {
    const mine = lock(folder, "x", log);
    mine.note("engine", process.pid);
    mine.note("engine", process.pid);
    expect(JSON.parse(readFileSync(path.join(folder, "lock.json"), "utf8")).parts).toEqual([
      { name: "engine", pid: process.pid, started: startOf(process.pid) },
    ]);
    mine.release();
  });
});

test("on a full disk the lock still notes the parts that are started", () => {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]);
  try {
    const mine = lock(folder, "x", log);
    expect(fillDisk(folder)).toBe("ENOSPC");
    mine.note("engine", process.pid);
    mine.note("runner", process.pid);
    expect(holder(folder)?.holder.pid).toBe(process.pid);
    expect(JSON.parse(readFileSync(path.join(folder, "lock.json"), "utf8")).parts.map((part: { name: string }) => part.name)).toEqual([
      "engine",
      "runner",
    ]);
    mine.release();
  } finally {
    execFileSync("umount", [folder]);
  }
});

describe("keeping a part", () => {
  test("a part that was killed comes back as another process, and stopping ends it for good", async () => {
    const pids: number[] = [];
    const kept = await keep(sleeper, { log, started: (part) => pids.push(part.pid), gaveUp: (name) => log(`gave up ${name}`) });
    process.kill(pids[0]!, "SIGKILL");
    await until(() => kept.restarts() === 1);
    expect(pids).toHaveLength(2);
    expect(kept.now().pid).toBe(pids[1]);
    await kept.stop();
    expect(pids.map(startOf)).toEqual([undefined, undefined]);
    expect(lines.join("\n")).toMatch(/ended by itself; starting it again in 0.5 s \(its log: .*sleeper.log\)/);
  });

  test("a part that ran for ten seconds before each end is started again as after the first", async () => {
    const pids: number[] = [];
    const kept = await keep(sleeper, { log, started: (part) => pids.push(part.pid), gaveUp: (name) => log(`gave up ${name}`) });
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      for (let round = 1; round <= 3; round += 1) {
        vi.setSystemTime(Date.now() + 11_000);
        process.kill(pids.at(-1)!, "SIGKILL");
        await vi.waitFor(() => expect(kept.restarts()).toBe(round), { timeout: limit(10_000) });
      }
    } finally {
      vi.useRealTimers();
    }
    expect(lines.filter((line) => line.includes("ended by itself; starting it again in 0.5 s"))).toHaveLength(3);
    await kept.stop();
  });

  test("a part that is renewed comes back at once, and is not said to have ended by itself", async () => {
    const kept = await keep(sleeper, { log, started: () => undefined, gaveUp: () => undefined });
    const before = kept.now().pid;
    for (let round = 1; round <= 7; round += 1) {
      await kept.renew();
      await until(() => kept.restarts() === round);
    }
    expect([startOf(before), startOf(kept.now().pid) !== undefined]).toEqual([undefined, true]);
    expect(new Set(lines)).toEqual(new Set(["sleeper runs again"]));
    await kept.stop();
  });

  test("a part that ends while the disk is full waits for room, however often, and no end is counted", async () => {
    let room = true;
    const kept = await keep(sleeper, { log, started: () => undefined, gaveUp: (name) => log(`gave up ${name}`), roomy: () => room });
    for (let round = 1; round <= 7; round += 1) {
      room = false;
      process.kill(kept.now().pid, "SIGKILL");
      await until(() => lines.filter((line) => line.includes("when the disk has room")).length === round);
      expect(startOf(kept.now().pid)).toBeUndefined();
      room = true;
      await until(() => kept.restarts() === round);
    }
    await kept.stop();
    expect(lines.join()).not.toContain("gave up");
  });

  test("a stop while it waits for room ends the wait: room is not asked for again", async () => {
    let asked = 0;
    const roomy = () => {
      asked += 1;
      return false;
    };
    const kept = await keep(sleeper, { log, started: () => undefined, gaveUp: () => undefined, roomy });
    process.kill(kept.now().pid, "SIGKILL");
    await until(() => lines.length > 0);
    const before = asked;
    await kept.stop(); // one that does not end the wait gives up after four more looks
    expect(asked).toBe(before);
  });

  test("a disk is full below its least and has room again at twice that, each told once", () => {
    let bytes = 100 * mb;
    let recovered = 0;
    const disk = watchDisk(folder, { log, recovered: () => (recovered += 1) }, () => bytes);
    const steps: [number, boolean][] = [
      [100, true],
      [3, false],
      [3, false],
      [5, false],
      [8, true],
      [5, true],
    ];
    for (const [free, roomy] of steps) {
      bytes = free * mb;
      expect([free, disk.roomy()]).toEqual([free, roomy]);
    }
    disk.stop();
    expect([recovered, lines.length]).toEqual([1, 2]);
  });

  test("stopping while it waits to start again starts nothing", async () => {
    const kept = await keep(sleeper, { log, started: () => undefined, gaveUp: () => undefined });
    process.kill(kept.now().pid, "SIGKILL");
    await until(() => lines.length > 0);
    await kept.stop();
    expect(startOf(kept.now().pid)).toBeUndefined();
    expect(kept.restarts()).toBe(0);
  });
});

describe("a file of tests that is cut off", () => {
  const ways = [
    ["Ctrl-C", (worker: ChildProcess) => worker.kill("SIGINT")],
    ["TERM", (worker: ChildProcess) => worker.kill("SIGTERM")],
    ["the end of vitest", (worker: ChildProcess) => worker.disconnect()],
  ] as const;
  test.each(ways)("takes along what it started: by %s", async (_, cut) => {
    const program = `import "${root}/test/harness/suite/worker-exit.ts";
      import { start } from "${root}/test/local/process.ts";
      const { pid } = await start({ name: "part", command: "sleep", args: ["300"], folder: "${folder}", ready: async () => true });
      process.send(pid);
      setInterval(() => undefined, 1_000);`;
    const worker = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const [pid] = (await once(worker, "message")) as [number];
    expect(startOf(pid)).toBeDefined();
    const ended = once(worker, "exit");
    cut(worker);
    await ended;
    await until(() => startOf(pid) === undefined);
  });
});

describe("secrets and settings", () => {
  test("secrets are made once, differ between instances, and only their owner reads them", async () => {
    const [a, b] = [path.join(folder, "a"), path.join(folder, "b")];
    const first = await openSecrets(a);
    expect(await openSecrets(a)).toEqual(first);
    expect((await openSecrets(b)).engineToken).not.toBe(first.engineToken);
    expect(statSync(path.join(a, "secrets.json")).mode & 0o777).toBe(0o600);
  });

  test("a damaged secrets file is told, not replaced", async () => {
    mkdirSync(path.join(folder, "c"));
    writeFileSync(path.join(folder, "c", "secrets.json"), "{}");
    await expect(openSecrets(path.join(folder, "c"))).rejects.toThrow();
    expect(readFileSync(path.join(folder, "c", "secrets.json"), "utf8")).toBe("{}");
  });

  test("settings have defaults, empty ones count as absent, and a half-set Clerk is refused without its values", () => {
    expect(readSettings({ OPENAI_API_KEY: "", GROWQR_INSTANCE: "" })).toMatchObject({
      GROWQR_INSTANCE: "main",
      OPENAI_BASE_URL: "https://api.openai.com/v1",
    });
    expect(() => readSettings({ GROWQR_INSTANCE: "../x" })).toThrow(/GROWQR_INSTANCE/);
    expect(() => readSettings({ CLERK_PUBLISHABLE_KEY: "pk_test_planted" })).toThrow(/CLERK_SECRET_KEY and OPERATOR_EMAIL/);
    expect(() => readSettings({ CLERK_PUBLISHABLE_KEY: "pk_test_planted" })).not.toThrow(/planted/);
  });
});
