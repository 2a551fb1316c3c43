import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { requireAgent } from "../../actors/agent/agent.ts";
import { ensureAgentReady } from "../../actors/agent/agent-server.ts";
import { promptAgent } from "../../actors/agent/prompt-agent.ts";
import { record } from "../../actors/kernel/transaction.ts";
import { newTaskOf } from "../../actors/task/task-control.ts";
import { agentTable } from "../../schema/agent/agent.table.ts";
import { specShape } from "../../schema/task/spec.ts";
import { AppError, type ErrorCode } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { startActor, type TestActor } from "../harness/actor-fixture.ts";

/** What the actor does when the host has no place, or no seat, for one more agent. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "growqr-seats-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two agents: one that is idle beside its server, one that wants to begin. */
async function team(actor: TestActor): Promise<[Id<"agt">, Id<"agt">]> {
  for (const id of ["one", "two"]) {
    const task = specShape.parse({ id, title: id, owner: "coding", outputs: ["a.md"] });
    await newTaskOf(actor.self, { spec: task }, newId("req"), newId("req"));
  }
  await actor.settle();
  const [idle, wants] = [(await actor.taskNamed("one")).worker!, (await actor.taskNamed("two")).worker!];
  await actor.db.update(agentTable).set({ task: null, state: "idle", boot: "b" }).where(eq(agentTable.id, idle));
  await actor.runTurn(idle, { to: "done" }); // the one it was given with its task
  return [idle, wants];
}
/** A host that refuses the first server with this code: what it is asked to do about it. */
async function asked(actor: TestActor, wants: Id<"agt">, code: ErrorCode, known: string[]): Promise<string[]> {
  const calls: string[] = [];
  const agents = known.map((id) => ({ agent: id, running: true, since: 1 }));
  let refusals = 1;
  actor.host.answer = ({ method, path }) => {
    const [, id, seat] = /^\/agents\/([^/]+)(\/seat)?$/.exec(path) ?? [];
    if (method === "GET" && path === "") return { status: 200, body: { ...actor.host.stack, agents } };
    if (method === "DELETE" && id) {
      calls.push(`${seat ? "leave" : "stop"} ${id}`);
      return { status: 204 };
    }
    if (method !== "PUT" || id !== wants) return undefined;
    calls.push("start");
    if (refusals-- > 0) return { status: 409, body: { error: { code, message: code, requestId: "", retryable: false } } };
    return undefined; // what comes after is not asked here
  };
  await expect(ensureAgentReady(actor.self, wants, newId("req"))).rejects.toBeInstanceOf(AppError);
  return calls;
}

test("without a place an idle agent's server ends; without a seat that of one that is gone is given back, then an idle one is retired for it", async () => {
  const actor = await startActor(folder);
  const [idle, wants] = await team(actor);
  expect(await asked(actor, wants, "no_capacity", [actor.grow, idle])).toEqual(["start", `stop ${idle}`, "start"]);
  expect(await asked(actor, wants, "no_seat", [actor.grow])).toEqual(["start"]);
  const gone = newId("agt");
  expect(await asked(actor, wants, "no_seat", [actor.grow, idle, gone])).toEqual(["start", `leave ${gone}`, "start"]);
  expect((await requireAgent(actor.db, idle)).state).toBe("idle");
  await record(actor.self, newId("req"), async (writer) => promptAgent(writer, { agent: await requireAgent(writer.db, idle), text: "x" }));
  expect(await asked(actor, wants, "no_seat", [actor.grow, idle])).toEqual(["start"]);
  await actor.runTurn(idle, { to: "done" });
  expect(await asked(actor, wants, "no_seat", [actor.grow, idle, wants])).toEqual(["start", `stop ${idle}`, `leave ${idle}`, "start"]);
  expect((await requireAgent(actor.db, idle)).state).toBe("retired");
  expect(await asked(actor, wants, "no_seat", [actor.grow, wants])).toEqual(["start"]);
  await actor.close();
});

test("an agent that waits for model time gives its place to one that can work", async () => {
  const actor = await startActor(folder);
  const [idle, wants] = await team(actor);
  const { id } = await actor.taskNamed("one");
  await actor.db.update(agentTable).set({ task: id, state: "working" }).where(eq(agentTable.id, idle));
  expect(await asked(actor, wants, "no_capacity", [actor.grow, idle])).toEqual(["start"]);
  actor.self.vars.withoutModelTime.add(idle);
  expect(await asked(actor, wants, "no_capacity", [actor.grow, idle])).toEqual(["start", `stop ${idle}`, "start"]);
  await actor.close();
});
