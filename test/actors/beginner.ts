import { moveBranchHead } from "../../actors/git/branch-head.ts";
import { record } from "../../actors/kernel/transaction.ts";
import type { GrowWorkKind } from "../../actors/kernel/work-kinds.ts";
import { handOffEdit } from "../../actors/release/deployment.ts";
import { applyTask } from "../../actors/task/task.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import type { TaskCommand } from "../../schema/task/task-command.ts";
import { newId } from "../../schema/wire/id.ts";
import { type TestActor, withoutOutside } from "../harness/actor-fixture.ts";
import type { HostReply } from "../harness/actor-world.ts";
import { keepProof } from "./incident/repairer.ts";
import { AppMachine, newCommit, project, startDeployer } from "./release/deployer.ts";

/** A member who begins a project from a template: their Gitea, and the steps as a test goes through them. */
export const minute = 60_000;
export const repo = `projects/${project}`;

/** The member's Gitea: the repository, what was committed to it, and how it refuses. */
class Repository {
  readonly commits: { branch: string; files: string[] }[] = [];
  /** How many commits main had when it was made: more than one where it was somebody's before. */
  age = 1;
  /** What it answers to everything. */
  refuses: HostReply | undefined;
  readonly branches: Map<string, string>;
  constructor(branches: Map<string, string>) {
    this.branches = branches;
  }
  answer(method: string, path: string, body: string): HostReply | undefined {
    const at = path.replace("/git/api/v1", "");
    if (this.refuses && at !== path) return this.refuses;
    if (at.startsWith(`/repos/${repo}/commits`)) return { status: 200, body: Array.from({ length: this.age }, () => this.#commit("1")) };
    if (at.startsWith(`/repos/${repo}/file-contents`)) {
      const paths: string[] = JSON.parse(body).files;
      return { status: 200, body: paths.map((each) => (each === "README.md" ? { path: each, type: "file", sha: "5", size: 3 } : null)) };
    }
    if (method !== "POST" || at !== `/repos/${repo}/contents`) return undefined;
    const { new_branch: branch, files } = JSON.parse(body);
    const commit = newCommit();
    this.branches.set(branch, commit);
    this.commits.push({
      branch,
      files: files.map(({ path: name, operation }: { path: string; operation: string }) => `${operation} ${name}`),
    });
    return { status: 201, body: { commit: this.#commit(commit) } };
  }
  #commit = (sha: string) => ({
    ...{ sha, parents: [], html_url: "", commit: { message: "x", author: { name: "a", email: "a@x", date: "2026-11-27T08:00:00Z" } } },
    ...{ message: "x", author: { name: "a", email: "a@x", date: "2026-11-27T08:00:00Z" } },
  });
}

export async function begin(folder: string, more: readonly GrowWorkKind[] = []) {
  const machine = new AppMachine();
  const git: { repository?: Repository } = {};
  const actor = await startDeployer(folder, machine, {
    runs: [...withoutOutside, "begin", "deployment", "release", "watch", ...more],
    host: ({ method, path, body }) =>
      machine.answer(method, path, String(body ?? "")) ?? git.repository?.answer(method, path, String(body ?? "")),
  });
  const repository = new Repository(actor.host.branches);
  git.repository = repository;
  const steps = async () => (await actor.events("project.step")).map(({ step, state }) => `${step} ${state}`);
  const view = async () => (await actor.act("project", { project })).project;
  return { actor, machine, repository, steps, view };
}
export const make = (actor: TestActor, more: object = {}) => actor.act("projectMake", { name: project, template: "landing-page", ...more });
/** Its repository is there, as the work that makes it leaves it. */
export async function repositoryIsThere(actor: TestActor): Promise<void> {
  actor.host.branches.set("main", newCommit());
  await record(actor.self, newId("req"), async (writer) => {
    const [row] = await writer.db.update(projectTable).set({ readyAt: writer.now, error: null }).returning();
    await writer.append("project.created", { body: { projectId: row!.id, name: project, repo } });
  });
  await actor.settle(Date.now() + minute);
}
export async function command(actor: TestActor, told: TaskCommand): Promise<void> {
  const task = await actor.taskNamed("template");
  await record(actor.self, newId("req"), (writer) => applyTask(writer, task.id, told));
  await actor.settle(Date.now() + minute);
}
/** A clean room has proven its files, and they are main. */
export async function prove(actor: TestActor): Promise<string> {
  const task = await actor.taskNamed("template");
  const commit = task.facts.commit!;
  await record(actor.self, newId("req"), (writer) => keepProof(writer, task, commit));
  await command(actor, { kind: "verify_passed", commit });
  return commit;
}
export async function bringToMain(actor: TestActor, commit: string): Promise<void> {
  actor.host.branches.set("main", commit);
  await record(actor.self, newId("req"), (writer) => moveBranchHead(writer, repo, "main", commit));
  await adopt(actor, commit);
}
/** It is on main, whose newest commit may be another one by then. */
export async function adopt(actor: TestActor, commit: string): Promise<void> {
  await command(actor, { kind: "adopt", commit });
  const task = await actor.taskNamed("template");
  await record(actor.self, newId("req"), (writer) => handOffEdit(writer, task));
  await actor.settle(Date.now() + 3 * minute);
}
