import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { incidentOut } from "../../../schema/incident/incident.ts";
import { type Events, type Person, person } from "../../harness/person.ts";
import { limit } from "../../harness/suite/limit.ts";
import { Owner } from "../owner.ts";
import { bringMenuOnline, untilServes } from "./menu.ts";

/**
 * What goes online by itself once it is merged, and what becomes of it there, on all real parts.
 */
const minutes = 60_000;
let owner: Owner;
let ottilie: Person;
let stranger: Person;
let events: Events;
beforeAll(async () => {
  [owner, stranger] = await Promise.all([Owner.provision("ottilie@example.com"), person(inject("product"), "otto@example.com")]);
  ({ person: ottilie, events } = owner);
});
afterAll(() => events?.close());

test("what is merged goes online after one yes; a bug there is an incident, and a yes has it found, mended, proven and deployed", {
  timeout: limit(16 * minutes),
}, async () => {
  const { status } = await bringMenuOnline(owner);
  expect(events.of("approval.asked").some(({ body }) => body.title === "Put menu online?")).toBe(true);
  expect([await status("/note"), await status()]).toEqual([500, 500]);
  const { body: asked } = await events.wait("approval.asked", ({ body }) => body.title === "Repair menu?", 4 * minutes);
  owner.answered.add(asked.id);
  expect((await ottilie.call("POST", `/approvals/${asked.id}/decision`, { decision: "allow", device: "laptop" })).status).toBe(200);
  await owner.allowUntil(untilServes(owner, "platform"));
  const closed = await events.wait("incident.state", ({ body }) => body.state === "closed", 4 * minutes);
  const { incident } = incidentOut.parse((await ottilie.call("GET", `/incidents/${closed.body.id}`)).body);
  expect(incident.steps.map(({ kind }) => kind)).toEqual(["opened", "asked", "agreed", "began", "proven", "deployed", "closed"]);
  expect(incident.evidence).toMatchObject({ state: "unwell", log: expect.stringContaining("GET /note came") });
  expect((await stranger.call("GET", `/incidents/${incident.id}`)).status).toBe(404);
  expect([await status("/note"), await status()]).toEqual([200, 200]);
});
