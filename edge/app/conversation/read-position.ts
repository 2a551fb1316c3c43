import { useSyncExternalStore } from "react";
import { mostUnread } from "../../../schema/agent/team.ts";
import type { Row, View } from "../live/log-view.ts";

/** How far the person has read each channel, kept on this device. Tabs share it. */
const listeners = new Set<() => void>();
let version = 0;
const changed = () => {
  version += 1;
  for (const listener of listeners) listener();
};
const keyOf = (agent: string) => `growqr.read.${agent}`;

export function readUpTo(agent: string): number | undefined {
  const stored = localStorage.getItem(keyOf(agent));
  return stored === null ? undefined : Number(stored);
}
export function readNow(agent: string, seq: number): void {
  if ((readUpTo(agent) ?? -1) >= seq) return;
  localStorage.setItem(keyOf(agent), String(seq));
  changed();
}
/** Changes when something was read, here or in another tab. */
export function useReads(): number {
  return useSyncExternalStore(
    (listener) => {
      const stored = (event: StorageEvent) => event.key?.startsWith("growqr.read.") && changed();
      if (listeners.size === 0) window.addEventListener("storage", stored);
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        window.removeEventListener("storage", stored);
      };
    },
    () => version,
  );
}

const told: ReadonlySet<Row["type"]> = new Set(["turn", "approval", "proof", "notice", "plan", "quest", "proposal"]);
const back = 60; // rows that are older than what was read, and then no newer one is looked for: a turn may go on below later rows
/** How many things stand in a channel that were told after `read` by someone else. */
export function unreadIn(rows: readonly Row[], read: number): number {
  let n = 0;
  let old = 0;
  for (let at = rows.length - 1; at >= 0 && old < back; at--) {
    const row = rows[at]!;
    const seq = row.type === "turn" ? row.turn.told : row.seq;
    if (seq <= read) old += 1;
    else if (told.has(row.type) && !(row.type === "approval" && row.asked.state !== "pending")) n += 1;
  }
  return n;
}

type Counted = Pick<View, "counts" | "countedAt">;
/** How far a channel was read: here, or as the actor knows from any device. */
export function readOf({ counts }: Pick<View, "counts">, channel: string | undefined, agent: string): number | undefined {
  const here = readUpTo(agent);
  const anywhere = counts.get(channel ?? "")?.read || undefined;
  return here === undefined && anywhere === undefined ? undefined : Math.max(here ?? 0, anywhere ?? 0);
}
/** What is unread of a channel: as the actor counted it, with what came since. Pure. */
export function unreadOf({ counts, countedAt }: Counted, channel: string, rows: readonly Row[], read: number): number {
  const count = counts.get(channel);
  if (!count || read > count.read) return Math.min(mostUnread, unreadIn(rows, read));
  return Math.min(mostUnread, count.unread + unreadIn(rows, Math.max(countedAt, read)));
}
