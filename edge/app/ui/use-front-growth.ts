import { type RefObject, useLayoutEffect, useRef } from "react";
import type { VListHandle } from "virtua";

/**
 * For a list whose newest comes first: `shift` keeps what is in sight where it stands when something comes in front of it. At the top of the
 * list there is nothing to keep: what is new is to be seen.
 */
export function useFrontGrowth(keys: readonly string[]): { list: RefObject<VListHandle | null>; shift: boolean } {
  const list = useRef<VListHandle>(null);
  const first = useRef(keys[0]);
  const grown = first.current !== undefined && keys[0] !== first.current && keys.includes(first.current);
  useLayoutEffect(() => {
    first.current = keys[0];
  });
  return { list, shift: grown && (list.current?.scrollOffset ?? 0) > 0 };
}
