import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { receiptView } from "../../schema/proof.ts";
import { taskOut } from "../../schema/team.ts";
import { containers, eventually, gitIn, pidOf } from "../local/inside.ts";
import { startOf } from "../local/lock.ts";
import { type Events, type Person, person, provisioned } from "../local/person.ts";

/** Kills while a clean room runs: the task ends verified all the same, with one receipt, one note, and no room left behind. */
const product = inject("product");
let vera: Person;
let actor: string;
let member: string;
let events: Events;

beforeAll(async () => {
  vera = await person(product, "vera@example.com");
  const made = await provisioned(vera);
  ({ id: actor, member } = made.actor);
  made.events.close();
  events = await vera.events(actor, 0, { steady: true });
});
afterAll(() => events?.close());

const rooms = async () => (await containers(product.instance)).filter((name) => name.includes("-run-"));
const page = z.object({ receipts: z.array(receiptView) });

/** A task of one page whose last check takes its time. */
async function begun(project: string): Promise<string> {
  const spec = {
    id: "page",
    title: "A page",
    project,
    owner: "coding",
    outputs: ["index.html"],
    acceptance: [
      { file: "index.html", contains: "Hello" },
      { command: "sleep 8; echo waited", contains: "waited" },
    ],
  };
  const made = await vera.call("POST", "/tasks", { spec });
  const { id } = taskOut.parse(made.body).task;
  await events.wait("task.check", (event) => event.body.taskId === id && event.body.name === "acceptance.0", 120_000);
  expect((await rooms()).length).toBe(1);
  return id;
}
async function kill(part: string): Promise<void> {
  const pid = pidOf(product.folder, part);
  process.kill(pid, "SIGKILL");
  await eventually(`${part} is dead`, async () => startOf(pid) === undefined);
  await eventually(`${part} runs again`, async () => pidOf(product.folder, part) !== pid, 60_000);
}

describe("a verification that is cut off", () => {
  test.each(["runner", "host", "edge", "engine"])("by kill -9 of the %s is made again and ends with one receipt", async (part) => {
    const project = `cut-${part}`;
    const id = await begun(project);
    await kill(part);
    const done = await events.wait("task.state", (event) => event.body.taskId === id && event.body.facts.state === "verified", 150_000);
    const { commit } = done.body.facts;
    const listed = await eventually("receipts are listed", async () => {
      const { status, body } = await vera.call("GET", `/receipts?task=${id}`);
      return status === 200 ? page.parse(body).receipts : undefined;
    });
    expect(listed.map((each) => [each.commit, each.staleAt])).toEqual([[commit, null]]);
    const note = await gitIn(product.instance, member, `projects/${project}`, "notes", "--ref=receipts", "show", commit!);
    expect(note.trim()).toBe(listed[0]?.receipt);
    expect(events.of("receipt").filter((event) => event.body.taskId === id).length).toBe(1);
    const states = events.of("task.state").filter((event) => event.body.taskId === id);
    expect(states.map((event) => event.body.facts.state)).not.toContain("failed");
    await eventually("no room is left", async () => (await rooms()).length === 0);
  });
});
