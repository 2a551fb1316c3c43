import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { wordAction, wordActor } from "../../../edge/app/audit/audit-words.ts";
import type { AccessTokenView } from "../../../schema/account/access-token.ts";
import { actions } from "../../../schema/actions.ts";
import type { AuditRow } from "../../../schema/audit/audit.ts";
import { newId } from "../../../schema/wire/id.ts";
import { keepPicture, openBrowser, openContext, violations, widths } from "../../harness/browser.ts";
import { type Route, serveApp } from "./serve-app.ts";

/** The audit, in the real app over a sample edge that keeps its rows in a list. */
const member = newId("mem");
const at = Date.UTC(2026, 10, 22, 9);
const auditRow = (seq: number, change: Partial<AuditRow> = {}): AuditRow => ({
  ...{ v: 1, member, seq, prev: "0".repeat(64), hash: "ab".repeat(32), at: at + seq * 60_000, by: { kind: "member", id: member } },
  ...{ kind: "task", action: "taskAct:pause", target: newId("tsk"), request: newId("req"), result: "ok", ms: 12, steps: [] },
  ...change,
});
const programs: AccessTokenView[] = [
  { id: newId("pat"), name: "Till", scopes: ["work"], createdAt: at, expiresAt: at + 1_000, lastUsedAt: at, revoked: true },
];
let kept: AuditRow[] = [];
let asked: string[] = [];
let broken = false;
const size = 20;
const audit: Route = (_method, where, _body, query) => {
  if (where === "/audit/export") return { status: 200, body: kept.map((row) => `${JSON.stringify(row)}\n`).join("") };
  if (where === "/account/tokens") return { status: 200, body: { accessTokens: programs } };
  if (where !== "/audit") return undefined;
  asked.push(String(query));
  if (broken) return { status: 503, body: { error: { code: "unavailable", message: "It is away.", retryable: true, requestId: "req_1" } } };
  const [by, kind, cursor] = ["by", "kind", "cursor"].map((name) => query.get(name));
  const fits = kept
    .filter((row) => (!by || row.by.kind === by) && (!kind || row.kind === kind) && (!cursor || row.seq < Number(cursor)))
    .sort((a, b) => b.seq - a.seq);
  const rows = fits.slice(0, size);
  return { status: 200, body: { rows, next: fits.length > size ? String(rows.at(-1)?.seq) : null } };
};

let app: Awaited<ReturnType<typeof serveApp>>;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  [app, browser] = await Promise.all([serveApp(audit), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await app.close();
});
beforeEach(async () => {
  [kept, asked, broken] = [[], [], false];
  page = await (await openContext(browser)).newPage();
});
afterEach(() => page.context().close());
const open = () => page.goto(`${app.url}/audit-log#messages=20`);
const lines = () => page.getByRole("list", { name: "Changes" }).locator(":scope > li");

test("the audit shows who changed what and how it ended, older changes on a press, and fits each width", async () => {
  kept = Array.from({ length: 50 }, (_, n) => auditRow(n + 1));
  kept.push(auditRow(51, { kind: "secret", action: "PUT /secrets/{name}", target: "weather" }));
  kept.push(auditRow(52, { by: { kind: "platform" }, kind: "stack", action: "provision", result: "unknown" }));
  kept.push(auditRow(53, { kind: "project", action: "deploy", target: "bakery", result: "payment_required" }));
  await open();
  await page.getByText("Deployed a project").waitFor();
  expect(await lines().count()).toBe(size);
  expect(await lines().nth(0).innerText()).toContain("Refused: payment required");
  expect(await lines().nth(1).innerText()).toMatch(/Brought the stack up[\s\S]*The platform[\s\S]*Its end is not known/);
  expect(await lines().nth(2).innerText()).toMatch(/Kept a secret[\s\S]*You · weather/);
  await lines().nth(2).getByText("Details").click();
  await page.getByText("PUT /secrets/{name}").waitFor();
  for (const [width, viewport] of Object.entries(widths)) {
    await page.setViewportSize(viewport);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    expect(await violations(page)).toEqual([]);
    await keepPicture(page, `audit-${width}`);
  }
  for (const shown of [40, 53]) {
    await page.getByRole("button", { name: "Show older changes" }).click();
    await lines()
      .nth(shown - 1)
      .waitFor();
  }
  expect(await page.getByRole("button", { name: "Show older changes" }).count()).toBe(0);
});

test("what a program did by an access token is told as that program's, also once the token is gone", async () => {
  kept = [auditRow(1), ...[programs[0]!.id, newId("pat")].map((id, n) => auditRow(n + 2, { by: { kind: "member", id } }))];
  await open();
  await page.getByText("Your program “Till” ·").waitFor();
  expect(await lines().nth(0).innerText()).toContain("A program of yours ·");
  expect(await lines().nth(2).innerText()).toContain("You ·");
  kept.push(auditRow(4, { kind: "other", action: "DELETE /account/tokens/{tokenId}", target: programs[0]!.id }));
  kept.push(
    auditRow(5, { kind: "task", action: "POST /tasks/{taskId}/pause", result: "forbidden", by: { kind: "member", id: programs[0]!.id } }),
  );
  await page.reload();
  await page.getByText("You · Till ·").waitFor();
  expect(await lines().nth(1).innerText()).toContain("Revoked an access token");
  expect(await lines().nth(0).innerText()).toContain("Paused a task");
});

test("filters ask the edge; nothing that fits, nothing at all and a failure each say what to do", async () => {
  kept = [auditRow(1), auditRow(2, { by: { kind: "agent", id: newId("agt") }, kind: "tool", action: "tool:set_goal" })];
  await open();
  await lines().nth(1).waitFor();
  await page.getByLabel("Who").selectOption("agent");
  await page.getByText("Used the tool set_goal").waitFor();
  await page.waitForFunction(() => document.querySelectorAll('ul[aria-label="Changes"] > li').length === 1);
  await page.getByLabel("What").selectOption("secret");
  await page.getByText("Nothing fits. Choose All to see every change.").waitFor();
  await page.getByLabel("When").selectOption("7");
  await page.waitForFunction(() => document.body.innerText.includes("Nothing fits"));
  expect(asked.at(-1)).toMatch(/^by=agent&kind=secret&from=\d+$/);
  kept = [];
  broken = true;
  await page.reload();
  const retry = page.getByRole("button", { name: "Retry" });
  await retry.waitFor();
  broken = false;
  await retry.click();
  await page.getByText("Nothing was changed yet.").waitFor();
});

test("the export is the file that a stranger's check reads", async () => {
  kept = [auditRow(1), auditRow(2)];
  await open();
  await lines().nth(1).waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export" }).dblclick()]);
  expect(download.suggestedFilename()).toBe("audit.ndjson");
  const text = readFileSync(await download.path(), "utf8");
  expect(
    text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line).seq),
  ).toEqual([1, 2]);
  await page.getByText("How a stranger checks it").click();
  expect(await page.getByRole("region", { name: "Commands to check" }).innerText()).toContain("verify-audit.mjs");
});

test("every change that an action makes has words", () => {
  const changing = Object.entries(actions).flatMap(([name, entry]) => ("changes" in entry ? [name] : []));
  expect(changing.length).toBeGreaterThan(25);
  for (const name of changing)
    expect(
      [`${name}:pause`, `${name}:allow`, `${name}:accept`, `${name}:true`].some((action) => wordAction(action) !== action),
      name,
    ).toBe(true);
});
test("a look at a member's payments is another's, and an operator's own change is theirs", () => {
  const row = auditRow(1, { by: { kind: "operator", id: newId("mem") }, kind: "billing", action: "payments:look" });
  expect([wordActor(row), wordAction(row.action)]).toEqual(["An operator", "Looked at your plan, its use and your payments"]);
  expect(wordActor({ ...row, by: { kind: "operator", id: member } })).toBe("You, as operator");
  for (const action of ["POST /billing/refresh", "POST /payments/looks", "POST /payments/differences", "payments:settle"])
    expect(wordAction(action)).not.toBe(action);
});
