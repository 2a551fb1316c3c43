import { useLayoutEffect, useMemo, useRef } from "react";
import type { FeedItem } from "./feed-item.ts";

type Times = ReadonlyMap<string, number>;

/**
 * How often each item was drawn anew. With `shift` the list takes all sizes on by as many places as there are
 * more items, and measures only what is new or has another place: what stays at its place (the rule of a day
 * above an older page, a plan that is older than was known) would have another's size.
 */
export function markRedrawn(before: readonly FeedItem[], items: readonly FeedItem[], times: Times): Times {
  const stayed = items.filter((item, at) => before[at]?.key === item.key);
  return stayed.length ? new Map([...times, ...stayed.map(({ key }) => [key, (times.get(key) ?? 0) + 1] as const)]) : times;
}

/** The key under which an item is drawn: another one when it must be measured anew. */
export function useDrawnKey(items: readonly FeedItem[], shift: boolean): (item: FeedItem) => string {
  const drawn = useRef<{ items: readonly FeedItem[]; times: Times }>({ items: [], times: new Map() });
  const times = useMemo(() => {
    const { items: before, times } = drawn.current;
    return shift && before.length !== items.length ? markRedrawn(before, items, times) : times;
  }, [items, shift]);
  useLayoutEffect(() => {
    drawn.current = { items, times };
  });
  return ({ key }) => (times.has(key) ? `${key}#${times.get(key)}` : key);
}
