import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { RepairPolicy } from "../incident/incident.ts";
import type { AppState, KeptRelease } from "../release/release-host.ts";
import { sealedJson, sealedText } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";
import type { DeployPolicy } from "./automation.ts";
import type { Beginning } from "./template.ts";

/** A project repository the agent opened, in the actor. */
export const projectTable = sqliteTable("project", {
  name: sealedText("name").primaryKey(),
  id: text("id").$type<Id<"prj">>().notNull().unique(),
  repo: sealedText("repo").notNull(),
  turnId: text("turn_id").$type<Id<"trn">>(),
  createdAt: integer("created_at").notNull(),
  readyAt: integer("ready_at"),
  error: sealedText("error"),
  /** Of one from a template, until it is ready. */
  beginning: sealedJson("beginning").$type<Beginning>(),
  /**
   * Who may be able to push to `main`: written before the right is
   * given, cleared after it was taken back. Null: only the platform.
   */
  merger: sealedText("merger"),
  /** Where its releases are seen, as the edge said it, and whether everybody sees them there. */
  address: sealedText("address"),
  published: integer("published", { mode: "boolean" }).notNull().default(false),
  /** Of what serves, as its host last said it: a cache. */
  app: text("app").$type<AppState>(),
  appReason: sealedText("app_reason"),
  /** Since when it is as it is, milliseconds since 1970. */
  appSince: integer("app_since"),
  /** Those that its host keeps, to be gone back to. */
  kept: sealedJson("kept").$type<KeptRelease[]>().notNull().default([]),
  /** What the member lets be done by itself: repairs, and newer versions of what was deployed before. */
  repair: text("repair").$type<RepairPolicy>().notNull().default("ask"),
  deploys: text("deploys").$type<DeployPolicy>().notNull().default("ask"),
  /** Events up to this one tell of an earlier project of this name. */
  eventsAfter: integer("events_after").notNull().default(0),
  /** Whether the edge has its row (project-registration.ts). */
  registered: integer("registered", { mode: "boolean" }).notNull().default(false),
});
export type ProjectRow = typeof projectTable.$inferSelect;
