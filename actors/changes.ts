import { and, desc, eq, inArray, lt, sql } from "drizzle-orm";
import type { z } from "zod";
import { changedFile as table } from "../schema/changed-file.table.ts";
import { type changesIn, changesOut, mostCommits } from "../schema/changes.ts";
import { event } from "../schema/event.table.ts";
import type { ChangedFile } from "../schema/event.ts";
import type { Writer } from "./event.ts";
import type { Db } from "./tables.ts";

const atOnce = 50; // rows of one statement

type CommitFiles = { repo: string; branch: string; hash: string; files: readonly ChangedFile[] };
/** Notes the files of a commit that the log tells at `seq`; a commit that was told before changes nothing. */
export async function keepChanged(writer: Writer, seq: number, commit: CommitFiles): Promise<void> {
  const { repo, branch, hash } = commit;
  const [told] = await writer.db.select({ channel: event.channel }).from(event).where(eq(event.seq, seq));
  const files = new Map(commit.files.map(({ patch: _patch, ...file }) => [file.path, file]));
  const rows = [...files.values()].map((file) => ({ repo, branch, hash, seq, channel: told?.channel ?? "", ...file }));
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

/** Action `changes`. */
export async function changes(db: Db, { channel, before, limit }: z.infer<typeof changesIn>): Promise<z.infer<typeof changesOut>> {
  const own = channel === undefined ? undefined : eq(table.channel, channel);
  const [all] = await db.select({ n: sql<number>`count(*)` }).from(table).where(own);
  const files = await db
    .select()
    .from(table)
    .where(and(own, before === undefined ? undefined : lt(table.seq, before)))
    .orderBy(desc(table.seq), table.path)
    .limit(limit);
  return changesOut.parse({ total: all?.n ?? 0, files, commits: await newestCommits(db, channel) });
}
async function newestCommits(db: Db, channel: string | undefined) {
  const own = and(eq(event.kind, "commit"), channel === undefined ? undefined : eq(event.channel, channel));
  const newest = db.select({ seq: event.seq }).from(event).where(own).orderBy(desc(event.seq)).limit(mostCommits); // in the index alone
  const text = (path: string) => sql<string>`json_extract(${event.body}, ${path})`;
  const sum = (name: string) =>
    sql<number>`(select coalesce(sum(json_extract(value, ${name})), 0) from json_each(${event.body}, '$.files'))`;
  return db
    .select({
      ...{ seq: event.seq, at: event.at, repo: text("$.repo"), hash: text("$.hash"), title: text("$.title") },
      ...{ additions: sum("$.additions"), deletions: sum("$.deletions") },
    })
    .from(event)
    .where(inArray(event.seq, newest))
    .orderBy(desc(event.seq));
}
