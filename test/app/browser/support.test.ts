import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { SupportLook } from "../../../schema/account/support.ts";
import { newId } from "../../../schema/wire/id.ts";
import { openBrowser, openContext, violations, widths } from "../../harness/browser.ts";
import { type Route, serveApp } from "./serve-app.ts";

/** SPEC 3.5: the page of support in the real app; a sample edge knows one member. */
const [memberId, personId, operator] = [newId("mem", 1), newId("mem", 2), newId("mem", 3)];
const at = 1_800_000_000_000;
const found: SupportLook = {
  member: { id: memberId, name: "Ada Byron", email: "ada@example.com", createdAt: at },
  ...{
    entitlement: "trialing",
    subscription: { plan: "trial", quantity: 1, upcoming: null, disputed: false, status: "trialing", periodEnd: at },
  },
  stack: { id: newId("stk", 1), status: "stopped", observed: "stopped", trouble: null, waiting: null, host: "lon-1", lastActivity: at },
  events: [{ at, by: "support", action: "support:look", result: "ok" }],
};
let calls: string[];
/** What a change of roles is refused with while the identity provider does not answer. */
let isProviderAway: boolean;
const providerAway = "The identity provider does not answer: the role stays as it was. Try again in a moment.";
let people: { id: string; name: string; email: string; givenBy: string | null; givenAt: number | null }[];
const edge: Route = (method, where, body) => {
  if (!where.startsWith("/support/")) return undefined;
  if (method !== "GET") calls.push(`${method} ${where} ${body}`);
  if (where === "/support/looks") {
    if (body.includes("ada@")) return { status: 200, body: found };
    return {
      status: 404,
      body: { error: { code: "not_found", message: "There is no such thing", retryable: false, requestId: newId("req") } },
    };
  }
  if (method !== "GET" && isProviderAway)
    return { status: 503, body: { error: { code: "unavailable", message: providerAway, retryable: true, requestId: newId("req") } } };
  if (method === "PUT") people = [{ id: personId, name: "Sam Hill", email: "sam@example.com", givenBy: operator, givenAt: at }];
  if (method === "DELETE") people = [];
  return { status: 200, body: { people } };
};
let app: Awaited<ReturnType<typeof serveApp>>;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await openBrowser();
  app = await serveApp(edge);
});
afterAll(async () => {
  await browser.close();
  await app.close();
});
beforeEach(async () => {
  [calls, people, isProviderAway] = [[], [], false];
  page = await (await openContext(browser)).newPage();
});
afterEach(() => page.context().close());
async function openAs(...roles: string[]): Promise<void> {
  await page.route("**/me", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), roles: ["member", ...roles], agent: null } });
  });
  await page.goto(`${app.url}/help-desk`);
}

test("support looks at a member with a reason, sees how the stack stands, and nothing is sent without a reason", async () => {
  await openAs("support");
  await page.getByLabel("E-mail address or id").fill("ada@example.com");
  await page.getByLabel("E-mail address or id").press("Enter");
  expect(await page.getByRole("button", { name: "Look", exact: true }).getAttribute("aria-disabled")).toBe("true");
  expect(calls).toEqual([]);
  await page.getByLabel("Reason, at least eight letters").fill("Ticket 4711");
  await page.getByRole("button", { name: "Look", exact: true }).click();
  await page.getByRole("heading", { name: "Ada Byron, ada@example.com" }).waitFor();
  await page.getByText("lon-1").waitFor();
  expect(calls).toEqual(['POST /support/looks {"account":"ada@example.com","reason":"Ticket 4711"}']);
  expect(await page.getByRole("region", { name: "Who has the role of support" }).count()).toBe(0);
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize(widths.phone);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await page.getByLabel("E-mail address or id").fill("nobody@example.com");
  await page.getByRole("button", { name: "Look", exact: true }).click();
  await page.getByRole("alert").waitFor();
});

test("an operator gives the role and takes it", async () => {
  await openAs("operator");
  await page.getByText("Nobody yet.").waitFor();
  await page.getByLabel("A person's id").fill(personId);
  await page.getByRole("button", { name: "Give the role" }).click();
  await page.getByText("Sam Hill, sam@example.com, since").waitFor();
  expect(await page.getByRole("button", { name: "Look", exact: true }).count()).toBe(0);
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Take the role from Sam Hill" }).click();
  await page.getByText("Nobody yet.").waitFor();
  expect(calls.map((call) => call.split(" ").slice(0, 2).join(" "))).toEqual([
    `PUT /support/people/${personId}`,
    `DELETE /support/people/${personId}`,
  ]);
});

test("a person who was given the role at the identity provider is listed without a day, and can lose it", async () => {
  people = [{ id: personId, name: "Sam Hill", email: "sam@example.com", givenBy: null, givenAt: null }];
  await openAs("operator");
  await page.getByText("Sam Hill, sam@example.com", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Take the role from Sam Hill" }).click();
  await page.getByText("Nobody yet.").waitFor();
});

test("while the identity provider is away a change of roles says so, keeps what was typed, and works once it is back", async () => {
  isProviderAway = true;
  await openAs("operator");
  await page.getByText("Nobody yet.").waitFor();
  await page.getByLabel("A person's id").fill(personId);
  await page.getByRole("button", { name: "Give the role" }).click();
  await page.getByRole("alert").getByText(providerAway).waitFor();
  expect(await page.getByLabel("A person's id").inputValue()).toBe(personId);
  await page.getByText("Nobody yet.").waitFor();
  isProviderAway = false;
  await page.getByRole("button", { name: "Give the role" }).click();
  await page.getByText("Sam Hill, sam@example.com, since").waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
});
