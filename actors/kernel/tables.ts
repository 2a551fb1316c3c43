import { readFileSync } from "node:fs";
import { db } from "rivetkit/db/drizzle";
import { z } from "zod";
import { agent } from "../../schema/agent/agent.table.ts";
import { growAgent } from "../../schema/agent/grow-agent.table.ts";
import { memberAgent } from "../../schema/agent/member-agent.table.ts";
import { step, subAgent } from "../../schema/agent/sub-agent.table.ts";
import { approval } from "../../schema/approval/approval.table.ts";
import { message } from "../../schema/conversation/message.table.ts";
import { event } from "../../schema/event.table.ts";
import { head } from "../../schema/git/branch-head.table.ts";
import { changedFile } from "../../schema/git/changed-file.table.ts";
import { answer } from "../../schema/idempotency/action-idempotency.table.ts";
import { conversation, memoryFile } from "../../schema/memory/memory-file.table.ts";
import { outbox } from "../../schema/memory/outbox.table.ts";
import { plan } from "../../schema/plan/plan.table.ts";
import { policy } from "../../schema/policy/policy.table.ts";
import { project } from "../../schema/project.table.ts";
import { proof } from "../../schema/proof/proof.table.ts";
import { proposal } from "../../schema/proposal.table.ts";
import { quest } from "../../schema/quest/quest.table.ts";
import { run } from "../../schema/task/run.table.ts";
import { task } from "../../schema/task/task.table.ts";
import { turn } from "../../schema/turn.table.ts";
import { work } from "../../schema/work.table.ts";

/** Of both kinds of actor: each leaves empty what is the other's. */
export const tables = {
  agent,
  answer,
  approval,
  changedFile,
  conversation,
  event,
  growAgent,
  head,
  memberAgent,
  memoryFile,
  message,
  outbox,
  plan,
  policy,
  project,
  proof,
  proposal,
  quest,
  run,
  step,
  subAgent,
  task,
  turn,
  work,
};

const journal = z.object({ entries: z.array(z.looseObject({ idx: z.number(), tag: z.string() })) });
const folder = new URL("../../schema/migrations/actor/", import.meta.url);

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
/** An actor's own database, or a transaction in it. Inside a transaction only the transaction may be used: the outer one waits for it for ever. */
export type Db = Awaited<ReturnType<ActorDatabase["createClient"]>>;
