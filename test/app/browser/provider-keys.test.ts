import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { modelChoice } from "../../../schema/provider/model-choice.ts";
import { type ModelProvider, modelProvider, type ProviderKeyView, providerKeyIn } from "../../../schema/provider/provider-key.ts";
import { openBrowser, openContext, violations, widths } from "../../harness/browser.ts";
import { type Route, serveApp } from "./serve-app.ts";

/** The page for providers' keys and models, in the real app; a sample edge keeps them in a list. */
const secret = "sk-a-very-secret-key-0001";
let keys: ProviderKeyView[] = [];
let choices: object[] = [];
let calls: string[] = [];
/** Calls of this method are refused. */
let broken: string | undefined;
const message = "The provider does not take this key (status 401).";
const viewOf = (provider: ModelProvider, more: Partial<ProviderKeyView> = {}): ProviderKeyView => ({
  ...{ provider, baseUrl: null, ending: "0001", state: "works", detail: "It offers 1 model.", testedAt: Date.now(), updatedAt: Date.now() },
  ...{ models: ["gpt-5-mini"], from: "kept" },
  ...more,
});
/** Sealed records by the key that wraps them; a press wraps a hundred anew. */
let wrapped = { k1: 0, next: 0 };
const answerPlatform: Route = (method, path) => {
  if (path === "/platform/keys") return { status: 200, body: { keys: [] } };
  if (method === "POST") {
    const rewrapped = Math.min(100, wrapped.k1);
    if (broken === "POST" && wrapped.k1 < 200)
      return { status: 503, body: { error: { code: "unavailable", message, retryable: true, requestId: "req_1" } } };
    wrapped = { k1: wrapped.k1 - rewrapped, next: wrapped.next + rewrapped };
    return { status: 200, body: { rewrapped, left: wrapped.k1, stuck: 0 } };
  }
  const wrappedBy = Object.entries(wrapped).flatMap(([kek, records]) => (records ? [{ kek, records }] : []));
  return { status: 200, body: { current: "next", wrappedBy, stuck: 0 } };
};
const edge: Route = (method, path, body, ...rest) => {
  if (path.startsWith("/platform/")) return answerPlatform(method, path, body, ...rest);
  if (!path.startsWith("/keys") && !path.startsWith("/models")) return undefined;
  calls.push(`${method} ${path}`);
  if (broken === method) return { status: 400, body: { error: { code: "invalid", message, retryable: false, requestId: "req_1" } } };
  const name = path.split("/")[2] ?? "";
  if (path.startsWith("/models")) {
    if (method === "GET") {
      const members = keys.map(({ provider, models }) => ({ paidBy: "member", provider, models }));
      const offered = [...members, { paidBy: "platform", provider: "compatible", models: ["demo"] }];
      return { status: 200, body: { choices, offered, standard: { fast: "demo", standard: "demo", deep: "demo" } } };
    }
    choices = [];
    if (method === "DELETE") return { status: 200, body: { removed: true } };
    const chosen = { type: name, ...modelChoice.parse(JSON.parse(body)) };
    choices = [chosen];
    return { status: 200, body: chosen };
  }
  if (method === "GET") return { status: 200, body: { keys } };
  const provider = modelProvider.parse(name);
  const before = keys.find((key) => key.provider === provider);
  keys = keys.filter((key) => key !== before);
  if (method === "DELETE") return { status: 200, body: { removed: true } };
  if (method === "POST") keys.push({ ...(before ?? viewOf(provider)), state: "unreached", detail: "The provider could not be reached." });
  else keys.push(viewOf(provider, { baseUrl: providerKeyIn.parse(JSON.parse(body)).baseUrl ?? null }));
  return { status: 200, body: keys.at(-1) ?? {} };
};

let app: Awaited<ReturnType<typeof serveApp>>;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  [app, browser] = await Promise.all([serveApp(edge), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await app.close();
});
beforeEach(async () => {
  [keys, choices, calls, broken] = [[], [], [], undefined];
  page = await (await openContext(browser)).newPage();
});
afterEach(() => page.context().close());
const open = () => page.goto(`${app.url}/model-key#messages=20`);

test("a key is added, shown by its end with its last test, tested again, and removed by a second press", async () => {
  await open();
  await page.getByText("No keys yet").waitFor();
  await page.getByRole("button", { name: "New key" }).click();
  await page.getByRole("button", { name: "Keep it" }).click();
  expect(await page.getByLabel("Key", { exact: true }).getAttribute("aria-invalid")).toBe("true");
  expect(calls.some((call) => call.startsWith("PUT"))).toBe(false);
  await page.getByLabel("Key", { exact: true }).fill(secret);
  broken = "PUT";
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.getByText(`${message} Nothing was changed`).waitFor();
  broken = undefined;
  await page.getByRole("button", { name: "Keep it" }).dblclick();
  await page.getByText(/Ends in 0001\..*It offers 1 model\./).waitFor();
  expect(await page.content()).not.toContain(secret);
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Test OpenAI again" }).click();
  await page.getByText(/could not be reached/).waitFor();
  await page.getByRole("button", { name: "Remove OpenAI", exact: true }).click();
  await page.getByText("Agents that work by it go on by the platform's models.").waitFor();
  await page.getByRole("button", { name: "Really remove OpenAI" }).click();
  await page.getByText("No keys yet").waitFor();
});

test("a model is chosen for a kind of agents and given back, on a phone too; a refusal says that nothing was changed", async () => {
  keys = [viewOf("compatible", { baseUrl: "https://api.example.org/v1" })];
  await page.setViewportSize(widths.phone);
  await open();
  const choice = page.getByLabel("Model of Grow Agent");
  await choice.selectOption("member compatible gpt-5-mini");
  await page.getByText("By your own key: it costs your plan nothing.").waitFor();
  expect(choices).toEqual([{ type: "grow", paidBy: "member", provider: "compatible", model: "gpt-5-mini" }]);
  const kept = keys;
  keys = [];
  await page.reload();
  await page.getByText("You can't use gpt-5-mini now, so demo answers in its place.").waitFor();
  expect(await page.getByText("By your own key").count()).toBe(0);
  keys = kept;
  await page.reload();
  broken = "DELETE";
  await choice.selectOption("");
  await page.getByText(`${message} Nothing was changed.`).waitFor();
  expect(await choice.inputValue()).toBe("member compatible gpt-5-mini");
  broken = undefined;
  await choice.selectOption("");
  await expect.poll(() => choices).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  expect((await page.getByRole("button", { name: "Replace Another, OpenAI-compatible" }).boundingBox())?.height).toBeGreaterThanOrEqual(44);
  expect(await violations(page)).toEqual([]);
});

test("an operator wraps anew what an older key sealed: broken off it stays, and the next press ends it", async () => {
  wrapped = { k1: 250, next: 0 };
  broken = "POST";
  await page.goto(`${app.url}/platform-key#messages=20`);
  await page.getByText("It wraps 250 records. It may leave KEKS once it wraps none.").waitFor();
  await page.getByRole("button", { name: "Wrap 250 records anew" }).dblclick();
  await page.getByText("What was wrapped anew stays so.").waitFor();
  broken = undefined;
  await page.getByRole("button", { name: "Wrap 150 records anew" }).click();
  await page.getByText("All are wrapped by the current key.").waitFor();
  await page.getByText("It wraps 250 records. What is sealed now is wrapped by it.").waitFor();
  expect(await page.getByRole("button", { name: /^Wrap/ }).count()).toBe(0);
  expect(await violations(page)).toEqual([]);
});
