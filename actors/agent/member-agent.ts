import { eq, inArray } from "drizzle-orm";
import { z } from "zod";
import { agentTable } from "../../schema/agent/agent.table.ts";
import type { AgentType } from "../../schema/agent/agent-type.ts";
import type { AgentTypeState } from "../../schema/agent/agent-type-api.ts";
import { memberAgentTable } from "../../schema/agent/member-agent.table.ts";
import { type AgentOwner, agentIdAt, agentPath, memberAgentLimits, readMemberAgent } from "../../schema/agent/member-agent.ts";
import { memoryRepository } from "../../schema/stack/stack.ts";
import type { AppError } from "../../schema/wire/error.ts";
import type { Issue, Parsed } from "../../schema/wire/yaml.ts";
import { readFileText, requireFile } from "../git/file-content.ts";
import { Git } from "../git/git.ts";
import type { Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import type { WorkItem } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";
import { agentOwner } from "./agent-type.ts";

/**
 * The member's own kinds of agents, as memory has them: Git is the record, the table a cache with the last
 * good version of each.
 */
type MemberAgentRow = typeof memberAgentTable.$inferSelect;
/** A file as it stands at a commit. */
type TypeFile = { id: string; read: Parsed<AgentType>; hash: string | null; before: AgentType | null };

export const touchesAgentTypes = (paths: Iterable<string>): boolean => [...paths].some((path) => agentIdAt(path) !== undefined);

type TypeSource = { git: Git; head: string; owner: AgentOwner; taken: readonly string[] };
const folderEntries = z.array(z.looseObject({ name: z.string(), type: z.string() }));
async function readTypeAt(source: TypeSource, ref: string, id: string): Promise<Parsed<AgentType> | undefined> {
  const found = await source.git.content(memoryRepository, ref, agentPath(id));
  if (found === undefined || Array.isArray(found)) return undefined;
  const text = readFileText(requireFile(found), memberAgentLimits.bytes);
  const large = `must be text of at most ${memberAgentLimits.bytes / 1024} kB`;
  return text === null
    ? { ok: false, issues: [{ path: "", message: large }] }
    : readMemberAgent(agentPath(id), text, source.owner, source.taken);
}
/** The newest version in Git that holds: for an actor that has none, after it lost its state. */
async function findLastGoodType(source: TypeSource, id: string): Promise<AgentType | null> {
  for (const { sha } of await source.git.commits(memoryRepository, source.head, 20, agentPath(id))) {
    const read = await readTypeAt(source, sha, id);
    if (read?.ok) return read.value;
  }
  return null;
}
async function readTypeFiles(source: TypeSource, rows: readonly MemberAgentRow[]): Promise<TypeFile[]> {
  const there = folderEntries.safeParse(await source.git.content(memoryRepository, source.head, "agents"));
  const folders = there.success ? there.data.filter(({ type }) => type === "dir").map(({ name }) => name) : [];
  const files: TypeFile[] = [];
  for (const id of folders.filter((name) => agentIdAt(agentPath(name)) !== undefined).sort()) {
    const read = await readTypeAt(source, source.head, id);
    if (!read) continue;
    const known = rows.find((row) => row.id === id);
    const tooMany = files.length >= memberAgentLimits.most && !known;
    const issues: Issue[] = [{ path: "", message: `there are ${memberAgentLimits.most} agent types already` }];
    const [last] = await source.git.commits(memoryRepository, source.head, 1, agentPath(id));
    const before = known?.type ?? (read.ok || tooMany ? null : await findLastGoodType(source, id));
    files.push({ id, read: tooMany ? { ok: false, issues } : read, hash: last?.sha ?? null, before });
  }
  return files;
}

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
/** What a file makes of what was known, and what of it is news. */
function applyTypeFile(
  file: TypeFile,
  known: MemberAgentRow | undefined,
  now: number,
): { row: MemberAgentRow; change?: AgentTypeState["change"] } {
  const { id, read, hash } = file;
  const issues = read.ok ? [] : read.issues.slice(0, 30);
  const row: MemberAgentRow = { id, type: read.ok ? read.value : file.before, issues, removed: false, hash, readAt: now };
  if (!read.ok) return isSame(known?.issues, issues) && known?.hash === hash ? { row } : { row, change: "refused" };
  if (!known?.type || known.removed) return { row, change: "taken" };
  return isSame(known.type, read.value) && known.issues.length === 0 ? { row } : { row, change: "changed" };
}
async function tellTypeChange(writer: Writer, row: MemberAgentRow, change: AgentTypeState["change"]): Promise<void> {
  const { id, type, issues, hash } = row;
  await writer.append("agent_type.state", {
    body: {
      ...{ id, path: agentPath(id), change, title: type?.title ?? id, issues, kept: change === "refused" && type !== null },
      ...(hash ? { commit: hash } : {}),
    },
  });
}

type TypeNews = { row: MemberAgentRow; change: AgentTypeState["change"] };
/** Writes what the files say, and answers what of it is news. */
async function storeTypes(writer: Writer, files: readonly TypeFile[], head: string): Promise<TypeNews[]> {
  const rows = await writer.db.select().from(memberAgentTable);
  const news: TypeNews[] = [];
  for (const file of files) {
    const known = rows.find((row) => row.id === file.id);
    const { row, change } = applyTypeFile(file, known, writer.now);
    await writer.db.insert(memberAgentTable).values(row).onConflictDoUpdate({ target: memberAgentTable.id, set: row });
    if (change) news.push({ row, change });
  }
  for (const row of rows.filter((each) => !each.removed && !files.some((file) => file.id === each.id))) {
    const gone = { ...row, issues: [], removed: true, hash: head, readAt: writer.now };
    await writer.db.update(memberAgentTable).set(gone).where(eq(memberAgentTable.id, row.id));
    news.push({ row: gone, change: "removed" });
  }
  return news;
}
/** Takes the files over as they stand at the head of memory. The same head again changes nothing. */
export async function takeUpMemberTypes(self: Self, requestId: string): Promise<void> {
  const { world, stack } = self.vars;
  const git = new Git(stack, requestId);
  const head = await git.head(memoryRepository, "main");
  if (!head) return;
  const source: TypeSource = { git, head, owner: agentOwner(world.services.local), taken: [...world.types.keys()] };
  const files = await readTypeFiles(source, await self.db.select().from(memberAgentTable));
  await record(self, requestId, async (writer) => {
    const news = await storeTypes(writer, files, head);
    for (const { row, change } of news) await tellTypeChange(writer, row, change);
    const fresh = news.filter(({ change }) => change === "taken" || change === "changed").map(({ row }) => row.id);
    if (fresh.length > 0) await writer.db.update(agentTable).set({ stale: true }).where(inArray(agentTable.type, fresh));
  });
}
export const typesWork = {
  run: (self: Self, work: WorkItem<"types">): Promise<void> => takeUpMemberTypes(self, work.requestId),
  async gaveUp(self: Self, work: WorkItem<"types">, error: AppError): Promise<void> {
    self.vars.world.log("warn", "the member's agent types were not read; the next wake will", { requestId: work.requestId, error });
  },
};
