import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { HostView, JoinTokenView, MachineEventView, MachineOut, RunnerView } from "../../../schema/machine/machine-view.ts";
import { newId } from "../../../schema/wire/id.ts";
import { openBrowser, openContext, violations, widths } from "../../harness/browser.ts";
import { type Route, serveApp } from "./serve-app.ts";

/** The operators' pages for machines in the real app; a sample edge keeps a host, a runner and tokens. */
const [hostId, runnerId, operator, placed] = [newId("hst", 1), newId("rnr", 1), newId("mem", 2), newId("mem", 3)];
const dayMs = 86_400_000;
const serial = "0123456789abcdef0123456789abcdef";
let host: HostView;
let runner: RunnerView;
let events: MachineEventView[];
let tokens: JoinTokenView[];
let evictable: boolean;
let calls: { method: string; path: string; body: string }[] = [];
let denied: boolean;
let broken: boolean;

function reset(): void {
  const now = Date.now();
  const common = {
    state: "ready",
    health: "ok",
    cell: "main",
    lastHeartbeat: now - 3_000,
    certificateEnds: now + 6 * dayMs,
    serial,
  } as const;
  const versions = { growqr: "0.1.0", node: "24.1.0", docker: "29.0.1", images: "0123456789abcdef" };
  const load = { cpu: 1.5, freeMemoryMb: 2_000, freeDiskMb: 9_000 };
  host = {
    ...{ id: hostId, name: "lon-1", ...common, versions, load, createdAt: now - dayMs, address: "10.4.0.13", port: 20_006, zone: "local" },
    ...{
      capacity: { cpus: 4, memoryMb: 8_192, stacks: 9 },
      placed: 3,
      held: 2,
      lastProbe: now,
      full: false,
      closed: false,
      image: null,
      lostBoxes: [],
      troubles: [],
    },
  };
  runner = { id: runnerId, name: "run-1", ...common, versions: null, load: null, createdAt: now - dayMs };
  events = [{ sequence: 1, kind: "joined", at: now - dayMs, by: operator, detail: null }];
  [tokens, calls, evictable, denied, broken] = [[], [], false, false, false];
}
const refuse = (status: number, code: string, message: string) => ({
  status,
  body: { error: { code, message, retryable: false, requestId: "req_1" } },
});
const pageOf = (id: string): MachineOut => ({
  ...{ host: id === hostId ? host : null, runner: id === runnerId ? runner : null, evictable, joinedBy: newId("jtk", 1), events },
  stacks: id === hostId ? [{ stack: newId("stk", 1), member: placed, epoch: 1, observed: "running", trouble: null }] : [],
  certificates: [{ serial, issuedAt: Date.now() - dayMs, endsAt: Date.now() + 6 * dayMs }],
});
function tokenCall(method: string, path: string) {
  if (method === "GET") return { status: 200, body: { tokens } };
  if (method === "DELETE") {
    tokens = tokens.map((token) => (path.endsWith(token.id) ? { ...token, state: "withdrawn", withdrawnAt: Date.now() } : token));
    return { status: 200, body: tokens[0] ?? {} };
  }
  const [id, expiresAt] = [newId("jtk", 2 + tokens.length), Date.now() + 900_000];
  const made = { role: "host", cell: "main", state: "open", createdBy: operator, createdAt: Date.now(), machine: null } as const;
  tokens = [{ id, ...made, expiresAt, withdrawnAt: null }, ...tokens];
  return { status: 201, body: { id, token: tokens.length === 1 ? "gqj_a-very-secret-token" : "gqj_another-token", expiresAt } };
}
const machines: Route = (method, path, body) => {
  if (!path.startsWith("/hosts")) return undefined;
  if (method !== "GET") calls.push({ method, path, body });
  if (denied) return refuse(403, "forbidden", "You may not do that.");
  if (path.startsWith("/hosts/tokens")) return tokenCall(method, path);
  if (path === "/hosts") return { status: 200, body: { hosts: [host], runners: [runner], homeless: [] } };
  const [, , id = "", act] = path.split("/");
  if (method === "GET") return { status: 200, body: pageOf(id) };
  if (broken) return refuse(409, "conflict", "Somebody was quicker.");
  if (act === "drain") host = { ...host, state: "draining" };
  if (act === "undrain") host = { ...host, state: "ready" };
  if (act === "revoke") {
    host = { ...host, state: "revoked" };
    events = [{ sequence: 2, kind: "revoked", at: Date.now(), by: operator, detail: JSON.parse(body).reason }, ...events];
  }
  return { status: 200, body: act === "evict" ? { placed: 1, homeless: 1, stopped: 1 } : { ok: true } };
};

let app: Awaited<ReturnType<typeof serveApp>>;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  [app, browser] = await Promise.all([serveApp(machines), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await app.close();
});
beforeEach(async () => {
  reset();
  page = await (await openContext(browser)).newPage();
});
afterEach(() => page.context().close());
/** As somebody with these roles; null: without an agent of their own too. */
async function signIn(roles: string[], agent?: null): Promise<void> {
  await page.route("**/me", async (route) => {
    const answer = await route.fetch();
    const me = await answer.json();
    await route.fulfill({ response: answer, json: { ...me, roles, ...(agent === null ? { agent: null } : {}) } });
  });
}
const open = (path: string) => page.goto(`${app.url}${path}#messages=20`);
const press = (name: string) => page.getByRole("button", { name, exact: true }).click();

test("an operator finds the machines in the rail, reads one and drains it after a question, and takes it back", async () => {
  await signIn(["member", "operator"]);
  await open("/");
  await page.getByRole("link", { name: "Machines" }).click();
  await page.getByText("3 stacks, 2 of 9 slots taken · load 1.5 · GrowQR 0.1.0 · cell main").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("link", { name: "lon-1" }).click();
  await page.getByText("GrowQR 0.1.0, Node 24.1.0, Docker 29.0.1").waitFor();
  await page.getByText(placed).waitFor();
  expect(await page.getByText(serial).count()).toBe(1);
  expect(await page.getByRole("button", { name: "Take its stacks away" }).count()).toBe(0);
  await press("Drain");
  expect(calls).toEqual([]);
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Drain it" }).dblclick();
  await page.getByText("Draining, takes no new stacks").waitFor();
  expect(calls.map(({ path }) => path)).toEqual([`/hosts/${hostId}/drain`]);
  await press("Take new stacks again");
  await press("Take new stacks");
  await page.getByRole("button", { name: "Drain", exact: true }).waitFor();
  expect(host.state).toBe("ready");
});

test("a host that takes no new stacks by its own word says so in the list and on its page", async () => {
  host = { ...host, closed: true };
  await signIn(["member", "operator"]);
  await open("/machine");
  await page.getByText("Takes no new stacks, by its own word").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("link", { name: "lon-1" }).click();
  await page.getByText("GrowQR 0.1.0, Node 24.1.0, Docker 29.0.1").waitFor();
  await page.getByText("Takes no new stacks, by its own word").waitFor();
});

test("revoking says what becomes of the stacks, sends its reason, and stands among the events; a refusal changes nothing", async () => {
  await signIn(["member", "operator"]);
  broken = true;
  await open(`/machine/${hostId}`);
  await press("Revoke");
  await page.getByText("3 stacks are placed here.").waitFor();
  await page.getByLabel("Why (the machine is told)").fill("x".repeat(201));
  await press("Revoke it for good");
  await page.getByText("One line, at most 200 characters.").waitFor();
  expect(calls).toEqual([]);
  await page.getByLabel("Why (the machine is told)").fill("its disk was stolen");
  await press("Revoke it for good");
  await page.getByText("Somebody was quicker. Nothing was changed.").waitFor();
  broken = false;
  await press("Revoke it for good");
  await page.getByText("its disk was stolen").waitFor();
  await page.getByText("Its stacks can be taken away once").waitFor();
  expect(await page.getByRole("button", { name: "Revoke", exact: true }).count()).toBe(0);
  evictable = true;
  await page.getByRole("button", { name: "Take its stacks away" }).click();
  await page.getByText("does not start empty").waitFor();
  await press("Take them away");
  await page.getByText("1 placed elsewhere, 1 wait for room, 1 are placed when they wake.").waitFor();
  expect(await violations(page)).toEqual([]);
});

test("a join token is shown once, listed without itself, and withdrawn by a second press; on a phone all is in reach", async () => {
  await signIn(["member", "operator"]);
  await page.setViewportSize(widths.phone);
  await open("/machine");
  await press("Token for a host");
  await press("Make it");
  await page.getByText("docker compose run --rm join gqj_a-very-secret-token").waitFor();
  await page.getByText("Not used yet").waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  expect(await violations(page)).toEqual([]);
  const withdraw = page.getByRole("button", { name: `Withdraw ${tokens[0]?.id}` });
  expect((await withdraw.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  await withdraw.click();
  expect(tokens[0]?.state).toBe("open");
  await page.getByRole("button", { name: `Really withdraw ${tokens[0]?.id}` }).click();
  await page.getByText("Withdrawn.").first().waitFor();
  expect(await page.getByText("gqj_a-very-secret-token").count()).toBe(0);
  await page.reload();
  await page.getByText("Withdrawn.").first().waitFor();
  expect(await page.content()).not.toContain("gqj_a-very-secret-token");
  await page.getByRole("link", { name: "lon-1" }).click();
  await page.getByRole("heading", { name: "Certificates" }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  expect(await violations(page)).toEqual([]);
});

test("one command takes the tokens that were made here; one that was used or withdrawn is not in it any more", async () => {
  await signIn(["member", "operator"]);
  await open("/machine");
  for (const role of ["host", "runner"]) {
    await press(`Token for a ${role}`);
    await press("Make it");
  }
  await page.getByText("docker compose run --rm join gqj_a-very-secret-token gqj_another-token", { exact: true }).waitFor();
  expect(await violations(page)).toEqual([]);
  const first = tokens.at(-1)!.id;
  await press(`Withdraw ${first}`);
  await press(`Really withdraw ${first}`);
  await page.getByText("docker compose run --rm join gqj_another-token", { exact: true }).waitFor();
});

test("a host whose stacks wait for an image says so, with the reason, and is not called well", async () => {
  const line = "Building Gitea's image failed: no network. It is tried again after 120 s.";
  if (host) host = { ...host, placed: 1, image: { failed: true, line } };
  await signIn(["member", "operator"]);
  await open("/machine");
  await page.getByText("Its stacks wait: an image could not be made").waitFor();
  await page.getByText(line).waitFor();
  await page.getByText("1 stack, 2 of 9 slots taken").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("link", { name: "lon-1" }).click();
  await page.getByRole("heading", { name: "Certificates" }).waitFor();
  await page.getByText(line).waitFor();
  expect(await page.getByText("Well", { exact: true }).count()).toBe(0);
});

test("who is no operator sees no way in, and at its address what it is for; an operator without an agent sees it all the same", async () => {
  denied = true;
  await signIn(["member"]);
  await open("/");
  await page.getByText("Answer 10.").waitFor();
  expect(await page.getByRole("link", { name: "Machines" }).count()).toBe(0);
  for (const path of ["/machine", `/machine/${hostId}`]) {
    await open(path);
    await page.getByText("This page is for operators").waitFor();
    expect(await violations(page)).toEqual([]);
  }
  denied = false;
  await page.unroute("**/me");
  await signIn(["member", "operator"], null);
  await open("/");
  await page.getByRole("link", { name: "Machines" }).click();
  await page.getByRole("link", { name: "lon-1" }).waitFor();
  expect(await violations(page)).toEqual([]);
});
