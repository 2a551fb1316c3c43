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
import { type Alone, alone } from "../harness/actor-fixture.ts";

/** What the actor does when the host has no place, or no seat, for one more agent. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "growqr-seats-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two agents: one that is idle beside its server, one that wants to begin. */
async function team(of: Alone): Promise<[Id<"agt">, Id<"agt">]> {
  for (const id of ["one", "two"]) {
    const task = specShape.parse({ id, title: id, owner: "coding", outputs: ["a.md"] });
    await newTaskOf(of.self, { spec: task }, newId("req"), newId("req"));
  }
  await of.settle();
  const [idle, wants] = [(await of.taskNamed("one")).worker!, (await of.taskNamed("two")).worker!];
  await of.db.update(agentTable).set({ task: null, state: "idle", boot: "b" }).where(eq(agentTable.id, idle));
  return [idle, wants];
}
/** A host that refuses the first server with this code: what it is asked to do about it. */
async function asked(of: Alone, wants: Id<"agt">, code: ErrorCode, known: string[]): Promise<string[]> {
  const calls: string[] = [];
  let refusals = 1;
  const stack = {
    seen: async () => ({ agents: known.map((one) => ({ agent: one, running: true, since: 1 })) }),
    startAgent: async () => {
      calls.push("start");
      if (refusals-- > 0) throw new AppError(code);
      throw new AppError("unavailable"); // what comes after is not asked here
    },
    stopAgent: async (_: string, one: string) => void calls.push(`stop ${one}`),
    leaveSeat: async (_: string, one: string) => calls.push(`leave ${one}`) > 0,
  };
  const edge = { subAgent: async () => undefined };
  const vars = { ...of.self.vars, stack, attached: new Set([of.grow]), world: { ...of.self.vars.world, edge } };
  const self = { ...of.self, vars } as unknown as Alone["self"];
  await expect(ensureAgentReady(self, wants, newId("req"))).rejects.toBeInstanceOf(AppError);
  return calls;
}

test("without a place an idle agent's server ends; without a seat that of one that is gone is given back, then an idle one is retired for it", async () => {
  const of = await alone(folder);
  const [idle, wants] = await team(of);
  expect(await asked(of, wants, "no_capacity", [of.grow, idle])).toEqual(["start", `stop ${idle}`, "start"]);
  expect(await asked(of, wants, "no_seat", [of.grow])).toEqual(["start"]);
  const gone = newId("agt");
  expect(await asked(of, wants, "no_seat", [of.grow, idle, gone])).toEqual(["start", `leave ${gone}`, "start"]);
  expect((await requireAgent(of.db, idle)).state).toBe("idle");
  await record(of.self, newId("req"), async (writer) => promptAgent(writer, { agent: await requireAgent(writer.db, idle), text: "x" }));
  expect(await asked(of, wants, "no_seat", [of.grow, idle])).toEqual(["start"]);
  await of.turn(idle, { to: "done" });
  expect(await asked(of, wants, "no_seat", [of.grow, idle, wants])).toEqual(["start", `stop ${idle}`, `leave ${idle}`, "start"]);
  expect((await requireAgent(of.db, idle)).state).toBe("retired");
  expect(await asked(of, wants, "no_seat", [of.grow, wants])).toEqual(["start"]);
  of.close();
});
