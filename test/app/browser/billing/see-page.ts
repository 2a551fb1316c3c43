import type { Page } from "playwright-core";
import { expect } from "vitest";
import { keepPicture, nextFrames, violations, widths } from "../../../harness/browser.ts";

/** The page on a desk and on a phone: nothing is cut, axe finds nothing; pictures in light and dark. */
export async function seePage(page: Page, name: string, height: number = widths.desktop.height): Promise<void> {
  for (const width of ["desktop", "phone"] as const) {
    await page.setViewportSize({ ...widths[width], height: width === "phone" ? Math.round(height * 1.6) : height });
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    expect(await violations(page)).toEqual([]);
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      await nextFrames(page);
      await keepPicture(page, `${name}-${colorScheme}-${width}`);
    }
  }
  await page.setViewportSize({ ...widths.desktop, height });
}
