import type { VirtualizerHandle } from "virtua";

const settled = 10; // frames in which it did not move: what stands around it is measured by then
const ways = ["wheel", "touchmove", "pointerdown", "keydown"] as const;

/**
 * Brings an item of a list to its middle and keeps it there while what stands around it is measured, until
 * the person takes over: the list's own way goes on as long as anything new is measured, and takes back who
 * scrolls on at once. `at` tells where the item is: others may come before it.
 */
export function scrollToItem(list: VirtualizerHandle, scroller: HTMLElement, at: () => number): void {
  const hands = new AbortController();
  for (const way of ways) scroller.addEventListener(way, () => hands.abort(), { passive: true, signal: hands.signal });
  let [before, still] = [Number.NaN, 0];
  const place = () => {
    const index = at();
    if (index < 0) hands.abort();
    if (hands.signal.aborted) return;
    const to = list.getItemOffset(index) + (list.getItemSize(index) - list.viewportSize) / 2;
    still = to === before ? still + 1 : 0;
    before = to;
    scroller.scrollTop = to;
    if (still < settled) requestAnimationFrame(place);
    else hands.abort();
  };
  place();
}
