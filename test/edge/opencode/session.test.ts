import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { actorView } from "../../../schema/account/account.ts";
import { sendOut, stopOut } from "../../../schema/agent/grow-agent.ts";
import { storedEvent } from "../../../schema/event.ts";
import { sessionOut, sessionSnapshot, sessionsOut } from "../../../schema/opencode/session.ts";
import { newId } from "../../../schema/wire/id.ts";
import { type Ask, ask, newMember, refusal, type TestMember } from "../client.ts";
import { listen, type Said } from "../event/sse-reader.ts";

/** SPEC 4, OpenCode: the workspace and OpenCode's sessions of a member whose machine answers to nobody. */
let member: TestMember;
let stranger: TestMember;
beforeAll(async () => {
  [member, stranger] = [await newMember(), await newMember()];
});
const call = async (method: string, where: string, how: Ask = {}, caller = member) =>
  ask(method, where, { ...how, token: await caller.token() });
const place = (caller = member) => `/opencode/workspaces/${caller.actor.workspaceId}`;
async function make(body: object = {}, headers: Record<string, string> = {}) {
  const answer = await call("POST", `${place()}/sessions`, { body, headers });
  expect(answer.status, answer.text).toBe(201);
  return sessionOut.parse(answer.json).session;
}
async function say(session: string, text: string, clientId: string = crypto.randomUUID()) {
  const answer = await call("POST", `/opencode/sessions/${session}/messages`, { body: { clientId, text } });
  expect(answer.status, answer.text).toBe(202);
  return sendOut.parse(answer.json);
}
const stop = async () => call("POST", `${place()}/stop`, { body: { scope: "turn" } });
const list = async (query = "") => sessionsOut.parse((await call("GET", `${place()}/sessions${query}`)).json);
const workspace = z.object({ workspace: actorView });
const stored = (all: Said[]) => all.filter(({ id }) => id !== undefined).map(({ data }) => storedEvent.parse(data));

describe("the workspace", () => {
  test("is what the registry says of the member's agent, and provisions, starts and stops as that does", async () => {
    const actor = z.object({ actor: actorView }).parse((await call("GET", "/actors/me")).json).actor;
    const got = workspace.parse((await call("GET", place())).json).workspace;
    expect(got).toMatchObject({
      id: actor.id,
      stackId: actor.stackId,
      workspaceId: actor.workspaceId,
      containers: null,
      entitlement: "trialing",
    });
    const provisioned = await call("POST", "/opencode/provision", { body: {} });
    expect([provisioned.status, workspace.parse(provisioned.json).workspace.id]).toEqual([202, actor.id]);
    const started = await call("POST", `${place()}/start`, { body: {} });
    expect([started.status, workspace.parse(started.json).workspace.id]).toEqual([202, actor.id]);
    const stopped = await stop();
    expect([stopped.status, stopOut.parse(stopped.json).scope]).toEqual([200, "turn"]);
    expect((await call("POST", `${place()}/stop`, { body: { scope: "house" } })).status).toBe(400);
  });

  test("of another member and a missing one are not found, whatever is asked of it", async () => {
    for (const id of [stranger.actor.workspaceId, newId("wsp"), "wsp_1"])
      for (const [method, rest, body] of [
        ["GET", "", undefined],
        ["POST", "/start", {}],
        ["POST", "/stop", { scope: "stack" }],
        ["POST", "/sessions", {}],
        ["GET", "/sessions", undefined],
        ["GET", "/logs", undefined],
      ] as const) {
        const answer = await call(method, `/opencode/workspaces/${id}${rest}`, body ? { body } : {});
        expect([answer.status, refusal(answer).code], `${method} ${rest}`).toEqual([404, "not_found"]);
      }
  });
});

describe("a session", () => {
  test("is made once under its key, of the Grow Agent unless another is named, without a machine", async () => {
    const key = { "idempotency-key": crypto.randomUUID() };
    const made = await make({ title: "The menu" }, key);
    expect(await make({ title: "The menu" }, key)).toEqual(made);
    expect(made).toMatchObject({
      title: "The menu",
      opencode: null,
      madeBy: "member",
      current: false,
      archived: false,
      open: 0,
      task: null,
    });
    expect(made.agent).toMatchObject({ id: member.actor.id, channel: member.actor.channel });
    expect((await list()).sessions.filter(({ id }) => id === made.id)).toHaveLength(1);
    expect(sessionOut.parse((await call("GET", `/opencode/sessions/${made.id}`)).json).session).toEqual(made);
    const nobody = await call("POST", `${place()}/sessions`, { body: { agent: newId("agt") } });
    expect([nobody.status, refusal(nobody).code]).toEqual([404, "not_found"]);
    for (const body of [{ title: "" }, { title: "x".repeat(121) }, { colour: "red" }, { agent: "grow" }])
      expect((await call("POST", `${place()}/sessions`, { body })).status).toBe(400);
  });

  test("is renamed, archived and resumed, each once, and its message is refused while it is archived", async () => {
    const { id } = await make({ title: "Old" });
    const where = `/opencode/sessions/${id}`;
    const edit = async (body: object) => sessionOut.parse((await call("PATCH", where, { body })).json).session;
    expect(await edit({ title: "New" })).toMatchObject({ title: "New", archived: false });
    for (let again = 0; again < 2; again++)
      expect(sessionOut.parse((await call("DELETE", where, { body: {} })).json).session).toMatchObject({ title: "New", archived: true });
    expect((await list()).sessions.map((each) => each.id)).not.toContain(id);
    expect((await list("?state=archived")).sessions.map((each) => each.id)).toContain(id);
    const refused = await call("POST", `${where}/messages`, { body: { clientId: crypto.randomUUID(), text: "hi" } });
    expect([refused.status, refusal(refused).message]).toEqual([409, "This session is archived; resume it first."]);
    expect(await edit({ archived: false })).toMatchObject({ archived: false });
    for (const body of [{}, { title: " " }, { archived: "no" }, { state: "gone" }])
      expect((await call("PATCH", where, { body })).status).toBe(400);
    const told = await listen(`${where}/events`, { token: await member.token(), enough: (all) => stored(all).length >= 4 });
    expect(stored(told).map(({ body }) => ("change" in body ? body.change : undefined))).toEqual([
      "made",
      "renamed",
      "archived",
      "resumed",
    ]);
  });

  test("of another member and a missing one are not found, whatever is asked of it", async () => {
    const { id } = await make();
    const text = { clientId: crypto.randomUUID(), text: "hi" };
    for (const session of [id, newId("ses"), "ses_1"])
      for (const [method, rest, body] of [
        ["GET", "", undefined],
        ["PATCH", "", { title: "Mine" }],
        ["DELETE", "", {}],
        ["POST", "/messages", text],
        ["GET", "/events", undefined],
      ] as const) {
        const answer = await call(method, `/opencode/sessions/${session}${rest}`, body ? { body } : {}, stranger);
        expect([answer.status, refusal(answer).code], `${method} ${rest}`).toEqual([404, "not_found"]);
      }
    expect(sessionOut.parse((await call("GET", `/opencode/sessions/${id}`)).json).session.title).toBe("New session");
  });

  test("is listed by pages without a gap, those used last first", async () => {
    const made = [await make({ title: "1" }), await make({ title: "2" }), await make({ title: "3" })].map(({ id }) => id);
    const seen: string[] = [];
    for (let next: string | null = ""; next !== null; ) {
      const page: z.infer<typeof sessionsOut> = await list(`?limit=2&state=all${next ? `&cursor=${next}` : ""}`);
      expect(page.sessions.length).toBeLessThanOrEqual(2);
      seen.push(...page.sessions.map(({ id }) => id));
      next = page.next;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.slice(0, 3)).toEqual(made.reverse());
    expect((await call("GET", `${place()}/sessions?cursor=1-2`)).status).toBe(400);
  });

  test("takes a message once per client id as a turn of its agent, keeps it apart from others, and is not archived meanwhile", async () => {
    const [first, second] = [await make({ title: "One" }), await make({ title: "Two" })];
    const clientId = crypto.randomUUID();
    const taken = await say(first.id, "for one", clientId);
    expect(await say(first.id, "for one", clientId)).toEqual({ ...taken, repeated: true });
    await say(second.id, "for two");
    const archive = await call("DELETE", `/opencode/sessions/${first.id}`, { body: {} });
    expect([archive.status, refusal(archive).code]).toEqual([409, "conflict"]);
    const has = (all: Said[]) => all.some(({ event }) => event === "message.sent");
    const told = stored(await listen(`/opencode/sessions/${first.id}/events`, { token: await member.token(), enough: has }));
    expect(told.every(({ session }) => session === first.id)).toBe(true);
    expect(told.filter(({ kind }) => kind === "message.sent")).toMatchObject([{ body: { text: "for one", sessionId: first.id } }]);
    const whole = stored(
      await listen(`/actors/${member.actor.id}/events`, {
        token: await member.token(),
        enough: (all) => JSON.stringify(all).includes("for two"),
      }),
    );
    expect(whole.find(({ kind, session }) => kind === "message.sent" && session === first.id)).toMatchObject({
      channel: member.actor.channel,
    });
    await stop();
  });
});

test("a reader of a session that comes back with the last id it saw misses nothing and sees nothing twice, while others talk", async () => {
  const { id } = await make({ title: "Followed" });
  const other = await make({ title: "Other" });
  const where = `/opencode/sessions/${id}/events`;
  const token = () => member.token();
  const sentTexts = (all: Said[]) => stored(all).flatMap((event) => (event.kind === "message.sent" ? [event.body.text] : []));
  await say(id, "a");
  await say(other.id, "x");
  const first = await listen(where, { token: await token(), enough: (all) => sentTexts(all).length >= 1 });
  expect(sessionSnapshot.parse(first[0]?.data)).toMatchObject({ session: id });
  await say(id, "b");
  await say(other.id, "y");
  let spoken: Promise<unknown> | undefined;
  const last = stored(first).at(-1)!.seq;
  const second = await listen(where, {
    token: await token(),
    headers: { "last-event-id": String(last) },
    enough: (all) => {
      if (sentTexts(all).includes("b")) spoken ??= say(other.id, "z").then(() => say(id, "c"));
      return sentTexts(all).includes("c");
    },
  });
  await spoken;
  expect([...sentTexts(first), ...sentTexts(second)]).toEqual(["a", "b", "c"]);
  const seqs = [...stored(first), ...stored(second)].map(({ seq }) => seq);
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  const whole = await listen(where, { token: await token(), enough: (all) => sentTexts(all).includes("c") });
  const until = stored(second).at(-1)!.seq;
  expect(stored(whole).flatMap(({ seq }) => (seq <= until ? [seq] : []))).toEqual(seqs);
  for (const bad of ["-1", "x", "1.5"]) expect((await call("GET", `${where}?after=${bad}`)).status).toBe(400);
  await stop();
});
