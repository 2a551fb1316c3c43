import { type RefObject, useLayoutEffect, useRef } from "react";

const nearEnd = 24; // pixels
/** Keeps a scrolling element at its end while the person is there, whenever `content` changes. */
export function useScrollEnd(content: unknown): RefObject<HTMLElement | null> {
  const element = useRef<HTMLElement>(null);
  const seen = useRef<{ height: number }>({ height: 0 });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is shown has changed
  useLayoutEffect(() => {
    const scroller = element.current;
    if (!scroller) return;
    const before = seen.current.height;
    if (scroller.scrollTop + scroller.clientHeight >= before - nearEnd) scroller.scrollTop = scroller.scrollHeight;
    seen.current.height = scroller.scrollHeight;
  }, [content]);
  return element;
}
