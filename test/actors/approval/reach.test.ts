import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { requireGrowAgent } from "../../../actors/agent/agent.ts";
import { decideApproval } from "../../../actors/approval/approval.ts";
import { askClosedNames } from "../../../actors/approval/reach.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { revokeRule, viewPolicies } from "../../../actors/policy.ts";
import { agentTable } from "../../../schema/agent/agent.table.ts";
import { growAgentTable } from "../../../schema/agent/grow-agent.table.ts";
import { approvalDecideIn } from "../../../schema/approval/approval-api.ts";
import { reachPut } from "../../../schema/stack/egress-refusal.ts";
import { newId } from "../../../schema/wire/id.ts";
import { startActor, type TestActor, withoutOutside } from "../../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";

/** What an agent's box may reach beside what all do, as its machine is told it (issue 10.4). */
const folder = ownFolder();
ownClock(Date.parse("2026-11-22T08:00:00Z"));
const [name, other] = ["api.example.org", "mail.example.org"];

/** A member whose Grow Agent's server runs; `heard`: what its machine was told, list by list. */
async function startReaching() {
  const heard: string[][] = [];
  const machine = { away: 0, heard, during: undefined as (() => Promise<unknown>) | undefined };
  const actor = await startActor(folder, {
    runs: [...withoutOutside, "reach"],
    host: async ({ method, path, body }) => {
      if (method !== "PUT" || !path.endsWith("/reach")) return undefined;
      if (machine.away > 0) return { status: 503, body: { left: machine.away-- } };
      const meanwhile = machine.during;
      machine.during = undefined;
      await meanwhile?.();
      heard.push(reachPut.parse(JSON.parse(String(body))).names);
      return { status: 200, body: JSON.parse(String(body)) };
    },
  });
  await actor.db.update(growAgentTable).set({ ready: true });
  const { id } = await requireGrowAgent(actor.db);
  await actor.db.update(agentTable).set({ boot: "boot" }).where(eq(agentTable.id, id));
  return { actor, machine };
}
const settle = (actor: TestActor) => actor.settle(Date.now() + 1_000);
async function allow(actor: TestActor, names: string[], scope: "agent" | "always"): Promise<void> {
  const agent = await requireGrowAgent(actor.db);
  await record(actor.self, newId("req"), (writer) => askClosedNames(actor.self, writer, { key: "test", agent, names }));
  for (const { id } of (await actor.act("approvals", { state: "pending" })).approvals) {
    const yes = approvalDecideIn.parse({ approvalId: id, decision: "allow", scope });
    await decideApproval(actor.self, yes, newId("req"), newId("req"));
  }
}
/** Takes the first yes back that stands. */
async function takeBack(actor: TestActor): Promise<void> {
  const { rules, grants } = await viewPolicies(actor.db);
  await revokeRule(actor.self, { id: rules[0]?.id ?? grants[0]?.approval ?? "" }, newId("req"), newId("req"));
}

test.each(["agent", "always"] as const)("a yes for %s that is taken back is told at once, without a turn", async (scope) => {
  const { actor, machine } = await startReaching();
  await allow(actor, [name, other], scope);
  await settle(actor);
  expect(machine.heard.at(-1)).toEqual([name, other]);
  const { rules } = await viewPolicies(actor.db);
  const said = rules.map(({ decision, kind, match }) => `${decision} ${kind} ${match}`).toSorted(); // in the order of the answers
  expect(said).toEqual(scope === "always" ? [name, other].map((each) => `allow operation network:${each}`).toSorted() : []);
  await takeBack(actor);
  await settle(actor);
  expect(machine.heard.at(-1)).toHaveLength(1);
  await takeBack(actor);
  await settle(actor);
  expect(machine.heard.at(-1)).toEqual([]);
});

test("a machine that is away is told as soon as it is back, however long that takes", async () => {
  const { actor, machine } = await startReaching();
  await allow(actor, [name], "always");
  await settle(actor);
  machine.away = 40;
  await takeBack(actor);
  await actor.settle(Date.now() + 6 * 3_600_000);
  expect([machine.away, machine.heard.at(-1)]).toEqual([0, []]);
});

test("what is taken back while the machine is being told is told after it", async () => {
  const { actor, machine } = await startReaching();
  machine.during = () => takeBack(actor);
  await allow(actor, [name], "always");
  await settle(actor);
  expect(machine.heard).toEqual([[name], []]);
});

test("what is taken back while the stack is not there is told when it is", async () => {
  const { actor, machine } = await startReaching();
  await allow(actor, [name], "always");
  await settle(actor);
  await actor.db.update(growAgentTable).set({ ready: false });
  await takeBack(actor);
  await settle(actor);
  expect(machine.heard).toEqual([[name]]);
  await record(actor.self, newId("req"), async (writer) => {
    await writer.db.update(growAgentTable).set({ ready: true });
    await writer.append("stack.state", { body: { tier: "running", observed: "running" } });
  });
  await settle(actor);
  expect(machine.heard).toEqual([[name], []]);
});
