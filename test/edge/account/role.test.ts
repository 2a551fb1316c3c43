import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { meOut } from "../../../schema/account/account.ts";
import { supportersOut } from "../../../schema/account/support.ts";
import { openKey } from "../../doubles/identity/token.ts";
import { eventually } from "../../harness/eventually.ts";
import { openSecrets } from "../../local/secrets.ts";
import { ask, edgeUp, newPerson, operatorToken, sql, type TestPerson } from "../client.ts";
import { tell } from "./identity-word.ts";

/** SPEC 3.5: roles come from what the identity provider keeps of people, from nothing that a browser says. */
const { identitySecret } = await openSecrets(edgeUp.folder);
const me = async (person: TestPerson) => meOut.parse((await ask("GET", "/me", { token: await person.token() })).json);
const rolesOf = async (person: TestPerson) => (await me(person)).roles.slice(1);
const hosts = async (person: TestPerson) => (await ask("GET", "/hosts", { token: await person.token() })).status;

/** What Clerk says of a person; the rest of their metadata is not for the edge. */
const word = ({ subject, email }: TestPerson, updatedAt: number, more: object, type = "user.updated") => ({
  ...{ type, object: "event" },
  data: {
    ...{ id: subject, first_name: "Role", last_name: null, primary_email_address_id: "idn_1", updated_at: updatedAt },
    email_addresses: [{ id: "idn_1", email_address: email }],
    ...more,
  },
});
const rolesAs = (...roles: string[]) => Object.fromEntries(roles.map((role) => [role, true]));
const having = (...roles: string[]) => ({ public_metadata: { roles: rolesAs(...roles), theme: "dark" }, unsafe_metadata: {} });
async function newKnown(): Promise<TestPerson> {
  const person = await newPerson();
  expect(await rolesOf(person)).toEqual([]);
  return person;
}

/** Clerk's Backend API, as a dashboard or another program of the platform's uses it. */
async function platform(method: string, where: string, body?: object): Promise<{ status: number; json: unknown }> {
  const headers = { authorization: `Bearer ${identitySecret}`, "content-type": "application/json" };
  const answer = await fetch(`${edgeUp.identityUrl}/v1${where}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  return { status: answer.status, json: await answer.json() };
}
const keptMetadata = z.object({ public_metadata: z.unknown(), unsafe_metadata: z.unknown() });
const metadataOf = async ({ subject }: TestPerson) => keptMetadata.parse((await platform("GET", `/users/${subject}`)).json);

describe("a role", () => {
  test("holds from the call after the provider's word on, and is gone from the call after the next word on", async () => {
    const person = await newKnown();
    const at = Date.now() + 10_000;
    expect(await hosts(person)).toBe(403);
    await tell(word(person, at, having("operator")));
    expect([await rolesOf(person), await hosts(person)]).toEqual([["operator"], 200]);
    await tell(word(person, at + 1, having("support")));
    expect([await rolesOf(person), await hosts(person)]).toEqual([["support"], 403]);
    await tell(word(person, at + 2, having()));
    expect([await rolesOf(person), await hosts(person)]).toEqual([[], 403]);
  });

  test("that was taken comes back by no older word, in whatever order words come, nor again by their retries", async () => {
    const person = await newKnown();
    const at = Date.now() + 10_000;
    await tell(word(person, at, having()));
    for (const type of ["user.updated", "user.created"]) await tell(word(person, at - 1, having("operator", "support"), type));
    expect(await rolesOf(person)).toEqual([]);
    await tell(word(person, at + 5, having("operator")), { id: `msg_${person.subject}` });
    await tell(word(person, at + 6, having()));
    await tell(word(person, at + 5, having("operator")), { id: `msg_${person.subject}` });
    expect(await rolesOf(person)).toEqual([]);
  });

  test("is taken by a word that is older than the name that a token says", async () => {
    const person = await newKnown();
    const at = Date.now();
    await tell(word(person, at + 1, having("operator")));
    await sql("update member set profile_at = ? where subject = ?", [at + 60_000, person.subject]);
    await tell(word(person, at + 2, having()));
    expect(await rolesOf(person)).toEqual([]);
  });

  const malformed: [string, object][] = [
    ["a text", { public_metadata: { roles: "operator" } }],
    ["a list", { public_metadata: { roles: ["operator"] } }],
    ["another shape", { public_metadata: ["operator"] }],
    ["nothing", { public_metadata: null }],
    ["roles that there are not", having("admin", "OPERATOR")],
  ];
  test.each(malformed)("is none where the metadata is %s, and the word's name counts all the same", async (_, metadata) => {
    const person = await newKnown();
    const at = Date.now() + 10_000;
    await tell(word(person, at, having("operator")));
    expect((await tell(word(person, at + 1, { first_name: "Odd", ...metadata }))).json).toEqual({ taken: true });
    const { roles, member } = await me(person);
    expect([roles, member.name]).toEqual([["member"], "Odd"]);
  });

  test("stays where a word says nothing of metadata, as one that an older version kept", async () => {
    const person = await newKnown();
    const at = Date.now() + 10_000;
    await tell(word(person, at, having("support")));
    await tell(word(person, at + 1, { first_name: "Later" }));
    expect(await me(person)).toMatchObject({ roles: ["member", "support"], member: { name: "Later" } });
  });

  test("that somebody has at the provider before they ever came holds at their first call", async () => {
    const person = await newPerson();
    await platform("PATCH", `/users/${person.subject}/metadata`, { public_metadata: { roles: rolesAs("operator") } });
    expect([await hosts(person), await rolesOf(person)]).toEqual([200, ["operator"]]);
  });

  test("is told by the provider itself, as it is given and as it is taken", async () => {
    const person = await newKnown();
    const tells = async (isGiven: true | null, roles: string[]) => {
      const change = { roles: { operator: isGiven, support: isGiven } };
      await platform("PATCH", `/users/${person.subject}/metadata`, { public_metadata: change });
      await eventually(`the roles are ${roles}`, async () => JSON.stringify(await rolesOf(person)) === JSON.stringify(roles));
    };
    await tells(true, ["operator", "support"]);
    await tells(null, []);
  });

  test("is none of a person who is being erased, and no word gives them one", async () => {
    const person = await newKnown();
    const at = Date.now() + 10_000;
    await tell(word(person, at, having("operator")));
    expect(await hosts(person)).toBe(200);
    const { id } = (await me(person)).member;
    await tell({ type: "user.deleted", object: "event", data: { id: person.subject, object: "user", deleted: true } });
    await tell(word(person, at + 1, having("operator")));
    expect(await hosts(person)).toBe(410);
    expect(await sql("select roles from member where id = ?", [id])).toEqual([{ roles: "[]" }]);
  });
});

describe("a browser gives itself no role", () => {
  /** Clerk's Frontend API with the person's own session, as their browser has it. */
  async function changeSelf(email: string, form: Record<string, string>) {
    const signedIn = await fetch(`${edgeUp.identityUrl}/v1/dev/sign-in`, { method: "POST", body: JSON.stringify({ email }) });
    const { token } = z.object({ token: z.string() }).parse(await signedIn.json());
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/x-www-form-urlencoded" };
    return fetch(`${edgeUp.identityUrl}/v1/me?_method=PATCH`, { method: "POST", headers, body: new URLSearchParams(form) });
  }

  test("by the metadata that it can write, nor by what it can't", async () => {
    const person = await newKnown();
    const given = rolesAs("operator", "support");
    const roles = JSON.stringify({ roles: given, public_metadata: { roles: given } });
    expect((await changeSelf(person.email, { unsafe_metadata: roles, first_name: "Selfmade" })).status).toBe(200);
    await eventually("the word has come", async () => (await me(person)).member.name.startsWith("Selfmade"));
    for (const field of ["public_metadata", "private_metadata", "roles"])
      expect((await changeSelf(person.email, { [field]: roles })).status, field).toBe(422);
    expect(await metadataOf(person)).toEqual({ public_metadata: {}, unsafe_metadata: JSON.parse(roles) });
    expect([await rolesOf(person), await hosts(person)]).toEqual([[], 403]);
    const fresh = await newPerson(); // one whose first call asks the provider
    await changeSelf(fresh.email, { unsafe_metadata: roles });
    expect([await rolesOf(fresh), await hosts(fresh)]).toEqual([[], 403]);
  });

  test("by what its token says besides, though the provider has signed it", async () => {
    const key = await openKey(edgeUp.folder);
    const person = await newKnown();
    const now = Math.floor(Date.now() / 1_000);
    const times = { iat: now, nbf: now - 10, exp: now + 60 };
    const roles = rolesAs("operator", "support");
    const claims = {
      ...{ roles, role: "operator", operator: true, metadata: { roles }, public_metadata: { roles }, publicMetadata: { roles } },
      ...{ unsafe_metadata: { roles }, org_role: "org:admin", name: "Token", email: person.email },
    };
    for (const sub of [person.subject, "user_only_by_token"]) {
      const said = { azp: edgeUp.publicUrl, sid: person.signIn, v: 2, sts: "active", sub, iss: edgeUp.issuer, ...times, ...claims };
      const token = await new SignJWT(said).setProtectedHeader({ alg: "RS256", kid: key.kid, typ: "JWT" }).sign(key.privateKey);
      expect(meOut.parse((await ask("GET", "/me", { token })).json).roles, sub).toEqual(["member"]);
      for (const where of ["/hosts", "/support/people", "/platform/sealing"]) expect((await ask("GET", where, { token })).status).toBe(403);
    }
  });

  test("by what it says to the API beside its token", async () => {
    const person = await newKnown();
    const token = await person.token();
    for (const headers of [{ "x-role": "operator" }, { "x-growqr-roles": "operator" }, { cookie: "roles=operator" }])
      expect((await ask("GET", "/hosts?roles=operator", { token, headers })).status).toBe(403);
    const { id } = (await me(person)).member;
    expect((await ask("PUT", `/support/people/${id}`, { token, body: { roles: rolesAs("operator") } })).status).toBe(403);
    expect(await metadataOf(person)).toEqual({ public_metadata: {}, unsafe_metadata: {} });
  });
});

describe("the role of support, given by an operator", () => {
  const people = async (method: "GET" | "PUT" | "DELETE", id = "") => {
    const answer = await ask(method, `/support/people${id && `/${id}`}`, { token: await operatorToken() });
    return supportersOut.parse(answer.json).people;
  };

  test("is kept at the provider, whose other metadata stays, and by its own word it is taken", async () => {
    const person = await newKnown();
    const { id } = (await me(person)).member;
    const before = { public_metadata: { roles: rolesAs("editor"), theme: "dark" }, unsafe_metadata: { x: 1 } };
    await platform("PATCH", `/users/${person.subject}/metadata`, before);
    for (let times = 0; times < 2; times++)
      expect((await people("PUT", id)).find((each) => each.id === id)).toMatchObject({ givenBy: expect.stringMatching(/^mem_/) });
    expect(await metadataOf(person)).toEqual({ ...before, public_metadata: { roles: rolesAs("editor", "support"), theme: "dark" } });
    await platform("PATCH", `/users/${person.subject}/metadata`, { public_metadata: { roles: { editor: null } } });
    expect((await me(person)).roles).toContain("support");
    await platform("PATCH", `/users/${person.subject}/metadata`, { public_metadata: { roles: { support: null } } });
    await eventually("it is taken", async () => (await rolesOf(person)).length === 0);
    expect((await people("GET")).map((each) => each.id)).not.toContain(id);
  });

  test("takes no other role back that is being taken at the same time", async () => {
    const person = await newKnown();
    const { id } = (await me(person)).member;
    await platform("PATCH", `/users/${person.subject}/metadata`, { public_metadata: { roles: rolesAs("operator") } });
    const taken = platform("PATCH", `/users/${person.subject}/metadata`, { public_metadata: { roles: { operator: null } } });
    await Promise.all([taken, people("PUT", id)]);
    expect((await metadataOf(person)).public_metadata).toEqual({ roles: rolesAs("support") });
    await eventually("support alone is left", async () => String(await rolesOf(person)) === "support");
  });

  test("is taken here too of a person whom the provider does not know any more", async () => {
    const person = await newKnown();
    const { id } = (await me(person)).member;
    await people("PUT", id);
    await sql("update member set subject = ? where id = ?", [`user_left_${id}`, id]);
    expect((await people("DELETE", id)).map((each) => each.id)).not.toContain(id);
    expect(await sql("select roles from member where id = ?", [id])).toEqual([{ roles: "[]" }]);
  });

  test("names who gave it as long as that is so: given at the provider later, nobody here did", async () => {
    const person = await newKnown();
    const { id } = (await me(person)).member;
    await people("PUT", id);
    for (let times = 0; times < 2; times++) expect((await people("DELETE", id)).map((each) => each.id)).not.toContain(id);
    expect((await metadataOf(person)).public_metadata).toEqual({ roles: {} });
    await tell(word(person, Date.now() + 10_000, having("support")));
    expect((await people("GET")).find((each) => each.id === id)).toMatchObject({ givenBy: null, givenAt: null });
  });
});
