import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { memberTable } from "../account/member.table.ts";
import type { Id } from "../wire/id.ts";
import type { ModelChoice } from "./model-choice.ts";
import type { KeyState, ModelProvider } from "./provider-key.ts";

/** Who pays a provider: a member by a key of their own, or the platform. */
export type KeyOwner = Id<"mem"> | "platform";

/** Keys of models' providers, sealed for their owner and provider. */
export const providerKeyTable = sqliteTable(
  "provider_key",
  {
    owner: text().$type<KeyOwner>().notNull(),
    provider: text().$type<ModelProvider>().notNull(),
    baseUrl: text(),
    sealed: text().notNull(),
    ending: text().notNull(),
    state: text().$type<KeyState>().notNull(),
    detail: text().notNull(),
    models: text({ mode: "json" }).$type<string[]>().notNull(),
    testedAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.owner, table.provider] })],
);
export type ProviderKeyRow = typeof providerKeyTable.$inferSelect;

/**
 * By which key and model a member's agents of one type work; without a row the platform's, by the type's
 * alias.
 */
export const modelChoiceTable = sqliteTable(
  "model_choice",
  {
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    type: text().notNull(),
    paidBy: text().$type<ModelChoice["paidBy"]>().notNull(),
    provider: text().$type<ModelProvider>().notNull(),
    model: text().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.member, table.type] })],
);
