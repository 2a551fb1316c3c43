import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { InstanceSettings } from "../../doubles/identity/instance.ts";
import { openBrowser, openContext, watch } from "../../harness/browser.ts";
import { ofThisWorker } from "../../harness/suite/each-worker.ts";
import { partsOf, testInstance } from "../../harness/suite/test-instance.ts";
import { type Identity, startIdentity } from "../../local/identity.ts";
import { type Route, serveApp } from "./serve-app.ts";

/**
 * Clerk's own script in the real app, with the content policy of a deployment, against a double of Clerk's
 * API; a sample edge does the rest. Each test has a fresh browser in which nobody is signed in.
 */
const instance = ofThisWorker(partsOf.app.map(testInstance));
export const appUrl = `http://localhost:${instance.ports.edge}`;
export let identity: Identity;
export let browser: Browser;
export let context: BrowserContext;
export let page: Page;
export let errors: string[];

export function serveSignIn(route: Route = () => undefined): void {
  const folder = mkdtempSync(path.join(tmpdir(), "growqr-sign-in-"));
  let app: Awaited<ReturnType<typeof serveApp>>;
  beforeAll(async () => {
    [identity, browser] = await Promise.all([startIdentity(instance, folder, { appUrl }), openBrowser()]);
    app = await serveApp(route, { port: instance.ports.edge, identityUrl: identity.url });
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all([app.close(), identity.stop()]);
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    context = await openContext(browser);
    page = await context.newPage();
    errors = [];
    watch(page, errors);
  });
  afterEach(async () => {
    await context.close();
    expect(errors).toEqual([]);
  });
}

/** The app's own screens, of whoever is signed in. */
export const inside = (at: Page = page) => at.getByRole("textbox", { name: /^Message / });
export const address = (at: Page = page) => at.getByLabel("E-mail address");
export const alert = (at: Page = page) => at.getByRole("alert");
export const button = (name: string) => page.getByRole("button", { name, exact: true });
export const heading = (name: string) => page.getByRole("heading", { name });

type PersonGiven = { password?: string; secondFactors?: ("totp" | "email_code" | "backup_code")[] };
/** A program of a test's gives a person an account, and what they prove by. */
export const makePerson = (email: string, given: PersonGiven = {}) =>
  fetch(`${identity.url}/v1/dev/sign-in`, { method: "POST", body: JSON.stringify({ email, ...given }) });
/** Changes what an operator sets in the instance's dashboard. */
export async function changeInstance(change: Partial<InstanceSettings>): Promise<void> {
  const answer = await fetch(`${identity.url}/v1/dev/instance`, { method: "POST", body: JSON.stringify(change) });
  expect(answer.status).toBe(200);
}
export async function giveAddress(email: string): Promise<void> {
  await address().fill(email);
  await button("Continue").click();
}
export async function signOut(at: Page = page): Promise<void> {
  await at.getByRole("button", { name: /^Sign out/ }).click();
  await at.getByRole("dialog", { name: "Sign out?" }).getByRole("button", { name: "Sign out" }).click();
}
/** Another code can be sent half a minute after the one before: the page's clock, a test's own, goes on. */
export async function sendAnother(): Promise<void> {
  await page.getByRole("button", { name: /^Send another code in \d+ s$/ }).waitFor();
  await page.clock.fastForward(31_000);
  await button("Send another code").click();
}
