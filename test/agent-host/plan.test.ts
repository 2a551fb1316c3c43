import { describe, expect, it } from "vitest";
import { allowed } from "../../agent-host/egress.ts";
import { rules } from "../../agent-host/network.ts";
import { backoff, due, observed, plan, type Seen, type Want } from "../../agent-host/plan.ts";
import { isPublic } from "../../schema/address.ts";
import { instance } from "../../schema/instance.ts";

const now = 1_000_000;
const want = (change: Partial<Want> = {}): Want => ({ tier: "running", lease: now + 1, attempts: 0, failedAt: 0, ...change });
const seen = (change: Partial<Seen> = {}): Seen => ({
  network: true,
  volumes: true,
  gitea: "running",
  opencode: "running",
  writer: true,
  ...change,
});
const absent: Seen = { network: false, volumes: false, gitea: "absent", opencode: "absent", writer: false };

describe("plan", () => {
  it("makes the network first, then both containers side by side", () => {
    expect(plan(want(), absent, now)).toEqual(["network"]);
    expect(plan(want(), { ...absent, network: true, volumes: true }, now)).toEqual(["gitea", "opencode"]);
  });
  it("has nothing to do for a pair that runs with its writer", () => {
    expect(plan(want(), seen(), now)).toEqual([]);
  });
  it("asks Gitea for a writer when the ledger has none", () => {
    expect(plan(want(), seen({ writer: false }), now)).toEqual(["gitea"]);
  });
  it("starts what was created but never started, and what ended by itself", () => {
    expect(plan(want(), seen({ opencode: "created" }), now)).toEqual(["opencode"]);
    expect(plan(want(), seen({ gitea: "exited" }), now)).toEqual(["gitea"]);
  });
  it("pauses a stack whose lease has ended and starts nothing of it", () => {
    expect(plan(want({ lease: now }), seen(), now)).toEqual(["pause"]);
    expect(plan(want({ lease: now }), absent, now)).toEqual([]);
    expect(plan(want({ lease: now }), seen({ gitea: "exited", opencode: "exited" }), now)).toEqual([]);
  });
  it("wakes a paused pair when the lease is back", () => {
    expect(plan(want(), seen({ gitea: "paused", opencode: "paused" }), now)).toEqual(["wake"]);
  });
  it("stops what runs and what is paused", () => {
    expect(plan(want({ tier: "stopped" }), seen({ gitea: "paused" }), now)).toEqual(["stop"]);
    expect(plan(want({ tier: "stopped" }), seen({ gitea: "exited", opencode: "exited" }), now)).toEqual([]);
  });
  it("keeps the volumes of an archived stack and takes those of an erased one", () => {
    const down = seen({ gitea: "exited", opencode: "exited" });
    expect(plan(want({ tier: "archived" }), down, now)).toEqual(["drop"]);
    expect(plan(want({ tier: "archived" }), { ...absent, volumes: true }, now)).toEqual([]);
    expect(plan(want({ tier: "erased" }), { ...absent, volumes: true }, now)).toEqual(["erase"]);
  });
  it("waits longer after each failure, half a minute at most", () => {
    expect([0, 1, 2, 3, 20].map(backoff)).toEqual([0, 500, 1_000, 2_000, 30_000]);
    expect(due(want({ attempts: 2, failedAt: now }), now + 999)).toBe(false);
    expect(due(want({ attempts: 2, failedAt: now }), now + 1_000)).toBe(true);
  });
});

describe("observed", () => {
  const idle = { busy: false, failed: false, wantsRunning: true };
  it("says running only of a whole pair that nobody works on", () => {
    expect(observed(seen(), idle)).toBe("running");
    expect(observed(seen(), { ...idle, busy: true })).toBe("creating");
    expect(observed(seen({ gitea: "created" }), { ...idle, busy: true })).toBe("creating");
  });
  it("says failed while the next try is not due", () => {
    expect(observed(seen({ gitea: "exited" }), { ...idle, failed: true })).toBe("failed");
  });
  it("tells absent, stopped and paused apart", () => {
    expect(observed(absent, idle)).toBe("absent");
    expect(observed(seen({ gitea: "exited", opencode: "exited" }), { ...idle, wantsRunning: false })).toBe("stopped");
    expect(observed(seen({ gitea: "paused", opencode: "paused" }), { ...idle, wantsRunning: false })).toBe("paused");
  });
});

describe("rules", () => {
  it("name each pair once and let only OpenCode reach the gateway", () => {
    const text = rules(instance("test-host"), [0, 3]);
    expect(text).toContain('10.72.0.3 . "gq8b0", 10.72.0.27 . "gq8b3"');
    expect(text).not.toContain('10.72.0.2 . "gq8b0"');
    expect(text).toContain("10.72.0.4 . 10.72.0.2, 10.72.0.5 . 10.72.0.2, 10.72.0.6 . 10.72.0.2, 10.72.0.28 . 10.72.0.26");
    expect(text.match(/counter drop/g)).toHaveLength(4); // into this machine, past it, and from and to a run
  });
  it("are the same for the same pairs, and legal when there is none", () => {
    const of = instance("test-host");
    expect(rules(of, [])).not.toContain("elements");
    expect(rules(of, [1])).toBe(rules(of, [1]));
  });
});

describe("the list of the CONNECT proxy", () => {
  it("takes a name itself and, with a dot before it, all below it", () => {
    expect(allowed(["example.org"], "Example.ORG.")).toBe(true);
    expect(allowed(["example.org"], "a.example.org")).toBe(false);
    expect(allowed([".example.org"], "a.example.org")).toBe(true);
    expect(allowed([".example.org"], "badexample.org")).toBe(false);
  });
  it("takes no address, and dials none that is not public", () => {
    expect(allowed(["203.0.113.1"], "203.0.113.1")).toBe(false);
    for (const address of ["10.72.255.1", "127.0.0.1", "169.254.169.254", "192.168.1.1", "172.16.0.1", "0.0.0.0", "::1"])
      expect(isPublic(address)).toBe(false);
    expect(isPublic("203.0.113.1")).toBe(true);
  });
});
