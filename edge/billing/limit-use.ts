import { and, count, eq, isNull, ne, sql } from "drizzle-orm";
import type { BillingOut } from "../../schema/billing/billing.ts";
import { domainTable } from "../../schema/domain/domain.table.ts";
import { appAddressTable } from "../../schema/release/app-address.table.ts";
import { stackTable } from "../../schema/stack/registry.table.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Database } from "../kernel/db.ts";

/** How much of the plan's limits a member uses of what lasts: projects online, their domains, the disk. */
export async function readLimitUse(db: Database, member: Id<"mem">): Promise<BillingOut["used"]> {
  const [apps, domains, stacks] = await db.batch([
    db
      .select({ count: count() })
      .from(appAddressTable)
      .where(and(eq(appAddressTable.member, member), isNull(appAddressTable.retiredAt))),
    db
      .select({ count: count() })
      .from(domainTable)
      .where(and(eq(domainTable.member, member), ne(domainTable.state, "removing")))
      .groupBy(domainTable.project)
      .orderBy(sql`count(*) desc`)
      .limit(1),
    db.select({ bytes: stackTable.diskBytes, at: stackTable.diskAt }).from(stackTable).where(eq(stackTable.member, member)).limit(1),
  ]);
  const { bytes = null, at = null } = stacks[0] ?? {};
  return { apps: apps[0]?.count ?? 0, domains: domains[0]?.count ?? 0, disk: bytes === null || at === null ? null : { bytes, at } };
}
