import { useRef } from "react";
import { cancelledReason, type TurnState } from "../../../schema/turn.ts";
import { isMemoryLayout } from "../git/commit-title.ts";
import type { LogRow, LogView } from "../live/log-view.ts";
import type { OutboxEntry } from "../live/outbox.ts";

/** What the list shows, one above the other. */
export type FeedItem =
  | { type: "day"; key: string; at: number }
  | { type: "new"; key: string }
  | { type: "row"; key: string; row: LogRow; fate?: Fate | undefined }
  | { type: "pending"; key: string; entry: OutboxEntry }
  | { type: "end"; key: string };

/** The fate of a member's message: its turn's state, or cancelled before one. */
export type Fate = TurnState | "cancelled";
function fateOf(row: LogRow, rows: ReadonlyMap<string, LogRow>): Fate | undefined {
  if (row.type !== "member") return undefined;
  const turn = rows.get(row.body.turnId);
  if (turn?.type !== "turn") return "queued";
  return isCancelled(turn) ? "cancelled" : turn.turn.state;
}
const isCancelled = (row: LogRow) => row.type === "turn" && row.turn.state === "stopped" && row.turn.reason === cancelledReason;

/** The rows that came while the person was away: after `read`, up to `until`. */
export type Unread = { read: number; until: number };

/** The same object for the same row, so that a list of thousands draws only what changed. */
const knownItems = new WeakMap<LogRow, Extract<FeedItem, { type: "row" }>>();
function itemOf(row: LogRow, fate: Fate | undefined): FeedItem {
  const before = knownItems.get(row);
  if (before && before.fate === fate) return before;
  const item = { type: "row" as const, key: row.key, row, fate };
  knownItems.set(row, item);
  return item;
}

const oneDay = 22 * 3_600_000; // shorter than the shortest day: within it no date look-up is needed
/** The start of a time's day, which is mostly the day of the row before. */
function dayStart(at: number, before: number | undefined): number {
  return before !== undefined && at >= before && at < before + oneDay ? before : new Date(at).setHours(0, 0, 0, 0);
}

/** Rows with a line at each new day, and one before the first unread row from someone else. */
export function buildFeedItems(view: Pick<LogView, "rows">, outbox: readonly OutboxEntry[], unread: Unread): FeedItem[] {
  const items: FeedItem[] = [];
  const byKey = new Map(view.rows.map((row) => [row.key, row]));
  let day: number | undefined;
  let marked = false;
  const plans = new Set(view.rows.flatMap((row) => (row.type === "plan" ? [row.body.planId as string] : [])));
  for (const row of view.rows) {
    if (row.type === "task" && row.task.planId !== undefined && plans.has(row.task.planId)) continue; // the plan's card shows it
    if ((row.type === "commit" && isMemoryLayout(row.body.title)) || isCancelled(row)) continue;
    const rowDay = dayStart(row.at, day);
    if (rowDay !== day) items.push({ type: "day", key: `day:${rowDay}`, at: row.at });
    day = rowDay;
    if (!marked && row.seq > unread.read && row.seq <= unread.until && row.type !== "member") {
      marked = true;
      items.push({ type: "new", key: "new" });
    }
    items.push(itemOf(row, fateOf(row, byKey)));
  }
  for (const entry of outbox) items.push({ type: "pending", key: `pending:${entry.clientId}`, entry });
  items.push({ type: "end", key: "end" });
  return items;
}

/**
 * The items after rows changed in place, as a streaming answer does; undefined when more than that changed.
 */
export function keepUnchangedTurns(
  items: readonly FeedItem[],
  before: readonly LogRow[],
  rows: readonly LogRow[],
): readonly FeedItem[] | undefined {
  if (before.length !== rows.length) return undefined;
  let next: FeedItem[] | undefined;
  for (let at = rows.length - 1; at >= 0; at--) {
    const [was, is] = [before[at]!, rows[at]!];
    if (was === is) continue;
    if (was.type !== "turn" || is.type !== "turn" || was.key !== is.key || was.at !== is.at || was.turn.state !== is.turn.state)
      return undefined;
    next ??= [...items];
    const place = next.findLastIndex((item) => item.type === "row" && item.row === was);
    if (place >= 0) next[place] = itemOf(is, undefined);
  }
  return next ?? items;
}

/** The feed's items. While an answer streams it builds only the items whose rows changed. */
export function useFeedItems(rows: readonly LogRow[], outbox: readonly OutboxEntry[], unread: Unread): readonly FeedItem[] {
  const last = useRef<{ rows: readonly LogRow[]; outbox: readonly OutboxEntry[]; unread: Unread; items: readonly FeedItem[] }>(undefined);
  const before = last.current;
  if (before?.rows === rows && before.outbox === outbox && before.unread === unread) return before.items;
  const same = before !== undefined && before.outbox === outbox && before.unread === unread;
  const items = (same ? keepUnchangedTurns(before.items, before.rows, rows) : undefined) ?? buildFeedItems({ rows }, outbox, unread);
  last.current = { rows, outbox, unread, items };
  return items;
}
