import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { z } from "zod";
import { signInAs } from "../harness/browser.ts";

/**
 * A slow phone on a slow line: Lighthouse's "Slow 4G", and a processor a quarter as fast. Bytes a second,
 * milliseconds.
 */
const slowNetwork = { offline: false, latency: 150, downloadThroughput: (1.6 * 1_000_000) / 8, uploadThroughput: (750 * 1_000) / 8 };
const slowdown = 4;

/** One load: its largest contentful paint, and the requests until the page is quiet. */
export type Load = {
  lcp: number;
  element: string;
  requests: number;
  kilobytes: number;
  seen: { url: string; at: number; ms: number; bytes: number }[];
};

/** Opens a page on the slow line with an empty cache. */
async function slowPage(context: BrowserContext): Promise<{ page: Page; cdp: CDPSession }> {
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("Network.enable");
  await cdp.send("Network.clearBrowserCache");
  await cdp.send("Network.emulateNetworkConditions", slowNetwork);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  return { page, cdp };
}

const painted = z.object({ lcp: z.number(), element: z.string() });
/** Runs in the page and keeps the newest candidate for the largest paint. */
function watchPaint(): void {
  Object.assign(window, { largest: { lcp: 0, element: "" } });
  new PerformanceObserver((list) => {
    const entry = list.getEntries().at(-1) as (PerformanceEntry & { element?: Element }) | undefined;
    if (entry) Object.assign(window, { largest: { lcp: entry.startTime, element: entry.element?.outerHTML.slice(0, 120) ?? "" } });
  }).observe({ type: "largest-contentful-paint", buffered: true });
}

/** Opens `url` as a slow device does and waits until `there` is on the screen. */
export async function measureLoad(context: BrowserContext, url: string, there: (page: Page) => Promise<unknown>): Promise<Load> {
  const { page, cdp } = await slowPage(context);
  const seen = new Map<string, Load["seen"][number]>();
  let began = 0;
  cdp.on("Network.requestWillBeSent", ({ requestId, request, timestamp }) => {
    if (!request.url.startsWith("http")) return;
    began ||= timestamp;
    seen.set(requestId, { url: request.url, at: Math.round((timestamp - began) * 1_000), ms: 0, bytes: 0 });
  });
  cdp.on("Network.loadingFinished", ({ requestId, timestamp, encodedDataLength }) => {
    const request = seen.get(requestId);
    if (request) Object.assign(request, { ms: Math.round((timestamp - began) * 1_000) - request.at, bytes: encodedDataLength });
  });
  await page.addInitScript(watchPaint);
  await page.goto(url, { waitUntil: "commit" });
  await there(page);
  await page.waitForLoadState("networkidle");
  const { lcp, element } = painted.parse(await page.evaluate(() => Reflect.get(window, "largest")));
  await page.close();
  if (lcp < slowNetwork.latency) throw new Error(`the largest paint came after ${lcp} ms, before the line could answer`);
  const all = [...seen.values()];
  const kilobytes = all.reduce((sum, { bytes }) => sum + bytes, 0) / 1_000;
  return { lcp, element, requests: all.length, kilobytes, seen: all };
}

/** A browser in which `email` is signed in. Its storage is kept, its cache is not. */
export async function openSignedIn(browser: Browser, appUrl: string, email: string): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
  const page = await context.newPage();
  await page.goto(appUrl);
  await signInAs(page, email);
  await page
    .getByRole("heading", { name: /^Welcome|^Setting up/ })
    .or(page.getByRole("log"))
    .first()
    .waitFor();
  await page.close();
  return context;
}
