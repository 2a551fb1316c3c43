import { AsyncLocalStorage } from "node:async_hooks";
import type { ActionName } from "../../schema/actions.ts";
import { actionAuditTable } from "../../schema/audit/action-audit.table.ts";
import {
  type AuditEntry,
  type AuditResult,
  actionActor,
  describeAction,
  fitRequest,
  isAudited,
  memberActor,
} from "../../schema/audit/audit.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { findAuditedProject } from "./audited-project.ts";
import { queueAudit } from "./queue.ts";
import type { Admitted } from "./self.ts";
import type { Db } from "./tables.ts";
import type { Writer } from "./writer.ts";

/**
 * The change that an action is about to make. It travels with the call, not by argument, so that no call site
 * can forget it. It ends with its action: what the action has only set in motion is not taken for it.
 */
type OpenAudit = { requestId: string; told: Omit<AuditEntry, "ms" | "steps" | "result">; written: boolean };
const openAudits = new AsyncLocalStorage<{ audit: OpenAudit | undefined }>();

/** `began`: when the transaction did. */
function endEntry({ told }: OpenAudit, result: AuditResult, began: number): AuditEntry {
  const ms = Math.max(0, Date.now() - told.at);
  const admitted = Math.min(ms, Math.max(0, began - told.at));
  const steps = [
    { name: "admitted", ms: admitted },
    { name: "written", ms: ms - admitted },
  ];
  return { ...told, result, ms, steps };
}
async function insertAudit(writer: Writer, entry: AuditEntry): Promise<void> {
  await writer.db.insert(actionAuditTable).values({ id: newId("adt", writer.now), entry });
  await queueAudit(writer);
}

/** The change of the action whose transaction this is, until it is written down; in none there is none. */
export function openAuditOf(requestId: string): OpenAudit | undefined {
  const audit = openAudits.getStore()?.audit;
  return audit && !audit.written && audit.requestId === requestId ? audit : undefined;
}
/** In the transaction of the change. The caller notes `written` after its commit. */
export const writeAudit = (writer: Writer, audit: OpenAudit): Promise<void> => insertAudit(writer, endEntry(audit, "ok", writer.now));

/** A call of an action of the growAgent, and how a refusal is written down. */
type AuditedCall = { db: Db; name: ActionName; member: string; caller: Admitted; requestId: string; input: unknown };
type WriteRefusal = (write: (writer: Writer) => Promise<void>) => Promise<unknown>;
/**
 * Runs an action. What it changes has one row, written in the transaction of the change; a call that changed
 * nothing has none. What a browser was refused has one too; the edge tells what it was refused itself.
 */
export async function runAudited<T>(call: AuditedCall, run: () => Promise<T>, refuse: WriteRefusal): Promise<T> {
  const change = describeAction(call.name, call.input);
  if (!change) return run();
  const at = Date.now();
  const project = await findAuditedProject(call.db, call.name, call.input);
  const said = { ...change, ...(project === undefined ? {} : { project }) };
  const told = {
    at,
    by: actionActor(call.name, memberActor(call.member, call.caller.signIn), call.input),
    ...said,
    request: fitRequest(call.requestId),
  };
  const audit: OpenAudit = { requestId: call.requestId, told, written: false };
  const store: { audit: OpenAudit | undefined } = { audit };
  try {
    return await openAudits.run(store, run);
  } catch (error) {
    const result = error instanceof AppError ? error.code : "internal";
    if (call.caller.audience === "live" && !audit.written && isAudited(result))
      await refuse((writer) => insertAudit(writer, endEntry(audit, result, writer.now)));
    throw error;
  } finally {
    store.audit = undefined;
  }
}
