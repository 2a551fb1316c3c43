import { eq, sql } from "drizzle-orm";
import { accessTokenTable } from "../../schema/account/access-token.table.ts";
import { accountExportTable } from "../../schema/account/export.table.ts";
import { memberTable } from "../../schema/account/member.table.ts";
import { memberKeyTable } from "../../schema/account/member-key.table.ts";
import { supportRoleTable } from "../../schema/account/support.table.ts";
import { auditAnchorTable, auditPendingTable, auditTable } from "../../schema/audit/audit.table.ts";
import { modelReservationTable } from "../../schema/billing/budget.table.ts";
import { meterReportTable, paymentCustomerTable, paymentDifferenceTable } from "../../schema/billing/payment.table.ts";
import { subscriptionTable } from "../../schema/billing/subscription.table.ts";
import { modelSessionTable, usageTable } from "../../schema/billing/usage.table.ts";
import { domainTable } from "../../schema/domain/domain.table.ts";
import { gitTokenTable } from "../../schema/git/git-token.table.ts";
import { idempotencyTable } from "../../schema/idempotency/idempotency.table.ts";
import { previewEntryTable, previewShareTable } from "../../schema/preview/preview-access.table.ts";
import { projectSecretTable } from "../../schema/project/project-secret.table.ts";
import { registryProjectTable } from "../../schema/project/registry-project.table.ts";
import { modelChoiceTable, providerKeyTable } from "../../schema/provider/provider.table.ts";
import { receiptTable } from "../../schema/receipt/receipt.table.ts";
import { appAddressTable } from "../../schema/release/app-address.table.ts";
import { reminderDeliveryTable, reminderDeviceTable, reminderSettingTable } from "../../schema/reminder/reminder.table.ts";
import { secretTable } from "../../schema/secret.table.ts";
import {
  agentTimeTable,
  registryAgentTable,
  registrySubAgentTable,
  stackTable,
  stackTimeTable,
  stackUseTable,
} from "../../schema/stack/registry.table.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Database } from "../kernel/db.ts";

/** Every table whose rows are a member's. A test finds one that is missing here. */
export const memberTables = [
  ...[auditTable, auditPendingTable, auditAnchorTable, usageTable, modelSessionTable, modelReservationTable],
  ...[
    memberKeyTable,
    accessTokenTable,
    accountExportTable,
    supportRoleTable,
    modelChoiceTable,
    subscriptionTable,
    meterReportTable,
    paymentDifferenceTable,
    paymentCustomerTable,
  ],
  ...[
    domainTable,
    appAddressTable,
    projectSecretTable,
    registryProjectTable,
    secretTable,
    gitTokenTable,
    previewEntryTable,
    previewShareTable,
  ],
  ...[receiptTable, reminderDeliveryTable, reminderDeviceTable, reminderSettingTable],
  ...[registrySubAgentTable, registryAgentTable, stackTimeTable, stackUseTable, agentTimeTable, stackTable],
];

/**
 * All of them or none, the member last. The member's key is written over first: SQLite leaves the bytes of a
 * deleted row where they are, those of one that keeps its length it replaces.
 */
export async function removeMemberRows(db: Database, member: Id<"mem">): Promise<void> {
  const zeros = sql`printf('%.*c', length(${memberKeyTable.sealed}), '0')`;
  await db.batch([
    db.update(memberKeyTable).set({ sealed: zeros }).where(eq(memberKeyTable.member, member)),
    db.delete(idempotencyTable).where(eq(idempotencyTable.scope, member)),
    db.delete(providerKeyTable).where(eq(providerKeyTable.owner, member)),
    ...memberTables.map((table) => db.delete(table).where(eq(table.member, member))),
    db.delete(memberTable).where(eq(memberTable.id, member)),
  ]);
}
