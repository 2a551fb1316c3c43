import { expect, test } from "vitest";
import {
  type DomainSeen,
  type DomainState,
  domainStates,
  isDomainMove,
  judgeDomain,
  waitForNextLook,
} from "../../../schema/domain/domain.ts";
import { dayMs } from "../../../schema/wire/duration.ts";

/** Issue 10.14: what a look at the DNS makes of a domain. */
const now = 1_700_000_000_000;
const all: DomainSeen = { txt: true, target: true, taken: false };
const at = (state: DomainState, provenAt: number | null, missingAt: number | null) => ({ state, provenAt, missingAt });

test("who has the TXT record first has the name; with both records its certificate follows", () => {
  const claimed = at("waiting_dns", null, now - 1_000);
  expect(judgeDomain(claimed, { ...all, txt: false }, now)).toMatchObject({ state: "waiting_dns", provenAt: null });
  expect(judgeDomain(claimed, { ...all, target: false }, now)).toMatchObject({ state: "waiting_dns", provenAt: now });
  expect(judgeDomain(claimed, all, now)).toEqual({ state: "waiting_certificate", provenAt: now, missingAt: null, reason: null });
  expect(judgeDomain(claimed, { ...all, taken: true }, now)).toMatchObject({
    state: "waiting_dns",
    provenAt: null,
    reason: expect.stringContaining("Another account"),
  });
});
test("a domain that serves goes on for three days without its records, and is nobody's afterwards", () => {
  const gone = { ...all, target: false };
  const serving = at("active", now - dayMs, null);
  expect(judgeDomain(serving, gone, now)).toMatchObject({ state: "active", provenAt: now - dayMs, missingAt: now });
  expect(judgeDomain({ ...serving, missingAt: now - 2 * dayMs }, gone, now)).toMatchObject({ state: "active", missingAt: now - 2 * dayMs });
  expect(judgeDomain({ ...serving, missingAt: now - 2 * dayMs }, all, now)).toMatchObject({
    state: "active",
    missingAt: null,
    reason: null,
  });
  for (const seen of [gone, { ...all, txt: false }, { txt: false, target: false, taken: false }])
    expect(judgeDomain({ ...serving, missingAt: now - 3 * dayMs }, seen, now)).toMatchObject({
      state: "waiting_dns",
      provenAt: null,
      missingAt: now,
    });
});
test("a proof whose TXT record is gone ends after three days, a wait after two weeks", () => {
  const waiting = at("waiting_dns", now - 9 * dayMs, now - 4 * dayMs);
  expect(judgeDomain(waiting, { ...all, txt: false }, now).provenAt).toBeNull();
  expect(judgeDomain(waiting, { ...all, target: false }, now).provenAt).toBe(now - 9 * dayMs);
  for (const seen of [
    { ...all, txt: false },
    { ...all, target: false },
  ])
    expect(judgeDomain({ ...waiting, missingAt: now - 14 * dayMs }, seen, now)).toMatchObject({ state: "failed", provenAt: null });
});
test("looks become rarer, and what failed is looked at when its member asks", () => {
  expect([0, 1, 2, 9, 99].map((tries) => waitForNextLook("waiting_dns", tries, true)! / 1_000)).toEqual([30, 60, 120, 3_600, 3_600]);
  expect(waitForNextLook("active", 5, false)).toBeGreaterThan(waitForNextLook("active", 5, true)!);
  expect(waitForNextLook("failed", 0, false)).toBeUndefined();
});
test("whatever a look finds is a change that the table knows", () => {
  const yes = [true, false];
  for (const state of domainStates.filter((each) => each !== "removing" && each !== "failed"))
    for (const txt of yes)
      for (const target of yes)
        for (const taken of yes)
          for (const provenAt of [null, now - 9 * dayMs])
            for (const missingAt of [null, now - dayMs, now - 20 * dayMs]) {
              const next = judgeDomain({ state, provenAt, missingAt }, { txt, target, taken: taken && provenAt === null }, now);
              expect(isDomainMove(state, next.state), `${state} to ${next.state}`).toBe(true);
              if (next.state === "active") expect(provenAt !== null || txt).toBe(true);
            }
  expect(isDomainMove("removing", "active")).toBe(false);
});
