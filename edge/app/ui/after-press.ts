/** A finger has left before the blur that its tap makes, and a press into a frame is let go in there. */
const pressEnds = ["pointerup", "pointercancel", "mouseup", "blur"];
/**
 * Does something once the pointer that is down has been let go and its click has landed; at once where none
 * is down. What a blur changes can move the button that was pressed, which would lose its click.
 */
export function afterPress(act: () => void): void {
  if (document.querySelector(":active") === null) {
    act();
    return;
  }
  const stop = new AbortController();
  const done = () => {
    stop.abort();
    setTimeout(act); // after the click
  };
  for (const end of pressEnds) window.addEventListener(end, done, { signal: stop.signal });
}
