import { afterAll, beforeAll, expect, test } from "vitest";
import { projectDetail, projectOut } from "../../schema/project/project.ts";
import { templatesOut } from "../../schema/project/template.ts";
import { limit } from "../harness/suite/limit.ts";
import { Owner } from "./owner.ts";
import { look } from "./preview/preview-visitor.ts";

/** Projects from templates, by the call that a program makes (issue 25.7). */
const minutes = 60_000;
let owner: Owner;
beforeAll(async () => {
  owner = await Owner.provision("zoe@example.com");
});
afterAll(() => owner?.events.close());

const make = (body: object) => owner.person.call("POST", "/projects", body);
const stepsOf = (name: string) => owner.events.of("project.step").flatMap(({ body }) => (body.name === name ? [body] : []));
const ready = (name: string) =>
  owner.events.wait("project.step", ({ body }) => body.name === name && (body.step === "ready" || body.state === "failed"), 4 * minutes);

test("one call makes its repository, proves its first page in a clean room and serves it, each step told", {
  timeout: limit(5 * minutes),
}, async () => {
  const { templates } = templatesOut.parse((await owner.person.call("GET", "/templates")).body);
  expect(templates.map(({ id }) => id)).toContain("landing-page");
  const done = ready("bread");
  const made = await make({ name: "bread", template: "landing-page", title: "Bread and more" });
  expect(made.status).toBe(202);
  expect(projectOut.parse(made.body).project).toMatchObject({ name: "bread", state: "making", beginning: { step: "repository" } });
  const { body } = await done;
  const all = ["repository", "files", "checks", "main", "online"];
  expect(stepsOf("bread").map(({ step, state }) => `${step} ${state}`)).toEqual([
    ...all.flatMap((step) => [`${step} running`, `${step} done`]),
    "ready done",
  ]);
  console.info(
    `ready in ${body.ms} ms: ${stepsOf("bread")
      .flatMap(({ step, ms }) => (ms === undefined ? [] : [`${step} ${ms}`]))
      .join(", ")}`,
  );
  const { project, receipt, main } = projectDetail.parse((await owner.person.call("GET", "/projects/bread")).body);
  expect(project).toMatchObject({ state: "running", published: false, current: { by: "member", receipt } });
  expect([project.beginning, main.commit]).toEqual([undefined, project.current?.commit]);
  expect((await look(project.address!, "/")).status).toBe(401);
  const { headers } = await owner.enter("bread");
  const page = await look(project.address!, "/", { headers });
  expect([page.status, page.body]).toEqual([200, expect.stringContaining("<h1>Bread and more</h1>")]);
  expect(owner.events.of("approval.asked")).toEqual([]);
});

test("what is for a terminal is ready without an address, and what keeps data keeps it", { timeout: limit(5 * minutes) }, async () => {
  const [tool, notes] = [ready("count-words"), ready("notes")];
  expect((await make({ name: "count-words", template: "cli" })).status).toBe(202);
  expect((await make({ name: "notes", template: "api-typescript" })).status).toBe(202);
  await Promise.all([tool, notes]);
  expect(
    stepsOf("count-words")
      .map(({ step, state }) => `${step} ${state}`)
      .slice(-2),
  ).toEqual(["main done", "ready done"]);
  expect(projectDetail.parse((await owner.person.call("GET", "/projects/count-words")).body).project.state).toBe("idle");
  expect(stepsOf("notes").at(-1)).toMatchObject({ step: "ready" });
  const { project } = projectDetail.parse((await owner.person.call("GET", "/projects/notes")).body);
  const { headers } = await owner.enter("notes", "/health");
  const list = await look(project.address!, "/notes", { headers });
  expect([list.status, list.body]).toEqual([200, '{"notes":[]}']);
});

test("a name that is taken, a template that is not there and a wrong name are refused, and make nothing", async () => {
  const before = (await owner.person.call("GET", "/projects")).body;
  const refused = await Promise.all([
    make({ name: "bread", template: "blog" }),
    make({ name: "bread" }),
    make({ name: "cake", template: "no-such" }),
    make({ name: "Cake!", template: "blog" }),
    make({ name: "cake", template: "blog", title: "<script>" }),
    make({ name: "cake", template: "blog", path: "/etc" }),
  ]);
  expect(refused.map(({ status }) => status)).toEqual([409, 409, 400, 400, 400, 400]);
  expect((await owner.person.call("GET", "/projects")).body).toEqual(before);
});
