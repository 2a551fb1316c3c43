import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openKey } from "../doubles/identity/token.ts";
import { signWebhook } from "../doubles/identity/webhook.ts";
import { type EdgeUp, freshFolder, startParts } from "../harness/edge-parts.ts";
import { eventually } from "../harness/eventually.ts";
import { limit } from "../harness/suite/limit.ts";
import type { Started } from "../local/process.ts";
import { openSecrets } from "../local/secrets.ts";
import { ask, beside, refusal, sql } from "./client.ts";

/** SPEC 3.1, issue 26.9: the usual token holds no name and no address; API and webhook say them. */
const instance = beside(60);
const folder = freshFolder(instance, "identity-profile");
const api = `http://127.0.0.1:${instance.ports.spare + 9}`;
const canary = "canary-of-an-answer";
let edge: EdgeUp;
let parts: Started[] = [];
const asked: { url: string; authorization: string }[] = [];
let answer: (id: string, response: ServerResponse) => void;
const provider = createServer(({ url = "", headers }, response) => {
  asked.push({ url, authorization: headers.authorization ?? "" });
  answer(decodeURIComponent(url.split("/").at(-1) ?? ""), response);
});
const person = (id: string, name: string, email: string | undefined, updatedAt = 5) => ({
  ...{ id, first_name: name, last_name: null, updated_at: updatedAt },
  ...{ primary_email_address_id: email ? "idn_1" : null, email_addresses: email ? [{ id: "idn_1", email_address: email }] : [] },
});
const say = (status: number, body: unknown) => (_: string, response: ServerResponse) =>
  response.writeHead(status, { "content-type": "application/json" }).end(typeof body === "string" ? body : JSON.stringify(body));
const knows = (name: string, email?: string) => (id: string, response: ServerResponse) => say(200, person(id, name, email))(id, response);

beforeAll(async () => {
  provider.listen(Number(new URL(api).port), "127.0.0.1");
  await once(provider, "listening");
  const nobody = `http://127.0.0.1:${instance.ports.engine}`;
  const others = { rivetUrl: nobody, rivetToken: "nobody-is-there-to-take-it", modelUrl: `${nobody}/v1`, modelKey: "nobody-needs-this" };
  ({ up: edge, parts } = await startParts(instance, folder, others, { CLERK_API_URL: api }));
}, limit(120_000));
afterAll(async () => {
  await Promise.all(parts.map((part) => part.stop()));
  provider.closeAllConnections();
  await new Promise((resolve) => provider.close(resolve));
});

async function token(sub: string, more: object = {}): Promise<string> {
  const key = await openKey(edge.folder);
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now, nbf: now - 10, exp: now + 60 };
  const claims = { azp: edge.publicUrl, sid: "sess_1", v: 2, sts: "active", sub, iss: edge.issuer, ...times, ...more };
  return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: key.kid, typ: "JWT" }).sign(key.privateKey);
}
const call = async (sub: string, more?: object) => (await ask("GET", "/billing", { token: await token(sub, more), edge })).status;
const rows = (sub: string) => sql("select name, email from member where subject = ?", [sub], edge);
const having = (...roles: string[]) => ({ public_metadata: { roles: Object.fromEntries(roles.map((role) => [role, true])) } });
const hosts = async (sub: string, more?: object) => (await ask("GET", "/hosts", { token: await token(sub, more), edge })).status;
const rolesOf = async (sub: string): Promise<unknown> =>
  JSON.parse(String((await sql("select roles from member where subject = ?", [sub], edge))[0]?.roles));
async function tell(type: string, data: object) {
  const raw = JSON.stringify({ type, object: "event", data });
  const { webhookSecret } = await openSecrets(edge.folder);
  return ask("POST", "/webhooks/clerk", { raw, headers: signWebhook(webhookSecret, `msg_${randomUUID()}`, new Date(), raw), edge });
}

describe("who somebody is", { timeout: limit(60_000) }, () => {
  test("is asked at their first call, and at no later one, where the token does not say it", async () => {
    answer = knows("Ada", "ada@example.com");
    expect(await Promise.all(Array.from({ length: 8 }, () => call("user_first")))).toEqual(Array(8).fill(200));
    expect(await rows("user_first")).toEqual([{ name: "Ada", email: "ada@example.com" }]);
    const { identitySecret } = await openSecrets(edge.folder);
    expect(asked[0]).toEqual({ url: "/v1/users/user_first", authorization: `Bearer ${identitySecret}` });
    const before = asked.length;
    expect([await call("user_first"), await call("user_first"), asked.length]).toEqual([200, 200, before]);
  });

  test("is not waited for where the token says it: roles alone are asked for, once, beside the call", async () => {
    answer = (id, response) => say(200, { ...person(id, "Older", "older@example.com"), ...having("operator") })(id, response);
    const token = { name: "Told", email: "told@example.com" };
    expect(await call("user_told", token)).toBe(200);
    await eventually("the role has come", async () => (await hosts("user_told", token)) === 200);
    expect([await rows("user_told"), await rolesOf("user_told")]).toEqual([[token], ["operator"]]);
    expect(asked.filter(({ url }) => url.endsWith("user_told"))).toHaveLength(1);
  });

  test("is not asked again for a person without an address", async () => {
    asked.length = 0;
    answer = knows("By phone");
    expect([await call("user_phone"), await call("user_phone"), asked.length]).toEqual([200, 200, 1]);
    expect(await rows("user_phone")).toEqual([{ name: "By phone", email: "" }]);
  });

  test("nobody is made of a token that outlived its account; who may be new there comes again, and is not signed out", async () => {
    answer = say(404, { errors: [{ code: "resource_not_found" }] });
    expect([await call("user_gone"), await rows("user_gone")]).toEqual([503, []]);
    answer = say(404, "a page of a proxy");
    expect([await call("user_proxied"), await rows("user_proxied")]).toEqual([200, [{ name: "", email: "" }]]);
  });

  test("is taken from a token as far as it is one: what is odd there refuses nobody", async () => {
    answer = say(500, "");
    expect(await call("user_odd", { name: null, email: null })).toBe(200);
    expect(await call("user_long", { name: "n".repeat(500), email: "long@example.com" })).toBe(200);
    expect([await rows("user_odd"), await rows("user_long")]).toEqual([
      [{ name: "", email: "" }],
      [{ name: "n".repeat(200), email: "long@example.com" }],
    ]);
  });

  const silences: [string, typeof answer][] = [
    ["does not answer", () => undefined],
    ["fails", say(500, canary)],
    ["answers with no JSON", say(200, canary)],
    ["tells of another person", say(200, person("user_other", canary, "other@example.com"))],
    ["answers without an end", say(200, `{"id":"${"x".repeat(2_000_000)}`)],
  ];
  test.each(silences)("is not said while the API %s: they come in all the same, and the webhook says it then", async (how, silent) => {
    const id = `user_${how.replaceAll(/\W/g, "_")}`;
    answer = silent;
    expect([await call(id), await rows(id)]).toEqual([200, [{ name: "", email: "" }]]);
    const { email_addresses, ...rest } = person(id, "Created", "created@example.com", Date.now() - 60_000);
    expect((await tell("user.created", { ...rest, email_addresses })).json).toEqual({ taken: true });
    expect(await rows(id)).toEqual([{ name: "Created", email: "created@example.com" }]);
    // The word of its creation that comes late, or again, undoes no later one.
    expect((await tell("user.updated", person(id, "Later", "later@example.com", Date.now()))).json).toEqual({ taken: true });
    expect((await tell("user.created", { ...rest, email_addresses })).json).toEqual({ taken: false });
    expect(await rows(id)).toEqual([{ name: "Later", email: "later@example.com" }]);
  });

  test("is asked once more in a while where it could not be told, beside their calls", async () => {
    answer = say(500, "");
    expect(await call("user_later")).toBe(200);
    answer = knows("Later", "later-asked@example.com");
    const isTold = async () => JSON.stringify(await rows("user_later")).includes("later-asked@example.com");
    await eventually("it is told", async () => (await call("user_later")) === 200 && (await isTold()));
  });

  test("a name alone, or an older token, undoes nothing that the provider has told", async () => {
    answer = knows("Now", "now@example.com");
    expect(await call("user_now")).toBe(200);
    expect(await call("user_now", { name: "By token" })).toBe(200);
    expect(await rows("user_now")).toEqual([{ name: "Now", email: "now@example.com" }]);
    await tell("user.updated", person("user_now", "Newest", "newest@example.com", Date.now() + 5_000));
    expect(await call("user_now", { name: "Old", email: "old@example.com" })).toBe(200);
    expect(await rows("user_now")).toEqual([{ name: "Newest", email: "newest@example.com" }]);
  });

  test("is no operator where the role was taken between the answer and the row, of which no word could tell", async () => {
    const answers = [having("operator"), having()];
    asked.length = 0;
    answer = (id, response) => say(200, { ...person(id, "Fast", "fast@example.com"), ...answers.shift() })(id, response);
    expect([await hosts("user_fast"), asked.length, await rolesOf("user_fast")]).toEqual([403, 2, []]);
    expect(await rows("user_fast")).toEqual([{ name: "Fast", email: "fast@example.com" }]);
  });

  test("is no operator where the provider said so once and could not be asked again; the next word makes them one", async () => {
    const answers = [say(200, { ...person("user_once", "Once", "once@example.com"), ...having("operator") }), say(500, canary)];
    answer = (id, response) => answers.shift()?.(id, response);
    expect([await hosts("user_once"), await rolesOf("user_once")]).toEqual([403, []]);
    await tell("user.updated", { ...person("user_once", "Once", "once@example.com"), ...having("operator") });
    expect(await hosts("user_once")).toBe(200);
  });

  test("loses a role that was taken while no word came through: whoever has one is asked for before what needs it", async () => {
    const columns = "(id, subject, name, email, profile_at, roles, created_at)";
    const values = ["mem_01ARZ3NDEKTSV4RRFFQ69G5FAV", "user_since", "Since", "since@example.com", 1];
    await sql(`insert into member ${columns} values (?, ?, ?, ?, ?, '["operator"]', 1)`, values, edge);
    answer = say(500, "");
    expect(await hosts("user_since")).toBe(200);
    await sql("update member set subject = 'user_unheard' where subject = 'user_since'", [], edge);
    answer = (id, response) => say(200, { ...person(id, "Since", "since@example.com"), ...having() })(id, response);
    expect([await hosts("user_unheard"), await rolesOf("user_unheard")]).toEqual([403, []]);
    expect(asked.filter(({ url }) => url.endsWith("user_unheard"))).toHaveLength(1);
  });

  test("gets a role that was given where no word counted: before the row was there, or to a version that knew none", async () => {
    answer = say(500, "");
    const token = { name: "Given", email: "given@example.com" };
    expect([await call("user_given", token), await rolesOf("user_given")]).toEqual([200, []]);
    answer = (id, response) => say(200, { ...person(id, "Given", "given@example.com"), ...having("support") })(id, response);
    const isGiven = async () => JSON.stringify(await rolesOf("user_given")) === '["support"]';
    await eventually("the role has come", async () => (await call("user_given", token)) === 200 && (await isGiven()));
  });

  test("has no role more by a word of the same time as the one that took it, and one less", async () => {
    answer = knows("Tie", "tie@example.com");
    await call("user_tie");
    const at = Date.now() + 5_000;
    const word = (...roles: string[]) => tell("user.updated", { ...person("user_tie", "Tie", "tie@example.com", at), ...having(...roles) });
    await word("support", "operator");
    expect(await rolesOf("user_tie")).toEqual(["operator", "support"]);
    await word("support");
    expect(await rolesOf("user_tie")).toEqual(["support"]);
    await word("support", "operator");
    expect(await rolesOf("user_tie")).toEqual(["support"]);
  });

  const absences: [string, typeof answer][] = [
    ["fails", say(500, canary)],
    ["refuses the platform's key", say(401, { errors: [{ code: "clerk_key_invalid", message: canary }] })],
    ["breaks off", (_, response) => response.destroy()],
    [
      "takes no change",
      (id, response) => (id === "metadata" ? say(500, canary) : say(200, person(id, "Some", "some@example.com")))(id, response),
    ],
  ];
  test.each(absences)("gets and loses no role of support while the API %s: 503, and nothing is changed", async (how, absent) => {
    const [operator, some] = [`user_op_${how.replaceAll(/\W/g, "_")}`, `user_some_${how.replaceAll(/\W/g, "_")}`];
    answer = (id, response) =>
      say(200, { ...person(id, "Op", `${id}@example.com`), ...(id === operator ? having("operator") : having()) })(id, response);
    expect([await hosts(operator), await call(some)]).toEqual([200, 200]);
    const [member] = await sql("select id from member where subject = ?", [some], edge);
    answer = absent;
    const change = async (method: string) => ask(method, `/support/people/${String(member?.id)}`, { token: await token(operator), edge });
    const refused = await change("PUT");
    expect([refused.status, refusal(refused)]).toEqual([503, expect.objectContaining({ code: "unavailable", retryable: true })]);
    expect(refused.text).not.toContain(canary);
    expect([await rolesOf(some), await sql("select * from support_role", [], edge)]).toEqual([[], []]);
    await tell("user.updated", { ...person(some, "Some", "some@example.com", Date.now()), ...having("support") });
    if (how === "takes no change")
      answer = (id, response) =>
        id === "metadata" ? absent(id, response) : say(200, { ...person(id, "Some", undefined), ...having("support") })(id, response);
    expect([(await change("DELETE")).status, await rolesOf(some)]).toEqual([503, ["support"]]);
  });

  test("no word of an answer is in the log", () => {
    expect(readFileSync(edge.log, "utf8")).not.toContain(canary);
  });
});
