import type { Browser, Page } from "playwright-core";
import { z } from "zod";
import { serveApp } from "../app/browser/serve-app.ts";
import { openBrowser } from "../harness/browser.ts";
import { makeFigure, type Series } from "./figures.ts";
import type { Bench } from "./ground.ts";

/**
 * The real app with a sample actor's ten thousand messages, beside a plain page of three hundred paragraphs.
 */
const plain = `<!doctype html><div role="log" style="height:600px;overflow:auto">${"<p>The oven is warm at six and the first loaves come out at half past seven.</p>".repeat(300)}</div>`;
const turns = 60;

/** Times between frames, in milliseconds, while the wheel turns. */
async function scrollFrames(page: Page): Promise<Series> {
  await page.getByRole("log").hover();
  await page.evaluate(() => {
    const seen: number[] = [];
    let last = 0; // the first frame may have begun before this, so it only starts the count
    const next = (now: number) => {
      if (last) seen.push(now - last);
      last = now;
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
    Object.assign(window, { seen });
  });
  for (let turn = 0; turn < turns; turn++) await page.mouse.wheel(0, turn % 20 < 14 ? -400 : 400);
  return z.array(z.number()).parse(await page.evaluate(() => Reflect.get(window, "seen")));
}
async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(url);
  return page;
}
/**
 * Milliseconds from the page's request until the text is in the conversation; 0 while it is not. The page
 * itself looks each frame: a look from outside comes up to half a second late.
 */
function whenShown(words: string): number {
  const list = document.querySelector("[role=log]");
  const texts = list && document.createTreeWalker(list, NodeFilter.SHOW_TEXT);
  while (texts?.nextNode()) if (texts.currentNode.nodeValue === words) return performance.now();
  return 0;
}
async function measureShown(browser: Browser, url: string, text: string): Promise<{ page: Page; ms: number }> {
  const page = await openPage(browser, url);
  const there = await page.waitForFunction(whenShown, text, { polling: "raf", timeout: 60_000 });
  return { page, ms: await there.jsonValue() };
}

export const bench: Bench = {
  title: "ten thousand messages in Chromium",
  seconds: 120,
  async run({ log }) {
    const [app, browser] = await Promise.all([serveApp(), openBrowser()]);
    try {
      const end = await measureShown(browser, app.url, "Answer 5000.");
      const at = z.number().parse(await end.page.evaluate(() => Reflect.get(window, "sample").seqOf('"Question 40"')));
      const [ends, links]: [Series, Series] = [[end.ms], []];
      let { page } = end;
      for (let round = 0; round < 3; round++) {
        await page.close();
        const again = await measureShown(browser, app.url, "Answer 5000.");
        ends.push(again.ms);
        await again.page.close();
        const linked = await measureShown(browser, `${app.url}/?at=${at}`, "Question 40");
        links.push(linked.ms);
        page = linked.page;
      }
      log("frames while scrolling");
      const ours = await scrollFrames(page);
      const beside = await openPage(browser, `data:text/html,${encodeURIComponent(plain)}`);
      const raw = await scrollFrames(beside);
      const cdp = await page.context().newCDPSession(page);
      await cdp.send("HeapProfiler.collectGarbage");
      const { usedSize } = z.object({ usedSize: z.number() }).parse(await cdp.send("Runtime.getHeapUsage"));
      const nodes = await page.evaluate(() => document.getElementsByTagName("*").length);
      return [
        makeFigure("10,000 messages: frame while scrolling, beside a plain page", ours, raw, { must: "p95 ≤ 34" }),
        makeFigure("10,000 messages: a link to the 80th painted, beside opening at the end", links, ends, { must: "≤ 2,000" }),
        makeFigure("10,000 messages, all loaded: heap, the sample's own log in it", [usedSize / 1e6], undefined, {
          unit: "MB",
          must: "≤ 60",
        }),
        makeFigure("10,000 messages, all loaded: elements in the document", [nodes], undefined, { unit: "", must: "≤ 2,500" }),
      ];
    } finally {
      await browser.close();
      await app.close();
    }
  },
};
