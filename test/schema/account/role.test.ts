import { expect, test } from "vitest";
import { identityEvent, person, readChangeAnswer, readProfile } from "../../../schema/account/identity-event.ts";
import { readRoles } from "../../../schema/account/role.ts";

/** SPEC 3.5: what the identity provider's metadata gives, whatever else it says. */
test("metadata gives the roles that it says are so, in one order", () => {
  expect(readRoles({ roles: { operator: true } })).toEqual(["operator"]);
  expect(readRoles({ roles: { support: true, operator: true, editor: true }, plan: "studio" })).toEqual(["operator", "support"]);
});

test("metadata that is absent, malformed or names other roles gives none, and throws nothing", () => {
  const nested = JSON.parse(`${"[".repeat(500)}"operator"${"]".repeat(500)}`) as unknown;
  const inherited = Object.create({ operator: true }) as unknown;
  for (const odd of [
    ...[undefined, null, "operator", 7, [], ["operator"], {}, { roles: null }, { roles: "operator" }, { roles: ["operator"] }],
    ...[{ roles: {} }, { roles: { admin: true, Operator: true, " operator": true, "operator\u0000": true } }, { roles: inherited }],
    ...[{ roles: { operator: false } }, { roles: { operator: "true" } }, { roles: { operator: 1, support: {} } }, { operator: true }],
    ...[{ role: { operator: true } }, { roles: nested }, { public_metadata: { roles: { operator: true } } }],
  ])
    expect(readRoles(odd), JSON.stringify(odd)?.slice(0, 60)).toEqual([]);
});

const said = { id: "user_1", email_addresses: [], updated_at: 7 };
test("a person without metadata says nothing of roles, with any other kind none, and what a browser writes is not read", () => {
  const read = (more: object) => readProfile(person.parse({ ...said, ...more }));
  expect(read({})).toEqual({ profileAt: 7, rolesAt: 7 });
  for (const odd of [null, "x", [], { roles: 3 }, {}]) expect(read({ public_metadata: odd }).roles).toEqual([]);
  expect(read({ public_metadata: { roles: { support: true }, more: { deep: 1 } } })).toEqual({
    profileAt: 7,
    roles: ["support"],
    rolesAt: 7,
  });
  expect(read({ unsafe_metadata: { roles: { operator: true } }, private_metadata: { roles: { operator: true } } })).toEqual({
    profileAt: 7,
    rolesAt: 7,
  });
});

test("the platform's own change counts above another word of its time, and says roles where the answer has none", () => {
  expect(readChangeAnswer(person.parse(said))).toEqual({ profileAt: 7, roles: [], rolesAt: 8 });
});

test("a word that is kept and read again says the same roles, and none of the other metadata", () => {
  const metadata = { roles: { operator: true }, notes: "canary" };
  const kept = JSON.stringify(identityEvent.parse({ type: "user.updated", data: { ...said, public_metadata: metadata } }));
  expect(kept).not.toContain("canary");
  const again = identityEvent.parse(JSON.parse(kept));
  expect(again.type === "user.updated" && readProfile(again.data).roles).toEqual(["operator"]);
});
