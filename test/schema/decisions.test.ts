import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { entitlement, entitlementCeiling, type Subscription } from "../../schema/billing/entitlement.ts";
import * as host from "../../schema/machine/host.ts";
import { type PlacementCandidate, placement } from "../../schema/stack/placement.ts";
import { ceilings, compareOrder, desiredState, tiers } from "../../schema/stack/stack.ts";
import * as turn from "../../schema/turn.ts";
import { newId } from "../../schema/wire/id.ts";
import { errorClasses, retryDelay } from "../../schema/work.ts";

const day = 86_400_000;
const subscription = fc.record<Subscription>({
  plan: fc.constantFrom("trial", "studio"),
  status: fc.constantFrom("trialing", "active", "past_due", "canceled"),
  periodEnd: fc.integer({ min: 1e12, max: 2e12 }),
});

describe("entitlement", () => {
  test("without a subscription there is none", () => {
    expect(entitlement(undefined, 1e12)).toBe("none");
  });
  test("a trial ends at its end without grace", () => {
    const trial: Subscription = { plan: "trial", status: "trialing", periodEnd: 1e12 };
    expect(entitlement(trial, 1e12 - 1)).toBe("trialing");
    expect(entitlement(trial, 1e12)).toBe("suspended");
  });
  test("a missed payment has a week of grace, then is suspended, then archived", () => {
    const late: Subscription = { plan: "studio", status: "past_due", periodEnd: 1e12 };
    expect(entitlement(late, 1e12 + 7 * day - 1)).toBe("grace");
    expect(entitlement(late, 1e12 + 7 * day)).toBe("suspended");
    expect(entitlement(late, 1e12 + 97 * day)).toBe("archived");
  });
  test("a month, and free days of a plan, end in a payment: an hour is Stripe's, then a week of grace is the member's", () => {
    for (const status of ["active", "trialing"] as const) {
      const ended: Subscription = { plan: "studio", status, periodEnd: 1e12 };
      expect(entitlement(ended, 1e12 + 3_600_000 - 1)).toBe(status);
      expect(entitlement(ended, 1e12 + 3_600_000)).toBe("grace");
      expect(entitlement(ended, 1e12 + 7 * day)).toBe("suspended");
    }
    expect(entitlement({ plan: "studio", status: "canceled", periodEnd: 1e12 }, 1e12)).toBe("suspended");
  });
  test("time alone never gives more than it gave before", () => {
    const rank = ["trialing", "active", "grace", "suspended", "archived"];
    fc.assert(
      fc.property(subscription, fc.integer({ min: 9e11, max: 3e12 }), fc.integer({ min: 0, max: 3e11 }), (subscribed, now, later) => {
        const [before, after] = [entitlement(subscribed, now), entitlement(subscribed, now + later)];
        expect(rank.indexOf(after)).toBeGreaterThanOrEqual(rank.indexOf(before));
      }),
    );
  });
  test("only trialing, active and grace may run", () => {
    expect((["none", "trialing", "active", "grace", "suspended", "archived"] as const).map(entitlementCeiling)).toEqual([
      "stopped",
      "running",
      "running",
      "running",
      "stopped",
      "archived",
    ]);
  });
});

const hostId = fc.constant(null).map(() => newId("hst"));
const candidate = fc.record<PlacementCandidate>({
  id: hostId,
  state: fc.constantFrom(...host.hostStates),
  health: fc.constantFrom("ok", "silent", "lost"),
  zone: fc.constantFrom("a", "b"),
  capacity: fc.record({ cpus: fc.constant(4), memoryMb: fc.constant(8192), stacks: fc.integer({ min: 0, max: 5 }) }),
  held: fc.integer({ min: 0, max: 6 }),
  placed: fc.integer({ min: 0, max: 6 }),
});
const hosts = fc.array(candidate, { maxLength: 8 });

describe("placement", () => {
  const member = newId("mem");
  test("takes only a ready, healthy host with room that is nobody else's", () => {
    fc.assert(
      fc.property(hosts, fc.boolean(), (list, owned) => {
        const all = list.map((host, index) => (owned && index % 2 ? { ...host, owner: newId("mem") } : host));
        const chosen = all.find((host) => host.id === placement({ member }, all));
        if (!chosen) return;
        expect(chosen).toMatchObject({ state: "ready", health: "ok" });
        expect(chosen.held).toBeLessThan(chosen.capacity.stacks);
        expect(chosen.owner).toBeUndefined();
      }),
    );
  });
  test("finds a host exactly when one fits", () => {
    fc.assert(
      fc.property(hosts, (list) => {
        const fits = list.some((host) => host.state === "ready" && host.health === "ok" && host.held < host.capacity.stacks);
        expect(placement({ member }, list) !== undefined).toBe(fits);
      }),
    );
  });
  test("does not depend on the order in which hosts are listed", () => {
    fc.assert(
      fc.property(
        hosts.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([a, b]) => {
          expect(placement({ member, zone: "a" }, a)).toBe(placement({ member, zone: "a" }, b));
        },
      ),
    );
  });
  const free = (over: Partial<PlacementCandidate>): PlacementCandidate => ({
    id: newId("hst"),
    state: "ready",
    health: "ok",
    zone: "a",
    capacity: { cpus: 4, memoryMb: 8192, stacks: 10 },
    held: 0,
    placed: 0,
    ...over,
  });
  test("prefers the member's own machine, then the zone, then the emptier host", () => {
    const [full, empty, elsewhere, mine] = [free({ held: 5 }), free({ held: 1 }), free({ zone: "b" }), free({ owner: member, held: 9 })];
    expect(placement({ member, zone: "a" }, [full, empty, elsewhere])).toBe(empty.id);
    expect(placement({ member, zone: "a" }, [full, empty, elsewhere, mine])).toBe(mine.id);
  });
  test("a pin is obeyed or nothing is placed", () => {
    const [pinned, other] = [free({ state: "draining" }), free({})];
    expect(placement({ member, pin: pinned.id }, [pinned, other])).toBeUndefined();
    expect(placement({ member, pin: other.id }, [pinned, other])).toBe(other.id);
  });
});

describe("stack orders and tiers", () => {
  const order = fc.record({ epoch: fc.integer({ min: 1, max: 50 }), generation: fc.integer({ min: 1, max: 50 }) });
  test("the epoch decides before the generation", () => {
    expect(compareOrder({ epoch: 2, generation: 1 }, { epoch: 1, generation: 99 })).toBeGreaterThan(0);
    expect(compareOrder({ epoch: 2, generation: 1 }, { epoch: 2, generation: 3 })).toBeLessThan(0);
    expect(compareOrder({ epoch: 2, generation: 3 }, { epoch: 2, generation: 3 })).toBe(0);
  });
  test("the order is antisymmetric and transitive", () => {
    fc.assert(
      fc.property(order, order, order, (a, b, c) => {
        expect(Math.sign(compareOrder(a, b)) + Math.sign(compareOrder(b, a))).toBe(0);
        if (compareOrder(a, b) <= 0 && compareOrder(b, c) <= 0) expect(compareOrder(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
  test("what is brought about is never above the ceiling and never above the tier", () => {
    for (const tier of tiers)
      for (const ceiling of ceilings) {
        const got = ceilings.indexOf(desiredState(tier, ceiling));
        expect(got).toBe(Math.max(ceilings.indexOf(tier), ceilings.indexOf(ceiling)));
      }
  });
});

describe("transitions", () => {
  test("a turn that was done, failed or stopped stays so", () => {
    for (const from of ["done", "failed", "stopped"] as const)
      for (const to of turn.turnStates) expect(turn.nextTurnState(from, to)).toBeUndefined();
  });
  test("only an interrupted turn runs again", () => {
    expect(turn.turnStates.filter((from) => turn.nextTurnState(from, "running"))).toEqual(["queued", "interrupted"]);
  });
  test("every state from which nothing more is expected counts as ended", () => {
    expect(turn.turnStates.filter(turn.isTurnOver)).toEqual(["done", "interrupted", "failed", "stopped"]);
  });
  test("a host that left comes back only by joining, one that was revoked never", () => {
    expect(host.hostStates.filter((to) => host.nextHostState("left", to))).toEqual(["joining", "left", "revoked"]);
    expect(host.hostStates.filter((to) => host.nextHostState("revoked", to))).toEqual(["revoked"]);
    expect(host.hostStates.filter((from) => host.nextHostState(from, "ready"))).toEqual(["joining", "ready", "draining"]);
  });
  test("a host is lost only when heartbeat and probe have both been silent", () => {
    const now = 1_000_000;
    const [fresh, old] = [now - 1, now - 46_000];
    expect(host.hostHealth(old, old, now, 45_000)).toBe("lost");
    expect(host.hostHealth(undefined, undefined, now, 45_000)).toBe("lost");
    expect(host.hostHealth(old, fresh, now, 45_000)).toBe("silent");
    expect(host.hostHealth(fresh, old, now, 45_000)).toBe("ok");
    expect(host.hostHealth(now - 45_000, undefined, now, 45_000)).toBe("ok");
  });
});

describe("retries of work", () => {
  test("every class gives up in the end and never waits longer than a minute", () => {
    for (const errorClass of errorClasses) {
      const waits = Array.from({ length: 100 }, (_, attempts) => retryDelay(errorClass, attempts + 1));
      const end = waits.indexOf(undefined);
      expect(end).toBeGreaterThanOrEqual(0);
      expect(waits.slice(end).every((wait) => wait === undefined)).toBe(true);
      for (const wait of waits.slice(0, end)) expect(wait).toBeLessThanOrEqual(60_000);
    }
  });
  test("waits grow and are never negative", () => {
    fc.assert(
      fc.property(fc.constantFrom(...errorClasses), fc.integer({ min: 0, max: 60 }), (errorClass, attempts) => {
        const [wait, next] = [retryDelay(errorClass, attempts), retryDelay(errorClass, attempts + 1)];
        if (wait !== undefined) expect(wait).toBeGreaterThanOrEqual(0);
        if (wait !== undefined && next !== undefined) expect(next).toBeGreaterThanOrEqual(wait);
      }),
    );
  });
  test("a refused sign-in is not tried again", () => {
    expect(retryDelay("auth", 1)).toBeUndefined();
  });
});
