import { afterAll, beforeAll, expect, test } from "vitest";
import { projectDetail, projectsOut } from "../../schema/project/project.ts";
import { isCommandUnderWay, projectCommandOut, projectCommandSeenOut } from "../../schema/project/project-command.ts";
import { killPart } from "../harness/kill-part.ts";
import { type Events, type Person, person, provision } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";
import { long } from "../harness/suite/long-run.ts";
import { chance, seed, shuffled } from "../harness/suite/seed.ts";
import { product } from "./product.ts";

/** Each part is killed at each step of a project that begins from a template, and while a line runs. */
const minute = 60_000;
let ivo: Person;
let member: string;
let events: Events;
beforeAll(async () => {
  ivo = await person(product, `ivo-${Date.now()}@example.com`);
  const made = await provision(ivo);
  made.events.close();
  member = made.actor.member;
  events = await ivo.events(made.actor.id, 0, { steady: true });
});
afterAll(() => events?.close());

const parts = ["runner", "Gitea", "host", "engine"] as const;
const steps = ["repository", "files", "checks", "main", "online"] as const;
const random = chance();
const all = steps.flatMap((step) => shuffled(parts, random).map((part) => ({ step, part })));
/** Each step with one part. */
const sample = all.filter((_case, n) => n % parts.length === 0);

test.for(long ? all : sample)(
  `kill -9 of $part at “$step”, seed ${seed}: the project serves, once, each step told in its order`,
  { timeout: limit(4 * minute) },
  async ({ step, part }) => {
    const name = `cut-${step}-${part.toLowerCase()}`;
    const when = (wanted: string, state: string) =>
      events.wait("project.step", ({ body }) => body.name === name && body.step === wanted && body.state === state, 3 * minute);
    const begun = when(step, "running");
    const made = ivo.call("POST", "/projects", { name, template: "landing-page" });
    await begun;
    const back = await killPart(product, part, member);
    await back();
    await made.catch(() => undefined); // its answer may have gone with the part
    await when("ready", "done");
    const told = events.of("project.step").flatMap(({ body }) => (body.name === name ? [`${body.step} ${body.state}`] : []));
    expect(told).toEqual([...steps.flatMap((each) => [`${each} running`, `${each} done`]), "ready done"]);
    const { project } = projectDetail.parse((await ivo.call("GET", `/projects/${name}`)).body);
    expect(project).toMatchObject({ state: "running", current: { by: "member" } });
    const { projects } = projectsOut.parse((await ivo.call("GET", "/projects")).body);
    expect(projects.filter((each) => each.name === name)).toHaveLength(1);
    expect((await ivo.call("DELETE", `/projects/${name}?confirm=${name}&repository=archive`)).status).toBeLessThan(300);
  },
);

const cutParts = shuffled(parts, random);
test.for((long ? cutParts : cutParts.slice(0, 2)).map((part) => ({ part })))(
  `kill -9 of $part while a member's line runs, seed ${seed}: it ends once, told from its first line on`,
  { timeout: limit(6 * minute) },
  async ({ part }) => {
    const name = `line-${part.toLowerCase()}`;
    const ready = events.wait("project.step", ({ body }) => body.name === name && body.step === "ready", 3 * minute);
    expect((await ivo.call("POST", "/projects", { name, template: "landing-page" })).status).toBe(202);
    await ready;
    const line = { command: "echo first; sleep 6; echo last; exit 5", seconds: 60 };
    const { id } = projectCommandOut.parse((await ivo.call("POST", `/projects/${name}/commands`, line)).body).command;
    await events.wait("project.output", ({ body }) => body.commandId === id, minute);
    const back = await killPart(product, part, member);
    await back();
    const { body } = await events.wait(
      "project.command",
      (each) => each.body.commandId === id && !isCommandUnderWay(each.body.state),
      4 * minute,
    );
    expect(body).toMatchObject({ state: "complete", exitCode: 5 });
    const seen = projectCommandSeenOut.parse((await ivo.call("GET", `/projects/${name}/commands/${id}`)).body).command;
    expect(seen.output.flatMap((each) => (each.from === "command" ? [each.line] : []))).toEqual(["first", "last"]);
    console.info(`${part}: attempt ${seen.attempt}, ${Math.round((seen.endedAt! - seen.createdAt) / 1_000)} s`);
    expect((await ivo.call("DELETE", `/projects/${name}?confirm=${name}&repository=archive`)).status).toBeLessThan(300);
  },
);
