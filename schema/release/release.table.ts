import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedJson, sealedText } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";
import type { ReleaseMade, ReleaseState, ReleaseStep } from "./release.ts";

/**
 * Releases of the member's projects, in the actor. The values of their variables are kept by the edge alone.
 */
export const releaseTable = sqliteTable(
  "release",
  {
    id: text().$type<Id<"rel">>().primaryKey(),
    project: sealedText().notNull(),
    commit: text().notNull(),
    receipt: text().$type<Id<"rct">>().notNull(),
    /** The task whose receipt it is. */
    task: text().$type<Id<"tsk">>().notNull(),
    /** As its host said it: a cache of what the host keeps with the release. */
    made: sealedJson().$type<ReleaseMade>(),
    state: text().$type<ReleaseState>().notNull(),
    step: text().$type<ReleaseStep>(),
    reason: sealedText(),
    log: sealedText(),
    by: text().$type<"member" | "platform" | Id<"agt">>().notNull(),
    createdAt: integer("created_at").notNull(),
    servedAt: integer("served_at"),
    endedAt: integer("ended_at"),
  },
  (table) => [index("release_project").on(table.project, table.id)],
);
export type ProjectReleaseRow = typeof releaseTable.$inferSelect;
