import { useSyncExternalStore } from "react";
import { mostUnread } from "../../../schema/agent/team.ts";
import type { LogRow, LogView } from "../live/log-view.ts";

/** How far the person has read each channel, kept on this device. Tabs share it. */
const readListeners = new Set<() => void>();
let version = 0;
const readChanged = () => {
  version += 1;
  for (const listener of readListeners) listener();
};
const readKey = (agent: string) => `growqr.read.${agent}`;

export function readUpTo(agent: string): number | undefined {
  const stored = localStorage.getItem(readKey(agent));
  return stored === null ? undefined : Number(stored);
}
export function readNow(agent: string, seq: number): void {
  if ((readUpTo(agent) ?? -1) >= seq) return;
  localStorage.setItem(readKey(agent), String(seq));
  readChanged();
}
/** Changes when this tab or another one has read something. */
export function useReads(): number {
  return useSyncExternalStore(
    (listener) => {
      const stored = (event: StorageEvent) => event.key?.startsWith("growqr.read.") && readChanged();
      if (readListeners.size === 0) window.addEventListener("storage", stored);
      readListeners.add(listener);
      return () => {
        readListeners.delete(listener);
        window.removeEventListener("storage", stored);
      };
    },
    () => version,
  );
}

const reportedUpTo: ReadonlySet<LogRow["type"]> = new Set(["turn", "approval", "proof", "notice", "plan", "quest", "proposal"]);
const back = 60; // read rows after which the search ends: a turn may go on below later rows
/** How many rows of a channel came after `read` from someone else. */
export function countUnreadIn(rows: readonly LogRow[], read: number): number {
  let n = 0;
  let old = 0;
  for (let at = rows.length - 1; at >= 0 && old < back; at--) {
    const row = rows[at]!;
    const seq = row.type === "turn" ? row.turn.told : row.seq;
    if (seq <= read) old += 1;
    else if (reportedUpTo.has(row.type) && !(row.type === "approval" && row.asked.state !== "pending")) n += 1;
  }
  return n;
}

type Counted = Pick<LogView, "counts" | "countedAt">;
/** How far a channel was read on this device or, by the actor, on any. */
export function findReadUpTo({ counts }: Pick<LogView, "counts">, channel: string | undefined, agent: string): number | undefined {
  const here = readUpTo(agent);
  const anywhere = counts.get(channel ?? "")?.read || undefined;
  return here === undefined && anywhere === undefined ? undefined : Math.max(here ?? 0, anywhere ?? 0);
}
/** How many rows of a channel are unread: the actor's count, and what came since. Pure. */
export function countUnread({ counts, countedAt }: Counted, channel: string, rows: readonly LogRow[], read: number): number {
  const count = counts.get(channel);
  if (!count || read > count.read) return Math.min(mostUnread, countUnreadIn(rows, read));
  return Math.min(mostUnread, count.unread + countUnreadIn(rows, Math.max(countedAt, read)));
}
