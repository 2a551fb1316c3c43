import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { memberTable } from "../account/member.table.ts";
import type { Id } from "../wire/id.ts";
import { deliveryStates, type QuestionId } from "./reminder.ts";

const member = () =>
  text()
    .$type<Id<"mem">>()
    .notNull()
    .references(() => memberTable.id);

/**
 * What a member chose; one without a row has what
 * `edge/reminder/reminder.ts` begins with. `webhookSecret` is sealed.
 */
export const reminderSettingTable = sqliteTable("reminder_setting", {
  member: member().primaryKey(),
  email: integer({ mode: "boolean" }).notNull().default(true),
  webhookUrl: text(),
  webhookSecret: text(),
  webhookAt: integer(),
  /** When they last sent themself one. */
  testedAt: integer().notNull().default(0),
});
export type SettingsRow = typeof reminderSettingTable.$inferSelect;

/**
 * A browser that shows reminders. Its endpoint is one member's; who
 * has the browser's own keys may take it over. `keys` are sealed.
 */
export const reminderDeviceTable = sqliteTable(
  "reminder_device",
  {
    id: text().$type<Id<"dev">>().primaryKey(),
    member: member(),
    name: text().notNull(),
    endpoint: text().notNull().unique(),
    keys: text().notNull(),
    /** By which sign-in the browser was last let show them. */
    signIn: text(),
    createdAt: integer().notNull(),
  },
  (table) => [index("reminder_device_member").on(table.member), index("reminder_device_sign_in").on(table.signIn)],
);
export type DeviceRow = typeof reminderDeviceTable.$inferSelect;

/** One reminder in one way: `email`, `webhook`, or a device's id. `state` is the compare-and-set. */
export const reminderDeliveryTable = sqliteTable(
  "reminder_delivery",
  {
    member: member(),
    /** The question, the release, the domain or the member whose plan it is about. */
    approval: text().$type<QuestionId | Id<"rel" | "dom" | "mem">>().notNull(),
    number: integer().notNull(),
    way: text().notNull(),
    state: text({ enum: deliveryStates }).notNull(),
    tries: integer().notNull().default(0),
    triedAt: integer().notNull(),
    why: text(),
  },
  (table) => [
    primaryKey({ columns: [table.member, table.approval, table.number, table.way] }),
    index("reminder_delivery_tried").on(table.triedAt),
  ],
);
