import { readFileSync } from "node:fs";
import { setTimeout as after } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { StoredEvent } from "../../../schema/event.ts";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Started } from "../../local/process.ts";
import { engineUp, type Member, newMember, runnerUp } from "../running-engine.ts";

let engine: Awaited<ReturnType<typeof engineUp>>;
let running: Started[] = [];
beforeAll(async () => {
  engine = await engineUp();
});
afterEach(async () => {
  for (const runner of running) await runner.stop();
  running = [];
});
afterAll(async () => engine.stop());
async function runner(second = false): Promise<Started> {
  const started = await runnerUp(engine.endpoint, second);
  running.push(started);
  return started;
}

/** Sends until told to stop; keeps what was acknowledged. */
function sender(member: Member) {
  const acknowledged: { seq: number; messageId: string }[] = [];
  let go = true;
  const ended = (async () => {
    while (go) {
      const clientId = newId("evt");
      const patient = () => Promise.race([member.send("hello", clientId), after(3_000)]).catch(() => undefined);
      let answer = await patient();
      while (go && !answer) answer = await patient(); // the same client id until it is acknowledged
      if (answer) acknowledged.push(answer);
    }
  })();
  const stop = async () => {
    go = false;
    await ended;
  };
  return { acknowledged, stop };
}
function whole(log: StoredEvent[], acknowledged: { seq: number; messageId: string }[]): void {
  expect(log.map((event) => event.seq)).toEqual(Array.from({ length: log.length }, (_, i) => i + 1));
  const sent = new Map(
    log.flatMap((event) => (event.kind === "message.sent" ? [[event.body.messageId as string, event.seq] as const] : [])),
  );
  for (const { seq, messageId } of acknowledged) expect(sent.get(messageId)).toBe(seq);
  const clients = log.flatMap((event) => (event.kind === "message.sent" ? [event.body.clientId] : []));
  expect(new Set(clients).size).toBe(clients.length);
}

test("a runner killed under load loses nothing that was acknowledged, and a second one takes over", async () => {
  const first = await runner();
  const member = await newMember(engine);
  const load = sender(member);
  await eventually("some messages", async () => load.acknowledged.length >= 5);
  await runner(true);
  await first.kill();
  const before = load.acknowledged.length;
  await eventually("messages after the kill", async () => load.acknowledged.length >= before + 3, 30_000);
  await load.stop();
  const log = await member.log();
  whole(log, load.acknowledged);
});

test("an engine killed under load loses nothing that was acknowledged, and goes on when it is back", async () => {
  await runner();
  const member = await newMember(engine);
  const load = sender(member);
  await eventually("some messages", async () => load.acknowledged.length >= 5);
  await engine.kill();
  engine = await engineUp();
  const before = load.acknowledged.length;
  await eventually("messages after the kill", async () => load.acknowledged.length >= before + 3, 45_000);
  await load.stop();
  whole(await eventually("the log", () => member.log(), 20_000), load.acknowledged);
});

test("work that waits goes on by its alarm on another runner, with nobody connected", async () => {
  const { one: each, sent } = await cut();
  const second = await runner(true);
  // Nothing calls the actor before the second runner's log says that it woke by itself; reading its events
  // moves no work.
  const wakes = new RegExp(`actor awake.*${each.member}`);
  await eventually("the actor wakes", async () => wakes.test(readFileSync(second.log, "utf8")), 40_000);
  const ends = async () => {
    const log = await each.log();
    return sent.map(({ turnId }) => log.filter((event) => isEnd(event, turnId)).length);
  };
  await eventually("the turns end", async () => (await ends()).every((count) => count > 0));
  expect(await ends()).toEqual([1, 1, 1]);
});
/** A member with three messages, and the runner killed before the turns of all have ended. */
async function cut(tries = 5) {
  const first = await runner();
  const member = await newMember(engine);
  const sent = await Promise.all(Array.from({ length: 3 }, (_, i) => member.send(`message ${i}`)));
  await first.kill();
  const log = readFileSync(first.log, "utf8");
  if (!sent.every(({ turnId }) => new RegExp(`turn.state.*${turnId}.*"failed"`).test(log))) return { one: member, sent };
  if (tries === 1) throw new Error("the runner was always quicker than its kill");
  return cut(tries - 1);
}
function isEnd(event: StoredEvent, turnId: string): boolean {
  return event.kind === "turn.state" && event.body.turnId === turnId && event.body.state === "failed";
}
