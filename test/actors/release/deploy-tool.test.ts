import { expect, test } from "vitest";
import { requireAgent } from "../../../actors/agent/agent.ts";
import { promptAgent } from "../../../actors/agent/prompt-agent.ts";
import { askMember } from "../../../actors/approval/approval.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { considerDeploy } from "../../../actors/release/deploy-tool.ts";
import { callTool } from "../../../actors/tool.ts";
import { newId } from "../../../schema/wire/id.ts";
import type { TestActor } from "../../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";
import { AppMachine, moveMain, openProject, project, startDeployer } from "./deployer.ts";

/** What an agent may deploy: nothing without the member's yes to exactly that commit, in that turn. */
const folder = ownFolder();
ownClock(Date.parse("2026-11-22T08:00:00Z"));

async function inTurn(actor: TestActor): Promise<void> {
  await record(actor.self, newId("req"), async (writer) =>
    promptAgent(writer, { agent: await requireAgent(writer.db, actor.grow), text: "deploy it" }),
  );
  await actor.beginTurn(actor.grow);
}
const call = (actor: TestActor, name = project, key = newId("req")) =>
  callTool(actor.self, { agent: actor.grow, tool: "deploy", arguments: { project: name } }, key, newId("req"));
/** The member is asked as by a request of OpenCode, and answers. */
async function answer(actor: TestActor, decision: "allow" | "deny"): Promise<void> {
  const agent = await requireAgent(actor.db, actor.grow);
  const asked = await considerDeploy(actor.self, agent, project);
  if (!asked || asked.refusal || asked.verdict.decision !== "ask") throw new Error("it is not asked");
  const { subject, title, reach, effects, reason } = asked.verdict;
  const [turn] = (await actor.events("turn.state")).filter(({ state }) => state === "running").slice(-1);
  const opencode = { session: "ses_1", request: newId("req"), kind: "permission", call: asked.call } as const;
  const question = { key: newId("req"), agent, turn: turn!.turnId, subject, title, why: reason, reach, effects, goesOn: true, opencode };
  const { id } = await record(actor.self, newId("req"), (writer) => askMember(writer, { ...question, scopes: ["once"] }));
  await actor.act("decide", { approvalId: id, decision, device: "laptop" });
}

test("without a yes nothing is deployed, and what can't be is said before anybody is asked", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await inTurn(actor);
  expect(await call(actor, "nothing")).toEqual({ ok: false, text: "There is no project nothing." });
  await openProject(actor);
  expect((await call(actor)).text).toContain("Nothing is on main yet");
  await moveMain(actor);
  expect(await call(actor)).toEqual({ ok: false, text: "The member was not asked, or did not allow it." });
  await answer(actor, "deny");
  expect((await call(actor)).ok).toBe(false);
  await actor.settle();
  expect([machine.puts, await actor.events("release.state")]).toEqual([[], []]);
});

test("a yes is for one commit: it is deployed once by the agent, and the next commit is asked about anew", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await inTurn(actor);
  await openProject(actor);
  await moveMain(actor);
  await answer(actor, "allow");
  const said = await call(actor);
  expect(said).toMatchObject({ ok: true, text: expect.stringContaining("bakery is deployed at http://bakery.apps.localhost/") });
  expect(await call(actor)).toEqual({ ok: true, text: "Main of bakery serves already, at http://bakery.apps.localhost/." });
  expect((await actor.act("releases", { project })).releases).toMatchObject([{ by: actor.grow, state: "serving" }]);
  await moveMain(actor);
  expect((await call(actor)).ok).toBe(false);
  expect(machine.puts).toHaveLength(1);
});
