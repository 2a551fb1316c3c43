import { readFileSync } from "node:fs";
import { db } from "rivetkit/db/drizzle";
import { z } from "zod";
import { endedSignInTable } from "../../schema/account/sign-in.table.ts";
import { agentTable } from "../../schema/agent/agent.table.ts";
import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import { memberAgentTable } from "../../schema/agent/member-agent.table.ts";
import { subAgentStepTable, subAgentTable } from "../../schema/agent/sub-agent.table.ts";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import { actionAuditTable } from "../../schema/audit/action-audit.table.ts";
import { messageTable } from "../../schema/conversation/message.table.ts";
import { eventTable } from "../../schema/event.table.ts";
import { branchHeadTable } from "../../schema/git/branch-head.table.ts";
import { changedFileTable } from "../../schema/git/changed-file.table.ts";
import { commitStatusTable } from "../../schema/git/commit-status.table.ts";
import { actionAnswerTable } from "../../schema/idempotency/action-idempotency.table.ts";
import { incidentTable } from "../../schema/incident/incident.table.ts";
import { conversationTable, memoryFileTable } from "../../schema/memory/memory-file.table.ts";
import { outboxTable } from "../../schema/memory/outbox.table.ts";
import { opencodeSessionTable } from "../../schema/opencode/session.table.ts";
import { planTable } from "../../schema/plan/plan.table.ts";
import { policyTable } from "../../schema/policy/policy.table.ts";
import { previewTable } from "../../schema/preview/preview.table.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import { projectCommandTable } from "../../schema/project/project-command.table.ts";
import { proofTable } from "../../schema/proof/proof.table.ts";
import { proposalTable } from "../../schema/proposal.table.ts";
import { questTable } from "../../schema/quest/quest.table.ts";
import { releaseTable } from "../../schema/release/release.table.ts";
import { sealedRowsTable } from "../../schema/seal/sealed-rows.table.ts";
import { runTable } from "../../schema/task/run.table.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { turnTable } from "../../schema/turn.table.ts";
import { workTable } from "../../schema/work.table.ts";
import { limitStatements } from "./limit-statements.ts";
import { wrapNative } from "./native-database.ts";
import { type Seal, sealNative } from "./seal.ts";

/** Of both kinds of actor: each leaves empty what is the other's. */
export const tables = {
  actionAudit: actionAuditTable,
  agent: agentTable,
  answer: actionAnswerTable,
  approval: approvalTable,
  changedFile: changedFileTable,
  commitStatus: commitStatusTable,
  conversation: conversationTable,
  endedSignIn: endedSignInTable,
  event: eventTable,
  growAgent: growAgentTable,
  head: branchHeadTable,
  incident: incidentTable,
  memberAgent: memberAgentTable,
  memoryFile: memoryFileTable,
  message: messageTable,
  opencodeSession: opencodeSessionTable,
  outbox: outboxTable,
  plan: planTable,
  policy: policyTable,
  preview: previewTable,
  project: projectTable,
  projectCommand: projectCommandTable,
  proof: proofTable,
  proposal: proposalTable,
  quest: questTable,
  release: releaseTable,
  run: runTable,
  sealedRows: sealedRowsTable,
  step: subAgentStepTable,
  subAgent: subAgentTable,
  task: taskTable,
  turn: turnTable,
  work: workTable,
};

const journal = z.object({ entries: z.array(z.looseObject({ idx: z.number(), tag: z.string() })) });
const migrationFolder = new URL("../../schema/migrations/actor/", import.meta.url);

function readMigrations(): { journal: unknown; migrations: Record<string, string> } {
  const written: unknown = JSON.parse(readFileSync(new URL("meta/_journal.json", migrationFolder), "utf8"));
  const { entries } = journal.parse(written);
  const named = entries.map((entry) => [
    `m${String(entry.idx).padStart(4, "0")}`,
    readFileSync(new URL(`${entry.tag}.sql`, migrationFolder), "utf8"),
  ]);
  return { journal: written, migrations: Object.fromEntries(named) };
}

/** Named, so that types which hold it can be written down in declarations. */
export interface ActorDatabase extends ReturnType<typeof db<typeof tables>> {}
const migrations = readMigrations();
/** `sealOf`: of the actor that the engine calls so. */
export const actorDatabase = (sealOf: (actor: string) => Promise<Seal>): ActorDatabase =>
  wrapNative(db({ schema: tables, migrations, profiling: { enabled: false } }), (native, actor) =>
    limitStatements(sealNative(native, () => sealOf(actor))),
  );
/**
 * An actor's own database, or a transaction in it. Inside a transaction only the transaction may be used: the
 * outer one waits for it for ever.
 */
export type Db = Awaited<ReturnType<ActorDatabase["createClient"]>>;
