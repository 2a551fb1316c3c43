import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { sealedJson, sealedText } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";
import type { IncidentCause, IncidentEvidence, IncidentState, IncidentStep } from "./incident.ts";

/** Incidents of the member's projects, in the actor. One of a project is open at most. */
export const incidentTable = sqliteTable(
  "incident",
  {
    id: text("id").$type<Id<"inc">>().primaryKey(),
    project: sealedText("project").notNull(),
    release: text("release").$type<Id<"rel">>().notNull(),
    state: text("state").$type<IncidentState>().notNull(),
    cause: text("cause").$type<IncidentCause>().notNull(),
    reason: sealedText("reason").notNull(),
    openedAt: integer("opened_at").notNull(),
    closedAt: integer("closed_at"),
    /** Null until its host was asked. */
    evidence: sealedJson("evidence").$type<IncidentEvidence>(),
    approval: text("approval").$type<Id<"apr">>(),
    plan: text("plan").$type<Id<"pln">>(),
    repair: text("repair").$type<Id<"rel">>(),
    failures: integer("failures").notNull().default(0),
    steps: sealedJson("steps").$type<IncidentStep[]>().notNull(),
  },
  (table) => [
    index("incident_project").on(table.project, table.id),
    index("incident_plan").on(table.plan),
    uniqueIndex("incident_open").on(table.project).where(sql`closed_at is null`),
  ],
);
export type IncidentRow = typeof incidentTable.$inferSelect;
