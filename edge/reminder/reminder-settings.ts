import { eq } from "drizzle-orm";
import { reminderSettingTable, type SettingsRow } from "../../schema/reminder/reminder.table.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { openSealed, sealValue } from "../kernel/envelope.ts";

/** How a member hears that a question waits, when they are not looking. */
export const webhookSecretRecord = "reminders/webhook";
export const defaultReminderSettings: Omit<SettingsRow, "member"> = {
  email: true,
  webhookUrl: null,
  webhookSecret: null,
  webhookAt: null,
  testedAt: 0,
};
/** What a member chose, or what everybody begins with. */
export async function settingsOf(db: Database, member: Id<"mem">): Promise<SettingsRow> {
  return (
    (await db.select().from(reminderSettingTable).where(eq(reminderSettingTable.member, member)).get()) ?? {
      member,
      ...defaultReminderSettings,
    }
  );
}
export async function webhookSecret(config: EdgeConfig, { member, webhookSecret: sealed }: SettingsRow): Promise<string | undefined> {
  return sealed === null ? undefined : openSealed(config, member, webhookSecretRecord, sealed);
}
export async function change(db: Database, member: Id<"mem">, set: Partial<Omit<SettingsRow, "member">>): Promise<void> {
  await db
    .insert(reminderSettingTable)
    .values({ member, ...defaultReminderSettings, ...set })
    .onConflictDoUpdate({ target: reminderSettingTable.member, set });
}
export function sealSecret(config: EdgeConfig, member: Id<"mem">, secret: string): Promise<string> {
  return sealValue(config, member, webhookSecretRecord, secret);
}
