import { and, asc, eq, isNull, lte } from "drizzle-orm";
import { memberTable } from "../../schema/account/member.table.ts";
import { describePlanNotice, judgePlanNotice, type PlanNotice, planNotices } from "../../schema/billing/plan-notice.ts";
import { type SubscriptionRow, subscriptionTable } from "../../schema/billing/subscription.table.ts";
import type { Logger } from "../../schema/wire/log.ts";
import type { Database } from "../kernel/db.ts";
import { type ReminderWorld, tellMember } from "../reminder/reminder-delivery.ts";
import { findCustomer } from "./payment-sync.ts";

type NoticeWorld = ReminderWorld & { log: Logger };
const dueAtOnce = 20;
/** Whoever has taken a plan has so long for it; then another may. */
const takenMs = 60_000;
/** It is asked at Stripe more often than that. */
const unknownMs = 5 * 60_000;
/** More than there will be kinds of notices. */
const numbersApart = 100;
const longestNoticeWait = 3_600_000;
const screen = "/plan-usage";

/** Tells it in each way that the member chose; the same one again tries only what was not delivered. */
async function deliverNotice(world: NoticeWorld, row: SubscriptionRow, notice: PlanNotice, since: number): Promise<boolean> {
  const { member, plan, quantity, status, disputed, periodEnd, nextPlan, nextQuantity } = row;
  const told = { title: describePlanNotice(notice, row), agent: "Your GrowQR plan", path: screen, notice: true as const };
  const data = { kind: notice, title: told.title, since: new Date(since).toISOString(), url: `${world.config.PUBLIC_URL}${screen}` };
  // With all that the words say: the same mail is the same letter by letter, and another is another.
  const said = [plan, quantity, status, disputed, periodEnd, nextPlan ?? "", nextQuantity ?? ""];
  const id = [member, notice, since, ...said].join("_");
  const message = { id, type: "plan.notice" as const, at: since, tag: member, told, data };
  const number = Math.floor(since / 1_000) * numbersApart + planNotices.indexOf(notice);
  const { again } = await tellMember(world, member, message, { approval: member, number });
  return !again;
}

/**
 * Whether it was heard what became of a period that is over. While Stripe is away nobody is told that a
 * payment is missing.
 */
async function isKnown(db: Database, { plan, status, member, periodEnd }: SubscriptionRow, now: number): Promise<boolean> {
  if (plan === "trial" || (status !== "active" && status !== "trialing") || now < periodEnd) return true;
  const row = await findCustomer(db, member);
  return (row?.readAt ?? 0) >= periodEnd;
}
/** What is to be told is written first, so that whoever dies before it is delivered leaves it to be told. */
async function lookAtPlan(world: NoticeWorld, row: SubscriptionRow, takenAt: number, now: number): Promise<void> {
  const { db } = world;
  // A change of the plan meanwhile makes it due again: then this one writes nothing more.
  const mine = and(eq(subscriptionTable.member, row.member), eq(subscriptionTable.noticeAt, takenAt));
  if (!(await isKnown(db, row, now))) {
    await db
      .update(subscriptionTable)
      .set({ noticeAt: now + unknownMs })
      .where(mine);
    return;
  }
  const { tell, nextAt } = judgePlanNotice(row, row, now);
  const current = tell ?? (!row.noticeDone && row.notice ? { notice: row.notice, since: row.noticeSince } : undefined);
  if (!current) {
    await db.update(subscriptionTable).set({ noticeAt: nextAt }).where(mine);
    return;
  }
  const { notice, since } = current;
  const written = await db.update(subscriptionTable).set({ notice, noticeSince: since, noticeDone: false }).where(mine);
  if (written.rowsAffected === 0) return;
  const done = await deliverNotice(world, row, notice, since);
  const again = now + Math.min(longestNoticeWait, Math.max(takenMs, now - since));
  await db
    .update(subscriptionTable)
    .set(done ? { noticeDone: true, noticeAt: nextAt } : { noticeAt: Math.min(again, nextAt ?? again) })
    .where(mine);
}

/**
 * Tells those whose plan has something to tell; called again and again. Of two that come at once, one does.
 */
export async function tellDuePlans(world: NoticeWorld, now: number): Promise<void> {
  const { db } = world;
  const due = await db
    .select({ row: subscriptionTable })
    .from(subscriptionTable)
    .innerJoin(memberTable, and(eq(memberTable.id, subscriptionTable.member), isNull(memberTable.erasingSince)))
    .where(lte(subscriptionTable.noticeAt, now))
    .orderBy(asc(subscriptionTable.noticeAt))
    .limit(dueAtOnce);
  for (const { row } of due) {
    const takenAt = now + takenMs;
    if (!(await takePlan(db, row, takenAt))) continue;
    await lookAtPlan(world, row, takenAt, now).catch((error: unknown) =>
      world.log("warn", "a member was not told of their plan", { member: row.member, error }),
    );
  }
}
async function takePlan(db: Database, { member, noticeAt }: SubscriptionRow, takenAt: number): Promise<boolean> {
  if (noticeAt === null) return false;
  const same = and(eq(subscriptionTable.member, member), eq(subscriptionTable.noticeAt, noticeAt));
  return (await db.update(subscriptionTable).set({ noticeAt: takenAt }).where(same)).rowsAffected === 1;
}
