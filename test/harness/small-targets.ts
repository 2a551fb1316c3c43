import type { Page } from "playwright-core";

/** What a thumb needs (WCAG 2.5.5), in CSS pixels; half a pixel is lost where boxes lie between two. */
const thumb = 44;
/**
 * What can be pressed in the page as it is seen now and takes a thumb in less than 44 × 44 pixels, where
 * its edges or its neighbour end it. Links within a sentence and fields of text are as high as their line.
 */
export const smallTargets = (page: Page): Promise<string[]> =>
  page.evaluate((least) => {
    const pressable = 'a[href], button, summary, select, input, [role="tab"], [role="option"], [role="menuitem"], [role="switch"]';
    const small: string[] = [];
    const inSentence = (part: Element) =>
      getComputedStyle(part).display === "inline" &&
      [...(part.parentElement?.childNodes ?? [])].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
    /** What is seen of the nearest part around it that scrolls, or of the window. */
    const shownPart = (part: Element): { left: number; right: number; top: number; bottom: number } => {
      for (let around = part.parentElement; around; around = around.parentElement)
        if (/auto|scroll/.test(getComputedStyle(around).overflowY)) return around.getBoundingClientRect();
      return { left: 0, right: innerWidth, top: 0, bottom: innerHeight };
    };
    for (const part of document.querySelectorAll<HTMLElement>(pressable)) {
      if (part.matches('input:not([type="checkbox"], [type="radio"], [type="file"]), :disabled') || inSentence(part)) continue;
      const target = part.closest("label") ?? part;
      const box = target.getBoundingClientRect();
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      if (box.width >= least - 1 && box.height >= least - 1) continue;
      const hits = (at: number, down: number) => target.contains(document.elementFromPoint(at, down));
      if (!hits(x, y)) continue; // out of sight, or behind something
      const reach = (dx: number, dy: number) => {
        let far = 0;
        while (far < least && hits(x + dx * (far + 1), y + dy * (far + 1))) far += 1;
        return far;
      };
      const { left, right, top, bottom } = shownPart(target);
      const beyond = (from: number, to: number, at: number) => (at - from < least / 2 || to - at < least / 2 ? least / 2 : 0); // scrolled or cut there
      const wide = reach(-1, 0) + reach(1, 0) + 1 + beyond(left, right, x);
      const high = reach(0, -1) + reach(0, 1) + 1 + beyond(top, bottom, y);
      if (wide >= least - 1 && high >= least - 1) continue;
      const name = (part.getAttribute("aria-label") ?? part.textContent ?? "").trim().replace(/\s+/g, " ").slice(0, 50);
      small.push(`${part.tagName.toLowerCase()}.${part.className} “${name}” ${wide}×${high}`);
    }
    return small;
  }, thumb);
