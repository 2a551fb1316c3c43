import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InputOf } from "../../../schema/actions.ts";
import { newId } from "../../../schema/wire/id.ts";
import { limits } from "../../../schema/wire/limits.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Refused } from "../../harness/rivet-client.ts";
import type { Started } from "../../local/process.ts";
import { engineUp, newMember, refused, runnerUp } from "../running-engine.ts";

let parts: Started[] = [];
let engine: Awaited<ReturnType<typeof engineUp>>;
beforeAll(async () => {
  engine = await engineUp();
  parts = [await runnerUp(engine.endpoint), engine];
});
afterAll(async () => {
  for (const part of parts) await part.stop();
});

/** The engine gives up a route after two seconds on any machine: nothing has begun, and it is asked again. */
async function routed<T>(call: () => Promise<T>): Promise<T> {
  const end = await eventually("a route", () =>
    call().then(
      (answer) => ({ answer }),
      (error: Refused) => (error.code === "route_subscribe_timeout" ? undefined : { error }),
    ),
  );
  if ("error" in end) throw end.error;
  return end.answer;
}

describe("the log", () => {
  test("parallel messages give a sequence without gaps, each message once", async () => {
    const member = await newMember(engine);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => member.send(`message ${i}`)));
    const log = await member.log();
    expect(log.map((event) => event.seq)).toEqual(Array.from({ length: log.length }, (_, i) => i + 1));
    const sent = log.flatMap((event) => (event.kind === "message.sent" ? [event] : []));
    expect(new Set(sent.map((event) => event.body.messageId))).toEqual(new Set(answers.map((answer) => answer.messageId)));
    expect(sent).toHaveLength(20);
    for (const answer of answers) expect(sent.find((event) => event.seq === answer.seq)?.body.messageId).toBe(answer.messageId);
  });

  test("300 calls at once are all answered: no crowd is more than Rivet Kit lets wait for a database", async () => {
    const member = await newMember(engine);
    const sent = Array.from({ length: 20 }, (_, i) => [`message ${i}`, newId("evt")] as const);
    await Promise.all([
      ...sent.map(([text, clientId]) => routed(() => member.send(text, clientId))),
      ...Array.from({ length: 280 }, () => routed(() => member.ask("snapshot", {}))),
    ]);
    expect((await member.log()).filter((event) => event.kind === "message.sent")).toHaveLength(20);
  });

  test("the same client id gets the first answer and no second message", async () => {
    const member = await newMember(engine);
    const clientId = newId("evt");
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => member.send("hello", clientId)));
    const again = await member.send("hello", clientId);
    await expect(member.send("another text", clientId)).rejects.toMatchObject({ code: "idempotency_mismatch" });
    for (const answer of [...others, again]) expect(answer.messageId).toBe(first!.messageId);
    expect(again.repeated).toBe(true);
    expect((await member.log()).filter((event) => event.kind === "message.sent")).toHaveLength(1);
  });

  test("a replay begins after any sequence and ends at the last; before goes the other way", async () => {
    const member = await newMember(engine);
    for (let i = 0; i < 6; i++) await member.send(`message ${i}`);
    const all = await member.log();
    const middle = all[Math.floor(all.length / 2)]!.seq;
    expect((await member.log(middle)).map((event) => event.seq)[0]).toBe(middle + 1);
    const page = await member.ask("since", { seq: 2, limit: 3 });
    expect(page.events.map((event) => event.seq)).toEqual([3, 4, 5]);
    const older = await member.ask("before", { seq: 5, limit: 3 });
    expect(older.events.map((event) => event.seq)).toEqual([2, 3, 4]);
    expect(older.first).toBe(1);
  });

  test("a page of long messages is cut to what one answer can carry and goes on where it ended", async () => {
    const member = await newMember(engine);
    for (let i = 0; i < 20; i++) await member.send("ä".repeat(limits.messageText));
    const page = await member.ask("since", { seq: 0 });
    expect(page.events.at(-1)!.seq).toBeLessThan(page.last);
    const log = await member.log();
    expect(log.filter((event) => event.kind === "message.sent")).toHaveLength(20);
    expect(log.map((event) => event.seq)).toEqual(Array.from({ length: log.length }, (_, i) => i + 1));
  });
});

describe("bad input", () => {
  test.each([
    ["a message over the limit", "send", { clientId: "abcdefgh", text: "x".repeat(limits.messageText + 1) }, "text"],
    ["a message of blanks", "send", { clientId: "abcdefgh", text: "  \n " }, "text"],
    ["a client id with separators", "send", { clientId: "abc,defgh/..", text: "x" }, "clientId"],
    ["an unknown field", "send", { clientId: "abcdefgh", text: "x", admin: true }, ""],
    ["a wrong scope", "stop", { scope: "everything" }, "scope"],
    ["a path that climbs", "file", { repo: "growqr/memory", ref: "main", path: "../secret" }, "path"],
  ] as const)("%s is invalid, says where, and changes nothing", async (_, action, input, where) => {
    const member = await newMember(engine);
    const answer = await refused(member.call(action, input));
    expect(answer.code).toBe("invalid");
    expect(answer.metadata?.requestId).toMatch(/^req_/);
    expect(answer.metadata?.issues?.[0]?.path).toBe(where);
    expect(await member.log()).toEqual([]);
  });

  test("a channel that is not this agent's is not found", async () => {
    const member = await newMember(engine);
    expect((await refused(member.call("send", { clientId: "abcdefgh", text: "x", channel: newId("chn") }))).code).toBe("not_found");
    expect((await member.ask("snapshot", {})).lastSeq).toBe(0);
  });

  test("a tool call in another agent's name is not found; one with wrong arguments goes back with its reasons and does nothing", async () => {
    const member = await newMember(engine);
    const call = { tool: "open_project", arguments: { name: "hello" } } as const;
    expect((await refused(member.call("tool", { ...call, agent: newId("agt") }))).code).toBe("not_found");
    const wrong = { ...call, agent: member.agent, arguments: { name: "No Good" } };
    const answer = await member.ask("tool", wrong);
    expect(answer).toMatchObject({ ok: false, text: expect.stringMatching(/name: lower-case[\s\S]*call it once more/) });
    expect((await member.log()).map((event) => event.kind)).toEqual(["tool.refused"]);
  });
});

describe("commands", () => {
  test("two provisions at once are one run; the edge's steps stand in the log with their own times", async () => {
    const member = await newMember(engine);
    const at = Date.now() - 5_000;
    const order = (): InputOf<"provision"> => ({
      run: newId("req"),
      steps: [
        { step: "entitlement", at, ms: 3 },
        { step: "placement", at: at + 3, ms: 4 },
      ],
    });
    const [a, b] = await Promise.all([member.ask("provision", order()), member.ask("provision", order())]);
    const log = await member.log();
    // There is no machine here, and no plan: where the first run has failed, or was stopped by the account,
    // before the second call came, that one begins anew.
    const ended = log.find((event) => event.kind === "stack.state" && (event.body.tier === "stopped" || event.body.observed === "failed"));
    if (a.run !== b.run) return expect(ended?.seq).toBeLessThan(Math.max(a.seq, b.seq));
    const steps = log.flatMap((event) => (event.kind === "provision.step" && event.body.state === "done" ? [event] : []));
    expect(steps.map((event) => [event.at, event.body.step, event.body.run])).toEqual([
      [at, "entitlement", a.run],
      [at + 3, "placement", a.run],
    ]);
  });

  test("a start that arrives twice under one key is one start", async () => {
    const member = await newMember(engine);
    const first = await member.ask("start", {}, { key: "start-1" });
    const again = await member.ask("start", {}, { key: "start-1" });
    expect(again).toEqual(first);
  });

  test("a stop ends every message that waits and says so; its late twin does not touch a later message", async () => {
    const member = await newMember(engine);
    const sent = await Promise.all(["a", "b", "c"].map((text) => member.send(text)));
    const answer = await member.ask("stop", { scope: "turn" }, { key: "stop-1" });
    const log = await member.log();
    for (const { turnId } of sent) {
      const states = log.flatMap((event) => (event.kind === "turn.state" && event.body.turnId === turnId ? [event.body.state] : []));
      expect(["stopped", "failed"]).toContain(states.at(-1)); // one may have failed before the stop came: there is no host
      expect(states.filter((state) => state === "stopped" || state === "failed")).toHaveLength(1);
    }
    const later = await member.send("d");
    const late = await member.ask("stop", { scope: "turn" }, { key: "stop-1" });
    expect(late.stopped).toBe(answer.stopped);
    const states = (await member.log()).flatMap((event) =>
      event.kind === "turn.state" && event.body.turnId === later.turnId ? [event.body.state] : [],
    );
    expect(states).not.toContain("stopped");
  });

  test("a message that no stack can work on fails with its reason instead of hanging", async () => {
    const member = await newMember(engine); // the edge knows no stack of this member
    const { turnId } = await member.send("hello");
    const end = await eventually("the turn ends", async () =>
      (await member.log()).find((event) => event.kind === "turn.state" && event.body.turnId === turnId && event.body.state === "failed"),
    );
    expect(end.body).toMatchObject({ reason: expect.stringMatching(/\w/) });
    const notices = (await member.log()).filter((event) => event.kind === "notice");
    expect(notices.length).toBeGreaterThan(0);
    expect((await member.ask("snapshot", {})).turn).toBeNull();
  });
});
