import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renewOut, snapshotShape } from "../../../schema/agent/grow-agent.ts";
import { storedEvent } from "../../../schema/event.ts";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Started } from "../../local/process.ts";
import { engineUp, newMember, outcomeOf, refused, runnerUp, seconds, ticket } from "../running-engine.ts";

let parts: Started[] = [];
let engine: Awaited<ReturnType<typeof engineUp>>;
beforeAll(async () => {
  engine = await engineUp();
  parts = [await runnerUp(engine.endpoint), engine];
});
afterAll(async () => {
  for (const part of parts) await part.stop();
});

const envelope = (input: unknown) => ({ requestId: newId("req"), key: newId("req"), input });
const since = { name: "since", args: [envelope({ seq: 0 })] };
describe("a connection", () => {
  test("of the member's own browser gets a snapshot first and every event after it without asking", async () => {
    const item = await newMember(engine);
    await item.send("before");
    const heard: { name: string; body: unknown }[] = [];
    const began = seconds();
    const connection = item.handle(await item.live()).connect();
    for (const name of ["snapshot", "event", "delta"]) connection.on(name, (body) => heard.push({ name, body }));
    await eventually("a snapshot", async () => heard.length > 0);
    const first = snapshotShape.parse(heard[0]!.body);
    expect(heard[0]!.name).toBe("snapshot");
    expect(first).toMatchObject({ agent: item.agent, channel: item.channel });
    expect(first.ticketEnds).toBeGreaterThanOrEqual(began + 60);
    const { seq } = await item.send("after");
    const events = () => heard.filter((each) => each.name === "event").map((each) => storedEvent.parse(each.body).seq);
    await eventually("the event", async () => events().includes(seq));
    expect(events()).toEqual(Array.from({ length: events().length }, (_, i) => first.lastSeq + 1 + i));
    await connection.dispose();
  });

  test("with another member's ticket is not found, by socket and by call", async () => {
    const [member, other] = [await newMember(engine), await newMember(engine)];
    for (const token of [await other.live(), await other.actor()]) {
      expect((await refused(member.handle(token).action(since))).code).toBe("not_found");
      expect(await outcomeOf(member.handle(token).connect())).toBe("not_found");
    }
  });

  test("with a live ticket for another agent of the same member is not found", async () => {
    const member = await newMember(engine);
    const token = await ticket("live", { member: member.member, agent: newId("agt") });
    expect((await refused(member.handle(token).action(since))).code).toBe("not_found");
  });

  test("without a proper ticket is refused", async () => {
    const member = await newMember(engine);
    const relay = await ticket("relay", { member: member.member, host: newId("hst"), epoch: 1, path: "/x" });
    for (const token of ["", "x".repeat(60), relay, `${(await member.live()).slice(0, -6)}AAAAAA`])
      expect((await refused(member.handle(token).action(since))).code).toBe("unauthenticated");
  });

  test("with an expired ticket is refused with its own code", async () => {
    const member = await newMember(engine);
    const old = await member.live(-60);
    expect((await refused(member.handle(old).action(since))).code).toBe("ticket_expired");
    expect(await outcomeOf(member.handle(old).connect())).toBe("ticket_expired");
  });
});

describe("a sign-in that is over", () => {
  test("opens nothing by socket, call or renewal, at the next runner neither; the member's other browser goes on", async () => {
    const member = await newMember(engine);
    const by = (signIn: string) => ticket("live", { member: member.member, agent: member.agent, entitled: true, signIn });
    const [lost, kept] = [await by("sess_lost"), await by("sess_kept")];
    const other = member.handle(kept).connect();
    await other.action(since);
    const socket = member.handle(lost).connect();
    const closed = new Promise<string>((resolve) => socket.onError(({ code }) => resolve(code)));
    await socket.action(since);
    expect(await member.ask("signInEnd", { signIn: "sess_lost" })).toEqual({ ended: 1 });
    expect(await closed).toBe("unauthenticated"); // the stock client comes again by itself
    await socket.dispose();
    const refusals = async () => [
      await outcomeOf(member.handle(lost).connect()),
      (await refused(member.handle(lost).action(since))).code,
      (await refused(other.action({ name: "renew", args: [envelope({ ticket: lost })] }))).code,
    ];
    expect(await refusals()).toEqual(["unauthenticated", "unauthenticated", "unauthenticated"]);
    expect(await member.ask("signInEnd", { signIn: "sess_lost" })).toEqual({ ended: 0 });

    const [runner] = parts;
    await runner!.stop();
    parts[0] = await runnerUp(engine.endpoint);
    await eventually("the member's actor is back", () => member.ask("snapshot", {}));
    expect(await outcomeOf(member.handle(lost).connect())).toBe("unauthenticated");
    expect(await outcomeOf(member.handle(kept).connect())).toBe("connected");
    await other.dispose();
    expect(await member.ask("signInEnd", {})).toMatchObject({ ended: expect.any(Number) }); // all of them
    expect(await outcomeOf(member.handle(kept).connect())).toBe("unauthenticated");
    expect((await member.ask("snapshot", {})).agent).toBe(member.agent); // the edge's own calls go on
  });
});

describe("an action", () => {
  test("for the edge alone is forbidden with a browser's ticket", async () => {
    const member = await newMember(engine);
    const token = await member.live();
    expect((await refused(member.call("provision", { run: "r", steps: [] }, { ticket: token }))).code).toBe("forbidden");
    const call = { agent: member.agent, tool: "remember", arguments: { kind: "goal", title: "Run", text: "far" } };
    expect((await refused(member.call("tool", call, { ticket: token }))).code).toBe("forbidden");
    expect((await refused(member.call("renew", { ticket: token }))).code).toBe("forbidden");
  });

  test("that asks for work is refused with a ticket of an account that does not allow it; what reads or stops is not", async () => {
    const member = await newMember(engine);
    const lapsed = { ticket: await ticket("actor", { member: member.member, entitled: false }) };
    const call = { agent: member.agent, tool: "remember", arguments: { kind: "goal", title: "Run", text: "far" } };
    expect((await refused(member.call("tool", call, lapsed))).code).toBe("payment_required");
    expect((await refused(member.call("send", { clientId: newId("evt"), text: "hi" }, lapsed))).code).toBe("payment_required");
    await member.call("stop", { scope: "turn" }, lapsed);
    await member.call("tasks", {}, lapsed);
    expect(await member.log()).toEqual([]);
  });

  test("that only the schedule may run is not found for anyone", async () => {
    const member = await newMember(engine);
    for (const name of ["alarm", "expire"] as const) expect((await refused(member.call(name, {}))).code).toBe("not_found");
  });

  test("on an open connection is refused once the ticket has ended, until the ticket is renewed", async () => {
    const member = await newMember(engine);
    const connection = member.handle(await member.live(5)).connect();
    await connection.action(since);
    await eventually(
      "the ticket ends",
      async () => (await refused(connection.action(since)).catch(() => undefined))?.code === "ticket_expired",
    );
    const other = await newMember(engine);
    const renew = (token: string) => connection.action({ name: "renew", args: [envelope({ ticket: token })] });
    expect((await refused(renew(await other.live()))).code).toBe("not_found");
    expect((await refused(renew(await member.live(-60)))).code).toBe("ticket_expired");
    expect((await refused(renew(await member.actor()))).code).toBe("forbidden");
    const began = seconds();
    const { ticketEnds } = renewOut.parse(await renew(await member.live(60)));
    expect(ticketEnds).toBeGreaterThanOrEqual(began + 60);
    await connection.action(since);
    await connection.dispose();
  });
});

test("an open connection whose ticket was not renewed is closed half a minute later, a renewed one stays", async () => {
  const member = await newMember(engine);
  const began = Date.now();
  const connect = async () => {
    const connection = member.handle(await member.live(5)).connect();
    let closedAt = 0;
    connection.onStatusChange((status) => {
      if (status !== "connected" && status !== "connecting") closedAt ||= Date.now();
    });
    await connection.action(since);
    return { connection, closedAt: () => closedAt };
  };
  const [left, renewed] = await Promise.all([connect(), connect()]);
  await renewed.connection.action({ name: "renew", args: [envelope({ ticket: await member.live(300) })] });
  await eventually("the connection is closed", async () => left.closedAt() > 0, 90_000);
  expect(left.closedAt() - began).toBeGreaterThan(33_000);
  expect(renewed.closedAt()).toBe(0);
  await left.connection.dispose();
  await renewed.connection.dispose();
});
