import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { incidentOut } from "../../schema/incident/incident.ts";
import { projectDetail } from "../../schema/project/project.ts";
import { type Events, type Person, person } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";
import { Owner } from "./owner.ts";
import { look } from "./preview/preview-visitor.ts";

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

const menu =
  "let broken = false; require('http').createServer((asked, answer) => { if (asked.url === '/note') { broken = true; console.log('GET /note came') } answer.statusCode = broken ? 500 : 200; answer.end('Menu') }).listen(process.env.PORT)";
test("what is merged goes online after one yes; a bug there is an incident, and a yes has it found, mended, proven and deployed", {
  timeout: limit(16 * minutes),
}, async () => {
  const contains = [
    { file: ".growqr/environment.yaml", text: "start: sh serve.sh" },
    { file: "serve.sh", text: `exec node -e "${menu}"` },
  ];
  const ofMenu = (state: string, by: string) =>
    events.wait("release.state", ({ body }) => body.project === "menu" && body.by === by && body.state === state, 5 * minutes);
  await owner.proveMain("menu-app", { outputs: contains.map(({ file }) => file), contains }, { project: "menu", deploy: true });
  const { body: first } = await owner.allowUntil(ofMenu("serving", "member"));
  expect(events.of("approval.asked").some(({ body }) => body.title === "Put menu online?")).toBe(true);
  const { address: site } = projectDetail.parse((await ottilie.call("GET", "/projects/menu")).body).project;
  const { headers } = await owner.enter("menu");
  const status = async (path = "/") => (await look(site!, path, { headers })).status;
  expect(await status()).toBe(200);
  await expect.poll(() => Date.now() - first.servedAt!, { timeout: limit(2 * minutes) }).toBeGreaterThan(65_000); // its watch time is over
  expect([await status("/note"), await status()]).toEqual([500, 500]);
  const { body: asked } = await events.wait("approval.asked", ({ body }) => body.title === "Repair menu?", 4 * minutes);
  owner.answered.add(asked.id);
  expect((await ottilie.call("POST", `/approvals/${asked.id}/decision`, { decision: "allow", device: "laptop" })).status).toBe(200);
  await owner.allowUntil(ofMenu("serving", "platform"));
  const closed = await events.wait("incident.state", ({ body }) => body.state === "closed", 4 * minutes);
  const { incident } = incidentOut.parse((await ottilie.call("GET", `/incidents/${closed.body.id}`)).body);
  expect(incident.steps.map(({ kind }) => kind)).toEqual(["opened", "asked", "agreed", "began", "proven", "deployed", "closed"]);
  expect(incident.evidence).toMatchObject({ state: "unwell", log: expect.stringContaining("GET /note came") });
  expect((await stranger.call("GET", `/incidents/${incident.id}`)).status).toBe(404);
  expect([await status("/note"), await status()]).toEqual([200, 200]);
});
