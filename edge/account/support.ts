import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import { z } from "zod";
import { readChangeAnswer } from "../../schema/account/identity-event.ts";
import { type MemberRow, memberTable } from "../../schema/account/member.table.ts";
import { supportRoleTable } from "../../schema/account/support.table.ts";
import { type SupportLook, supportersOut, supportLookIn, supportLookOut } from "../../schema/account/support.ts";
import { auditTable } from "../../schema/audit/audit.table.ts";
import { entitlement } from "../../schema/billing/entitlement.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { findActor } from "../actor/actor-registry.ts";
import { chainAuditEntry } from "../audit.ts";
import { describeSubscription, subscriptionOf } from "../billing/entitlement.ts";
import { memberDoor } from "../door.ts";
import { type EdgeApp, jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import { requireOperator, requireSupport } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { changePersonRole, IdentityRefusal } from "../kernel/identity-api.ts";
import { setProfile, sqlHasRole } from "../kernel/member-row.ts";

const mostEvents = 20;
/** By id, or by an address that is one member's alone. */
export async function findNamedMember(db: Database, account: string): Promise<MemberRow> {
  const named = id("mem").safeParse(account);
  const same = named.success ? eq(memberTable.id, named.data) : sql`lower(${memberTable.email}) = ${account.toLowerCase()}`;
  const [found, other] = await db
    .select()
    .from(memberTable)
    .where(and(same, isNull(memberTable.erasingSince)))
    .limit(2);
  if (!found) throw new AppError("not_found");
  if (other)
    throw new AppError("conflict", {}, { message: "Several members have this address. Ask for the id that they read at /help-desk." });
  return found;
}

async function viewForSupport(db: Database, member: MemberRow): Promise<SupportLook> {
  const [subscription, actor] = await Promise.all([subscriptionOf(db, member.id), findActor(db, member.id)]);
  const rows = await db
    .select({ at: auditTable.at, by: auditTable.by, entry: auditTable.entry })
    .from(auditTable)
    .where(and(eq(auditTable.member, member.id), eq(auditTable.kind, "stack")))
    .orderBy(desc(auditTable.at), desc(auditTable.seq))
    .limit(mostEvents);
  const { name, email, createdAt } = member;
  return {
    member: { id: member.id, name, email, createdAt },
    entitlement: entitlement(subscription, Date.now()),
    subscription: subscription ? describeSubscription(subscription) : null,
    stack: actor
      ? {
          ...{ id: actor.stackId, status: actor.status, observed: actor.observed, trouble: actor.trouble },
          ...{ host: actor.host?.name ?? null, waiting: actor.waiting, lastActivity: actor.lastActivity },
        }
      : null,
    events: rows.map(({ at, by, entry: { action, result } }) => ({ at, by, action, result })),
  };
}

async function listSupporters(db: Database): Promise<z.infer<typeof supportersOut>> {
  const { givenBy, givenAt } = supportRoleTable;
  const people = await db
    .select({ id: memberTable.id, name: memberTable.name, email: memberTable.email, givenBy, givenAt })
    .from(memberTable)
    .leftJoin(supportRoleTable, eq(supportRoleTable.member, memberTable.id))
    .where(sqlHasRole("support"))
    .orderBy(asc(givenAt), asc(memberTable.id));
  return { people };
}
/**
 * Gives or takes the role at the identity provider, and then here. Where the provider does not answer,
 * nothing is changed here; if it has taken the call all the same, its word says so.
 */
async function changeSupport({ config, db, log }: EdgeApp["Variables"], personId: Id<"mem">, isGiven: boolean): Promise<MemberRow> {
  const member = await findNamedMember(db, personId);
  const { CLERK_API_URL, CLERK_SECRET_KEY } = config;
  if (CLERK_SECRET_KEY === undefined)
    throw new AppError(
      "unavailable",
      { what: "identity provider" },
      { message: "This installation has no CLERK_SECRET_KEY: no role can be given or taken here." },
    );
  const api = { CLERK_API_URL, CLERK_SECRET_KEY };
  const told = await changePersonRole(api, member.subject, "support", isGiven).catch((error: unknown) => {
    log("warn", "a role waits for the identity provider", error instanceof IdentityRefusal ? { status: error.status } : {});
    throw new AppError(
      "unavailable",
      { what: "identity provider", retryAfter: 5 },
      { message: "The identity provider does not answer: the role stays as it was. Try again in a moment." },
    );
  });
  if (told === "nobody" && isGiven) throw new AppError("not_found");
  const known = told === "nobody" ? { profileAt: 0, roles: [], rolesAt: Date.now() } : readChangeAnswer(told);
  await setProfile({ db, log }, member.subject, known);
  return member;
}

/** Of who has the role now: it may have been taken again meanwhile, or the account be at its end. */
async function keepGiver(db: Database, person: Id<"mem">, givenBy: Id<"mem">): Promise<void> {
  const isSupporter = and(eq(memberTable.id, person), isNull(memberTable.erasingSince), sqlHasRole("support"));
  const row = { member: memberTable.id, givenBy: sql`${givenBy}`.as("given_by"), givenAt: sql`${Date.now()}`.as("given_at") };
  await db.insert(supportRoleTable).select(db.select(row).from(memberTable).where(isSupporter)).onConflictDoNothing();
}

const personParams = z.object({ personId: id("mem") });

export const supportRoutes = newApp()
  .openapi(
    memberDoor({
      method: "post",
      path: "/support/looks",
      summary: "How a member's stack stands (support); the look and its reason are a row of the member's audit, written first",
      tags: ["Support"],
      before: [requireSupport],
      scope: "session",
      key: false,
      request: { body: jsonRequest(supportLookIn) },
      responses: { 200: jsonAnswer("State and health, nothing of what is in it", supportLookOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member: supporter, requestId: request } = c.var;
      const { account, reason } = c.req.valid("json");
      const member = await findNamedMember(db, account);
      const by = { kind: "support" as const, id: supporter.id };
      const look = { kind: "stack" as const, action: "support:look", reason, request };
      // Whatever dies after this, the member knows of the look; what can't be written down is not shown.
      await chainAuditEntry(c.var, member.id, { at: Date.now(), by, ...look, result: "ok", ms: 0, steps: [] });
      return c.json(await viewForSupport(db, member), 200);
    },
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/support/people",
      summary: "Who has the role of support (operators)",
      tags: ["Support"],
      before: [requireOperator],
      scope: "session",
      responses: { 200: jsonAnswer("People, who gave it to them and when", supportersOut), ...refusalAnswers },
    }),
    async (c) => c.json(await listSupporters(c.var.db), 200),
  )
  .openapi(
    memberDoor({
      method: "put",
      path: "/support/people/{personId}",
      summary: "Give a person the role of support, at the identity provider (operators)",
      tags: ["Support"],
      before: [requireOperator],
      scope: "session",
      request: { params: personParams },
      responses: { 200: jsonAnswer("All who have it; who had it before keeps it as it was given", supportersOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member: operator } = c.var;
      const before = await changeSupport(c.var, c.req.valid("param").personId, true);
      if (!before.roles.includes("support")) await keepGiver(db, before.id, operator.id);
      return c.json(await listSupporters(db), 200);
    },
  )
  .openapi(
    memberDoor({
      method: "delete",
      path: "/support/people/{personId}",
      summary: "Take the role of support away (operators); it holds from the person's next call on",
      tags: ["Support"],
      before: [requireOperator],
      scope: "session",
      request: { params: personParams },
      responses: { 200: jsonAnswer("Who still has it", supportersOut), ...refusalAnswers },
    }),
    async (c) => {
      await changeSupport(c.var, c.req.valid("param").personId, false);
      return c.json(await listSupporters(c.var.db), 200);
    },
  );
