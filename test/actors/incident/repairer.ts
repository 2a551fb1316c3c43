import { eq } from "drizzle-orm";
import { moveBranchHead } from "../../../actors/git/branch-head.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import type { Writer } from "../../../actors/kernel/writer.ts";
import { keepReceipt } from "../../../actors/receipt/receipt.ts";
import { applyTask } from "../../../actors/task/task.ts";
import type { IncidentDetail } from "../../../schema/incident/incident.ts";
import type { Automation } from "../../../schema/project/automation.ts";
import { makeStatement, signReceipt } from "../../../schema/receipt/receipt.ts";
import { type TaskRow, taskTable } from "../../../schema/task/task.table.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import type { TestActor } from "../../harness/actor-fixture.ts";
import { proof } from "../../harness/receipt-sample.ts";
import { type AppMachine, moveMain, newCommit, openProject, project, startDeployer, testReceiptKey } from "../release/deployer.ts";

/** A member whose deployed app falls ill, and whose repairs end as the test says. */
export const runs = ["release", "watch", "notice", "incident", "deployment"] as const;
const minute = 60_000;

export async function deployBakery(folder: string, machine: AppMachine, automation: Partial<Automation> = {}): Promise<TestActor> {
  const actor = await startDeployer(folder, machine, { runs });
  await openProject(actor);
  await actor.act("automate", { project, ...automation });
  await moveMain(actor);
  await actor.act("deploy", { project });
  await actor.settle(Date.now() + 3 * minute);
  return actor;
}
export const serving = async (actor: TestActor) => (await actor.act("project", { project })).project.current!;
/** It ends again and again until an incident is open and its evidence was taken. */
export async function fallIll(actor: TestActor, machine: AppMachine): Promise<IncidentDetail> {
  machine.serve((await serving(actor)).id, { state: "crashed", reason: "It ends with 1: a secret of mine" });
  await actor.settle(Date.now() + 4 * minute);
  return newestIncident(actor);
}
export async function newestIncident(actor: TestActor): Promise<IncidentDetail> {
  const [newest] = (await actor.act("incidents", { project })).incidents;
  return (await actor.act("incident", { incident: newest!.id })).incident;
}
export async function answer(actor: TestActor, decision: "allow" | "deny"): Promise<void> {
  const { approvals } = await actor.act("approvals", { state: "pending" });
  await actor.act("decide", { approvalId: approvals[0]!.id, decision, scope: "once", device: "laptop" });
  await actor.settle();
}
export const taskOf = async (actor: TestActor, plan: Id<"pln">, owner: string): Promise<TaskRow> => {
  const [row] = (await actor.db.select().from(taskTable).where(eq(taskTable.plan, plan))).filter((task) => task.spec.owner === owner);
  return row!;
};
export async function failTask(actor: TestActor, task: TaskRow, reason = "it can't be done"): Promise<void> {
  await record(actor.self, newId("req"), (writer) => applyTask(writer, task.id, { kind: "error", class: "auth", reason }));
  await actor.settle();
}
/** The task that merges ends with a receipt, as the clean room leaves it. */
export async function proveMerge(actor: TestActor, plan: Id<"pln">, commit = newCommit()): Promise<string> {
  actor.host.branches.set("main", commit);
  const task = await taskOf(actor, plan, "repo");
  await proveOnBranch(actor, task.id, "main", commit);
  return commit;
}
/** The receipt of a task for a commit of its branch. */
export async function keepProof(writer: Writer, { id, branch, project: name, specId, specHash }: TaskRow, commit: string): Promise<void> {
  const repo = `projects/${name}`;
  const said = proof({ task: id, repository: repo, commit, spec: { id: specId, sha256: specHash } });
  const receipt = await signReceipt(testReceiptKey, makeStatement(said));
  const kept = { id: said.id, task: id, repo, branch: branch ?? "main", commit, checks: 1, receipt, at: writer.now, staleAt: null };
  await keepReceipt(writer, kept, "one check passed");
}
/** A task ends with a receipt for the newest commit of a branch. */
export async function proveOnBranch(actor: TestActor, id: Id<"tsk">, branch: string, commit: string): Promise<void> {
  const [task] = await actor.db.select().from(taskTable).where(eq(taskTable.id, id));
  const repo = `projects/${project}`;
  const facts = { state: "complete", run: 1, asked: [], attempts: {}, repairs: 0, reason: "done", commit } as const;
  await record(actor.self, newId("req"), async (writer) => {
    await moveBranchHead(writer, repo, branch, commit);
    const set = { branch, state: facts.state, facts: { ...facts, asked: [] } };
    await writer.db.update(taskTable).set(set).where(eq(taskTable.id, id));
    await keepProof(writer, { ...task!, branch }, commit);
    await applyTask(writer, id, { kind: "verify_passed", commit });
  });
  await actor.settle();
}
export const stepsOf = (incident: IncidentDetail): string[] => incident.steps.map(({ kind }) => kind);
