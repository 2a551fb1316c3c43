import { createSign } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { generateKeyPair, SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { meOut } from "../../schema/account/account.ts";
import { openKey } from "../doubles/identity/token.ts";
import { ask, edgeUp, newPerson, operatorToken, refusal, sql } from "./client.ts";

const edge = edgeUp;
const now = () => Math.floor(Date.now() / 1000);
const base = () => ({
  azp: edge.publicUrl,
  sid: "sess_1",
  v: 2,
  sts: "active",
  sub: "user_forged",
  iss: edge.issuer,
  iat: now() - 20, // the provider's list of keys, which is asked for by the first of these, is newer than each
  nbf: now() - 30,
  exp: now() + 60,
});

/** A token of the sign-in page's own key that says what a test wants it to say. */
async function token(changes: Record<string, unknown>): Promise<string> {
  const key = await openKey(edge.folder);
  const claims: Record<string, unknown> = { ...base(), ...changes };
  for (const [name, value] of Object.entries(claims)) if (value === undefined) delete claims[name];
  return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: key.kid, typ: "JWT" }).sign(key.privateKey);
}
/** Rightly signed and with right claims, under another header. */
async function signedAs(header: Record<string, unknown>): Promise<string> {
  const said = `${encoded({ alg: "RS256", typ: "JWT", ...header })}.${encoded(base())}`;
  const pem = readFileSync(path.join(edge.folder, "identity-key.pem"), "utf8");
  return `${said}.${createSign("RSA-SHA256").update(said).sign(pem).toString("base64url")}`;
}
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a session token", () => {
  const refused: [string, () => Promise<string> | string][] = [
    ["that has expired", () => token({ exp: now() - 30, iat: now() - 90 })],
    ["that is not valid yet", () => token({ nbf: now() + 120, iat: now() + 120, exp: now() + 180 })],
    ["for another application", () => token({ azp: "https://elsewhere.example" })],
    ["for no application", () => token({ azp: undefined })],
    ["of another issuer", () => token({ iss: "https://elsewhere.example" })],
    ["of no issuer", () => token({ iss: undefined })],
    ["without a session", () => token({ sid: undefined })],
    ["of a pending session", () => token({ sts: "pending" })],
    ["without a subject", () => token({ sub: undefined })],
    ["without an end", () => token({ exp: undefined })],
    ["whose signature is missing", async () => `${(await token({})).split(".").slice(0, 2).join(".")}.`],
    [
      "whose signature was changed",
      async () => {
        const [head, claims, signature = ""] = (await token({})).split(".");
        return `${head}.${claims}.${[...signature].reverse().join("")}`;
      },
    ],
    ["that is not signed", () => `${encoded({ alg: "none", typ: "JWT" })}.${encoded(base())}.`],
    [
      "signed by a stranger",
      async () => {
        const { privateKey } = await generateKeyPair("RS256");
        const { kid } = await openKey(edge.folder);
        return new SignJWT(base()).setProtectedHeader({ alg: "RS256", kid, typ: "JWT" }).sign(privateKey);
      },
    ],
    [
      "signed with the public key as a shared secret",
      async () => {
        const { publicPem, kid } = await openKey(edge.folder);
        return new SignJWT(base()).setProtectedHeader({ alg: "HS256", kid, typ: "JWT" }).sign(new TextEncoder().encode(publicPem));
      },
    ],
    [
      "whose claims were changed after signing",
      async () => {
        const [head, , signature] = (await token({})).split(".");
        return `${head}.${encoded({ ...base(), sub: "user_other" })}.${signature}`;
      },
    ],
    [
      "signed with a weak hash",
      async () => {
        const { kid } = await openKey(edge.folder);
        const said = `${encoded({ alg: "RS1", kid, typ: "JWT" })}.${encoded(base())}`;
        const pem = readFileSync(path.join(edge.folder, "identity-key.pem"), "utf8");
        return `${said}.${createSign("RSA-SHA1").update(said).sign(pem).toString("base64url")}`;
      },
    ],
    ["that names a key nobody knows", async () => signedAs({ kid: "ins_other" })],
    ["that names no key", async () => signedAs({})],
    ["that asks for an extension nobody knows", async () => signedAs({ kid: (await openKey(edge.folder)).kid, crit: ["b64"], b64: true })],
    [
      "of another kind, by the same key",
      async () => {
        const key = await openKey(edge.folder);
        return new SignJWT(base()).setProtectedHeader({ alg: "RS256", kid: key.kid, typ: "at+jwt" }).sign(key.privateKey);
      },
    ],
    ["that is no token", () => "hello"],
    ["that is an agent's", () => "gqb_x"],
    ["that is empty", () => ""],
    ["that is enormous", () => "a".repeat(9_000)],
  ];
  test.each(refused)("%s is refused", async (_, make) => {
    const answer = await ask("GET", "/me", { headers: { authorization: `Bearer ${await make()}` } });
    expect(answer.status).toBe(401);
    expect(refusal(answer)).toMatchObject({ code: "unauthenticated", retryable: false });
    expect(await sql("select count(*) as n from member where subject in ('user_forged', 'user_other')")).toEqual([{ n: 0 }]);
  });

  test("of the sign-in page makes a member at first sight and finds the same one ever after", async () => {
    const { token, email, subject } = await newPerson();
    const answers = await Promise.all(Array.from({ length: 8 }, async () => ask("GET", "/me", { token: await token() })));
    const views = answers.map((answer) => meOut.parse(answer.json));
    expect(new Set(views.map((view) => view.member.id)).size).toBe(1);
    expect(views[0]).toMatchObject({ member: { email }, roles: ["member"], entitlement: "none", subscription: null, agent: null });
    expect(await sql("select count(*) as n from member where subject = ?", [subject])).toEqual([{ n: 1 }]);
  });

  test("of an operator says so", async () => {
    const me = meOut.parse((await ask("GET", "/me", { token: await operatorToken() })).json);
    expect(me.roles).toEqual(["member", "operator"]);
  });
});
