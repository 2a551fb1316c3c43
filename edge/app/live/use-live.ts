import { useRef, useSyncExternalStore } from "react";
import type { LiveState } from "./live.ts";
import { useSpace } from "./workspace.ts";

/**
 * The slice of the live state that a component shows: it renders again only when the slice changes. A
 * selector answers values that stay the same object while they are the same (the maps and rows of the log
 * do), or one object or array of such values made anew; for others it brings its `isSame`.
 */
export function useLive<T>(select: (state: LiveState) => T, isSame: (before: T, after: T) => boolean = isSameSlice): T {
  const { live } = useSpace();
  const kept = useRef<{ slice: T }>(undefined);
  const read = () => {
    const slice = select(live.state());
    if (!kept.current || !isSame(kept.current.slice, slice)) kept.current = { slice };
    return kept.current.slice;
  };
  return useSyncExternalStore(live.subscribe, read);
}

/** The same value, or a plain object or array whose values are the same. */
export function isSameSlice(before: unknown, after: unknown): boolean {
  if (Object.is(before, after)) return true;
  if (!isPlain(before) || !isPlain(after)) return false;
  const names = Object.keys(before);
  return names.length === Object.keys(after).length && names.every((name) => name in after && Object.is(before[name], after[name]));
}
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype;
}

/** The same for a list whose members are made anew. */
export function isSameList(before: readonly unknown[], after: readonly unknown[]): boolean {
  return before.length === after.length && before.every((slice, index) => isSameSlice(slice, after[index]));
}

/** Whether actions can be called now. */
export const useConnected = (): boolean => useLive(({ link }) => link.status === "live");
/** Whether the connection is lost, so that the page shows old state. */
export const useOffline = (): boolean => useLive(({ link }) => link.offline);

/** Milliseconds that the server's clock is ahead of this page's. */
export function useServerSkew(): number {
  return useLive(({ view: { snapshot, snapshotAt } }) => (snapshot ? snapshot.now - (snapshotAt ?? snapshot.now) : 0));
}
