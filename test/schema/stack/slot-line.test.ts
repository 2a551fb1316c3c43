import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PlacementCandidate } from "../../../schema/stack/placement.ts";
import { assignSlots, describePlace, type Waiter } from "../../../schema/stack/slot-line.ts";
import { newId } from "../../../schema/wire/id.ts";

const host = (more: Partial<PlacementCandidate> = {}): PlacementCandidate => ({
  ...{ id: newId("hst"), state: "ready", health: "ok", zone: "a", held: 0, placed: 0 },
  capacity: { cpus: 4, memoryMb: 8_192, stacks: 2 },
  ...more,
});
const waiter = (on: PlacementCandidate | null = null): Waiter => ({ member: newId("mem"), host: on?.id ?? null });

describe("slots go to those in line", () => {
  test("the longest waiting first, and to nobody more than there are", () => {
    const only = host({ held: 1 });
    const [first, second] = [waiter(), waiter()];
    expect([...assignSlots([first, second], [only])]).toEqual([[first.member, only.id]]);
    expect(assignSlots([first], [host({ held: 2 })]).size).toBe(0);
  });
  test("where their volumes are, and one whose host is full holds up nobody who can use another", () => {
    const [full, free] = [host({ held: 2 }), host({ held: 1 })];
    const [bound, newcomer] = [waiter(full), waiter()];
    expect([...assignSlots([bound, newcomer], [full, free])]).toEqual([[newcomer.member, free.id]]);
  });
  test("on a host that drains or takes no new stacks only to stacks that it has", () => {
    const [draining, closed] = [host({ state: "draining" }), host({ closed: true })];
    const [a, b, newcomer] = [waiter(draining), waiter(closed), waiter()];
    expect([...assignSlots([newcomer, a, b], [draining, closed])]).toEqual([
      [a.member, draining.id],
      [b.member, closed.id],
    ]);
  });
  test("never beyond a host's slots, whoever waits where", () => {
    const hosts = fc.array(fc.record({ held: fc.integer({ min: 0, max: 4 }), stacks: fc.integer({ min: 0, max: 4 }) }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(hosts, fc.array(fc.integer({ min: -1, max: 3 }), { maxLength: 12 }), (sizes, wishes) => {
        const all = sizes.map(({ held, stacks }) => host({ held, capacity: { cpus: 1, memoryMb: 1, stacks } }));
        const line = wishes.map((wish) => waiter(all[wish] ?? null));
        const given = [...assignSlots(line, all).values()];
        for (const each of all) {
          const taken = given.filter((id) => id === each.id).length;
          expect(taken === 0 || each.held + taken <= each.capacity.stacks).toBe(true);
        }
        const left = all.some((each) => each.held + given.filter((id) => id === each.id).length < each.capacity.stacks);
        if (left) for (const { member, host: home } of line) if (home === null) expect(assignSlots(line, all).has(member)).toBe(true);
      }),
    );
  });
});

test("a place is told as people read it", () => {
  expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 103, 111].map(describePlace)).toEqual([
    "1st",
    "2nd",
    "3rd",
    "4th",
    "11th",
    "12th",
    "13th",
    "21st",
    "22nd",
    "103rd",
    "111th",
  ]);
});
