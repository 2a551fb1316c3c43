import { afterAll, beforeAll, expect, test } from "vitest";
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
let events: Events;

beforeAll(async () => {
  ada = await person(product, `ada.${newId("req").slice(-6).toLowerCase()}@example.com`);
  const made = await provision(ada);
  actor = made.actor.id;
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
async function worksAgain(): Promise<void> {
  await eventually("goals are taken again", async () => (await ada.call("POST", "/goals", { title: "Again" })).status === 200, minute);
  const { turnId } = await send(ada, actor, "hello again");
  await events.wait("turn.state", (event) => event.body.turnId === turnId && event.body.state === "done", minute);
}

test("a database that stands still is a 503 with a time to come back while it still stands, and all works once it goes on", async () => {
  const held = pidOf(product.folder, "libsql");
  process.kill(held, "SIGSTOP");
  try {
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
