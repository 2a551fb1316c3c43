import { useSyncExternalStore } from "react";
import type { Row } from "./view.ts";

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
/** How many things stand in a channel that came after `read` from someone else. */
export function unreadIn(rows: readonly Row[], read: number): number {
  let n = 0;
  for (let at = rows.length - 1; at >= 0 && rows[at]!.seq > read; at--) {
    const row = rows[at]!;
    if (told.has(row.type) && !(row.type === "approval" && row.asked.state !== "pending")) n += 1;
  }
  return n;
}
