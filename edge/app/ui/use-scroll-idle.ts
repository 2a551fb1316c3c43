import { type RefObject, useCallback, useEffect, useRef } from "react";

const still = 200; // milliseconds without a move; the list itself takes 150 for the end of a scroll

/**
 * Waits until a list does not scroll. A browser that animates the wheel goes on to where the wheel aimed,
 * whatever `scrollTop` was set to meanwhile: rows put in front of the list then would carry the person
 * away. Two frames more, and what the list drew at the end of the scroll is measured: while rows are put in
 * front of it, it takes all that is measured for something above the person.
 */
export function useScrollIdle(scroller: RefObject<HTMLElement | null>): () => Promise<void> {
  const scrolledAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const list = scroller.current;
    const scrolled = () => {
      scrolledAt.current = performance.now();
    };
    const ways = ["scroll", "wheel", "touchmove"] as const; // at the top, a turning wheel scrolls nothing
    for (const way of ways) list?.addEventListener(way, scrolled, { passive: true });
    return () => {
      for (const way of ways) list?.removeEventListener(way, scrolled);
    };
  }, [scroller]);
  return useCallback(async () => {
    for (let rest = still; rest > 0; rest = still - (performance.now() - scrolledAt.current)) {
      await new Promise((resolve) => setTimeout(resolve, rest));
      if (document.visibilityState === "visible") await twoFrames();
    }
  }, []);
}

function twoFrames(): Promise<unknown> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}
