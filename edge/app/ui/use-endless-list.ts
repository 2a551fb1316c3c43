import { type RefObject, useLayoutEffect, useRef } from "react";
import type { VListHandle } from "virtua";

type EndlessList = { ref: RefObject<VListHandle | null>; shift: boolean; onScrollEnd: () => void };
const near = 3; // screens from its end at which more is fetched

/**
 * What an endless list whose newest comes first gives its `VList`. What is in sight stays where it stands
 * when something comes in front of it; at the top of the list there is nothing to keep: what is new is to be
 * seen.
 */
export function useEndlessList(keys: readonly string[], more: () => void): EndlessList {
  const ref = useRef<VListHandle>(null);
  const first = useRef(keys[0]);
  const grown = first.current !== undefined && keys[0] !== first.current && keys.includes(first.current);
  useLayoutEffect(() => {
    first.current = keys[0];
  });
  const onScrollEnd = () => {
    const list = ref.current;
    if (list && list.scrollSize - list.scrollOffset - list.viewportSize <= near * list.viewportSize) more();
  };
  return { ref, shift: grown && (ref.current?.scrollOffset ?? 0) > 0, onScrollEnd };
}
