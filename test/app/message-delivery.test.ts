import { describe, expect, test } from "vitest";
import type { Socket } from "../../edge/app/live/live-link.ts";
import type { SentMessage } from "../../edge/app/live/outbox.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { openPage, readyActor, untilLive, waitFor } from "./sample-page.ts";

const channel = newId("chn", 7);
const coder = { channel };
const large = (name: string) => `${name} ${"x".repeat(30_000)}`;
type Call = Parameters<Socket["action"]>[0];
const nameOf = (message: unknown) => (message as SentMessage).text.split(" ")[0]!;
const sentBy = ({ args }: Call) => nameOf((args[0] as { input: unknown }).input);

/**
 * A page and its actor, which hears large messages by REST. `before` runs ahead of each arrival, by frame or
 * by REST, with the message's first word, and refuses it by throwing.
 */
async function openOrdered(before: (name: string) => Promise<void> = async () => undefined) {
  const actor = readyActor();
  const rest = actor.connect();
  const byRest: SentMessage[] = [];
  const page = openPage(actor, undefined, undefined, async (message) => {
    byRest.push(message);
    await before(nameOf(message));
    return rest.action({ name: "send", args: [{ input: message }] });
  });
  const connect = async () => {
    const socket = page.connect();
    const { action } = socket;
    socket.action = async (call) => {
      if (call.name === "send") await before(sentBy(call));
      return action(call);
    };
    await untilLive(page.live);
    return socket;
  };
  /** The first words of what the actor has got, by frames and by REST, in the order of arrival. */
  const arrived = () => (actor.inputs.send ?? []).map(nameOf);
  return { actor, live: page.live, connect, arrived, byRest };
}
/** Holds back the arrival of one message until it is let go. */
function holdBack(name: string) {
  const gate = Promise.withResolvers<void>();
  return { before: (each: string) => (each === name ? gate.promise : Promise.resolve()), letGo: gate.resolve };
}
const refusal = (code: string) => Object.assign(new Error(code), { group: "user", code });

describe("messages to one place arrive in the order in which they were sent, whatever their size", () => {
  test("a large one that takes long holds back what follows it, and no other place", async () => {
    const { before, letGo } = holdBack("second");
    const { actor, live, connect, arrived, byRest } = await openOrdered(before);
    await connect();
    live.send("first");
    live.send(large("second"));
    live.send("third");
    live.send("elsewhere", coder);
    live.send("fourth", { channel: actor.channel }); // the same place by its id
    live.send(large("fifth"));
    await waitFor(() => expect(byRest.map(nameOf)).toEqual(["second"]));
    live.send("there", coder);
    await waitFor(() => expect(arrived()).toEqual(["first", "elsewhere", "there"]));
    letGo();
    const all = ["first", "elsewhere", "there", "second", "third", "fourth", "fifth"];
    await waitFor(() => expect(arrived()).toEqual(all));
    await waitFor(() => expect(live.state().outbox).toEqual([]));
    expect(byRest.map(nameOf)).toEqual(["second", "fifth"]);
  });

  test.each([
    ["small", "second"],
    ["large", large("second")],
  ])("a %s one waits for the answer to a small one, which the actor might handle after it", async (_, second) => {
    const { before, letGo } = holdBack("first");
    const { live, connect, arrived, byRest } = await openOrdered(before);
    await connect();
    live.send("first");
    live.send(second);
    live.send("elsewhere", coder);
    live.send(large("there"), coder);
    await waitFor(() => expect(arrived()).toEqual(["elsewhere", "there"]));
    expect(byRest.map(nameOf)).toEqual(["there"]);
    letGo();
    await waitFor(() => expect(arrived()).toEqual(["elsewhere", "there", "first", "second"]));
  });

  test("the next one goes out after the answer, though its event has not come", async () => {
    const { actor, live, connect, arrived } = await openOrdered();
    await connect();
    actor.push = () => undefined;
    live.send(large("first"));
    live.send("second");
    live.send("third");
    await waitFor(() => expect(arrived()).toEqual(["first", "second", "third"]));
    expect(live.state().outbox).toHaveLength(3);
  });

  test.each([
    ["small", "first"],
    ["large", large("first")],
  ])("none passes a %s one that is tried again after a failure", async (_, first) => {
    const failures = [refusal("rate_limited")];
    const { live, connect, arrived, byRest } = await openOrdered(async (name) => {
      const failure = name === "first" ? failures.pop() : undefined;
      if (failure) throw first === "first" ? failure : new AppError("rate_limited");
    });
    await connect();
    live.send(first);
    live.send("second");
    live.send(large("third"));
    live.send("fourth");
    live.send("elsewhere", coder);
    await waitFor(() => expect(arrived()).toEqual(["elsewhere"]));
    await waitFor(() => expect(arrived()).toEqual(["elsewhere", "first", "second", "third", "fourth"]));
    expect(byRest.map(nameOf)).toEqual(first === "first" ? ["third"] : ["first", "first", "third"]);
  });

  test("one that was refused for good holds nothing back, nor does one without an answer, which the person sends again", async () => {
    const failures = new Map([
      ["first", new AppError("too_large")],
      ["second", new AppError("timeout")],
    ]);
    const { live, connect, arrived } = await openOrdered(async (name) => {
      const failure = failures.get(name);
      failures.delete(name);
      if (failure) throw failure;
    });
    await connect();
    live.send(large("first"));
    live.send(large("second"));
    live.send("third");
    await waitFor(() => expect(arrived()).toEqual(["third"]));
    await waitFor(() => expect(live.state().outbox).toMatchObject([{ refused: "too_large" }, { unanswered: true }]));
    live.retry(live.state().outbox[1]!.clientId);
    await waitFor(() => expect(arrived()).toEqual(["third", "second"]));
  });

  test("after a new connection a large one goes out again, and how its earlier try ends changes nothing", async () => {
    const tries = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let count = 0;
    const { live, connect, arrived, byRest } = await openOrdered(async (name) => {
      if (name === "first") await tries[count++]?.promise;
    });
    const socket = await connect();
    live.send(large("first"));
    live.send("second");
    await waitFor(() => expect(byRest).toHaveLength(1));
    socket.cut();
    live.link.status(socket, "disconnected");
    await connect();
    await waitFor(() => expect(byRest).toHaveLength(2));
    tries[0]!.reject(new AppError("timeout"));
    live.send("elsewhere", coder);
    await waitFor(() => expect(arrived()).toEqual(["elsewhere"]));
    expect(live.state().outbox.map(({ text, unanswered }) => [nameOf({ text }), unanswered])).toEqual([
      ["first", undefined],
      ["second", undefined],
    ]);
    tries[1]!.resolve();
    await waitFor(() => expect(arrived()).toEqual(["elsewhere", "first", "second"]));
  });
});

test("a message that is too large for a frame goes by REST with its place and its files, also where only its JSON is long", async () => {
  const { live, connect, arrived, byRest } = await openOrdered();
  await connect();
  const [task, session] = [newId("tsk", 8), newId("ses", 9)];
  const attachments = [{ agent: newId("agt", 7), name: "0123456789-plan.pdf", bytes: 7 }];
  live.send(large("channel"), { channel, attachments });
  live.send(large("task"), { task });
  live.send(large("session"), { session });
  live.send(`escapes ${"\u001b".repeat(5_000)}`);
  live.send(`short ${"x".repeat(5_000)}`);
  await waitFor(() => expect(arrived()).toHaveLength(5));
  const places = byRest.map(({ clientId: _, text, ...rest }) => [nameOf({ text }), rest]);
  expect(places).toEqual([
    ["channel", { channel, attachments }],
    ["task", { task }],
    ["session", { session }],
    ["escapes", {}],
  ]);
});
