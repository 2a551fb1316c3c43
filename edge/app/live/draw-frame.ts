const longestHold = 2_000; // milliseconds
const press = { until: Number.NEGATIVE_INFINITY, down: new Set<number>(), heard: false };

/** Follows the pointers that are down. A hold ends a frame after the last went up: after the click. */
function hearPresses(): void {
  press.heard = true;
  const begin = ({ pointerId }: PointerEvent) => {
    press.down.add(pointerId);
    press.until = performance.now() + longestHold;
  };
  const end = () =>
    requestAnimationFrame(() => {
      if (press.down.size === 0) press.until = Number.NEGATIVE_INFINITY;
    });
  const lift = ({ pointerId }: PointerEvent) => {
    press.down.delete(pointerId);
    end();
  };
  const leave = () => {
    press.down.clear();
    end();
  };
  document.addEventListener("pointerdown", begin, { capture: true, passive: true });
  for (const name of ["pointerup", "pointercancel"] as const) document.addEventListener(name, lift, { capture: true, passive: true });
  window.addEventListener("blur", leave);
}

/**
 * Runs it when the page next draws; a hidden page has no frames, so it gets a timer. While something is being
 * pressed it waits, two seconds at most: what would move away from under the pointer would not be clicked.
 */
export function drawFrame(draw: () => void): void {
  if (!press.heard) hearPresses();
  let drawn = false;
  const once = () => {
    if (drawn) return;
    drawn = true;
    clearTimeout(timer);
    draw();
  };
  // The page may be hidden while it waits, by the very press.
  const timer = setTimeout(once, document.visibilityState === "hidden" ? 100 : longestHold + 100);
  const look = () => {
    if (performance.now() < press.until) requestAnimationFrame(look);
    else once();
  };
  requestAnimationFrame(look);
}
