import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { stopPart } from "../harness/kill-part.ts";
import { type Events, type Person, person, provision, script, send } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";
import { product } from "./product.ts";

/**
 * A later version comes part by part, in the order of `edge/README.md`: each ends in order and starts anew
 * while an answer streams to a page that is open.
 */
let ada: Person;
let actor: string;
let events: Events;

beforeAll(async () => {
  ada = await person(product, "rolls@example.com");
  const made = await provision(ada);
  actor = made.actor.id;
  made.events.close();
  events = await ada.events(actor, 0, { steady: true });
});
afterAll(() => events?.close());

const over = ["done", "failed", "stopped", "interrupted"];
const endOf = async (turnId: string) =>
  (await events.wait("turn.state", ({ body }) => body.turnId === turnId && over.includes(body.state), 120_000)).body;

test("edge, host and runner start anew under an open stream: no word of the answer is lost or told twice, and the next message is answered", {
  timeout: limit(240_000),
}, async () => {
  const first = await send(ada, actor, script({ text: "tick ", chunks: 20_000, gapMs: 30 })); // longer than any of it takes
  const heard = () => events.deltas().filter(({ delta }) => delta.turnId === first.turnId).length;
  await events.until("text streams", () => heard() > 3);
  const queued = await send(ada, actor, "thanks");
  for (const part of ["edge", "host", "runner"] as const) {
    await (await stopPart(product, part))();
    const before = heard();
    await events.until(`text streams again after the restart of the ${part}`, () => heard() > before + 3, 60_000);
    expect(events.of("turn.state").filter(({ body }) => body.turnId === first.turnId && over.includes(body.state))).toEqual([]);
  }
  await eventually("it is told to end", async () =>
    (await ada.call("POST", `/actors/${actor}/stop`, { scope: "turn" })).status === 200 ? true : undefined,
  );
  expect(await endOf(first.turnId)).toMatchObject({ state: "stopped" });
  const told = () => events.of("message.text").filter(({ body }) => body.turnId === first.turnId);
  await events.until("what was said is kept", () => told().length > 0);
  const ticks = [...(told().at(-1)?.body.text ?? "").matchAll(/tick (\d+)/g)].map(([, number]) => Number(number));
  expect(ticks).toEqual(ticks.map((_, at) => at));
  expect(ticks.length).toBeGreaterThanOrEqual(heard());
  expect(await endOf(queued.turnId)).toMatchObject({ state: "stopped" }); // who says stop means what waits too
  for (const { clientId, messageId, turnId, seq } of [first, queued])
    expect(events.of("message.sent").filter(({ body }) => body.clientId === clientId)).toMatchObject([
      { seq, body: { messageId, turnId } },
    ]);
  const seqs = events.received.flatMap((message) => ("event" in message ? [message.event.seq] : []));
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  const { turnId } = await eventually("a message is taken", () => send(ada, actor, "hello"), 60_000);
  expect((await endOf(turnId)).state).toBe("done");
});
