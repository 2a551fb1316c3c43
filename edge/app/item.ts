import type { Row, View } from "./log.ts";
import type { OutboxEntry } from "./outbox.ts";

/** What the list shows, one above the other. */
export type Item =
  | { type: "day"; key: string; at: number }
  | { type: "new"; key: string }
  | { type: "row"; key: string; row: Row; queued: boolean }
  | { type: "pending"; key: string; entry: OutboxEntry }
  | { type: "end"; key: string };

/** Rows with a rule at each new day and one where unread begins: before the first row that came after `read` from someone else. */
export function itemsOf(view: Pick<View, "rows" | "last">, outbox: readonly OutboxEntry[], read: number): Item[] {
  const items: Item[] = [];
  const answered = new Set(view.rows.map((row) => row.key));
  let day = "";
  let unread = view.last <= read;
  for (const row of view.rows) {
    const rowDay = new Date(row.at).toDateString();
    if (rowDay !== day) items.push({ type: "day", key: `day:${rowDay}`, at: row.at });
    day = rowDay;
    if (!unread && row.seq > read && row.type !== "member") {
      unread = true;
      items.push({ type: "new", key: "new" });
    }
    items.push({ type: "row", key: row.key, row, queued: row.type === "member" && !answered.has(row.body.turnId) });
  }
  for (const entry of outbox) items.push({ type: "pending", key: `pending:${entry.clientId}`, entry });
  items.push({ type: "end", key: "end" });
  return items;
}
