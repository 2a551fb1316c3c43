import { asc, desc, eq, isNotNull, max } from "drizzle-orm";
import type { z } from "zod";
import type { fileIn, fileOut, repoList, treeIn, treeOut } from "../../schema/agent/grow-agent.ts";
import { changedFileTable } from "../../schema/git/changed-file.table.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import { memoryRepository } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { limits } from "../../schema/wire/limits.ts";
import { me, type Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { isCommitTold } from "./commit.ts";
import { readFileText, requireFile } from "./file-content.ts";
import { Git, mainBranch } from "./git.ts";

async function openGit(self: Self, requestId: string) {
  if (!(await me(self.db)).ready) throw new AppError("unavailable", { what: "stack" }, { message: "The stack is not running." });
  return new Git(self.vars.stack, requestId);
}

/** Action `file`: one file as text; null when it is binary or too large. */
export async function readRepoFile(self: Self, input: z.infer<typeof fileIn>, requestId: string): Promise<z.infer<typeof fileOut>> {
  const found = requireFile(await (await openGit(self, requestId)).content(input.repo, input.ref, input.path));
  const text = readFileText(found, limits.fileBytes);
  return { ...input, text, bytes: found.size, truncated: text === null && found.size > limits.fileBytes };
}
/** More than a person looks through, and few enough for one answer. */
const mostPaths = 5_000;
/** Action `tree`: every path at a ref. */
export async function listRepoTree(self: Self, input: z.infer<typeof treeIn>, requestId: string): Promise<z.infer<typeof treeOut>> {
  const found = await (await openGit(self, requestId)).wholeTree(input.repo, input.ref, mostPaths + 1);
  const entries = found.slice(0, mostPaths).map(({ path, type, size }) => ({
    path,
    type: type === "tree" ? ("directory" as const) : ("file" as const),
    bytes: size,
  }));
  return { ...input, entries, truncated: found.length > mostPaths };
}
type Branch = z.infer<typeof repoList>["repos"][number]["branches"][number];
async function findShownBranch(db: Db, repo: string, branches: readonly Branch[]): Promise<string | undefined> {
  const main = branches.find(({ name }) => name === mainBranch);
  if (repo === memoryRepository || (main && (await isCommitTold(db, repo, main.hash)))) return main?.name;
  const newest = await db
    .select({ branch: changedFileTable.branch })
    .from(changedFileTable)
    .where(eq(changedFileTable.repo, repo))
    .groupBy(changedFileTable.branch)
    .orderBy(desc(max(changedFileTable.seq)));
  const there = newest.find(({ branch }) => branches.some(({ name }) => name === branch));
  return there?.branch ?? main?.name ?? branches[0]?.name;
}
/** Action `repos`: memory and projects with their branches. */
export async function listRepos(self: Self, requestId: string): Promise<z.infer<typeof repoList>> {
  const client = await openGit(self, requestId);
  const rows = await self.db.select().from(projectTable).where(isNotNull(projectTable.readyAt)).orderBy(asc(projectTable.createdAt));
  const all = [{ repo: memoryRepository, title: "Memory" }, ...rows.map((row) => ({ repo: row.repo, title: row.name, projectId: row.id }))];
  const branches = await Promise.all(
    all.map(async ({ repo }) => (await client.branches(repo)).map(({ name, commit }) => ({ name, hash: commit.id }))),
  );
  const shown = await Promise.all(all.map(({ repo }, i) => findShownBranch(self.db, repo, branches[i] ?? [])));
  return { repos: all.map((each, i) => ({ ...each, branches: branches[i] ?? [], ...(shown[i] ? { shown: shown[i] } : {}) })) };
}
