import { desc, eq, isNull } from "drizzle-orm";
import { z } from "zod";
import { agentIdAt, readMemberAgent } from "../../schema/agent/member-agent.ts";
import { goalProgress, readGoal } from "../../schema/goal.ts";
import type {
  MemoryCommit,
  memoryDiffIn,
  memoryDiffOut,
  memoryFileIn,
  memoryFileOut,
  memoryHistoryIn,
  memoryHistoryOut,
  memoryTreeOut,
  memoryWriteIn,
  revertIn,
} from "../../schema/memory/memory-api.ts";
import { writtenOut } from "../../schema/memory/memory-api.ts";
import { type BatchPart, type MemoryChange, memoryChange, readBatchMessage } from "../../schema/memory/memory-change.ts";
import { conversationTable, memoryFileTable } from "../../schema/memory/memory-file.table.ts";
import { canRevert, isStateFile, readFileTitle } from "../../schema/memory/memory-index.ts";
import { outboxTable } from "../../schema/memory/outbox.table.ts";
import { policyPath, readPolicy } from "../../schema/policy/policy-file.ts";
import { likeSealed } from "../../schema/seal/sealed-column.ts";
import { memoryRepository } from "../../schema/stack/stack.ts";
import { AppError, type AppError as Failure } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { Parsed } from "../../schema/wire/yaml.ts";
import { requireGrowAgent } from "../agent/agent.ts";
import { agentOwner } from "../agent/agent-type.ts";
import { limitDiff } from "../git/diff.ts";
import { readFileText, requireFile } from "../git/file-content.ts";
import { Git, type GitCommit } from "../git/git.ts";
import { tellGoal } from "../goal-event.ts";
import { once } from "../kernel/idempotency.ts";
import { me, type Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { waitForEffect } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";
import { keptText, mostFiles } from "./memory-files.ts";
import { findOutboxRow, queueFiles } from "./outbox.ts";

/**
 * What the member sees of their memory and does to it: tree, file, history, difference, their own edits, and
 * taking back.
 */
async function git(self: Self, requestId: string): Promise<Git> {
  const { ready, memoryReady } = await me(self.db);
  if (!ready || !memoryReady) throw new AppError("unavailable", { what: "stack" }, { message: "The stack is not running." });
  return new Git(self.vars.stack, requestId);
}
async function headOf(client: Git): Promise<string> {
  const head = await client.head(memoryRepository, "main");
  if (!head) throw new AppError("unavailable", { what: "memory" });
  return head;
}

/** Action `memoryTree`. */
export async function memoryTree(
  self: Self,
  { ref }: { ref?: string | undefined },
  requestId: string,
): Promise<z.infer<typeof memoryTreeOut>> {
  const client = await git(self, requestId);
  const head = ref ?? (await headOf(client));
  const known = new Map((await self.db.select().from(memoryFileTable)).map((row) => [row.path, row]));
  const all = await client.wholeTree(memoryRepository, head, mostFiles);
  const entries = all.map(({ path, type, size }) => ({
    path,
    title: known.get(path)?.title ?? path.split("/").at(-1) ?? path,
    type: type === "tree" ? ("directory" as const) : ("file" as const),
    bytes: size,
    at: known.get(path)?.at || null,
  }));
  return { head, entries, truncated: all.length >= mostFiles };
}
/** Action `memoryFile`. */
export async function memoryFileAt(
  self: Self,
  input: z.infer<typeof memoryFileIn>,
  requestId: string,
): Promise<z.infer<typeof memoryFileOut>> {
  const client = await git(self, requestId);
  const ref = input.ref ?? (await headOf(client));
  const found = requireFile(await client.content(memoryRepository, ref, input.path));
  const [last] = await client.commits(memoryRepository, ref, 1, input.path);
  return { path: input.path, ref, text: readFileText(found, limits.fileBytes), bytes: found.size, commit: last?.sha ?? null };
}

const trailers = { agents: /^Agent: (\S+)$/gm, tasks: /^Task: (\S+)$/gm, turns: /^Turn: (\S+)$/gm, outbox: /^Outbox: (\S+)$/gm };
const all = (text: string, trailer: RegExp) => [...new Set([...text.matchAll(trailer)].map((match) => match[1]!))];
type Seen = { view: MemoryCommit; message: string; part: BatchPart | undefined };
/** A commit; of its several changes only the one that touched `path`, if it is among them. */
function viewCommit({ sha, commit, parents }: GitCommit, path?: string): Seen {
  const parts = readBatchMessage(commit.message);
  const part = path === undefined ? undefined : parts.find(({ paths }) => paths.includes(path));
  const message = part?.message ?? commit.message;
  const view = {
    hash: sha,
    parent: parents?.[0]?.sha ?? null,
    title: message.split("\n")[0]?.slice(0, 200) ?? "",
    author: commit.author.name,
    at: Date.parse(commit.author.date) || 0,
    agents: all(message, trailers.agents),
    tasks: all(message, trailers.tasks),
    turns: all(message, trailers.turns),
    outbox: all(message, trailers.outbox),
    changes: parts.map(({ title }) => title),
  };
  return { view, message, part };
}
/** Action `memoryHistory`: newest first, of the whole memory or of one file. */
export async function memoryHistory(
  self: Self,
  input: z.infer<typeof memoryHistoryIn>,
  requestId: string,
): Promise<z.infer<typeof memoryHistoryOut>> {
  const client = await git(self, requestId);
  const page = Number(input.cursor ?? 1);
  const commits = await client.commits(memoryRepository, "main", input.limit, input.path, page).catch((error: Failure) => {
    if (error.code === "not_found") return [];
    throw error;
  });
  return {
    commits: commits.map((commit) => viewCommit(commit, input.path).view),
    next: commits.length < input.limit ? null : String(page + 1),
  };
}
/** Action `memoryDiff`: what a commit changed, or one of its changes. */
export async function memoryDiff(
  self: Self,
  { commit, path }: z.infer<typeof memoryDiffIn>,
  requestId: string,
): Promise<z.infer<typeof memoryDiffOut>> {
  const client = await git(self, requestId);
  const found = await client.commit(memoryRepository, commit);
  const { files, truncated } = limitDiff(await client.diff(memoryRepository, commit));
  const { view, message, part } = viewCommit(found, path);
  return { commit: view, message, files: part ? files.filter((file) => part.paths.includes(file.path)) : files, truncated };
}

const checked: { at: (path: string) => boolean; read: (text: string) => Parsed<unknown> }[] = [
  { at: (path) => path === policyPath, read: readPolicy },
  {
    at: (path) => path.startsWith("goals/") && !path.endsWith("README.md"),
    read: (text) => (text.startsWith("---\n") ? readGoal(text) : { ok: true, value: text }),
  },
];
const notByHand = (issue: string) =>
  new AppError("invalid", {
    issues: [{ path: issue, message: "is written by the platform; a task, plan, quest or question is changed where it is shown" }],
  });
function refuseBad(self: Self, path: string, text: string): void {
  const { services, types } = self.vars.world;
  const ownType = (yaml: string) => readMemberAgent(path, yaml, agentOwner(services.local), [...types.keys()]);
  for (const { at, read } of [...checked, { at: (file: string) => agentIdAt(file) !== undefined, read: ownType }]) {
    const result = at(path) ? read(text) : undefined;
    if (result && !result.ok)
      throw new AppError("invalid", { issues: result.issues.map((issue) => ({ ...issue, path: `text.${issue.path}` })) });
  }
}
async function waits(db: Db, path: string): Promise<boolean> {
  const rows = await db.select({ files: outboxTable.files }).from(outboxTable).where(isNull(outboxTable.hash));
  return rows.some((row) =>
    z
      .array(memoryChange)
      .parse(row.files)
      .some((file) => file.path === path),
  );
}
const changedSince = (path: string) => new AppError("conflict", { what: "changed" }, { message: `${path} has changed since you saw it.` });

/** Puts the member's own change into the outbox, once, and waits a little for its commit. */
async function written(
  self: Self,
  key: string,
  requestId: string,
  change: (writer: Writer) => Promise<{ kind: "profile" | "goal" | "policy" | "revert" | "plan"; title: string; files: MemoryChange[] }>,
) {
  const made = await once(self, requestId, `memory:${key}`, writtenOut, async (writer) => {
    const outboxId = newId("out", writer.now);
    await queueFiles(writer, {
      id: outboxId,
      key: `memory:${key}`,
      agent: (await requireGrowAgent(writer.db)).id,
      ...(await change(writer)),
    });
    return { outboxId, hash: null };
  });
  const hash = await waitForEffect(
    self,
    `outbox:memory:${key}`,
    3_000,
    async () => (await findOutboxRow(self, `memory:${key}`))?.hash ?? undefined,
  );
  return { ...made, hash: hash ?? null };
}
const kindOf = (path: string) =>
  path.startsWith("goals/") ? "goal" : path.startsWith("policies/") ? "policy" : path.startsWith("plans/") ? "plan" : "profile";

/** Action `memoryWrite`: the member's own words, over what they saw and nothing newer. */
export async function memoryWrite(self: Self, input: z.infer<typeof memoryWriteIn>, key: string, requestId: string) {
  const { path, text, base, note } = input;
  if (isStateFile(path)) throw notByHand("path");
  if (text !== null) refuseBad(self, path, text);
  const client = await git(self, requestId);
  const there = await client.content(memoryRepository, "main", path);
  const [last] = there === undefined ? [] : await client.commits(memoryRepository, "main", 1, path);
  return written(self, key, requestId, async (writer) => {
    if ((last?.sha ?? null) !== base || (await waits(writer.db, path))) throw changedSince(path);
    const file: MemoryChange = text === null ? { path, remove: true } : { path, content: text };
    await tellGoal(writer, file);
    const title = note ?? `${text === null ? "remove" : "edit"} ${text === null ? path : readFileTitle(path, text)} (by the member)`;
    return { kind: kindOf(path), title, files: [file] };
  });
}

/**
 * Action `memoryRevert`: what one commit changed becomes again what it was, by a commit. A file that has
 * changed since is not touched: then nothing is. The state that the platform keeps beside it stays.
 */
export async function memoryRevert(self: Self, input: z.infer<typeof revertIn>, key: string, requestId: string) {
  const client = await git(self, requestId);
  const found = await client.commit(memoryRepository, input.commit);
  const parent = found.parents?.[0]?.sha;
  if (!parent) throw new AppError("conflict", { what: "first" }, { message: "The first commit can't be taken back." });
  const paths = limitDiff(await client.diff(memoryRepository, input.commit)).files.map((file) => file.path);
  const wanted = (input.paths ?? paths).filter(canRevert);
  if (input.paths ? wanted.length < input.paths.length : paths.length > 0 && wanted.length === 0)
    throw notByHand(input.paths ? "paths" : "commit");
  if (wanted.length === 0 || wanted.some((path) => !paths.includes(path))) throw new AppError("not_found", { what: "path" });
  const files: MemoryChange[] = [];
  for (const path of wanted) {
    const [now, then, before] = await Promise.all(["main", input.commit, parent].map((ref) => textIn(client, ref, path)));
    if (now !== then) throw changedSince(path);
    files.push(before === undefined ? { path, remove: true } : { path, content: before });
  }
  return written(self, key, requestId, async (writer) => {
    for (const { path } of files) if (await waits(writer.db, path)) throw changedSince(path);
    for (const file of files) await tellGoal(writer, file);
    return { kind: "revert", title: `take back ${input.commit.slice(0, 12)}: ${viewCommit(found, input.paths?.[0]).view.title}`, files };
  });
}
async function textIn(client: Git, ref: string, path: string): Promise<string | undefined> {
  const found = await client.content(memoryRepository, ref, path);
  if (found === undefined || Array.isArray(found)) return undefined;
  const text = readFileText(found, limits.fileBytes);
  if (text === null) throw new AppError("conflict", { what: "binary" }, { message: `${path} is no text.` });
  return text;
}

const shown = { profile: 60, goals: 40, decisions: 30, patterns: 10 } as const;
const flat = (text: string) => text.replace(/^#\s+/gm, "").replace(/\s+/g, " ").trim();
/** What an agent's prompt is made of (schema/agent/prompt.ts), from the cache alone. */
export async function readRemembered(db: Db): Promise<{
  profile: string[];
  goals: { id: Id<"gol">; title: string; progress?: number | undefined; by?: string | undefined }[];
  decisions: string[];
  patterns: string[];
  summary: string;
}> {
  const newest = (folder: string, most: number) =>
    db
      .select()
      .from(memoryFileTable)
      .where(likeSealed(memoryFileTable.path, `${folder}/%`))
      .orderBy(desc(memoryFileTable.at))
      .limit(most);
  const about = (await newest("profile", shown.profile)).flatMap((row) => (row.content ? [flat(row.content)] : []));
  const profile = await keptText(db, "profile.md");
  const goals = (await newest("goals", 200)).flatMap((row) => {
    const read = row.content ? readGoal(row.content) : undefined;
    return read?.ok && read.value.state === "active" ? [read.value] : [];
  });
  const titled = async (folder: string, most: number) =>
    (await newest(folder, most + 1)).filter((row) => !row.path.endsWith("README.md")).map((row) => `${row.title} (${row.path})`);
  const [talk] = await db
    .select()
    .from(conversationTable)
    .where(eq(conversationTable.agent, (await requireGrowAgent(db)).id));
  return {
    profile: [...(profile ? [flat(profile)] : []), ...about],
    goals: goals
      .slice(0, shown.goals)
      .map((goal) => ({ id: goal.id, title: `${goal.title} (${goal.id})`, progress: goalProgress(goal), by: goal.by })),
    decisions: await titled("decisions", shown.decisions),
    patterns: await titled("patterns", shown.patterns),
    summary: talk?.summary ?? "",
  };
}
