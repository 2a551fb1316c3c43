import { isLayout } from "./commit-title.ts";
import type { OutboxEntry } from "./outbox.ts";
import type { Row, View } from "./view.ts";

/** What the list shows, one above the other. */
export type Item =
  | { type: "day"; key: string; at: number }
  | { type: "new"; key: string }
  | { type: "row"; key: string; row: Row; queued: boolean }
  | { type: "pending"; key: string; entry: OutboxEntry }
  | { type: "end"; key: string };

/** What came while the person was away: after `read`, and not later than `until`. */
export type Unread = { read: number; until: number };

/** The same object for the same row, so that a list of thousands draws only what changed. */
const known = new WeakMap<Row, Extract<Item, { type: "row" }>>();
function itemOf(row: Row, queued: boolean): Item {
  const before = known.get(row);
  if (before && before.queued === queued) return before;
  const item = { type: "row" as const, key: row.key, row, queued };
  known.set(row, item);
  return item;
}

const oneDay = 22 * 3_600_000; // the shortest a day may be where clocks change, and less: what is surely the same day is not looked up
/** When the day of a time began; the day before it in the list is most often the same. */
function dayStart(at: number, before: number | undefined): number {
  return before !== undefined && at >= before && at < before + oneDay ? before : new Date(at).setHours(0, 0, 0, 0);
}

/** Rows with a rule at each new day and one where unread begins: before the first unread row from someone else. */
export function itemsOf(view: Pick<View, "rows" | "last">, outbox: readonly OutboxEntry[], unread: Unread): Item[] {
  const items: Item[] = [];
  const answered = new Set(view.rows.map((row) => row.key));
  let day: number | undefined;
  let marked = false;
  const plans = new Set(view.rows.flatMap((row) => (row.type === "plan" ? [row.body.planId as string] : [])));
  for (const row of view.rows) {
    if (row.type === "task" && row.task.planId !== undefined && plans.has(row.task.planId)) continue; // its plan's card has it
    if (row.type === "commit" && isLayout(row.body.title)) continue;
    const rowDay = dayStart(row.at, day);
    if (rowDay !== day) items.push({ type: "day", key: `day:${rowDay}`, at: row.at });
    day = rowDay;
    if (!marked && row.seq > unread.read && row.seq <= unread.until && row.type !== "member") {
      marked = true;
      items.push({ type: "new", key: "new" });
    }
    items.push(itemOf(row, row.type === "member" && !answered.has(row.body.turnId)));
  }
  for (const entry of outbox) items.push({ type: "pending", key: `pending:${entry.clientId}`, entry });
  items.push({ type: "end", key: "end" });
  return items;
}
