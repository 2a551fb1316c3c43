import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { forgetSession } from "../../../actors/agent/agent.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { OpenCode } from "../../../actors/opencode/opencode.ts";
import { openTurnSession } from "../../../actors/opencode/session-open.ts";
import { beginPrompt } from "../../../actors/turn/turn.ts";
import { requireModelTime } from "../../../actors/turn/turn-room.ts";
import { findTurn } from "../../../actors/turn/turn-row.ts";
import { agentTable } from "../../../schema/agent/agent.table.ts";
import { opencodeSessionTable } from "../../../schema/opencode/session.table.ts";
import { newId } from "../../../schema/wire/id.ts";
import { startActor, type TestActor } from "../../harness/actor-fixture.ts";
import type { HostReply } from "../../harness/actor-world.ts";
import { ownFolder } from "../../harness/fixtures.ts";

/** OpenCode's sessions as the actor keeps them, beside an OpenCode that knows the ids in `there`. */
const folder = ownFolder();
let actor: TestActor;
let there: Map<string, string>;
function answer(call: { method: string; path: string; body?: unknown }): HostReply | undefined {
  const id = /\/opencode\/session\/(ses_\w+)/.exec(call.path)?.[1];
  if (call.method === "POST" && /\/opencode\/session\?/.test(call.path)) {
    const made = `ses_opencode${there.size + 1}`;
    there.set(made, JSON.parse(String(call.body)).title);
    return { status: 200, body: { id: made, time: { created: 1 } } };
  }
  if (id === undefined || !there.has(id)) return id === undefined ? undefined : { status: 404, body: {} };
  if (call.path.includes("/message")) return { status: 200, body: [] };
  if (call.method === "PATCH") there.set(id, JSON.parse(String(call.body)).title);
  return { status: 200, body: { id, time: { created: 1 } } };
}
beforeEach(async () => {
  there = new Map();
  actor = await startActor(folder, { host: answer, runs: ["session"] });
});
afterEach(() => actor.close());

const agent = async () =>
  (
    await actor.db
      .select()
      .from(agentTable)
      .where(eq(agentTable.id, actor.grow as never))
  )[0]!;
const make = async (title: string) => (await actor.act("sessionCreate", { title })).session;
const view = async (sessionId: Awaited<ReturnType<typeof make>>["id"]) => (await actor.act("session", { sessionId })).session;
const say = async (text: string, session?: Awaited<ReturnType<typeof make>>["id"]) =>
  (await actor.act("send", { clientId: newId("req"), text, ...(session ? { session } : {}) })).turnId;
/** The turn begins as it does in a runner, with the session that it was sent to. */
async function begin(turnId: Awaited<ReturnType<typeof say>>) {
  const row = (await findTurn(actor.db, turnId))!;
  const opened = await openTurnSession(actor.self, await agent(), row, newId("req"));
  return { opened, row };
}

describe("a session that the member made", () => {
  test("is made at OpenCode with its first message, once, under its title, and leaves the agent's own as it is", async () => {
    there.set("ses_own", "Ada");
    await actor.db.update(agentTable).set({ session: "ses_own", directory: "/d" });
    const session = await make("The menu");
    const first = await say("one", session.id);
    expect((await begin(first)).opened.session).toBe("ses_opencode2");
    expect((await begin(first)).opened.session).toBe("ses_opencode2");
    expect(there.get("ses_opencode2")).toBe("The menu");
    expect(await agent()).toMatchObject({ session: "ses_own" });
    expect(await view(session.id)).toMatchObject({ opencode: "ses_opencode2", open: 1, current: false });
  });

  test("that OpenCode has lost goes on in a new one that is told what was said last in it, and nothing of others", async () => {
    const session = await make("The menu");
    const first = await say("The soup is green", session.id);
    await begin(first);
    await say("something else");
    there.clear();
    there.set("ses_filler", "");
    const second = await say("go on", session.id);
    expect((await begin(second)).opened.session).toBe("ses_opencode2");
    const [row] = await actor.db.select().from(opencodeSessionTable).where(eq(opencodeSessionTable.id, session.id));
    expect(row?.recap).toContain("The soup is green");
    expect(row?.recap).not.toContain("something else");
  });

  test("leaves no word of the plan's model time, which would keep the Grow Agent from all that comes after", async () => {
    const session = async () => ({ spent: {}, modelTime: false });
    await actor.close();
    actor = await startActor(folder, { host: answer, runs: ["session"], edge: { session } });
    const { opened, row } = await begin(await say("one", (await make("The menu")).id));
    expect(opened.session).toBe("ses_opencode1");
    expect([...actor.self.vars.withoutModelTime]).toEqual([]);
    expect(requireModelTime(actor.self, opened, row)).toBe(opened);
  });

  test("has its new title told to OpenCode at once where the agent's server runs, else before the next turn", async () => {
    const session = await make("Old");
    await begin(await say("one", session.id));
    const { opencode } = await view(session.id);
    await actor.act("sessionEdit", { sessionId: session.id, title: "New" });
    await actor.settle();
    expect(there.get(opencode!)).toBe("New");
    actor.self.vars.attached.clear();
    await actor.act("sessionEdit", { sessionId: session.id, title: "Newer" });
    await actor.settle();
    expect(there.get(opencode!)).toBe("New");
    await begin(await say("two", session.id));
    expect(there.get(opencode!)).toBe("Newer");
  });
});

describe("the session that an agent works in", () => {
  test("is there from its first message on; archived, it is in use again with the next", async () => {
    await say("hello");
    const [current] = (await actor.act("sessions", {})).sessions;
    expect(current).toMatchObject({ current: true, madeBy: "agent", title: "Ada", open: 1 });
    const refused = actor.act("sessionEdit", { sessionId: current!.id, archived: true });
    await expect(refused).rejects.toMatchObject({ code: "conflict" });
    await actor.runTurn(actor.grow as never, { to: "done" });
    await actor.act("sessionEdit", { sessionId: current!.id, archived: true });
    expect((await actor.act("sessions", {})).sessions).toEqual([]);
    await say("again");
    expect(await view(current!.id)).toMatchObject({ archived: false, open: 1 });
  });

  test("takes a message that waited while its agent began another, with its words; one that named its session stays there", async () => {
    const before = (await actor.act("sessions", {})).sessions.length;
    const waited = await say("where am I");
    const [old] = (await actor.act("sessions", {})).sessions;
    const named = await say("I stay", old!.id);
    await record(actor.self, newId("req"), ({ db }) => forgetSession(db, actor.grow as never));
    there.set("ses_fresh", "");
    await actor.db.update(agentTable).set({ session: "ses_fresh", directory: "/d" });
    const { row, opened } = await begin(waited);
    await beginPrompt(actor.self, opened, row, new OpenCode(actor.self.vars.stack, opened.id, "/d", newId("req")), newId("req"));
    const sessions = (await actor.act("sessions", {})).sessions;
    expect(sessions).toHaveLength(before + 2);
    const now = sessions.find(({ current }) => current)!;
    expect(await findTurn(actor.db, waited)).toMatchObject({ sessionId: now.id, session: "ses_fresh" });
    expect(await actor.events("session.turn")).toEqual([{ sessionId: now.id, turnId: waited, text: "where am I" }]);
    expect((await actor.act("sessionEvents", { sessionId: now.id })).events.map(({ kind }) => kind)).toEqual([
      "session.turn",
      "turn.state",
    ]);
    expect(await findTurn(actor.db, named)).toMatchObject({ sessionId: old!.id, sessionNamed: true });
  });

  test("of an agent of before this version is the one that it had at OpenCode", async () => {
    await actor.db.update(agentTable).set({ session: "ses_before" });
    await say("hello");
    expect((await actor.act("sessions", {})).sessions).toMatchObject([{ opencode: "ses_before", current: true }]);
  });
});
