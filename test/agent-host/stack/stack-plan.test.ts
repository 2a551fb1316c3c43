import { describe, expect, it } from "vitest";
import { describeClock } from "../../../agent-host/cli/doctor.ts";
import { describeFailure, diskReserve, isDiskFull, isNoRoomError, seesDockerFolder } from "../../../agent-host/disk.ts";
import { isAllowedName } from "../../../agent-host/network/egress.ts";
import { hostRules } from "../../../agent-host/network/network.ts";
import {
  describeObserved,
  isMemoryMissing,
  isStackDue,
  planStack,
  type SeenStack,
  stackBackoff,
  type WantedStack,
} from "../../../agent-host/stack/stack-plan.ts";
import { readInstance } from "../../../schema/machine/instance.ts";
import { isPublicAddress } from "../../../schema/wire/public-address.ts";

const now = 1_000_000;
const want = (change: Partial<WantedStack> = {}): WantedStack => ({
  tier: "running",
  leased: true,
  keeps: false,
  attempts: 0,
  failedAt: 0,
  awaits: [],
  ...change,
});
const seen = (change: Partial<SeenStack> = {}): SeenStack => ({
  network: true,
  memory: true,
  workspace: true,
  gitea: "running",
  opencode: "running",
  writer: true,
  ...change,
});
const absent: SeenStack = { network: false, memory: false, workspace: false, gitea: "absent", opencode: "absent", writer: false };

describe("plan", () => {
  it("makes the network first, then both containers side by side", () => {
    expect(planStack(want(), absent)).toEqual(["network"]);
    expect(planStack(want(), { ...absent, network: true, memory: true, workspace: true })).toEqual(["gitea", "opencode"]);
  });
  it("waits for the images of what does not run before it starts any of it, and for none that it does not need", () => {
    const made = { ...absent, network: true, memory: true, workspace: true };
    const awaits = ["gitea", "opencode"] as const;
    expect(planStack(want({ awaits }), absent)).toEqual(["network"]);
    expect(planStack(want({ awaits }), made)).toEqual(["image"]);
    expect(planStack(want({ awaits: ["opencode"] }), made)).toEqual(["image"]);
    expect(planStack(want({ awaits: ["opencode"] }), seen({ gitea: "exited" }))).toEqual(["gitea"]);
    expect(planStack(want({ awaits }), seen({ writer: false }))).toEqual(["gitea"]); // it runs; only its writer is missing
    for (const not of [{ tier: "stopped" }, { leased: false }] as const) expect(planStack(want({ awaits, ...not }), made)).toEqual([]);
  });
  it("has nothing to do for a pair that runs with its writer", () => {
    expect(planStack(want(), seen())).toEqual([]);
  });
  it("asks Gitea for a writer when the ledger has none", () => {
    expect(planStack(want(), seen({ writer: false }))).toEqual(["gitea"]);
  });
  it("starts what was created but never started, and what ended by itself", () => {
    expect(planStack(want(), seen({ opencode: "created" }))).toEqual(["opencode"]);
    expect(planStack(want(), seen({ gitea: "exited" }))).toEqual(["gitea"]);
  });
  it("pauses a stack whose lease has ended and starts nothing of it", () => {
    expect(planStack(want({ leased: false }), seen())).toEqual(["pause"]);
    expect(planStack(want({ leased: false }), absent)).toEqual([]);
    expect(planStack(want({ leased: false }), seen({ gitea: "exited", opencode: "exited" }))).toEqual([]);
  });
  it("wakes a paused pair when the lease is back", () => {
    expect(planStack(want(), seen({ gitea: "paused", opencode: "paused" }))).toEqual(["wake"]);
  });
  it("stops what runs and what is paused", () => {
    expect(planStack(want({ tier: "stopped" }), seen({ gitea: "paused" }))).toEqual(["stop"]);
    expect(planStack(want({ tier: "stopped" }), seen({ gitea: "exited", opencode: "exited" }))).toEqual([]);
  });
  it("keeps the volumes of an archived stack and takes those of an erased one", () => {
    const down = seen({ gitea: "exited", opencode: "exited" });
    expect(planStack(want({ tier: "archived" }), down)).toEqual(["drop"]);
    expect(planStack(want({ tier: "archived" }), { ...absent, memory: true, workspace: true })).toEqual([]);
    expect(planStack(want({ tier: "erased" }), { ...absent, memory: true, workspace: true })).toEqual(["erase"]);
  });
  it("makes no memory in the place of one that is missing: what is left of the stack stops, and nothing is started until it is back", () => {
    const kept = want({ keeps: true });
    expect(planStack(kept, seen({ memory: false }))).toEqual(["stop"]);
    expect(planStack(kept, seen({ memory: false, gitea: "absent", opencode: "exited" }))).toEqual([]);
    expect(planStack(kept, { ...absent, workspace: true })).toEqual([]);
    expect(isMemoryMissing(kept, absent)).toBe(true);
    expect(planStack(kept, seen({ gitea: "absent", opencode: "exited" }))).toEqual(["gitea", "opencode"]);
    expect(planStack(kept, seen({ workspace: false, opencode: "absent" }))).toEqual(["network"]); // a box holds nothing that is nowhere else
  });
  it("waits longer after each failure, half a minute at most", () => {
    expect([0, 1, 2, 3, 20].map(stackBackoff)).toEqual([0, 500, 1_000, 2_000, 30_000]);
    expect(isStackDue(want({ attempts: 2, failedAt: now }), now + 999)).toBe(false);
    expect(isStackDue(want({ attempts: 2, failedAt: now }), now + 1_000)).toBe(true);
  });
});

describe("observed", () => {
  const idle = { busy: false, failed: false, wantsRunning: true };
  it("says running only of a whole pair that nobody works on", () => {
    expect(describeObserved(seen(), idle)).toBe("running");
    expect(describeObserved(seen(), { ...idle, busy: true })).toBe("creating");
    expect(describeObserved(seen({ gitea: "created" }), { ...idle, busy: true })).toBe("creating");
  });
  it("says failed while the next try is not due", () => {
    expect(describeObserved(seen({ gitea: "exited" }), { ...idle, failed: true })).toBe("failed");
    expect(describeObserved(seen({ gitea: "exited" }), { ...idle, failed: true, wantsRunning: false })).toBe("failed"); // a part runs
  });
  it("says no failure of what is to rest and rests, whatever is missing for it", () => {
    const rests = { ...idle, failed: true, wantsRunning: false };
    expect(describeObserved(seen({ gitea: "exited", opencode: "exited" }), rests)).toBe("stopped");
    expect(describeObserved(absent, rests)).toBe("absent");
  });
  it("tells absent, stopped and paused apart", () => {
    expect(describeObserved(absent, idle)).toBe("absent");
    expect(describeObserved(seen({ gitea: "exited", opencode: "exited" }), { ...idle, wantsRunning: false })).toBe("stopped");
    expect(describeObserved(seen({ gitea: "paused", opencode: "paused" }), { ...idle, wantsRunning: false })).toBe("paused");
  });
});

describe("the disk", () => {
  it("keeps a twentieth of itself free, a gigabyte at most, and has no room for anything new below that", () => {
    const mb = 1024 ** 2;
    expect(diskReserve(200 * mb)).toBe(10 * mb);
    expect(diskReserve(500 * 1024 * mb)).toBe(1024 * mb);
    expect(isDiskFull([{ free: 11 * mb, size: 200 * mb }])).toBe(false);
    expect(
      isDiskFull([
        { free: 11 * mb, size: 200 * mb },
        { free: 9 * mb, size: 200 * mb },
      ]),
    ).toBe(true);
  });
  it("is seen by a daemon where Docker has it; one in a container that was told another folder does not serve", () => {
    expect([seesDockerFolder("/proc", undefined), seesDockerFolder("/none", undefined), seesDockerFolder("/proc", "/proc/")]).toEqual([
      ...[true, false, true],
    ]);
    expect(() => seesDockerFolder("/proc", "/var/lib/docker")).toThrow("Docker's own folder is /proc, not /var/lib/docker");
  });
  it("is known as full by the kernel's, SQLite's and Docker's word, wherever in the causes it stands", () => {
    const docker = new Error("(HTTP code 500) server error - mkdir /var/lib/docker/x: no space left on device");
    for (const error of [Object.assign(new Error("x"), { code: "ENOSPC" }), Object.assign(new Error("x"), { errcode: 13 }), docker])
      expect(isNoRoomError(new Error("outer", { cause: error }))).toBe(true);
    expect(isNoRoomError(new Error("refused"))).toBe(false);
    expect([describeFailure(docker).code, describeFailure(new Error("refused")).code]).toEqual(["storage_full", "internal"]);
  });
});

describe("the clock", () => {
  it("is told with how far it is from the edge's, and fails past a minute", () => {
    expect(describeClock(-59)).toBe("59 s behind the edge's; 60 s are tolerated");
    expect(() => describeClock(61)).toThrow(/61 s ahead of the edge's.*set the clock/);
  });
});

describe("rules", () => {
  it("name each pair once and let only OpenCode reach the gateway", () => {
    const text = hostRules(readInstance("test-host"), [0, 3]);
    expect(text).toContain('10.72.0.3 . "gq8b0", 10.72.0.27 . "gq8b3"');
    expect(text).not.toContain('10.72.0.2 . "gq8b0"');
    expect(text).toContain("10.72.0.4 . 10.72.0.2, 10.72.0.5 . 10.72.0.2, 10.72.0.6 . 10.72.0.2, 10.72.0.28 . 10.72.0.26");
    expect(text.match(/counter drop/g)).toHaveLength(4); // into this machine, past it, and from and to a run
  });
  it("name a single pair, and are legal when there is none", () => {
    const testedInstance = readInstance("test-host");
    expect(hostRules(testedInstance, [])).not.toContain("elements");
    expect(hostRules(testedInstance, [1])).toContain('elements = { 10.72.0.11 . "gq8b1" }');
  });
});

describe("the list of the CONNECT proxy", () => {
  it("takes a name itself and, with a dot before it, all below it", () => {
    expect(isAllowedName(["example.org"], "Example.ORG.")).toBe(true);
    expect(isAllowedName(["example.org"], "a.example.org")).toBe(false);
    expect(isAllowedName([".example.org"], "a.example.org")).toBe(true);
    expect(isAllowedName([".example.org"], "badexample.org")).toBe(false);
  });
  it("takes no address, and dials none that is not public", () => {
    expect(isAllowedName(["203.0.113.1"], "203.0.113.1")).toBe(false);
    for (const address of ["10.72.255.1", "127.0.0.1", "169.254.169.254", "192.168.1.1", "172.16.0.1", "0.0.0.0", "::1"])
      expect(isPublicAddress(address)).toBe(false);
    expect(isPublicAddress("93.184.216.34")).toBe(true);
  });
});
