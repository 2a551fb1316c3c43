import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { previewEnterPath, previewLabel } from "../../schema/preview/preview-access.ts";
import { errorBody } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { eventually } from "../harness/eventually.ts";
import { pidOf } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, send } from "../harness/person.ts";
import { product } from "./product.ts";

/**
 * While the database is away, what needs it is refused with that reason, in time, and works again by itself.
 */
const minute = 60_000;
let ada: Person;
let actor: string;
let member: string;
let events: Events;

beforeAll(async () => {
  ada = await person(product, `ada.${newId("req").slice(-6).toLowerCase()}@example.com`);
  const made = await provision(ada);
  actor = made.actor.id;
  member = made.actor.member;
  made.events.close();
  events = await ada.events(actor, 0, { steady: true });
});
afterAll(() => events?.close());

const calls = () =>
  [
    ["GET", "/me", undefined],
    ["GET", "/actors/me", undefined],
    ["GET", "/hosts", undefined],
    ["POST", "/goals", { title: "Not now" }],
    ["POST", "/billing/trial", {}],
    ["POST", `/actors/${actor}/message`, { clientId: newId("req"), text: "hello" }],
    ["POST", `/actors/${actor}/ticket`, {}],
  ] as const;
/** Each refused with the status, the time to come back and the shape of a refusal. */
async function refusedEach(): Promise<void> {
  const asked = calls().map(async ([method, where, body]) => {
    const answer = await ada.call(method, where, body);
    const { code, retryable } = errorBody.parse(answer.body).error;
    return { where, status: answer.status, code, retryable, later: Number(answer.headers.get("retry-after")) > 0 };
  });
  const refused = { status: 503, code: "unavailable", retryable: true, later: true };
  expect(await Promise.all(asked)).toEqual(calls().map(([, where]) => ({ where, ...refused })));
}
/** As a stranger's program asks: by path, and by the names of previews and of apps. */
async function askEdge(
  method: string,
  where: string,
  headers: Record<string, string>,
): Promise<{ where: string; status: number; later: boolean }> {
  const asked = request(new URL(where, product.edgeUrl), { method, headers });
  asked.end(method === "POST" ? JSON.stringify({ model: "x", max_tokens: 1, messages: [{ role: "user", content: "hello" }] }) : undefined);
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  answer.resume();
  return { where: `${headers.host ?? ""}${where}`, status: answer.statusCode ?? 0, later: Number(answer.headers["retry-after"]) > 0 };
}
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
/** Whose word an agent's token is can't be said without the database. */
const agentToken = () => [encode({ alg: "ES256", typ: "agent", kid: newId("hst") }), encode({}), encode({})].join(".");
/** Nothing that is asked while the database is away is a 500, or a 503 without a time to come back. */
async function refusedAtEachDoor(): Promise<void> {
  const agent = { authorization: `Bearer ${agentToken()}`, "content-type": "application/json" };
  const { port } = new URL(product.edgeUrl);
  const answers = await Promise.all([
    ...["/ai/v1/chat/completions", "/ai/v1/messages", "/ai/v1/responses"].map((where) => askEdge("POST", where, agent)),
    ...["/health", "/health/db", "/ready"].map((where) => askEdge("GET", where, {})),
    askEdge("GET", "/", { host: `guest-book.apps.localhost:${port}` }),
    askEdge("GET", `${previewEnterPath}?share=x`, { host: `${previewLabel(newId("pvw"))}.preview.localhost:${port}` }),
  ]);
  expect(answers).toEqual(answers.map(({ where }) => ({ where, status: 503, later: true })));
}
/** Who has a ticket goes on reading: a live connection needs no database. */
async function readLive(ticket: string): Promise<number> {
  const headers = { "x-rivet-conn-params": JSON.stringify({ ticket }), "x-rivet-encoding": "json" };
  const body = { args: [{ requestId: newId("req"), key: newId("req"), input: {} }] };
  const query = new URLSearchParams({ "rvt-namespace": "default", "rvt-method": "get", "rvt-key": member });
  return (await ada.call("POST", `/live/gateway/growAgent/action/snapshot?${query}`, body, headers)).status;
}
async function worksAgain(): Promise<void> {
  await eventually("goals are taken again", async () => (await ada.call("POST", "/goals", { title: "Again" })).status === 200, minute);
  const { turnId } = await send(ada, actor, "hello again");
  await events.wait("turn.state", (event) => event.body.turnId === turnId && event.body.state === "done", minute);
}

test("a database that stands still is a 503 with a time to come back while it still stands, and all works once it goes on", async () => {
  const { ticket } = z.object({ ticket: z.string() }).parse((await ada.call("POST", `/actors/${actor}/ticket`, {})).body);
  const held = pidOf(product.folder, "libsql");
  process.kill(held, "SIGSTOP");
  try {
    await refusedAtEachDoor();
    expect(await readLive(ticket)).toBe(200);
    await refusedEach(); // it stands still until all are answered: each answer comes by the edge's own deadline
  } finally {
    process.kill(held, "SIGCONT");
  }
  await worksAgain();
});

test("a database that was killed is a 503 until it is back by itself", async () => {
  const before = pidOf(product.folder, "libsql");
  process.kill(before, "SIGKILL");
  const seen = new Set<string>();
  await eventually(
    "it is back",
    async () => {
      const answer = await ada.call("POST", "/goals", { title: "In between" });
      if (answer.status === 200) return true;
      seen.add(`${answer.status} ${errorBody.parse(answer.body).error.code} ${Number(answer.headers.get("retry-after")) > 0}`);
      return false;
    },
    minute,
  );
  expect([...seen]).toEqual(["503 unavailable true"]);
  expect(pidOf(product.folder, "libsql")).not.toBe(before);
  await worksAgain();
});
