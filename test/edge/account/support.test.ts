import { expect, test } from "vitest";
import { z } from "zod";
import { meOut } from "../../../schema/account/account.ts";
import { supportersOut, supportLookOut } from "../../../schema/account/support.ts";
import { auditPage } from "../../../schema/audit/audit.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import { ask, newMember, newPerson, operatorToken, refusal, sql, type TestPerson } from "../client.ts";

const me = async (person: TestPerson) => meOut.parse((await ask("GET", "/me", { token: await person.token() })).json);
const setRole = async (method: "PUT" | "DELETE", person: Id<"mem">) => {
  const answer = await ask(method, `/support/people/${person}`, { token: await operatorToken() });
  expect(answer.status, answer.text).toBe(200);
  return supportersOut.parse(answer.json).people.map(({ id }) => id);
};
async function newSupporter(person?: TestPerson) {
  const supporter = person ?? (await newPerson());
  const { id } = (await me(supporter)).member;
  await setRole("PUT", id);
  return { ...supporter, id };
}
const reason = "Ticket 4711: the stack does not start";
const look = async (person: TestPerson, body: object) => ask("POST", "/support/looks", { body, token: await person.token() });
const looksOf = async (person: TestPerson) =>
  auditPage.parse((await ask("GET", "/audit?by=support", { token: await person.token() })).json).rows;

test("the role of support is given and taken by an operator only, twice as well as once (SPEC 3.5)", async () => {
  const [person, other] = [await newPerson(), await newPerson()];
  const { id } = (await me(person)).member;
  for (const method of ["PUT", "DELETE"])
    expect((await ask(method, `/support/people/${id}`, { token: await other.token() })).status, method).toBe(403);
  expect((await ask("GET", "/support/people", { token: await other.token() })).status).toBe(403);
  expect((await look(person, { account: id, reason })).status).toBe(403);
  for (let i = 0; i < 2; i++) expect((await setRole("PUT", id)).filter((each) => each === id)).toHaveLength(1);
  expect((await me(person)).roles).toEqual(["member", "support"]);
  expect((await look(person, { account: id, reason })).status).toBe(200);
  expect((await ask("PUT", `/support/people/${id}`, { token: await person.token() })).status).toBe(403); // none gives it on
  for (let i = 0; i < 2; i++) expect(await setRole("DELETE", id)).not.toContain(id);
  expect((await look(person, { account: id, reason })).status).toBe(403);
  expect((await me(person)).roles).toEqual(["member"]);
  expect((await ask("PUT", `/support/people/${newId("mem")}`, { token: await operatorToken() })).status).toBe(404);
});

test("a look shows how the stack stands, and is a row with its reason in the member's own audit", async () => {
  const [supporter, member] = [await newSupporter(), await newMember()];
  const canary = "canary-in-a-support-look";
  const kept = { value: canary, origin: "https://api.example.org" };
  expect((await ask("PUT", "/secrets/weather", { body: kept, token: await member.token() })).status).toBe(200);
  const { email } = (await me(member)).member;
  const answer = await look(supporter, { account: email.toUpperCase(), reason: `  ${reason}  ` });
  expect(answer.status, answer.text).toBe(200);
  const seen = supportLookOut.parse(answer.json);
  expect(seen).toMatchObject({ member: { id: member.actor.member, email }, entitlement: "trialing", stack: { id: member.actor.stackId } });
  expect(seen.events).toContainEqual(expect.objectContaining({ by: "support", action: "support:look" }));
  expect(answer.text).not.toContain(canary);
  expect(await looksOf(member)).toMatchObject([
    { by: { kind: "support", id: supporter.id }, kind: "stack", action: "support:look", reason, result: "ok" },
  ]);
  const ownRow = await eventually("the supporter's own row", async () => (await looksOf(supporter))[0]);
  expect(ownRow).toMatchObject({ by: { kind: "support" }, action: "POST /support/looks", result: "ok" });
  expect(ownRow.reason).toBeUndefined();
});

test("a look at a person who never had a stack says so", async () => {
  const [supporter, person] = [await newSupporter(), await newPerson()];
  const answer = await look(supporter, { account: (await me(person)).member.id, reason });
  expect(supportLookOut.parse(answer.json)).toMatchObject({ entitlement: "none", subscription: null, stack: null });
  expect(await looksOf(person)).toHaveLength(1);
});

test("a look without a proper reason, at nobody, or at an account that is being erased shows and writes nothing", async () => {
  const [supporter, person] = [await newSupporter(), await newPerson()];
  const { id } = (await me(person)).member;
  for (const wrong of [
    "",
    "short",
    " ".repeat(20),
    "x".repeat(201),
    "two\nlines of a reason",
    `lone ${"\ud800"} half`,
    "x".repeat(100_000),
  ])
    expect((await look(supporter, { account: id, reason: wrong })).status, wrong.slice(0, 20)).toBeOneOf([400, 413]);
  expect((await look(supporter, { account: id })).status).toBe(400);
  expect(refusal(await look(supporter, { account: newId("mem"), reason })).code).toBe("not_found");
  for (const account of ["nobody@example.org", "%@%", "' or 1=1 --"])
    expect(refusal(await look(supporter, { account, reason })).code, account).toBe("not_found");
  expect(await looksOf(person)).toEqual([]);
  await sql("update member set erasing_since = ? where id = ?", [Date.now(), id]);
  expect(refusal(await look(supporter, { account: id, reason })).code).toBe("not_found");
  expect(await sql("select count(*) as n from audit where member = ? and by = 'support'", [id])).toEqual([{ n: 0 }]);
});

/** Addresses that a session alone does not open, and the role that does; all others are each member's own. */
const roleAddresses: readonly (readonly [RegExp, "operator" | "support"])[] = [
  [/^\/(hosts|payments|platform|receipts\/keys|support\/people)(\/|$)/, "operator"],
  [/^\/support\/looks$/, "support"],
];
const operation = z.looseObject({ security: z.array(z.record(z.string(), z.unknown())) });
const document = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });

test("every address that takes a session opens to its role alone: as stranger, member, support and operator", async () => {
  const [member, supporter, operator] = [await newMember(), await newSupporter(await newMember()), await operatorToken()];
  const [memberToken, supportToken] = [await member.token(), await supporter.token()];
  const { paths } = document.parse((await ask("GET", "/openapi.json")).json);
  const wrong: string[] = [];
  const walk = async (method: string, path: string): Promise<void> => {
    const role = roleAddresses.find(([pattern]) => pattern.test(path))?.[1];
    const see = async (caller: string, token: string | undefined, open: boolean) => {
      const sent = { ...(method === "GET" ? {} : { body: {} }), ...(token === undefined ? {} : { token }) };
      const answer = await ask(method, path.replace(/\{\w+\}/g, "no-such-thing"), sent);
      const said = answer.status < 400 ? "ok" : refusal(answer).code;
      const right = token === undefined ? said === "unauthenticated" : said !== "unauthenticated" && (said !== "forbidden") === open;
      if (!right) wrong.push(`${caller} ${method} ${path}: ${said}`);
    };
    await see("stranger", undefined, false);
    if (!role && method !== "GET") return; // a member's own: nothing is changed here
    await Promise.all([
      see("member", memberToken, role === undefined),
      see("support", supportToken, role === undefined || role === "support"),
      ...(role ? [see("operator", operator, role === "operator")] : []),
    ]);
  };
  const addresses = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([name, { security }]) =>
      security.some((way) => "session" in way) ? [{ method: name.toUpperCase(), path }] : [],
    ),
  );
  expect(addresses.filter(({ path }) => roleAddresses.some(([pattern]) => pattern.test(path))).length).toBeGreaterThan(15);
  for (let from = 0; from < addresses.length; from += 24)
    await Promise.all(addresses.slice(from, from + 24).map(({ method, path }) => walk(method, path)));
  expect(wrong).toEqual([]);
});
