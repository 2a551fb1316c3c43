import { readFileSync } from "node:fs";
import { db } from "rivetkit/db/drizzle";
import { z } from "zod";
import { answer } from "../schema/answer.table.ts";
import { event } from "../schema/event.table.ts";
import { growAgent } from "../schema/grow-agent.table.ts";
import { head } from "../schema/head.table.ts";
import { message } from "../schema/message.table.ts";
import { outbox } from "../schema/outbox.table.ts";
import { project } from "../schema/project.table.ts";
import { turn } from "../schema/turn.table.ts";
import { work } from "../schema/work.table.ts";

export const tables = { answer, event, growAgent, head, message, outbox, project, turn, work };

const journal = z.object({ entries: z.array(z.looseObject({ idx: z.number(), tag: z.string() })) });
const folder = new URL("../schema/migrations/actor/", import.meta.url);

function migrations(): { journal: unknown; migrations: Record<string, string> } {
  const written: unknown = JSON.parse(readFileSync(new URL("meta/_journal.json", folder), "utf8"));
  const { entries } = journal.parse(written);
  const named = entries.map((entry) => [
    `m${String(entry.idx).padStart(4, "0")}`,
    readFileSync(new URL(`${entry.tag}.sql`, folder), "utf8"),
  ]);
  return { journal: written, migrations: Object.fromEntries(named) };
}

/** Named, so that types which hold it can be written down in declarations. */
export interface ActorDatabase extends ReturnType<typeof db<typeof tables>> {}
export const database: ActorDatabase = db({ schema: tables, migrations: migrations(), profiling: { enabled: false } });
/** A growAgent's own database, or a transaction in it. Inside a transaction only the transaction may be used: the outer one waits for it for ever. */
export type Db = Awaited<ReturnType<ActorDatabase["createClient"]>>;
