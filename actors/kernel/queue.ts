import type { SubInput } from "../../schema/agent/sub-agent.ts";
import type { TaskRow } from "../../schema/task/task.table.ts";
import type { Id } from "../../schema/wire/id.ts";
import { dropWork } from "./work.ts";
import { peerLane, proofLane, turnLane } from "./work-kinds.ts";
import type { Writer } from "./writer.ts";

/**
 * What is put into the queue under which key, in the caller's transaction. Who queues need not know who does
 * it: that is how nouns set each other in motion without importing one another.
 */

/** A push of the actor's status to the registry; several changes in a row become one push of the last. */
export const queueStatus = (writer: Writer): Promise<void> => writer.queue("status", { key: "status", again: true });
/** A look at who works on what. Call after every change that may let something begin. */
export const queueTeam = (writer: Writer): Promise<void> => writer.queue("team", { key: "team", again: true });
/** The policy file in Git has changed, or was not read yet. Call in the transaction that learns of it. */
export const queuePolicy = (writer: Writer): Promise<void> => writer.queue("policy", { key: "policy", again: true });
/** The files of the member's agent types may have changed. Call in the transaction that learns of it. */
export const queueTypes = (writer: Writer): Promise<void> => writer.queue("types", { key: "types", again: true });
/** Something that is searched has changed. Call in the transaction that changes it. */
export const queueSearch = (writer: Writer): Promise<void> =>
  writer.queue("search", { key: "search", again: true, dueAt: writer.now + 500 });
/** A look at the projects' branches, for the commits of a turn. */
export const queueScan = (writer: Writer, turnId: Id<"trn">): Promise<void> =>
  writer.queue("scan", { key: "scan", payload: { turnId: turnId }, again: true });

/** The work of a turn. Again while its row may be running just now, which found the stack stopped. */
export const queueTurn = (writer: Writer, turn: { id: Id<"trn">; agent: Id<"agt"> }): Promise<void> =>
  writer.queue("turn", { lane: turnLane(turn.agent), key: `turn:${turn.id}`, payload: { turnId: turn.id }, again: true });
export const dropTurn = (writer: Writer, turnId: Id<"trn">): Promise<void> => dropWork(writer.db, `turn:${turnId}`);
/** Each turn's stop beside the others': none waits for one that its host does not answer. */
export const queueStop = (writer: Writer, turnId: Id<"trn">): Promise<void> =>
  writer.queue("stop", { lane: `stop:${turnId}`, key: stopKey(turnId), payload: { turnId: turnId } });
export const stopKey = (turnId: Id<"trn">): string => `stop:${turnId}`;

/** Word to a sub-agent: it hears what it is told in that order, each once. */
export const tellSubAgent = (writer: Writer, to: Id<"agt">, key: string, input: SubInput): Promise<void> =>
  writer.queue("peer", { lane: peerLane(to), key: `peer:${key}`, payload: { agent: to, key, input } });
/** The server of an agent that is gone ends. */
export const queueRetire = (writer: Writer, agent: Id<"agt">): Promise<void> =>
  writer.queue("retire", { key: `retire:${agent}`, payload: { agent: agent } });

/**
 * A task that says it is complete is looked at in a clean room: one row for each commit, whose id is the
 * run's and so its receipt's. `again`: after the row that was given up.
 */
export async function queueProof(writer: Writer, row: TaskRow, again = false): Promise<void> {
  const { commit } = row.facts;
  if (commit === undefined || row.facts.proven === commit) return;
  const payload = { taskId: row.id, commit };
  await writer.queue("verify", {
    lane: proofLane(row.id),
    key: `verify:${row.id}:${commit}`,
    payload,
    again,
    dueAt: row.dueAt ?? writer.now,
  });
}
/** States in which a task that merges waits for its first step. */
export const mergeStarts: ReadonlySet<string> = new Set(["assigned", "in_progress"]);
/**
 * Call when the state of a task that merges has changed: it may begin, or every question of it is answered.
 */
export async function queueMerge(writer: Writer, row: TaskRow): Promise<void> {
  if (!mergeStarts.has(row.state)) return;
  const payload = { taskId: row.id, run: row.facts.run };
  await writer.queue("merge", { key: `merge:${row.id}`, payload, again: true });
}
/** Who may push to a project's main. Call in the transaction that changes who should. */
export const queuePushPermission = (writer: Writer, project: string): Promise<void> =>
  writer.queue("right", { key: pushPermissionKey(project), payload: { name: project }, again: true });
export const pushPermissionKey = (project: string): string => `right:${project}`;

/** The host hears what an agent may reach. */
export const queueReach = (writer: Writer, agent: Id<"agt">): Promise<void> =>
  writer.queue("reach", { key: `reach:${agent}`, payload: { agent }, again: true });

/** The end of a question that nobody answers. */
export const queueExpiry = (writer: Writer, approvalId: Id<"apr">, expiresAt: number): Promise<void> =>
  writer.queue("expire", { key: expiryKey(approvalId), payload: { approvalId }, dueAt: expiresAt });
const expiryKey = (approvalId: Id<"apr">) => `expire:${approvalId}`;
export const dropExpiry = (writer: Writer, approvalId: Id<"apr">): Promise<void> => dropWork(writer.db, expiryKey(approvalId));
export const reminderKey = (approvalId: Id<"apr">): string => `remind:${approvalId}`;
export const queueReminder = (writer: Writer, approvalId: Id<"apr">): Promise<void> =>
  writer.queue("remind", { key: reminderKey(approvalId), payload: { approvalId } });
export const dropReminder = (writer: Writer, approvalId: Id<"apr">): Promise<void> => dropWork(writer.db, reminderKey(approvalId));
/** What was decided in a session goes to OpenCode. */
export const queueReplies = (writer: Writer, session: string): Promise<void> =>
  writer.queue("approval", { key: `approval:${session}`, payload: { session }, again: true });
