import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type axe from "axe-core";
import type { RunOnly } from "axe-core";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { expect } from "vitest";
import { signInCode } from "../local/identity.ts";
import { eventually } from "./eventually.ts";
import { met } from "./person.ts";
import type { UnderTest } from "./product-under-test.ts";
import { smallTargets } from "./small-targets.ts";
import { fileNameOf, resultsFolder } from "./suite/evidence/results.ts";
import { limit } from "./suite/limit.ts";
import { someOf } from "./suite/long-run.ts";

const [shell, ...browsers] = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"].map((name) => `/usr/bin/${name}`);

/**
 * Debian's Chromium, quiet: it talks to nobody but the product. Its shell without windows takes less than
 * half of the processor's time, refuses notifications, and lets frames of other sites keep cookies: a test
 * of those asks for the whole browser. `leads`: rules by which names lead to servers of the test's own, whose
 * certificates nobody vouches for.
 */
export async function openBrowser({ notifies = false, blocksOthersCookies = false, leads = "" } = {}): Promise<Browser> {
  const whole = notifies || blocksOthersCookies;
  const executablePath = [...(whole ? [] : [shell!]), ...browsers].find((place) => existsSync(place));
  if (!executablePath) throw new Error("no Chromium on this machine: apt-get install chromium");
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-gpu"];
  const person = "--disable-blink-features=AutomationControlled"; // else Clerk's script takes a failed request for being offline
  const lead = leads === "" ? [] : [`--host-resolver-rules=${leads}`, "--ignore-certificate-errors"];
  return chromium.launch({ executablePath, args: ["--no-sandbox", person, ...quiet, ...lead] });
}

export const widths = {
  desktop: { width: 1440, height: 900 },
  tablet: { width: 768, height: 1024 },
  phone: { width: 390, height: 844 },
} as const;
export type Visit = { context: BrowserContext; page: Page /** Errors of the page itself. */; errors: string[] };

/** The profiles that are open just now, in the order of their making. */
const openContexts = new Set<BrowserContext>();
/**
 * A fresh profile. Nothing moves in its pages: a ring that turns in software takes the processor from what is
 * tested. A test about motion asks for it with `page.emulateMedia`.
 */
export async function openContext(
  browser: Browser,
  options: { theme?: "light" | "dark"; size?: keyof typeof widths; viewport?: { width: number; height: number }; touch?: boolean } = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: options.viewport ?? widths[options.size ?? "desktop"],
    colorScheme: options.theme ?? "light",
    hasTouch: options.touch ?? false,
    locale: "en-GB",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(limit(40_000));
  context.on("page", loadThroughChanges);
  context.on("page", resizeWithScript);
  openContexts.add(context);
  context.on("close", () => openContexts.delete(context));
  return context;
}
/**
 * Chromium gives up its loads when the machine's network changes, and each stack that starts or stops changes
 * it. Then it loads the same address again by itself, and so does the app when a part of it did not come.
 * That, or the page of the error, may come so late that it breaks off the next try; of several stacks in a
 * row each breaks off one.
 */
const networkChanged = /ERR_NETWORK_CHANGED|Navigation to "(.*?)" is interrupted by another navigation to "(?:\1"|chrome-error:)/;
function loadThroughChanges(page: Page): void {
  const { goto, reload } = page;
  const again = async (load: () => ReturnType<Page["reload"]>): ReturnType<Page["reload"]> => {
    const tried = async () => {
      try {
        return { response: await load() };
      } catch (error) {
        if (networkChanged.test(String(error))) throw error;
        return { error };
      }
    };
    const end = await eventually("the network stays as it is while a page loads", tried);
    if ("error" in end) throw end.error;
    return end.response;
  };
  page.goto = (...args) => again(() => goto.apply(page, args));
  page.reload = (...args) => again(() => reload.apply(page, args));
}

/**
 * A new size holds for CSS at once, and for what a page draws by script (`useMedia`) from the next frame on:
 * whoever looks between the two finds a page that no person sees.
 */
function resizeWithScript(page: Page): void {
  const { setViewportSize } = page;
  page.setViewportSize = async (size) => {
    await setViewportSize.call(page, size);
    await nextFrames(page);
  };
}
/** Waits until what the page changes in one frame has been drawn. */
export const nextFrames = (page: Page) =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));

/** A fresh profile with its first page at the app; nobody is signed in. */
export async function visit(
  browser: Browser,
  product: UnderTest,
  options: { theme?: "light" | "dark"; size?: keyof typeof widths } = {},
): Promise<Visit> {
  const context = await openContext(browser, options);
  const page = await context.newPage();
  const errors: string[] = [];
  watch(page, errors);
  await page.goto(product.url);
  return { context, page, errors };
}

/** Collects what the page throws, and what its content policy refuses. */
export function watch(page: Page, errors: string[]): void {
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy|Uncaught|React/.test(message.text())) errors.push(message.text());
  });
}

/** By the code that an address gets, as a person does. */
export async function signInAs(page: Page, email: string): Promise<void> {
  met.add(email);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByRole("button", { name: "Continue", exact: true }).click();
  await page.getByLabel("Code").fill(signInCode);
}

/** Signs in, starts the trial and waits until the agent can be talked to. */
export async function settle(page: Page, email: string, ms = 60_000): Promise<void> {
  await signInAs(page, email);
  await page.getByRole("button", { name: "Start free trial" }).click();
  await page.getByRole("heading", { name: /^Ready in/ }).waitFor({ timeout: limit(ms) });
}

/**
 * Goes back to the conversation from any page that has the rail. On a page that was as narrow as a phone, the
 * rail appears a moment later.
 */
export async function toConversation(page: Page): Promise<void> {
  if (new URL(page.url()).pathname === "/") return;
  await page
    .getByRole("navigation", { name: "Workspace" })
    .getByRole("link", { name: /^Grow Agent/ })
    .click();
}

export const composer = (page: Page) => page.getByRole("textbox", { name: /^Message / });
export async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press("Enter");
}
/** The agent's answers, oldest first. A long conversation keeps only what is near in the document. */
export const answers = (page: Page) => page.getByRole("article", { name: /^Grow Agent,/ });
/** The answer to the newest message with this text. Until then `answers(page).last()` is another's. */
export const answerTo = (page: Page, text: string) =>
  page
    .getByRole("article")
    .filter({ has: page.locator(".message_text", { hasText: text }) })
    .last()
    .locator("xpath=following::article[starts-with(@aria-label, 'Grow Agent,')][1]");

/** What the agent says in an answer, without the names, times and tools around it. */
export const textOf = (answer: Locator) => answer.locator(".md");

/**
 * Clicks an item once it is in view and the list stands still: a virtual list still measures in the frames
 * after a scroll.
 */
export async function pressInList(item: Locator): Promise<void> {
  await item.scrollIntoViewIfNeeded();
  const moved = (element: Element) =>
    new Promise<number>((resolve) => {
      const before = element.getBoundingClientRect().top;
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(element.getBoundingClientRect().top - before)));
    });
  await expect.poll(() => item.evaluate(moved)).toBe(0);
  await item.click();
}

/**
 * Turns the wheel over a list, and waits until `moved` is seen and the list has come to rest: the browser
 * goes on to where the wheel aimed, whatever `scrollTop` is set to meanwhile.
 */
export async function turnWheel(page: Page, list: Locator, by: number, moved: Locator): Promise<void> {
  await page.mouse.wheel(0, by);
  await moved.waitFor();
  await waitForRest(list);
}
/**
 * Waits until an element has stood still for some frames, itself and what it scrolls. Not for `scrollend`: a
 * list that corrects its own place says that it scrolls and never that it ended.
 */
export function waitForRest(item: Locator): Promise<void> {
  return item.evaluate(
    (element) =>
      new Promise<void>((resolve) => {
        let [place, frames] = [Number.NaN, 0];
        const look = () => {
          const now = element.scrollTop - element.getBoundingClientRect().top;
          frames = now === place ? frames + 1 : 0;
          place = now;
          if (frames === 5) resolve();
          else requestAnimationFrame(look);
        };
        look();
      }),
  );
}

/** Stops the running turn; it is there only while one runs. */
export const stopButton = (page: Page) => page.getByRole("log").getByRole("button", { name: /^(Retry stop|Stop)\b/ });

/** Waits until no turn runs. */
export async function quiet(page: Page, ms = 60_000): Promise<void> {
  await stopButton(page).waitFor({ state: "hidden", timeout: limit(ms) });
}

const pictures = () => path.join(resultsFolder(), "pictures");
const kept = process.env.GROWQR_PICTURES === "1";

/** A picture of the page for people to look at; only `npm test -- --pictures` keeps any. */
export async function keepPicture(page: Page, name: string, fullPage = false): Promise<void> {
  if (kept) await page.screenshot({ path: path.join(pictures(), `${name}.png`), fullPage });
}

/** Pictures of the page at the three widths, in light and dark. */
export async function keepPictures(page: Page, name: string): Promise<void> {
  if (!kept) return;
  const before = page.viewportSize();
  for (const [size, viewport] of Object.entries(widths)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await nextFrames(page);
      await keepPicture(page, `${name}-${size}-${colorScheme}`);
    }
  }
  if (before) await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: "light" });
}

/** Keeps a picture of each open page of a test that failed: the first thing one wants to see. */
export async function keepFailedPages(test: string): Promise<void> {
  const pages = [...openContexts].flatMap((context) => context.pages());
  const shots = pages.map((page, at) =>
    page.screenshot({ path: path.join(pictures(), `failed-${fileNameOf(test)}-${at + 1}.png`), timeout: limit(10_000) }),
  );
  await Promise.allSettled(shots); // a page that shows nothing more has no picture, and the failure is told all the same
}

const standards = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const rulesOfColour = ["color-contrast", "link-in-text-block"];
/** Half as long to read for the page as `axe.source`, which is not minified. */
const axeScript = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let looks = 0;
/**
 * What axe finds wrong, as short lines; on a phone also what is too small for a thumb. Colours are looked at
 * in light and in dark, by default in turn: they are half of what axe costs. A document reads axe once.
 */
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axeScript);
  const found: string[] = [];
  for (const [at, colorScheme] of someOf(["light", "dark"] as const, looks++, 2).entries()) {
    await page.emulateMedia({ colorScheme });
    const all = { type: "tag", values: standards } as const;
    const colours = { type: "rule", values: rulesOfColour } as const; // the rest is the same page
    const lines = await page.evaluate(findViolations, at === 0 ? all : colours);
    found.push(...lines.map((line) => `${colorScheme} ${line}`));
  }
  await page.emulateMedia({ colorScheme: "light" });
  const { width } = page.viewportSize() ?? widths.desktop;
  return width < widths.tablet.width ? [...found, ...(await smallTargets(page))] : found;
}
/** Runs in the page. What a frame shows is an agent's page, not the app's. */
async function findViolations(runOnly: RunOnly): Promise<string[]> {
  const { run }: typeof axe = Reflect.get(window, "axe");
  const { violations } = await run({ exclude: ["iframe"] }, { runOnly, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}

/** The rows of the conversation that don't begin where the one above them ends. */
export function unevenRows(page: Page): Promise<string[]> {
  return page.getByRole("log").evaluate((log) => {
    const rows = [...(log.firstElementChild?.children ?? [])].filter((row) => row instanceof HTMLElement);
    const ends = rows.map((row) => row.offsetTop + row.offsetHeight);
    return rows.flatMap((row, at) => (at > 0 && Math.abs(row.offsetTop - ends[at - 1]!) > 2 ? [(row.textContent ?? "").slice(0, 60)] : []));
  });
}
