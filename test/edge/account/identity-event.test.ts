import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { signWebhook } from "../../doubles/identity/webhook.ts";
import { eventually } from "../../harness/eventually.ts";
import { ask, newPerson, refusal, sql, type TestPerson } from "../client.ts";
import { tell, webhookSecret } from "./identity-word.ts";

/** SPEC 3.1, issue 11.1: what Clerk says of people, signed as Svix does. */
const minutes = (count: number) => new Date(Date.now() + count * 60_000);

const updated = (subject: string, name: string, email: string, updatedAt: number) => ({
  type: "user.updated",
  object: "event",
  data: {
    ...{ id: subject, first_name: name, last_name: null, primary_email_address_id: "idn_1", updated_at: updatedAt },
    email_addresses: [{ id: "idn_1", email_address: email }],
  },
});
const deleted = (subject: string) => ({ type: "user.deleted", object: "event", data: { id: subject, object: "user", deleted: true } });
async function newKnown(): Promise<TestPerson> {
  const person = await newPerson();
  await ask("GET", "/me", { token: await person.token() });
  return person;
}
const row = async (subject: string) => (await sql("select name, email, erasing_since from member where subject = ?", [subject]))[0];
const untouched = { erasing_since: null };

describe("a word of the identity provider", () => {
  test("changes name and address of the member, once; the same again and a kind that nothing follows from change nothing", async () => {
    const { subject } = await newKnown();
    const [id, at] = [`msg_${randomUUID()}`, Date.now() + 5_000];
    expect((await tell(updated(subject, "Nina", "nina@example.com", at), { id })).json).toEqual({ taken: true });
    expect(await row(subject)).toMatchObject({ name: "Nina", email: "nina@example.com" });
    expect((await tell(updated(subject, "Nobody", "nobody@example.com", at + 1), { id })).json).toEqual({ taken: false });
    expect((await tell({ type: "session.created", data: { id: "sess_1" } })).json).toEqual({ taken: false });
    expect(await row(subject)).toMatchObject({ name: "Nina", email: "nina@example.com" });
  });

  test("that is older than what is known changes nothing, in whatever order they come; nor does an older token", async () => {
    const person = await newKnown();
    const at = Date.now() + 60_000;
    await tell(updated(person.subject, "Newest", "newest@example.com", at));
    expect((await tell(updated(person.subject, "Older", "older@example.com", at - 1_000))).json).toEqual({ taken: false });
    await ask("GET", "/me", { token: await person.token() });
    expect(await row(person.subject)).toMatchObject({ name: "Newest", email: "newest@example.com" });
  });

  const refused: [string, (subject: string) => ReturnType<typeof tell>][] = [
    ["is old", (subject) => tell(deleted(subject), { at: minutes(-6) })],
    ["is from the future", (subject) => tell(deleted(subject), { at: minutes(6) })],
    ["is signed by a stranger", (subject) => tell(deleted(subject), { secret: `whsec_${Buffer.alloc(24, 7).toString("base64")}` })],
    [
      "was changed on its way",
      (subject) => {
        const headers = signWebhook(webhookSecret, "msg_changed", new Date(), JSON.stringify(deleted("user_other")));
        return ask("POST", "/webhooks/clerk", { raw: JSON.stringify(deleted(subject)), headers });
      },
    ],
    ["is not signed", (subject) => ask("POST", "/webhooks/clerk", { body: deleted(subject) })],
    [
      "carries another word's signature",
      (subject) => {
        const raw = JSON.stringify(deleted(subject));
        const headers = { ...signWebhook(webhookSecret, "msg_one", new Date(), raw), "svix-id": "msg_two" };
        return ask("POST", "/webhooks/clerk", { raw, headers });
      },
    ],
  ];
  test.each(refused)("that %s is refused and changes nothing", async (_, forge) => {
    const { subject } = await newKnown();
    const answer = await forge(subject);
    expect([answer.status, refusal(answer).code]).toEqual([401, "unauthenticated"]);
    expect(await row(subject)).toMatchObject(untouched);
  });

  test("that is signed by two secrets, as while one takes the other's place, is taken by whichever of them is ours", async () => {
    const { subject } = await newKnown();
    const stranger = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
    const orders = [
      [stranger, webhookSecret],
      [webhookSecret, stranger],
    ];
    for (const [at, secrets] of orders.entries()) {
      const [id, raw] = [
        `msg_${randomUUID()}`,
        JSON.stringify(updated(subject, `Nina ${at}`, "nina@example.com", Date.now() + 5_000 + at)),
      ];
      const signed = secrets.map((secret) => signWebhook(secret, id, new Date(), raw));
      const signature = signed.map((headers) => headers["svix-signature"]).join(" ");
      const answer = await ask("POST", "/webhooks/clerk", { raw, headers: { ...signed[0], "svix-signature": signature } });
      expect(answer.json).toEqual({ taken: true });
      expect(await row(subject)).toMatchObject({ name: `Nina ${at}` });
    }
  });

  test("that is no JSON, too long or of another shape is refused or thanked for, and changes nothing", async () => {
    const at = new Date();
    for (const raw of ["", "{", "[]", "null", '"user.deleted"']) {
      const answer = await ask("POST", "/webhooks/clerk", { raw, headers: signWebhook(webhookSecret, `msg_${randomUUID()}`, at, raw) });
      expect(answer.status).toBeLessThan(500);
    }
    const long = JSON.stringify({ type: "user.updated", data: "a".repeat(300_000) });
    const answer = await ask("POST", "/webhooks/clerk", { raw: long, headers: signWebhook(webhookSecret, "msg_long", at, long) });
    expect(answer.status).toBe(413);
    expect((await tell({ type: "user.deleted", data: { id: 7 } })).json).toEqual({ taken: false });
  });

  test("about somebody who was never here makes no member, and one that deletes them lets no token make one", async () => {
    const stranger = await newPerson();
    expect((await tell(updated(stranger.subject, "Who", "who@example.com", Date.now()))).json).toEqual({ taken: false });
    expect(await row(stranger.subject)).toBeUndefined();
    await tell(deleted(stranger.subject));
    const answer = await ask("GET", "/me", { token: await stranger.token() });
    expect([answer.status, refusal(answer).code]).toEqual([410, "erased"]);
    expect(await row(stranger.subject)).toBeUndefined();
  });

  test("that deletes a member erases them, and nothing is taken from them or of them any more", async () => {
    const person = await newKnown();
    const late = await person.token(); // lives on for a minute
    expect((await tell(deleted(person.subject))).json).toEqual({ taken: true });
    expect((await ask("GET", "/me", { token: late })).status).toBe(410);
    await eventually("the rows are gone", async () => ((await row(person.subject)) ? undefined : true));
    expect((await tell(deleted(person.subject))).json).toEqual({ taken: true }); // another word of the same: no harm
    expect((await tell(updated(person.subject, "Back", "back@example.com", Date.now() + 9_000))).json).toEqual({ taken: false });
    expect((await ask("GET", "/me", { token: late })).status).toBe(410);
    expect(await row(person.subject)).toBeUndefined();
  });
});
