import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { requireAgent, setAgent } from "../../../actors/agent/agent.ts";
import { queueStatus } from "../../../actors/kernel/queue.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { newTaskOf } from "../../../actors/task/task-control.ts";
import type { StackStatusIn } from "../../../schema/stack/stack.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { newId } from "../../../schema/wire/id.ts";
import { startActor, withoutOutside } from "../../harness/actor-fixture.ts";

/** What the edge is told of a member's agents, by which it counts how long they work and wait (SPEC 12.3). */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "growqr-status-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the edge hears which agents there are and who is at work, whenever one begins, is done or is retired", async () => {
  const told: StackStatusIn[] = [];
  const status = async (_member: string, body: StackStatusIn) => void told.push(body);
  const actor = await startActor(folder, { runs: [...withoutOutside, "status"], edge: { status } });
  const now = async () => {
    await actor.settle();
    const { agents = [], seq } = told.at(-1)!;
    expect(seq).toBeGreaterThan(told.at(-2)?.seq ?? -1); // what has the same number changes nothing there
    return new Map(agents.map(({ id, working }) => [id, working]));
  };
  const spec = specShape.parse({ id: "price", title: "Change the price", owner: "coding", outputs: ["price.md"] });
  await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  await actor.settle();
  const worker = (await actor.taskNamed("price")).worker!;
  await actor.beginTurn(worker);
  await record(actor.self, newId("req"), (writer) => queueStatus(writer)); // as a turn does that begins
  expect(await now()).toEqual(
    new Map([
      [worker, true],
      [actor.grow, false],
    ]),
  );
  await record(actor.self, newId("req"), async (writer) => {
    const agent = await requireAgent(writer.db, worker);
    await setAgent(writer, agent, "waiting", agent.task);
  });
  expect((await now()).get(worker)).toBe(false); // its member is asked, however long they take
  await actor.runTurn(worker, { to: "done" });
  expect((await now()).get(worker)).toBe(false);
  await record(actor.self, newId("req"), async (writer) => {
    await setAgent(writer, await requireAgent(writer.db, worker), "retired", null);
  });
  expect([...(await now()).keys()]).toEqual([actor.grow]);
});
