import { and, desc, eq, gt, inArray, lt, sql } from "drizzle-orm";
import type { z } from "zod";
import { agentTable } from "../../schema/agent/agent.table.ts";
import { eventTable } from "../../schema/event.table.ts";
import { type ChangedFile, eventBodies } from "../../schema/event.ts";
import { branchHeadTable } from "../../schema/git/branch-head.table.ts";
import { changedFileTable } from "../../schema/git/changed-file.table.ts";
import { type branchChangesIn, branchChangesOut, commitOut, mostCommits } from "../../schema/git/changes.ts";
import { turnTable } from "../../schema/turn.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { eventColumns, readEvent } from "../kernel/event.ts";
import type { Db } from "../kernel/tables.ts";
import type { Writer } from "../kernel/writer.ts";

const rowsPerInsert = 50; // rows of one statement

type CommitFiles = { repo: string; branch: string; hash: string; files: readonly ChangedFile[] };
/** Notes the files of a commit that the log tells at `seq`; a commit that was told before changes nothing. */
export async function keepChangedFiles(writer: Writer, seq: number, commit: CommitFiles): Promise<void> {
  const { repo, branch, hash } = commit;
  const [told] = await writer.db
    .select({ channel: eventTable.channel, own: agentTable.channel })
    .from(eventTable)
    .leftJoin(turnTable, eq(turnTable.id, eventTable.turnId))
    .leftJoin(agentTable, eq(agentTable.id, turnTable.agent))
    .where(eq(eventTable.seq, seq));
  const files = new Map(commit.files.map(({ patch: _patch, ...file }) => [file.path, file]));
  const rows = [...files.values()].map((file) => ({ repo, branch, hash, seq, channel: told?.own ?? told?.channel ?? "", ...file }));
  const set = Object.fromEntries(
    (["channel", "seq", "hash", "branch", "status", "additions", "deletions"] as const).map((name) => [
      name,
      sql.raw(`excluded.${changedFileTable[name].name}`),
    ]),
  );
  for (let at = 0; at < rows.length; at += rowsPerInsert)
    await writer.db
      .insert(changedFileTable)
      .values(rows.slice(at, at + rowsPerInsert))
      .onConflictDoUpdate({
        target: [changedFileTable.repo, changedFileTable.path],
        set,
        setWhere: sql`excluded.seq > ${changedFileTable.seq}`,
      });
}

type ChangeFilter = Pick<z.infer<typeof branchChangesIn>, "channel" | "repo">;
/** Action `changes`. */
export async function listChanges(
  db: Db,
  { channel, repo, before, limit }: z.infer<typeof branchChangesIn>,
): Promise<z.infer<typeof branchChangesOut>> {
  const ofTurn = and(
    channel === undefined ? undefined : eq(changedFileTable.channel, channel),
    repo === undefined ? undefined : eq(changedFileTable.repo, repo),
  );
  const [all] = await db.select({ n: sql<number>`count(*)` }).from(changedFileTable).where(ofTurn);
  const files = await db
    .select()
    .from(changedFileTable)
    .where(and(ofTurn, before === undefined ? undefined : lt(changedFileTable.seq, before)))
    .orderBy(desc(changedFileTable.seq))
    .limit(limit);
  const last = files.length === limit ? files.at(-1)?.seq : undefined; // cut among the files of a commit: its first paths are the ones to tell
  const atLast =
    last === undefined
      ? []
      : await db
          .select()
          .from(changedFileTable)
          .where(and(ofTurn, eq(changedFileTable.seq, last)));
  const whole = [...files.filter(({ seq }) => seq !== last), ...atLast];
  const told = whole.sort((a, b) => b.seq - a.seq || (a.path < b.path ? -1 : 1)).slice(0, limit); // SQLite knows sealed paths only
  return branchChangesOut.parse({ total: all?.n ?? 0, files: told, commits: await listNewestCommits(db, { channel, repo }) });
}
const selectTurns = (db: Db, channel: Id<"chn">) =>
  db
    .select({ id: turnTable.id })
    .from(turnTable)
    .innerJoin(agentTable, eq(agentTable.id, turnTable.agent))
    .where(eq(agentTable.channel, channel));
async function listNewestCommits(db: Db, { channel, repo }: ChangeFilter) {
  const ofTurn = and(
    eq(eventTable.kind, "commit"),
    channel === undefined ? undefined : inArray(eventTable.turnId, selectTurns(db, channel)),
    repo === undefined ? undefined : and(gt(eventTable.ref, `commit:${repo}:`), lt(eventTable.ref, `commit:${repo}:~`)), // the ref names the repository
  );
  const newest = db.select({ seq: eventTable.seq }).from(eventTable).where(ofTurn).orderBy(desc(eventTable.seq)).limit(mostCommits); // in the index alone
  const rows = await db.select(eventColumns).from(eventTable).where(inArray(eventTable.seq, newest)).orderBy(desc(eventTable.seq));
  return rows.map(readEvent).flatMap(({ seq, at, kind, body }) => {
    if (kind !== "commit") return []; // it can't be read
    const { repo, hash, title, files } = body;
    const sum = (field: "additions" | "deletions") => files.reduce((all, file) => all + file[field], 0);
    return [{ seq, at, repo, hash, title, additions: sum("additions"), deletions: sum("deletions") }];
  });
}
/** Action `commit`, found by the refs that commits have in the log. */
export async function viewCommit(db: Db, hash: string): Promise<z.infer<typeof commitOut>> {
  const repos = await db.selectDistinct({ repo: branchHeadTable.repo }).from(branchHeadTable);
  const refs = repos.map(({ repo }) => `commit:${repo}:${hash}`);
  const [found] = await db.select().from(eventTable).where(inArray(eventTable.ref, refs)).limit(1);
  if (!found) throw new AppError("not_found", { what: "commit" });
  return commitOut.parse({ commit: { ...eventBodies.commit.parse(found.body), seq: found.seq, at: found.at } });
}
