import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import { readServerSentEvents } from "../../harness/server-sent-events.ts";
import { signIn } from "../../local/identity.ts";
import {
  ask,
  capacity,
  edgeUp,
  eraseAccount,
  liveTicket,
  newMember,
  refusal,
  signed,
  sql,
  type TestMachine,
  type TestMember,
} from "../client.ts";
import { signedOut, tell } from "./identity-word.ts";

/** SPEC 3.1: a sign-in that is taken back ends what its browser has open, and nothing else. */
/** One browser of a member: its own sign-in, and what it holds open. */
type Browser = Pick<TestMember, "actor" | "token"> & { signIn: string };
async function newBrowser({ actor, email }: TestMember): Promise<Browser> {
  const { token, sessionId } = await signIn(edgeUp.identityUrl, email);
  return { actor, token, signIn: sessionId };
}
function connect({ actor }: Browser, ticket: string): WebSocket {
  const query = new URLSearchParams({ "rvt-namespace": "default", "rvt-method": "get", "rvt-key": actor.member });
  const params = `rivet_conn_params.${encodeURIComponent(JSON.stringify({ ticket }))}`;
  return new WebSocket(`${edgeUp.url.replace("http", "ws")}/live/gateway/growAgent/connect?${query}`, [
    "rivet",
    "rivet_encoding.json",
    params,
  ]);
}
/** A live connection once the actor has greeted it, and its end. */
async function openLive(browser: Browser, ticket: string) {
  const socket = connect(browser, ticket);
  const closed = once(socket, "close");
  await once(socket, "message");
  return { socket, closed };
}
/** A stream of events that has begun, and its end. */
async function openEvents({ actor, token }: Browser): Promise<{ closed: Promise<void> }> {
  const headers = { authorization: `Bearer ${await token()}` };
  const response = await fetch(`${edgeUp.url}/actors/${actor.id}/events`, { headers });
  const all = readServerSentEvents(response.body!)[Symbol.asyncIterator]();
  await all.next();
  const readAll = async () => {
    while (!(await all.next()).done);
  };
  return { closed: readAll() };
}
const callLive = ({ actor }: Browser, ticket: string) =>
  ask("POST", `/live/gateway/growAgent/action/snapshot?rvt-namespace=default&rvt-method=get&rvt-key=${actor.member}`, {
    body: { args: [{ requestId: newId("req"), key: randomUUID(), input: {} }] },
    headers: { "x-rivet-conn-params": JSON.stringify({ ticket }), "x-rivet-encoding": "json" },
  });
const host = { id: edgeUp.host!.id, keyPem: edgeUp.host!.keyPem } as Pick<TestMachine, "id" | "keyPem">;
let beats = Date.now();
const beat = () =>
  signed(host, "POST", `/hosts/${host.id}/heartbeat`, { sequence: ++beats, capacity: { ...capacity, stacks: 4_000 }, stacks: [] });
const statusAndCode = (answer: Awaited<ReturnType<typeof ask>>) => [answer.status, answer.status < 400 ? "" : refusal(answer).code];
const waiting = async (id: string) => (await sql("select body, attempts, due_at from identity_event where id = ?", [id]))[0];

describe("a sign-in that is over", () => {
  test.each([["revoked"], ["removed"], ["ended"]])(
    "because it was %s: its connections end, its token and tickets open nothing; the member's other browser goes on",
    async (how) => {
      const member = await newMember();
      const [lost, kept] = [await newBrowser(member), await newBrowser(member)];
      const [{ ticket: lostTicket }, { ticket: keptTicket }] = [await liveTicket(lost), await liveTicket(kept)];
      const [lostToken, live, events] = [await lost.token(), await openLive(lost, lostTicket), await openEvents(lost)];
      const other = await openLive(kept, keptTicket);
      expect(statusAndCode(await callLive(lost, lostTicket))).toEqual([200, ""]);

      await tell(signedOut(lost.signIn, member.subject, how));
      await Promise.all([live.closed, events.closed]);
      for (const path of ["/me", "/account/erasure", `/actors/${member.actor.id}/events`])
        expect(statusAndCode(await ask("GET", path, { token: lostToken })), path).toEqual([401, "unauthenticated"]);
      const again = await ask("POST", `/actors/${member.actor.id}/ticket`, { body: {}, token: lostToken });
      expect(statusAndCode(again)).toEqual([401, "unauthenticated"]);
      expect(statusAndCode(await callLive(lost, lostTicket))).toEqual([401, "unauthenticated"]);
      const refused = connect(lost, lostTicket);
      const [first] = await once(refused, "message");
      expect(String((first as MessageEvent).data)).toContain('"unauthenticated"');
      refused.close();

      expect(other.socket.readyState).toBe(WebSocket.OPEN);
      expect(statusAndCode(await callLive(kept, keptTicket))).toEqual([200, ""]);
      expect((await ask("GET", "/me", { token: await kept.token() })).status).toBe(200);
      other.socket.close();
    },
  );

  test("is known where its person never came, and as long as anything that it was given", async () => {
    const member = await newMember();
    const browser = await newBrowser(member);
    const { ticket } = await liveTicket(browser);
    const stranger = await newBrowser({ ...member, email: `stranger-${randomUUID()}@example.com` });
    expect((await tell(signedOut(stranger.signIn, "user_nobody"))).json).toEqual({ taken: true });
    expect(statusAndCode(await ask("GET", "/me", { token: await stranger.token() }))).toEqual([401, "unauthenticated"]);

    await tell(signedOut(browser.signIn, member.subject));
    const kept = await sql("select until from ended_sign_in where sign_in in (?, ?)", [browser.signIn, stranger.signIn]);
    expect(kept.map(({ until }) => Number(until) > Date.now() + 12 * 3_600_000)).toEqual([true, true]); // longer than a preview's pass
    expect(statusAndCode(await callLive(browser, ticket))).toEqual([401, "unauthenticated"]);
  });

  test("where a part can't be told is told again by the clock, until it is; the word is kept, and its text goes with it", async () => {
    const member = await newMember(); // on a host that nobody reaches
    const browser = await newBrowser(member);
    const id = `msg_${randomUUID()}`;
    const word = signedOut(browser.signIn, member.subject);
    expect((await tell(word, { id })).status).toBe(200);
    expect(await waiting(id)).toMatchObject({ body: expect.stringContaining(browser.signIn) });
    expect(Number((await waiting(id))?.due_at)).toBeGreaterThan(0);
    expect((await tell(word, { id })).json).toEqual({ taken: false });
    await sql("delete from stack where member = ?", [member.actor.member]);
    await eventually("the clock has told it", async () => {
      await beat(); // hosts bring about what is due
      return (await waiting(id))?.body === null;
    });
    expect(await waiting(id)).toMatchObject({ body: null, due_at: null });
  });

  test("shows no reminders in its browser any more where it was taken back; one that ran out by itself goes on", async () => {
    const member = await newMember();
    const kept = (signIn: string) => sql("select name from reminder_device where sign_in = ?", [signIn]);
    const sealed = JSON.stringify({ k: "k1" }); // other tests count by which key all is sealed
    const letShow = (signIn: string) =>
      sql("insert into reminder_device (id, member, name, endpoint, keys, sign_in, created_at) values (?, ?, 'laptop', ?, ?, ?, 1)", [
        ...[newId("dev"), member.actor.member, `https://push.example/${signIn}`, sealed, signIn],
      ]);
    const [lost, over] = [`sess_${randomUUID()}`, `sess_${randomUUID()}`];
    for (const signIn of [lost, over]) await letShow(signIn);
    await tell(signedOut(lost, member.subject));
    await tell(signedOut(over, member.subject, "ended"));
    expect([(await kept(lost)).length, (await kept(over)).length]).toEqual([0, 1]);
  });

  test("long ago, or told in a word that can't be read, is given up, and holds up no other word", async () => {
    const member = await newMember();
    const keep = (id: string, body: string, receivedAt: number, type = "session.revoked") =>
      sql("insert into identity_event (id, type, received_at, body, due_at) values (?, ?, ?, ?, 1)", [id, type, receivedAt, body]);
    const [old, odd, good] = [`msg_${randomUUID()}`, `msg_${randomUUID()}`, `msg_${randomUUID()}`];
    await keep(old, JSON.stringify(signedOut("sess_old", member.subject)), Date.now() - 14 * 3_600_000);
    await keep(odd, "{", Date.now());
    const person = { id: member.subject, first_name: "Kept", email_addresses: [], updated_at: Date.now() + 60_000 };
    await keep(good, JSON.stringify({ type: "user.updated", data: person }), Date.now(), "user.updated");
    await eventually("all three are settled", async () => {
      await beat();
      const rows = await Promise.all([old, odd, good].map(waiting));
      return rows.every((row) => row?.body === null && row.due_at === null);
    });
    expect((await sql("select name from member where id = ?", [member.actor.member]))[0]).toMatchObject({ name: "Kept" });
    expect(await sql("select sign_in from ended_sign_in where sign_in = 'sess_old'")).toEqual([]);
  });

  test("of an account that is being erased is any: what is open ends before anything is gone", async () => {
    const member = await newMember();
    const browser = await newBrowser(member);
    const { ticket } = await liveTicket(browser);
    const [live, events] = [await openLive(browser, ticket), await openEvents(browser)];
    const answer = await eraseAccount(await browser.token());
    expect(answer.status).toBe(202);
    await Promise.all([live.closed, events.closed]);
    // Its host has not said that the stack is gone: the actor is there still, and lets nobody in.
    expect(statusAndCode(await callLive(browser, ticket))).toEqual([401, "unauthenticated"]);
  });
});
