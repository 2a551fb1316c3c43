import { and, desc, eq, gt, inArray, lt, sql } from "drizzle-orm";
import type { z } from "zod";
import { agent } from "../../schema/agent/agent.table.ts";
import { event } from "../../schema/event.table.ts";
import { type ChangedFile, eventBodies } from "../../schema/event.ts";
import { head } from "../../schema/git/branch-head.table.ts";
import { changedFile as table } from "../../schema/git/changed-file.table.ts";
import { type changesIn, changesOut, commitOut, mostCommits } from "../../schema/git/changes.ts";
import { turn } from "../../schema/turn.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Db } from "../kernel/tables.ts";
import type { Writer } from "../kernel/writer.ts";

const atOnce = 50; // rows of one statement

type CommitFiles = { repo: string; branch: string; hash: string; files: readonly ChangedFile[] };
/** Notes the files of a commit that the log tells at `seq`; a commit that was told before changes nothing. */
export async function keepChanged(writer: Writer, seq: number, commit: CommitFiles): Promise<void> {
  const { repo, branch, hash } = commit;
  const [told] = await writer.db
    .select({ channel: event.channel, own: agent.channel })
    .from(event)
    .leftJoin(turn, eq(turn.id, event.turnId))
    .leftJoin(agent, eq(agent.id, turn.agent))
    .where(eq(event.seq, seq));
  const files = new Map(commit.files.map(({ patch: _patch, ...file }) => [file.path, file]));
  const rows = [...files.values()].map((file) => ({ repo, branch, hash, seq, channel: told?.own ?? told?.channel ?? "", ...file }));
  const set = Object.fromEntries(
    (["channel", "seq", "hash", "branch", "status", "additions", "deletions"] as const).map((name) => [
      name,
      sql.raw(`excluded.${table[name].name}`),
    ]),
  );
  for (let at = 0; at < rows.length; at += atOnce)
    await writer.db
      .insert(table)
      .values(rows.slice(at, at + atOnce))
      .onConflictDoUpdate({ target: [table.repo, table.path], set, setWhere: sql`excluded.seq > ${table.seq}` });
}

type Of = Pick<z.infer<typeof changesIn>, "channel" | "repo">;
/** Action `changes`. */
export async function changes(db: Db, { channel, repo, before, limit }: z.infer<typeof changesIn>): Promise<z.infer<typeof changesOut>> {
  const own = and(channel === undefined ? undefined : eq(table.channel, channel), repo === undefined ? undefined : eq(table.repo, repo));
  const [all] = await db.select({ n: sql<number>`count(*)` }).from(table).where(own);
  const files = await db
    .select()
    .from(table)
    .where(and(own, before === undefined ? undefined : lt(table.seq, before)))
    .orderBy(desc(table.seq), table.path)
    .limit(limit);
  return changesOut.parse({ total: all?.n ?? 0, files, commits: await newestCommits(db, { channel, repo }) });
}
const turnsOf = (db: Db, channel: Id<"chn">) =>
  db.select({ id: turn.id }).from(turn).innerJoin(agent, eq(agent.id, turn.agent)).where(eq(agent.channel, channel));
async function newestCommits(db: Db, { channel, repo }: Of) {
  const text = (path: string) => sql<string>`json_extract(${event.body}, ${path})`;
  const sum = (name: string) =>
    sql<number>`(select coalesce(sum(json_extract(value, ${name})), 0) from json_each(${event.body}, '$.files'))`;
  const own = and(
    eq(event.kind, "commit"),
    channel === undefined ? undefined : inArray(event.turnId, turnsOf(db, channel)),
    repo === undefined ? undefined : and(gt(event.ref, `commit:${repo}:`), lt(event.ref, `commit:${repo};`)), // the ref names the repository
  );
  const newest = db.select({ seq: event.seq }).from(event).where(own).orderBy(desc(event.seq)).limit(mostCommits); // in the index alone
  return db
    .select({
      ...{ seq: event.seq, at: event.at, repo: text("$.repo"), hash: text("$.hash"), title: text("$.title") },
      ...{ additions: sum("$.additions"), deletions: sum("$.deletions") },
    })
    .from(event)
    .where(inArray(event.seq, newest))
    .orderBy(desc(event.seq));
}
/** Action `commit`, found by the refs that commits have in the log. */
export async function commitOf(db: Db, hash: string): Promise<z.infer<typeof commitOut>> {
  const repos = await db.selectDistinct({ repo: head.repo }).from(head);
  const refs = repos.map(({ repo }) => `commit:${repo}:${hash}`);
  const [found] = await db.select().from(event).where(inArray(event.ref, refs)).limit(1);
  if (!found) throw new AppError("not_found", { what: "commit" });
  return commitOut.parse({ commit: { ...eventBodies.commit.parse(found.body), seq: found.seq, at: found.at } });
}
