import { and, eq, isNull, ne, sql } from "drizzle-orm";
import { accessTokenTable } from "../../schema/account/access-token.table.ts";
import { erasureTable } from "../../schema/account/erasure.table.ts";
import { accountExportTable } from "../../schema/account/export.table.ts";
import { memberTable } from "../../schema/account/member.table.ts";
import { subscriptionTable } from "../../schema/billing/subscription.table.ts";
import { domainTable } from "../../schema/domain/domain.table.ts";
import { gitTokenTable } from "../../schema/git/git-token.table.ts";
import { previewEntryTable, previewShareTable } from "../../schema/preview/preview-access.table.ts";
import { reminderDeviceTable } from "../../schema/reminder/reminder.table.ts";
import { stackTable } from "../../schema/stack/registry.table.ts";
import type { Id } from "../../schema/wire/id.ts";
import { markRemoved } from "../domain/domain-row.ts";
import type { Database } from "../kernel/db.ts";
import { findMember, hashSubject } from "../kernel/member-row.ts";

/** Its host hears of it with the next heartbeat; no ceiling follows this one. */
export const closeStack = (db: Database, member: Id<"mem">) =>
  db
    .update(stackTable)
    .set({ ceiling: "erased", ceilingRev: sql`${stackTable.ceilingRev} + 1`, waitingSince: null })
    .where(and(eq(stackTable.member, member), ne(stackTable.ceiling, "erased")));

/**
 * From here on nothing of the member is taken or given: their sessions, tokens, shares and devices end, no
 * call of an agent is allowed, and the stack is erased where it lies. A second time changes nothing.
 */
export async function beginErasure(db: Database, subject: string, by: "member" | "provider", now: number): Promise<void> {
  const subjectHash = await hashSubject(subject);
  const member = (await findMember(db, subject))?.id;
  const job = { subjectHash, member: member ?? null, by, askedAt: now, dueAt: now, step: "stack" as const };
  if (member === undefined) {
    await db
      .insert(erasureTable)
      .values({ ...job, endedAt: now })
      .onConflictDoNothing(); // gone before they came: no token of theirs makes a member
    return;
  }
  await db.batch([
    db.insert(erasureTable).values(job).onConflictDoNothing(),
    db
      .update(memberTable)
      .set({ erasingSince: now, roles: [] })
      .where(and(eq(memberTable.id, member), isNull(memberTable.erasingSince))),
    closeStack(db, member),
    db.update(subscriptionTable).set({ status: "canceled", periodEnd: 0 }).where(eq(subscriptionTable.member, member)),
    ...[accountExportTable, accessTokenTable, gitTokenTable, previewShareTable, previewEntryTable, reminderDeviceTable].map((table) =>
      db.delete(table).where(eq(table.member, member)),
    ),
  ]);
  const projects = await db.selectDistinct({ project: domainTable.project }).from(domainTable).where(eq(domainTable.member, member));
  for (const { project } of projects) await markRemoved(db, member, project);
}
