import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { z } from "zod";
import { type StoredEvent, storedEvent } from "../../schema/event.ts";
import { readInstance } from "../../schema/machine/instance.ts";
import { sessionOut, sessionsOut } from "../../schema/opencode/session.ts";
import { findRawServer } from "../bench/raw.ts";
import { eventually } from "../harness/eventually.ts";
import { containers } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, script, sent } from "../harness/person.ts";
import { readServerSentEvents } from "../harness/server-sent-events.ts";
import { limit } from "../harness/suite/limit.ts";

/** SPEC 4, OpenCode: a session by HTTP alone, from its making to a stack that was stopped and started. */
const product = inject("product");
let eve: Person;
let events: Events;
let actor: string;
let member: string;
let place: string;
let session: string;
beforeAll(async () => {
  eve = await person(product, "eve-sessions@example.com");
  const made = await provision(eve);
  ({ events } = made);
  ({ id: actor, member } = made.actor);
  place = `/opencode/workspaces/${made.actor.workspaceId}`;
});
afterAll(() => events?.close());

const view = async () => sessionOut.parse((await eve.call("GET", `/opencode/sessions/${session}`)).body).session;
const edit = (body: object) => eve.call("PATCH", `/opencode/sessions/${session}`, body);
async function say(text: string): Promise<string> {
  const answer = await eve.call("POST", `/opencode/sessions/${session}/messages`, { clientId: `c-${crypto.randomUUID()}`, text });
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return sent.parse(answer.body).turnId;
}
const done = (turnId: string) =>
  events.wait("turn.state", ({ body }) => body.turnId === turnId && !["queued", "running"].includes(body.state), 90_000);
/** The stored events of the session after `after`, read until `enough` and then hung up. */
async function read(after: number, enough: (all: StoredEvent[]) => boolean): Promise<{ stored: StoredEvent[]; deltas: number }> {
  const stop = new AbortController();
  const headers = { authorization: `Bearer ${await eve.token()}`, "last-event-id": String(after) };
  const where = `${product.edgeUrl}/opencode/sessions/${session}/events`;
  const response = await fetch(where, {
    headers,
    redirect: "manual",
    signal: AbortSignal.any([stop.signal, AbortSignal.timeout(limit(60_000))]),
  });
  const stored: StoredEvent[] = [];
  let deltas = 0;
  for await (const { event, data } of readServerSentEvents(response.body!)) {
    if (event === "delta") deltas += 1;
    if (event !== "delta" && event !== "snapshot") stored.push(storedEvent.parse(JSON.parse(data)));
    if (enough(stored)) break;
  }
  stop.abort();
  return { stored, deltas };
}
/** What OpenCode itself has under that id. */
const opencodeSession = z.object({ id: z.string(), title: z.string() });
async function askOpenCode(id: string): Promise<z.infer<typeof opencodeSession>> {
  const { base, authorization, directory } = findRawServer(readInstance(product.instance), member, actor);
  const where = `${base}/session/${id}?directory=${encodeURIComponent(directory)}`;
  return opencodeSession.parse(await (await fetch(where, { headers: { authorization }, redirect: "manual" })).json());
}

test("a session made by the API is OpenCode's own from its first message on, is answered, and knows what was said in it alone", async () => {
  const made = await eve.call("POST", `${place}/sessions`, { title: "The menu" });
  expect(made.status).toBe(201);
  session = sessionOut.parse(made.body).session.id;
  expect(await view()).toMatchObject({ title: "The menu", opencode: null, current: false });
  const turnId = await say(script({ text: "The soup is green." }));
  await done(turnId);
  const first = await view();
  expect(first).toMatchObject({ title: "The menu", opencode: expect.stringMatching(/^ses_/), open: 0 });
  const again = await say("hello");
  await done(again);
  expect((await view()).opencode).toBe(first.opencode);
  const message = await eve.call("POST", `/actors/${actor}/message`, { clientId: `c-${crypto.randomUUID()}`, text: "hello" });
  await done(sent.parse(message.body).turnId);
  const listed = sessionsOut.parse((await eve.call("GET", `${place}/sessions`)).body).sessions;
  const current = listed.find((each) => each.current)!;
  expect(current).toMatchObject({ madeBy: "agent", agent: { id: actor } });
  expect(current.opencode).not.toBe(first.opencode);
});

test("its events, read with a hang-up in the middle of an answer, come once each and whole", async () => {
  const turnId = await say(script({ text: "tick ", chunks: 200, gapMs: 20 }));
  const ran = (all: StoredEvent[]) =>
    all.some(({ kind, body }) => kind === "turn.state" && body.turnId === turnId && body.state === "running");
  const over = (all: StoredEvent[]) =>
    all.some(({ kind, body }) => kind === "turn.state" && body.turnId === turnId && body.state === "done");
  const first = await read(0, ran);
  const second = await read(first.stored.at(-1)!.seq, over);
  expect(second.deltas).toBeGreaterThan(0);
  const both = [...first.stored, ...second.stored];
  const whole = await read(0, over);
  expect(both.map(({ seq }) => seq)).toEqual(whole.stored.map(({ seq }) => seq));
  expect(both.every((event) => event.session === session)).toBe(true);
  expect(both.filter(({ kind }) => kind === "message.sent")).toHaveLength(3);
  const texts = both.flatMap((event) => (event.kind === "message.text" && event.body.turnId === turnId ? [event.body.text] : []));
  expect(texts.join("")).toMatch(/^tick 0 .* tick 199 $/);
});

test("its new name reaches OpenCode; it is archived and resumed; it is there after the stack was stopped and started", async () => {
  const { opencode } = await view();
  expect((await edit({ title: "The green menu" })).status).toBe(200);
  await eventually("OpenCode has the name", async () => ((await askOpenCode(opencode!)).title === "The green menu" ? true : undefined));
  expect((await eve.call("DELETE", `/opencode/sessions/${session}`)).status).toBe(200);
  const refused = await eve.call("POST", `/opencode/sessions/${session}/messages`, { clientId: "c-archived-1", text: "hi" });
  expect(refused).toMatchObject({ status: 409, body: { error: { code: "conflict" } } });
  expect((await eve.call("POST", `${place}/stop`, { scope: "stack" })).status).toBe(200);
  const boxes = async () => (await containers(product.instance)).filter((line) => line.includes(member));
  await eventually(
    "both containers are stopped",
    async () => (await boxes()).every((line) => line.endsWith("exited")) || undefined,
    30_000,
  );
  expect(await view()).toMatchObject({ title: "The green menu", archived: true, opencode });
  expect((await edit({ archived: false, title: "Named while stopped" })).status).toBe(200);
  expect((await boxes()).every((line) => line.endsWith("exited"))).toBe(true);
  expect((await eve.call("POST", `${place}/start`)).status).toBe(202);
  await done(await say("hello again"));
  expect(await view()).toMatchObject({ title: "Named while stopped", archived: false, opencode, open: 0 });
  expect(await askOpenCode(opencode!)).toEqual({ id: opencode, title: "Named while stopped" });
});
