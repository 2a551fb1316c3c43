import { asc } from "drizzle-orm";
import type { z } from "zod";
import { keptBranches } from "../../schema/git/push.ts";
import type {
  branchMakeIn,
  branchOut,
  RepositoryView,
  repositoriesOut,
  repositoryDetail,
  repositoryIn,
  repositoryMakeIn,
} from "../../schema/git/repository.ts";
import { type ProjectRow, projectTable } from "../../schema/project/project.table.ts";
import { box, memoryRepository } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, siblingId } from "../../schema/wire/id.ts";
import type { GrowAgentHandlers } from "../kernel/action.ts";
import { queueScan, removalKey } from "../kernel/queue.ts";
import { me, type Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import { isQueued } from "../kernel/work.ts";
import { findProject, queueProject } from "../project.ts";
import { wake } from "../stack/start.ts";
import { Git, mainBranch } from "./git.ts";
import { listPullRequests, makePullRequest, mergePullRequest } from "./pull-request.ts";

/**
 * A member's repositories as the API has them: which there are, how each stands, and their own writing to
 * them.
 */
const viewProjectRepository = (row: ProjectRow): RepositoryView => ({
  id: siblingId("rep", row.id),
  repo: row.repo,
  kind: "project",
  projectId: row.id,
  ready: row.readyAt !== null,
  createdAt: row.createdAt,
});
async function viewMemory(self: Self): Promise<RepositoryView> {
  const { stack, memoryReady } = await me(self.db);
  return { id: siblingId("rep", stack), repo: memoryRepository, kind: "memory", projectId: null, ready: memoryReady, createdAt: null };
}
async function listRepositories(self: Self): Promise<z.infer<typeof repositoriesOut>> {
  const rows = await self.db.select().from(projectTable).orderBy(asc(projectTable.createdAt), asc(projectTable.id));
  return { repositories: [await viewMemory(self), ...rows.map(viewProjectRepository)] };
}
export async function requireRepository(self: Self, repoId: Id<"rep">): Promise<RepositoryView> {
  const found = (await listRepositories(self)).repositories.find((repository) => repository.id === repoId);
  if (!found) throw new AppError("not_found", { what: "repository" });
  return found;
}
/** One of a project, which can be written to now. */
export async function requireWritable(self: Self, repository: RepositoryView): Promise<string> {
  const name = repository.repo.slice(repository.repo.indexOf("/") + 1);
  const refuse = (message: string) => new AppError("conflict", { what: "repository" }, { message });
  if (repository.kind === "memory") {
    const message = "The memory has one writer, the platform: change it by PUT /memory/file, or in the app.";
    throw new AppError("forbidden", { what: "memory" }, { message });
  }
  if (await isQueued(self.db, removalKey(name))) throw refuse(`${name} is just being taken away.`);
  if (!repository.ready) throw new AppError("unavailable", { what: "project" }, { message: `${name} is still being made.` });
  return name;
}
export async function openRunningGit(self: Self, requestId: string): Promise<Git> {
  const { ready, tier } = await me(self.db);
  if (!ready || tier !== "running") {
    const { wakes } = await wake(self, requestId);
    const message = wakes ? "The stack wakes. Ask again in half a minute." : "The stack is not running. Start it first.";
    throw new AppError("unavailable", { what: "stack", ...(wakes ? { retryAfter: 20 } : {}) }, { message });
  }
  return new Git(self.vars.stack, requestId);
}

async function viewRepository(
  self: Self,
  { repoId }: z.infer<typeof repositoryIn>,
  requestId: string,
): Promise<z.infer<typeof repositoryDetail>> {
  const repository = await requireRepository(self, repoId);
  const { ready, tier } = await me(self.db);
  if (!repository.ready || !ready || tier !== "running") return { repository, status: null };
  const git = new Git(self.vars.stack, requestId);
  const [meta, branches] = await Promise.all([git.repository(repository.repo), git.branches(repository.repo)]);
  if (!meta) throw new AppError("not_found", { what: "repository" });
  const listed = branches.map(({ name, commit }) => ({ name, hash: commit.id }));
  const head = listed.find(({ name }) => name === mainBranch)?.hash ?? null;
  return { repository, status: { head, branches: listed, bytes: meta.size * 1024, openPullRequests: meta.open_pr_counter } };
}

async function makeRepository(self: Self, { name }: z.infer<typeof repositoryMakeIn>, requestId: string) {
  if (await isQueued(self.db, removalKey(name)))
    throw new AppError("conflict", { what: "repository" }, { message: `${name} is just being taken away.` });
  await record(self, requestId, (writer) => queueProject(writer, name, undefined));
  const row = await findProject(self, name);
  if (!row) throw new AppError("internal", { what: "a project that was just made is gone" });
  return { repository: viewProjectRepository(row) };
}

type BranchMade = z.infer<typeof branchOut>;
async function makeBranch(self: Self, { repoId, name, from }: z.infer<typeof branchMakeIn>, requestId: string): Promise<BranchMade> {
  const repository = await requireRepository(self, repoId);
  await requireWritable(self, repository);
  const git = await openRunningGit(self, requestId);
  const hash = (await git.head(repository.repo, from)) ?? (await git.commits(repository.repo, from, 1).catch(asMissing))[0]?.sha;
  if (hash === undefined) throw new AppError("not_found", { what: "commit" }, { message: `There is no branch or commit ${from}.` });
  const known = await git.head(repository.repo, name);
  if (known === undefined)
    await git.ensure("POST", `/repos/${repository.repo}/branches`, { new_branch_name: name, old_ref_name: hash }, []);
  else if (known !== hash)
    throw new AppError("conflict", { what: "branch" }, { message: `There is a branch ${name} already, at ${known}.` });
  await record(self, requestId, (writer) => queueScan(writer));
  return { branch: { name, hash }, made: known === undefined };
}
/** Gitea has no commits of what is not there, and says so in several ways. */
function asMissing(error: unknown): { sha: string }[] {
  if (error instanceof AppError && ["not_found", "conflict", "invalid"].includes(error.code)) return [];
  throw error;
}

/**
 * The walls for a member's own pushes to a project: they may write to every branch but `main` and the
 * agents' own, move none back and remove none. Rules that name more than these come first, so that no
 * moment is without a wall.
 */
export async function openOwnPush(self: Self, repo: string, requestId: string): Promise<{ open: true }> {
  const repository = (await listRepositories(self)).repositories.find((known) => known.repo === repo);
  if (!repository) throw new AppError("not_found", { what: "repository" });
  await requireWritable(self, repository);
  const git = await openRunningGit(self, requestId);
  const platform = box.memoryRepo.owner;
  const user = await self.vars.stack.ensurePusher(requestId);
  await git.ensureProtection(repo, mainBranch, [platform], 2);
  await git.ensureProtection(repo, `${keptBranches.agents}**`, [platform], 500);
  await git.ensureCollaborator(repo, user, "write"); // a rule leaves out users who may not write yet
  await git.ensureProtection(repo, "**", [user, platform], 1_000);
  return { open: true };
}

export const repositoryActions = {
  repositories: (call) => listRepositories(call.self),
  repositoryName: async (call) => ({ repository: await requireRepository(call.self, call.input.repoId) }),
  repository: (call) => viewRepository(call.self, call.input, call.requestId),
  repositoryMake: (call) => makeRepository(call.self, call.input, call.requestId),
  branchMake: (call) => makeBranch(call.self, call.input, call.requestId),
  pushOpen: (call) => openOwnPush(call.self, call.input.repo, call.requestId),
  pushed: async (call) => {
    await record(call.self, call.requestId, (writer) => queueScan(writer));
    return { queued: true };
  },
  pullRequests: async (call) => {
    const { repo, kind } = await requireRepository(call.self, call.input.repoId);
    if (kind === "memory") return { pullRequests: [] };
    return listPullRequests(call.self, await openRunningGit(call.self, call.requestId), repo, call.input.state);
  },
  pullRequestMake: async (call) => {
    const repository = await requireRepository(call.self, call.input.repoId);
    await requireWritable(call.self, repository);
    return makePullRequest(call.self, await openRunningGit(call.self, call.requestId), repository.repo, call.input);
  },
  pullRequestMerge: async (call) => {
    const repository = await requireRepository(call.self, call.input.repoId);
    const project = await requireWritable(call.self, repository);
    const merged = await mergePullRequest(call.self, await openRunningGit(call.self, call.requestId), project, call.input);
    await record(call.self, call.requestId, (writer) => queueScan(writer));
    return merged;
  },
} satisfies Partial<GrowAgentHandlers>;
