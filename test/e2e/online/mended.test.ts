import { afterAll, beforeAll, expect, test } from "vitest";
import { planOut } from "../../../schema/agent/team.ts";
import { incidentOut } from "../../../schema/incident/incident.ts";
import { automationOut } from "../../../schema/project/automation.ts";
import { addResultRows } from "../../harness/suite/evidence/results.ts";
import { limit } from "../../harness/suite/limit.ts";
import { Owner } from "../owner.ts";
import { bringMenuOnline, untilServes } from "./menu.ts";

/**
 * What is out of order at its address and is mended by the project's rule, without a question whether it is,
 * on all real parts. Its timeline is a table in the run's folder, `mended-incident.md`.
 */
const minutes = 60_000;
let owner: Owner;
beforeAll(async () => {
  owner = await Owner.provision("otis@example.com");
});
afterAll(() => owner?.events.close());

type Step = { at: number; kind: string; text: string };
/** What the plan's tasks came through, and what the member was asked from `since` on, as steps. */
function listWork(plan: string, since: number): Step[] {
  const { events } = owner;
  const tasks = events.of("task.state").flatMap(({ at, body: { planId, owner: type, title, from, facts } }) => {
    const isStep = planId === plan && from !== facts.state && ["assigned", "verified", "failed", "deployed"].includes(facts.state);
    return isStep ? [{ at, kind: `task ${facts.state}`, text: `${title} (${type})` }] : [];
  });
  const asked = events.of("approval.asked").flatMap(({ at, body }) => (at >= since ? [{ at, kind: "asked", text: body.title }] : []));
  return [...tasks, ...asked];
}
function writeTimeline(steps: readonly Step[]): void {
  const sorted = [...steps].sort((a, b) => a.at - b.at);
  const from = sorted[0]?.at ?? 0;
  const rows = sorted.map(({ at, kind, text }) => [new Date(at).toISOString(), `${((at - from) / 1_000).toFixed(1)} s`, kind, text]);
  addResultRows("mended-incident", ["when", "since it was broken", "what", "in words"], rows);
}

test("by the rule `auto` a bug online is found, mended, proven and deployed, and nobody is asked whether it is", {
  timeout: limit(16 * minutes),
}, async () => {
  const { events, person } = owner;
  const { first, status } = await bringMenuOnline(owner);
  const ruled = await person.call("PUT", "/projects/menu/automation", { repair: "auto" });
  expect(automationOut.parse(ruled.body).automation).toEqual({ repair: "auto", deploys: "ask" });

  const broken = Date.now();
  expect([await status("/note"), await status()]).toEqual([500, 500]);
  const { body: opened } = await events.wait("incident.state", ({ body }) => body.project === "menu" && body.state === "open", 4 * minutes);
  const { body: repaired } = await owner.allowUntil(untilServes(owner, "platform"));
  const isClosed = ({ body }: { body: { id: string; state: string } }) => body.id === opened.id && body.state === "closed";
  await events.wait("incident.state", isClosed, 4 * minutes);

  const { incident } = incidentOut.parse((await person.call("GET", `/incidents/${opened.id}`)).body);
  const { plan } = planOut.parse((await person.call("GET", `/plans/${incident.plan}`)).body);
  const work = listWork(plan.id, broken);
  const told = incident.steps.map(({ at, kind, text }) => ({ at, kind: `incident ${kind}`, text }));
  writeTimeline([{ at: broken, kind: "broken", text: "GET /note is answered 500, and so is all that follows" }, ...told, ...work]);

  expect(incident.steps.map(({ kind }) => kind)).toEqual(["opened", "agreed", "began", "proven", "deployed", "closed"]);
  expect(incident.steps.map(({ at }) => at)).toEqual(incident.steps.map(({ at }) => at).sort((a, b) => a - b));
  const [open, agreed, began, , deployed, closed] = incident.steps;
  expect([open?.release, agreed?.text, began?.plan, deployed?.release, closed?.text]).toEqual([
    first.id,
    "The project's rule: repair at once.",
    plan.id,
    repaired.id,
    "The repaired release is well.",
  ]);
  expect(incident).toMatchObject({
    release: first.id,
    failures: 0,
    evidence: { state: "unwell", log: expect.stringContaining("GET /note came") },
  });
  expect(plan.plan.tasks.map(({ owner: type }) => type)).toEqual(["monitoring", "coding", "testing", "reviewer", "repo"]);
  const ended = new Set(work.flatMap(({ kind, text }) => (kind === "task verified" ? [text] : [])));
  expect(ended.size).toBe(plan.plan.tasks.length);
  expect(work.filter(({ kind, text }) => kind === "asked" && /^(Repair|Try another repair|Put) /.test(text))).toEqual([]);
  expect(incident.approval).toBeUndefined();
  expect([await status("/note"), await status()]).toEqual([200, 200]);
});
