import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { auditPage } from "../../schema/audit/audit.ts";
import { type StoredEvent, storedEvent } from "../../schema/event.ts";
import { statusesOut, verifyOut } from "../../schema/git/commit-status.ts";
import { projectDetail, projectOut } from "../../schema/project/project.ts";
import { isCommandUnderWay, projectCommandOut, projectCommandSeenOut, projectCommandsOut } from "../../schema/project/project-command.ts";
import { projectPreviewOut } from "../../schema/project/project-preview.ts";
import { eventually } from "../harness/eventually.ts";
import { skipAfterFailure } from "../harness/in-order.ts";
import { type Person, person } from "../harness/person.ts";
import { readServerSentEvents } from "../harness/server-sent-events.ts";
import { limit } from "../harness/suite/limit.ts";
import { Owner } from "./owner.ts";
import { look } from "./preview/preview-visitor.ts";

/** What a program does below a project: start, stop, preview, commands, events, audit (issue 25.7). */
const product = inject("product");
const minutes = 60_000;
const project = "stall";
const where = `/projects/${project}`;
let owner: Owner;
let stranger: Person;
skipAfterFailure();
beforeAll(
  async () => {
    [owner, stranger] = await Promise.all([Owner.provision("nina@example.com"), person(product, "nora@example.com")]);
    const ready = owner.events.wait("project.step", ({ body }) => body.step === "ready" || body.state === "failed", 4 * minutes);
    expect((await owner.person.call("POST", "/projects", { name: project, template: "landing-page", title: "The stall" })).status).toBe(
      202,
    );
    expect((await ready).body).toMatchObject({ name: project, step: "ready" });
  },
  limit(5 * minutes),
);
afterAll(() => owner?.events.close());

const call = (method: string, path: string, body?: object, headers?: Record<string, string>) =>
  owner.person.call(method, `${where}${path}`, body, headers);
const preview = async () => projectPreviewOut.parse((await call("GET", "/preview")).body);
const open = async (path: string, init: RequestInit = {}, whose: Person = owner.person) =>
  fetch(`${product.edgeUrl}${where}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${await whose.token()}`, "content-type": "application/json" },
  });

test("preview says where it is seen and who may; stop takes it off the air, start puts it back, the same again changes nothing", {
  timeout: limit(2 * minutes),
}, async () => {
  const seen = await preview();
  expect(seen).toMatchObject({ state: "running", published: false, entry: true });
  const { headers } = await owner.enter(project);
  const page = async () => look(seen.address, "/", { headers: { ...headers, accept: "text/html" } });
  expect((await page()).body).toContain("The stall");
  const key = { "idempotency-key": "stop-the-stall" };
  for (const _ of [1, 2]) {
    const { project: stopped } = projectOut.parse((await call("POST", "/stop", {}, key)).body);
    expect(stopped).toMatchObject({ name: project, state: "stopped", address: seen.address });
  }
  expect((await page()).status).toBe(503);
  expect(await preview()).toMatchObject({ state: "stopped", release: seen.release });
  for (const _ of [1, 2]) expect(projectOut.parse((await call("POST", "/start", {})).body).project.state).toBe("running");
  await eventually("it serves again", async () => {
    const { status, body } = await page();
    expect(status === 200 || body.includes("This app is waking up"), body).toBe(true); // nothing else between
    return status === 200 && body.includes("The stall");
  });
  expect((await call("PUT", "/published", { published: true })).status).toBe(200);
  expect(await preview()).toMatchObject({ published: true, entry: false });
});

const take = async (line: string, key?: string) => {
  const answer = await call("POST", "/commands", { command: line, seconds: 60 }, key ? { "idempotency-key": key } : undefined);
  return { status: answer.status, command: projectCommandOut.safeParse(answer.body).data?.command };
};
const lookAt = async (id: string) => projectCommandSeenOut.parse((await call("GET", `/commands/${id}`)).body).command;
const ended = async (id: string) =>
  (await owner.events.wait("project.command", ({ body }) => body.commandId === id && !isCommandUnderWay(body.state), 3 * minutes)).body;
const printed = (events: StoredEvent[], id: string) =>
  events
    .flatMap((event) => (event.kind === "project.output" && event.body.commandId === id ? event.body.lines : []))
    .flatMap(({ from, line }) => (from === "command" ? [line] : []));

test("a command's lines arrive at the project's events while it runs, whoever hangs up there, and its code is the end", {
  timeout: limit(4 * minutes),
}, async () => {
  const { status, command } = await take("grep -c 'The stall' public/index.html; sleep 6; echo done; exit 3");
  expect(status).toBe(202);
  const id = command!.id;
  const hangUp = new AbortController();
  const answer = await open("/events?after=0", { signal: hangUp.signal });
  const told: StoredEvent[] = [];
  for await (const { event, data } of readServerSentEvents(answer.body!)) {
    if (event !== "snapshot") told.push(storedEvent.parse(JSON.parse(data)));
    if (printed(told, id).length > 0) break;
  }
  hangUp.abort();
  expect(printed(told, id)).toHaveLength(1); // the last line is still to come
  const second = await call("POST", "/commands", { command: "true" });
  expect([second.status, JSON.stringify(second.body)]).toEqual([409, expect.stringContaining(id)]);
  expect(await ended(id)).toMatchObject({ state: "complete", exitCode: 3, attempt: 1 });
  const seen = await lookAt(id);
  expect(seen.output.filter(({ from }) => from === "command").at(-1)).toEqual({ from: "command", line: "done" });
  expect(seen).toMatchObject({ state: "complete", exitCode: 3 });
  for (const path of ["/commands", `/commands/${id}`]) expect((await stranger.call("GET", where + path)).status, path).toBe(404);
  for (const path of ["/commands", `/commands/${id}/cancel`])
    expect((await stranger.call("POST", where + path, path === "/commands" ? { command: "true" } : {})).status, path).toBe(404);
});

test("the same key is one run, which its member cancels, and the next one has its place", { timeout: limit(4 * minutes) }, async () => {
  const [first, second] = [await take("echo begun; sleep 500", "a-long-line"), await take("echo begun; sleep 500", "a-long-line")];
  const id = first.command!.id;
  expect(second.command?.id).toBe(id);
  await owner.events.wait("project.output", ({ body }) => body.commandId === id, 2 * minutes);
  for (const _ of [1, 2]) {
    const { command } = projectCommandOut.parse((await call("POST", `/commands/${id}/cancel`, {})).body);
    expect(command).toMatchObject({ id, state: "cancelled", reason: "You cancelled it." });
  }
  const next = await take("echo next");
  expect(await ended(next.command!.id)).toMatchObject({ state: "complete", exitCode: 0 });
  expect(owner.events.of("project.command").filter(({ body }) => body.commandId === id && body.state === "running")).toHaveLength(1);
  const { commands } = projectCommandsOut.parse((await call("GET", "/commands")).body);
  expect(commands.slice(0, 2).map(({ state }) => state)).toEqual(["complete", "cancelled"]);
});

test("its events are told from the first on, and none of another project's", { timeout: limit(2 * minutes) }, async () => {
  expect((await owner.person.call("POST", "/projects", { name: "other" })).status).toBe(202);
  await owner.events.wait("project.created", ({ body }) => body.name === "other", minutes);
  const { length } = owner.events.of("project.state");
  const hangUp = new AbortController();
  const answer = await open("/events?after=0", { signal: hangUp.signal });
  expect(answer.status).toBe(200);
  const told: StoredEvent[] = [];
  for await (const { event, data } of readServerSentEvents(answer.body!)) {
    if (event === "snapshot") {
      expect(JSON.parse(data)).toMatchObject({ project });
      continue;
    }
    told.push(storedEvent.parse(JSON.parse(data)));
    const states = told.filter(({ kind }) => kind === "project.state").length;
    if (states === length) expect((await call("PUT", "/published", { published: false })).status).toBe(200);
    if (states > length) break;
  }
  hangUp.abort();
  const kinds = new Set(told.map(({ kind }) => kind));
  for (const kind of ["project.created", "project.step", "task.state", "receipt", "commit", "release.state", "project.command"] as const)
    expect(kinds, kind).toContain(kind);
  expect(JSON.stringify(told)).not.toContain('"other"');
  expect(told.flatMap((event) => (event.kind === "project.command" ? [event.body.command] : []))).toContain("echo next");
});

test("verify runs on main what it was proven by, and says how its commit stands", { timeout: limit(4 * minutes) }, async () => {
  const from = owner.events.of("commit.status").at(-1)?.seq ?? 0;
  const { status } = verifyOut.parse((await call("POST", "/verify", {})).body);
  expect(status).toMatchObject({ branch: "main", source: "checks" });
  const over = ({ seq, body }: { seq: number; body: { hash: string; state: string } }) =>
    seq > from && body.hash === status.hash && body.state !== "queued" && body.state !== "running";
  expect((await owner.events.wait("commit.status", over, 3 * minutes)).body).toMatchObject({ state: "passed", failed: 0 });
  const [seen] = statusesOut.parse((await call("GET", `/statuses?hash=${status.hash}`)).body).statuses;
  expect(seen?.checks.length).toBeGreaterThan(0);
  expect(seen?.checks.every(({ passed }) => passed)).toBe(true);
});

test("its audit tells who did what, and is there when it is deleted; what is below it is nowhere then", {
  timeout: limit(3 * minutes),
}, async () => {
  const actions = async () =>
    auditPage.parse((await call("GET", "/audit?limit=200")).body).rows.map(({ action, result }) => `${action} ${result}`);
  const wanted = ["projectMake ok", "power:false ok", "power:true ok", "publish:true ok", "publish:false ok", "projectCommandCancel ok"];
  await eventually("the rows", async () => {
    expect(await actions()).toEqual(expect.arrayContaining(wanted));
    return true;
  });
  expect((await actions()).filter((each) => each === "projectCommand ok")).toHaveLength(3); // the same key twice is one
  const theirs = auditPage.parse((await stranger.call("GET", `${where}/audit`)).body); // what they were refused themselves
  expect(theirs.rows.every(({ result }) => result === "not_found")).toBe(true);
  expect(JSON.stringify(theirs)).not.toContain(owner.member);
  const removed = owner.events.wait("project.removed", ({ body }) => body.name === project && body.state === "done", 2 * minutes);
  expect((await call("DELETE", `?confirm=${project}&repository=archive`)).status).toBe(202);
  await removed;
  for (const path of ["", "/preview", "/commands", "/statuses"]) expect((await call("GET", path)).status, path).toBe(404);
  for (const path of ["/start", "/stop", "/verify"]) expect((await call("POST", path, {})).status, path).toBe(404);
  expect((await call("POST", "/commands", { command: "true" })).status).toBe(404);
  expect(projectDetail.safeParse((await call("GET", "")).body).success).toBe(false);
  const answer = await open("/events"); // who lost the connection reads its end all the same
  for await (const { event, data } of readServerSentEvents(answer.body!))
    if (event === "project.removed" && JSON.parse(data).body.state === "done") break;
  await eventually("the row of its removal", async () => (await actions()).some((each) => each.startsWith("projectRemove")));
});
