/** A colour of the page, as a canvas takes it. */
export function readColour(place: HTMLElement, className: string | undefined): string {
  const probe = place.appendChild(document.createElement("span"));
  probe.className = className ?? "";
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
