import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedBody, sealedKey, sealedText } from "./seal/sealed-column.ts";
import type { Id } from "./wire/id.ts";

/**
 * The member's one log, append-only, in the actor. `ref` makes an
 * event once-only: a second one with the same ref is not written.
 */
export const eventTable = sqliteTable(
  "event",
  {
    seq: integer("seq").primaryKey(),
    at: integer("at").notNull(),
    channel: text("channel").$type<Id<"chn"> | "">().notNull(),
    kind: text("kind").notNull(),
    body: sealedBody("body").notNull(),
    ref: sealedKey("ref").unique(),
    turnId: text("turn_id").$type<Id<"trn">>(),
    /** The session of the agent that it belongs to, as that was when it was written. */
    session: text("session").$type<Id<"ses">>(),
    /** The name of the project that it tells of (project-events.ts); null too in what was written before. */
    project: sealedText("project"),
  },
  (table) => [
    index("event_turn").on(table.turnId, table.kind), // by both: else SQLite takes all of a kind for the few of a turn
    index("event_kind").on(table.kind, table.seq),
    index("event_session").on(table.session, table.seq),
    index("event_project").on(table.project, table.seq).where(sql`${table.project} is not null`),
    index("event_channel").on(table.channel, table.seq),
  ],
);
