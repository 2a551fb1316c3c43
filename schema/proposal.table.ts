import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { MemoryChange } from "./memory/memory-change.ts";
import { proposalKinds, proposalStates } from "./proposal.ts";
import { sealedJson, sealedKey, sealedText } from "./seal/sealed-column.ts";
import type { Id } from "./wire/id.ts";

/**
 * What agents want to remember about the person, in the growAgent.
 * `key` is the tool call; the state changes by compare-and-set.
 */
export const proposalTable = sqliteTable(
  "proposal",
  {
    id: text("id").$type<Id<"prp">>().primaryKey(),
    key: sealedKey("key").notNull().unique(),
    kind: text("kind", { enum: proposalKinds }).notNull(),
    title: sealedText("title").notNull(),
    text: sealedText("text").notNull(),
    files: sealedJson("files").$type<MemoryChange[]>().notNull(),
    goal: text("goal").$type<Id<"gol">>(),
    agent: text("agent").$type<Id<"agt">>().notNull(),
    turnId: text("turn_id").$type<Id<"trn">>(),
    state: text("state", { enum: proposalStates }).notNull(),
    edited: integer("edited", { mode: "boolean" }).notNull(),
    hash: text("hash"),
    at: integer("at").notNull(),
    decidedAt: integer("decided_at"),
    decidedBy: sealedText("decided_by"),
  },
  (table) => [index("proposal_state").on(table.state)],
);
