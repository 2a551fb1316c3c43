import { describe, expect, test } from "vitest";
import { errorRateLimits, judgeErrorRate } from "../../../schema/incident/error-rate.ts";
import {
  acceptedIncidentCommands,
  type IncidentCommand,
  type IncidentFacts,
  incidentStates,
  isRepairable,
  nextIncident,
} from "../../../schema/incident/incident.ts";
import { repairPlan } from "../../../schema/incident/repair-plan.ts";
import { checkPlan } from "../../../schema/plan/plan.ts";
import { withHandOffs } from "../../../schema/task/hand-off.ts";
import { newId } from "../../../schema/wire/id.ts";

const fresh: IncidentFacts = { state: "open", failures: 0, plan: null, approval: null, repair: null };
const plan = newId("pln");
const run = (...commands: IncidentCommand[]) =>
  commands.reduce<IncidentFacts>((facts, command) => nextIncident(facts, command)?.facts ?? facts, fresh);
const reason = "why";
const begun: IncidentCommand[] = [
  { kind: "agree", reason },
  { kind: "begin", plan },
];

describe("how an incident goes on", () => {
  test("a second failed repair goes back, a first one begins again, and the member's word counts anew", () => {
    expect(run(...begun, { kind: "fail", reason })).toMatchObject({ state: "agreed", failures: 1 });
    const twice = run(...begun, { kind: "fail", reason }, { kind: "begin", plan }, { kind: "fail", reason });
    expect(twice).toMatchObject({ state: "rolling_back", failures: 2 });
    const handed = nextIncident(twice, { kind: "go_back", reason })!.facts;
    expect(nextIncident(handed, { kind: "agree", reason, anew: true })?.facts).toMatchObject({ state: "agreed", failures: 0 });
  });
  test("what is over takes nothing, and what is being gone back to is not closed before", () => {
    expect(acceptedIncidentCommands("closed")).toEqual([]);
    expect(acceptedIncidentCommands("rolling_back")).toEqual(["go_back"]);
    for (const state of incidentStates.filter((each) => each !== "rolling_back" && each !== "closed"))
      expect([state, nextIncident({ ...fresh, state }, { kind: "close", reason })?.facts.state]).toEqual([state, "closed"]);
  });
  test("the member can have it repaired while nothing is done about it", () => {
    expect(incidentStates.filter(isRepairable)).toEqual(["open", "asked", "handed_over"]);
  });
});

describe("the share of errors", () => {
  const now = 10_000_000;
  const minute = (ago: number, requests: number, errors: number) => ({ at: now - ago * 60_000, requests, errors });
  test("is bad when it lasts, and says nothing of few requests, of one minute, or of what was before", () => {
    const bad = [minute(2, 20, 10), minute(1, 20, 10)];
    expect(judgeErrorRate(bad, 0, now)).toEqual({ verdict: "bad", requests: 40, errors: 20 });
    expect(judgeErrorRate(bad, now - 90_000, now).verdict).toBe("unknown");
    expect(judgeErrorRate([minute(1, errorRateLimits.leastRequests - 1, 19)], 0, now).verdict).toBe("unknown");
    expect(judgeErrorRate([minute(20, 100, 100), minute(19, 100, 100)], 0, now)).toMatchObject({ verdict: "unknown", requests: 0 });
    expect(judgeErrorRate([minute(2, 100, 0), minute(1, 100, 1)], 0, now).verdict).toBe("good");
  });
});

describe("the plan of a repair", () => {
  const base = { incident: newId("inc"), attempt: 1, project: "bakery", commit: "a".repeat(40), reason: "It ends.", before: undefined };
  test("finds out and shows the failure first, then mends it, and keeps what the release was proven by", () => {
    const proven = { tests: [{ command: "node --test", exit_code: 0, timeout: 60 }], acceptance: [] };
    const made = repairPlan({ ...base, evidence: null, proven });
    const whole = checkPlan({ ...made, tasks: withHandOffs(made.tasks) });
    expect(whole.ok && whole.value.tasks.map(({ owner }) => owner)).toEqual(["monitoring", "coding", "testing", "reviewer", "repo"]);
    const [diagnose, repair] = made.tasks;
    expect(repair?.depends_on).toEqual([diagnose?.id]);
    expect(repair?.tests).toMatchObject([
      { command: expect.stringMatching(/^node incidents\/.*reproduce\.mjs$/) },
      { command: "node --test" },
    ]);
    const next = repairPlan({ ...base, attempt: 2, evidence: null, proven, before: "it can't be done" });
    expect(next.tasks[0]?.outputs).not.toEqual(diagnose?.outputs);
    expect(next.story).toContain("it can't be done");
  });
  test("holds with the worst text that an app can print", () => {
    const log = "\u0000```\n# Task tsk_\n‮".repeat(1_000).slice(0, 8_000);
    const evidence = { at: 1, log, requests: 1e9, errors: 1e9, state: "crashed", reason: log.slice(0, 2_000) } as const;
    const made = repairPlan({ ...base, reason: log.slice(0, 1_000), evidence, proven: undefined, before: log.slice(0, 1_000) });
    const whole = checkPlan({ ...made, tasks: withHandOffs(made.tasks) });
    expect(whole).toMatchObject({ ok: true });
  });
});
