import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { FeedItem } from "./feed-item.ts";

const near = 48; // pixels from the end that still count as being there

function atEnd(list: HTMLElement): boolean {
  return list.scrollHeight - list.scrollTop - list.clientHeight <= near;
}

/** The last row's sequence, searched from the end. */
function newest(items: readonly FeedItem[]): number {
  const last = items.findLast((item) => item.type === "row");
  return last?.type === "row" ? last.row.seq : 0;
}

/**
 * Stays at the end of a growing list while the person is there. Only the person's own scrolling up ends it:
 * growth, measuring and a changed viewport do not. `away` is the last sequence that was there when the person
 * left.
 */
export function useFollow(scroller: RefObject<HTMLElement | null>, items: readonly FeedItem[]) {
  const [following, setFollowing] = useState(true);
  const [away, setAway] = useState<number>();
  const wants = useRef(true);
  const top = useRef(0);
  const last = useRef(0);
  last.current = newest(items);
  const pressed = useRef(false);

  const settle = useCallback(() => {
    const list = scroller.current;
    if (list && wants.current && !pressed.current) list.scrollTop = list.scrollHeight; // what is being pressed stays under the pointer
  }, [scroller]);
  const follow = useCallback(() => {
    wants.current = true;
    setFollowing(true);
    setAway(undefined);
    settle();
  }, [settle]);

  /** The list goes elsewhere than to its end. */
  const leave = useCallback(() => {
    wants.current = false;
    setFollowing(false);
    setAway(last.current);
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new items are the reason to settle again
  useLayoutEffect(settle, [settle, items]);
  useEffect(() => {
    const list = scroller.current;
    if (!list) return;
    const scroll = () => {
      const up = list.scrollTop < top.current - 1;
      top.current = list.scrollTop;
      if (atEnd(list)) {
        if (!wants.current) follow();
      } else if (up && wants.current && hands.at > performance.now() - 600) {
        leave();
      }
    };
    const hands = { at: Number.NEGATIVE_INFINITY };
    const touch = () => {
      hands.at = performance.now();
    };
    const press = () => {
      pressed.current = true;
    };
    const release = () => {
      if (!pressed.current) return;
      requestAnimationFrame(() => {
        pressed.current = false; // after the click that ends the press
        settle();
      });
    };
    const sizes = new ResizeObserver(settle);
    sizes.observe(list);
    if (list.firstElementChild) sizes.observe(list.firstElementChild);
    list.addEventListener("scroll", scroll, { passive: true });
    const ways = ["wheel", "touchmove", "pointerdown", "keydown"] as const;
    for (const way of ways) list.addEventListener(way, touch, { passive: true });
    list.addEventListener("pointerdown", press);
    const ends = ["pointerup", "pointercancel", "blur"] as const;
    for (const end of ends) window.addEventListener(end, release);
    return () => {
      sizes.disconnect();
      list.removeEventListener("scroll", scroll);
      for (const way of ways) list.removeEventListener(way, touch);
      list.removeEventListener("pointerdown", press);
      for (const end of ends) window.removeEventListener(end, release);
    };
  }, [scroller, settle, follow, leave]);
  return { following, away, follow, leave };
}
