import { expect, test } from "vitest";
import { healthParts } from "../../../schema/readiness.ts";
import { AppError, errorResponse } from "../../../schema/wire/error.ts";
import { newId } from "../../../schema/wire/id.ts";
import { now, open, page, seen, serveTeam } from "./sample-team.ts";

/** SPEC 16: a part of the platform that is away is one line on every page: what works, and what waits. */
type Told = { away: readonly string[]; since?: number } | { status: number; body: string | object };
let told: Told = { away: [] };
let asked = 0;
let failing = false;
const unavailable = new AppError("unavailable");
serveTeam((method, path) => {
  if (failing && path === "/git/tokens") return errorResponse(unavailable, newId("req"));
  if (method !== "GET" || path !== "/ready") return undefined;
  asked++;
  if ("status" in told) return told;
  const { away, since = now } = told;
  const ready = !away.includes("db") && !away.includes("engine");
  const parts = Object.fromEntries(healthParts.map((part) => [part, { ok: !away.includes(part), state: "answers", at: now, since }]));
  return { status: ready ? 200 : 503, body: { ready, parts } };
});
const line = () => page.locator(".offline", { hasText: / since / });
const spoken = () => page.getByRole("status").filter({ hasText: /reached|away/ });
/** The page's own next look is up to two minutes away. */
const lookAgain = () => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
/** Waits until the page has asked and heard once more. */
async function heardAgain(): Promise<void> {
  const heard = page.waitForResponse((response) => response.url().endsWith("/ready"));
  await lookAgain();
  await (await heard).finished();
}

test("says what is away, on any page and the phone, also to who hears the page, and goes once all is well", async () => {
  told = { away: ["engine"] };
  await open("/");
  await line().filter({ hasText: "Agents can't be reached" }).waitFor();
  await spoken().filter({ hasText: "what you write is sent once they are back" }).first().waitFor({ state: "attached" });
  await seen("away");
  await page.goto(page.url().replace(/\/#.*/, "/goal#messages=20"));
  await line().filter({ hasText: "what you write is sent once they are back" }).waitFor();
  told = { away: [] };
  await heardAgain();
  await heardAgain();
  await line().waitFor({ state: "detached" });

  told = { away: ["hosts"] };
  await open("/goal", { size: "phone" });
  await line().filter({ hasText: "No machine is reached" }).waitFor();
  await seen("away-phone");
});

test("is there some seconds after a call that failed, though all was well a moment ago", async () => {
  told = { away: [] };
  await open("/");
  await heardAgain();
  await heardAgain();
  told = { away: ["db"] };
  failing = true;
  try {
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("link", { name: /^Git tokens/ }).click();
    await line().filter({ hasText: "Accounts can't be reached" }).waitFor();
    await seen("away-call");
  } finally {
    failing = false;
  }
});

test("stays, with its first time, while answers differ or are none", async () => {
  const yesterday = Date.now() - 30 * 3_600_000;
  told = { away: ["git"], since: yesterday };
  await open("/");
  await line().waitFor();
  const first = await line().textContent();
  expect(first).toMatch(/since \d+ \w+|since \w+ \d+/); // with its day
  const others: Told[] = [
    { away: ["git"], since: Date.now() },
    { away: [] }, // another Worker has not noticed
    { status: 429, body: { error: { code: "rate_limited" } } },
    { status: 502, body: "<html>" },
    { away: ["git"], since: Date.now() },
  ];
  for (const other of others) {
    told = other;
    await heardAgain();
    expect(await line().textContent()).toBe(first);
  }
});

test("is not there while all is well, while nobody says how the parts are, and for a machine that is full", async () => {
  for (const other of [{ away: [] }, { away: ["ci"] }, { status: 429, body: {} }, { status: 200, body: "<html>" }] satisfies Told[]) {
    told = other;
    asked = 0;
    await open("/");
    await expect.poll(() => asked).toBeGreaterThan(0);
    await heardAgain();
    await page.getByLabel("Message", { exact: false }).first().waitFor();
    expect([await line().count(), await spoken().count()]).toEqual([0, 0]);
  }
});
