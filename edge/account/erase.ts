import { and, eq, inArray, isNull, lte, sql } from "drizzle-orm";
import { type ErasureRow, erasureTable } from "../../schema/account/erasure.table.ts";
import { type ErasureStep, nextErasureStep } from "../../schema/account/erasure.ts";
import { memberTable } from "../../schema/account/member.table.ts";
import { domainTable } from "../../schema/domain/domain.table.ts";
import { isHostGone } from "../../schema/machine/host.ts";
import { machineTable } from "../../schema/machine/machine.table.ts";
import { registryAgentTable, registrySubAgentTable, stackTable } from "../../schema/stack/registry.table.ts";
import { AppError, type ErrorCode } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { retryPause } from "../../schema/wire/retry-pause.ts";
import { eraseActors } from "../actor/rivet.ts";
import { endFoundCustomers, endPayments } from "../billing/end-payments.ts";
import { lookAtDomain } from "../domain/domain-look.ts";
import type { DomainWorld } from "../domain/domain-notice.ts";
import type { EdgeApp } from "../http.ts";
import type { Database } from "../kernel/db.ts";
import { closeStack } from "./begin-erasure.ts";
import { removeMemberRows } from "./member-rows.ts";
import { endConnections } from "./open-connections.ts";

/** What work for an account asks of its surroundings, by a call or by the clock. */
export type AccountWorld = DomainWorld & Pick<EdgeApp["Variables"], "requestId">;

/**
 * The end of an account as a durable job: the row says how far it is, and each step may be done again. It is
 * driven on by the request that asked, by looks at it, and by machines' heartbeats.
 */
const erasureLookEvery = 5_000;
/** How long one look may take before another may begin. */
const erasureLookWithin = 60_000;

/** So long a ticket that a browser had before still opens something, in milliseconds. */
const longestTicket = (limits.liveTicket + 2 * limits.skew) * 1_000;
/** What their host holds ends with the stack; nothing of an erasure waits for who can't be told. */
async function disconnect(world: AccountWorld, { member, askedAt, disconnectedAt }: MemberJob, now: number): Promise<void> {
  const { db, log } = world;
  if (disconnectedAt !== null || now - askedAt > longestTicket) return;
  try {
    await endConnections(world, { member });
    await db.update(erasureTable).set({ disconnectedAt: now }).where(eq(erasureTable.member, member));
  } catch (error) {
    log("warn", "connections of an account that is erased are open still", { member, error });
  }
}

/** A host says that nothing of these stacks is left there. */
export async function noteErasedStacks(db: Database, host: Id<"hst">, members: readonly Id<"mem">[], now: number): Promise<void> {
  for (const member of members) {
    const here = sql`exists (select 1 from ${stackTable} where ${stackTable.member} = ${member} and ${stackTable.host} = ${host})`;
    await db
      .update(erasureTable)
      .set({ stackGoneAt: now, dueAt: now })
      .where(and(eq(erasureTable.member, member), isNull(erasureTable.stackGoneAt), here));
    await db
      .update(stackTable)
      .set({ slotSince: null })
      .where(and(eq(stackTable.member, member), eq(stackTable.host, host), eq(stackTable.ceiling, "erased")));
  }
}

/** What a host still has of people who are erased, from another place of their stack: it goes too. */
type HostLine = { member: Id<"mem">; epoch: number };
export async function listLeftStacks(db: Database, said: readonly HostLine[], listed: readonly HostLine[]) {
  const known = new Set(listed.map(({ member }) => member));
  const unknown = said.filter(({ member }) => !known.has(member));
  if (unknown.length === 0) return [];
  const left = inArray(
    erasureTable.member,
    unknown.map(({ member }) => member),
  );
  const gone = new Set((await db.select({ member: erasureTable.member }).from(erasureTable).where(left)).map(({ member }) => member));
  const highest = { ceiling: "erased" as const, ceilingRev: Number.MAX_SAFE_INTEGER };
  return unknown.filter(({ member }) => gone.has(member)).map(({ member, epoch }) => ({ member, epoch, ...highest }));
}

type MemberJob = ErasureRow & { member: Id<"mem"> };
/** Whether a step is done; what throws is tried again later. */
type Step = (world: AccountWorld, job: MemberJob, now: number) => Promise<boolean>;
const stepWork: Record<ErasureStep, Step> = {
  /**
   * Nothing is paid from here on, and what is open in a browser ends. Its host says when the stack is gone.
   * One that left or was revoked can't be asked: if it ever comes back, it is told.
   */
  async stack(world, job, now) {
    const { db } = world;
    const { member, stackGoneAt } = job;
    await Promise.all([endPayments(world, member), disconnect(world, job, now)]);
    if (stackGoneAt !== null) return true;
    await closeStack(db, member); // a call that was under way may have made one since
    const row = await db
      .select({ host: stackTable.host, state: machineTable.state })
      .from(stackTable)
      .leftJoin(machineTable, eq(machineTable.id, stackTable.host))
      .where(eq(stackTable.member, member))
      .get();
    return !row?.host || row.state === null || isHostGone(row.state);
  },
  /** Of the registry first: what it does not know is never made anew. */
  async actor({ config, db }, { member }) {
    const agents = await db
      .select({ id: registrySubAgentTable.id })
      .from(registrySubAgentTable)
      .where(eq(registrySubAgentTable.member, member));
    await db.delete(registryAgentTable).where(eq(registryAgentTable.member, member));
    await eraseActors(
      config,
      member,
      agents.map(({ id }) => id),
    );
    return true;
  },
  async identity({ config, db }, { member }) {
    const row = await db.select({ subject: memberTable.subject }).from(memberTable).where(eq(memberTable.id, member)).get();
    if (row === undefined || config.CLERK_SECRET_KEY === undefined) return true;
    const response = await fetch(`${config.CLERK_API_URL}/v1/users/${encodeURIComponent(row.subject)}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${config.CLERK_SECRET_KEY}` },
      redirect: "manual",
      signal: AbortSignal.timeout(10_000),
    });
    await response.body?.cancel();
    if (response.ok || response.status === 404) return true;
    throw new AppError("upstream", { what: "identity provider", status: response.status });
  },
  /**
   * Domains first: their certificates lie with another company. Payments last: while Stripe is away the job
   * does not end, and keeps nothing of the member but their id.
   */
  async rows(world, { member }, now) {
    const domains = () => world.db.select({ id: domainTable.id }).from(domainTable).where(eq(domainTable.member, member));
    for (const { id } of await domains()) await lookAtDomain(world, id, now);
    if ((await domains()).length > 0) return false;
    await removeMemberRows(world.db, member);
    await endFoundCustomers(world.config, member);
    return true;
  },
};

/** Goes on with one job until a step is not done. Every write says what it was decided on. */
async function driveErasure(world: AccountWorld, row: ErasureRow, now: number): Promise<void> {
  const { db } = world;
  const { member, subjectHash } = row;
  if (member === null) return;
  const still = (step: ErasureStep) =>
    and(eq(erasureTable.subjectHash, subjectHash), eq(erasureTable.step, step), isNull(erasureTable.endedAt));
  let step: ErasureStep = row.step;
  try {
    for (;;) {
      if (!(await stepWork[step](world, { ...row, member }, now))) {
        const asRead = sql`${erasureTable.stackGoneAt} is ${row.stackGoneAt}`; // a host's answer has made it due since
        return void (await db
          .update(erasureTable)
          .set({ dueAt: now + erasureLookEvery })
          .where(and(still(step), asRead)));
      }
      const next = nextErasureStep(step);
      const done = next ? { step: next, attempts: 0, error: null } : { endedAt: now, error: null, attempts: 0 };
      if ((await db.update(erasureTable).set(done).where(still(step))).rowsAffected === 0) return; // another look was first
      world.log("info", "an account is being erased", { member, step });
      if (!next) return;
      step = next;
    }
  } catch (error) {
    const code: ErrorCode = error instanceof AppError ? error.code : "internal";
    world.log("warn", "erasing an account waits", { member, step, error });
    await db
      .update(erasureTable)
      .set({ attempts: row.attempts + 1, error: code, dueAt: now + retryPause(row.attempts) })
      .where(still(step));
  }
}

/** Jobs that are due, a few a call; of looks at the same time one has each. */
export async function driveErasures(world: AccountWorld, now: number): Promise<void> {
  const due = await world.db
    .select()
    .from(erasureTable)
    .where(and(isNull(erasureTable.endedAt), lte(erasureTable.dueAt, now)))
    .orderBy(erasureTable.dueAt)
    .limit(10);
  for (const row of due) {
    const taken = await world.db
      .update(erasureTable)
      .set({ dueAt: now + erasureLookWithin })
      .where(and(eq(erasureTable.subjectHash, row.subjectHash), eq(erasureTable.dueAt, row.dueAt), isNull(erasureTable.endedAt)));
    if (taken.rowsAffected === 1) await driveErasure(world, row, now);
  }
}
