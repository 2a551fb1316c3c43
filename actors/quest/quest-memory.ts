import { questTable } from "../../schema/quest/quest.table.ts";
import { readQuest } from "../../schema/quest/quest.ts";
import { questTaskSteps } from "../../schema/quest/quest-next.ts";
import { readQuestRun } from "../../schema/quest/quest-run.ts";
import { id } from "../../schema/wire/id.ts";
import { queueReminder } from "../kernel/queue.ts";
import type { Writer } from "../kernel/writer.ts";

/** Quests as the memory repository remembers them: where each stood, and the package it runs by. */
type Row = typeof questTable.$inferInsert;
/** The files of memory that are needed for it. */
export const questPath = (path: string): boolean => /^quests\/qst_[^/]+\/(?:quest\.yaml|package\/.+)$/.test(path);

/** The rows behind those files' texts. What can't be read is named, never guessed. */
export function readQuestRows(found: ReadonlyMap<string, string>, unread: string[]): Row[] {
  const ids = new Set([...found.keys()].flatMap((path) => /^quests\/(qst_[^/]+)\/quest\.yaml$/.exec(path)?.[1] ?? []));
  return [...ids].flatMap((name) => {
    const run = readQuestRun(found.get(`quests/${name}/quest.yaml`) ?? "");
    const under = `quests/${name}/package/`;
    const texts = new Map(
      [...found].flatMap(([path, text]) => (path.startsWith(under) ? [[path.slice(under.length), text] as const] : [])),
    );
    const parsed = readQuest(texts);
    const fits =
      run.ok && parsed.ok && run.value.id === id("qst").safeParse(name).data && questTaskSteps(parsed.value, run.value.values).ok;
    if (!fits) {
      unread.push(`quests/${name}`);
      return [];
    }
    return [
      { id: run.value.id, state: run.value.state, body: run.value, files: Object.fromEntries(texts), dueAt: null, rev: 0, updatedAt: 0 },
    ];
  });
}
/** Puts them back, in the caller's transaction; the next look at tasks moves them on. */
export async function restoreQuests(writer: Writer, rows: readonly Row[]): Promise<void> {
  const rev = 1 + (writer.now % 1_000_000_000); // above what the lost actor counted: its outbox keys stay its own
  for (const row of rows) {
    await writer.db
      .insert(questTable)
      .values({ ...row, rev, updatedAt: writer.now })
      .onConflictDoNothing();
    if (row.state === "ready") await queueReminder(writer, row.id);
  }
}
