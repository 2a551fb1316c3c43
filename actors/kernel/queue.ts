import { and, isNotNull, isNull } from "drizzle-orm";
import { agentTable } from "../../schema/agent/agent.table.ts";
import type { SubInput } from "../../schema/agent/sub-agent.ts";
import type { ProjectRow } from "../../schema/project/project.table.ts";
import type { QuestionId } from "../../schema/reminder/reminder.ts";
import type { TaskRow } from "../../schema/task/task.table.ts";
import type { TurnStopper } from "../../schema/turn.ts";
import type { Id } from "../../schema/wire/id.ts";
import { dropWork } from "./work.ts";
import { peerLane, proofLane, releaseLane, turnLane } from "./work-kinds.ts";
import type { Writer } from "./writer.ts";

/**
 * What is put into the queue under which key, in the caller's transaction. Who queues need not know who does
 * it: that is how nouns set each other in motion without importing one another.
 */

/** A push of the actor's status to the registry; several changes in a row become one push of the last. */
export const queueStatus = (writer: Writer): Promise<void> => writer.queue("status", { key: "status", again: true });
/** A look whether anybody uses the stack. */
export const queueIdleLook = (writer: Writer, dueAt: number): Promise<void> => writer.queue("idle", { key: "idle", again: true, dueAt });
/** A look at who works on what. Call after every change that may let something begin. */
export const queueTeam = (writer: Writer): Promise<void> => writer.queue("team", { key: "team", again: true });
/** The policy file in Git has changed, or was not read yet. Call in the transaction that learns of it. */
export const queuePolicy = (writer: Writer): Promise<void> => writer.queue("policy", { key: "policy", again: true });
/** The files of the member's agent types may have changed. Call in the transaction that learns of it. */
export const queueTypes = (writer: Writer): Promise<void> => writer.queue("types", { key: "types", again: true });
/** What was written down of changes goes to the edge, those of a moment together. */
export const queueAudit = (writer: Writer): Promise<void> => writer.queue("audit", { key: "audit", again: true, dueAt: writer.now + 500 });
/** The head of the audit goes to Git, once for all changes until then. */
export const queueAnchor = (writer: Writer): Promise<void> => writer.queue("anchor", { key: "anchor", dueAt: writer.now + 5_000 });
/** Again later: the one that stands in Git is too young. */
export const putOffAnchor = (writer: Writer, dueAt: number): Promise<void> => writer.queue("anchor", { key: "anchor", again: true, dueAt });
/** Something that is searched has changed. Call in the transaction that changes it. */
export const queueSearch = (writer: Writer): Promise<void> =>
  writer.queue("search", { key: "search", again: true, dueAt: writer.now + 500 });
/** A look at the projects' branches, for the commits of a turn or of a member's own push. */
export const queueScan = (writer: Writer, turnId?: Id<"trn">): Promise<void> =>
  writer.queue("scan", { key: "scan", payload: turnId === undefined ? {} : { turnId }, again: true });

/** The work of a turn. Again while its row may be running just now, which found the stack stopped. */
export const queueTurn = (
  writer: Writer,
  turn: { id: Id<"trn">; agent: Id<"agt"> },
  { dueAt, ...how }: { dueAt?: number; awaitsRoom?: true; lacks?: "model_time" } = {},
): Promise<void> =>
  writer.queue("turn", {
    ...{ lane: turnLane(turn.agent), key: `turn:${turn.id}`, payload: { turnId: turn.id, ...how }, again: true },
    ...(dueAt === undefined ? {} : { dueAt }),
  });
export const dropTurn = (writer: Writer, turnId: Id<"trn">): Promise<void> => dropWork(writer.db, `turn:${turnId}`);
/** Each turn's stop beside the others': none waits for one that its host does not answer. */
export const queueStop = (writer: Writer, turnId: Id<"trn">, by: TurnStopper = "member"): Promise<void> =>
  writer.queue("stop", { lane: `stop:${turnId}`, key: stopKey(turnId), payload: { turnId: turnId, by } });
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
/** What the member made and is proven comes to `main`, once. */
export async function queueAdoption(writer: Writer, { facts, id, state }: TaskRow): Promise<void> {
  if (facts.by !== "member" || state !== "verified" || !facts.commit || facts.adopted === facts.commit) return;
  await writer.queue("adopt", { key: adoptionKey({ facts, id }), payload: { taskId: id, commit: facts.commit }, again: true });
}
export const adoptionKey = ({ facts, id }: Pick<TaskRow, "facts" | "id">): string => `adopt:${id}:${facts.commit}`;
/** Who may push to a project's main. Call in the transaction that changes who should. */
export const queuePushPermission = (writer: Writer, project: string): Promise<void> =>
  writer.queue("right", { key: pushPermissionKey(project), payload: { name: project }, again: true });
export const pushPermissionKey = (project: string): string => `right:${project}`;

/** A member's secrets have changed, or a machine may not know them: pushes are looked through by them. */
export const queueSecretPrints = (writer: Writer): Promise<void> => writer.queue("secrets", { key: "secrets", again: true });

/** What people have open of a preview or an app ends: `key` names it as the edge does (preview-access.ts). */
export const queueViewsEnd = (writer: Writer, key: string): Promise<void> =>
  writer.queue("views", { key: `views:${key}:${writer.now}`, payload: { key, at: writer.now } });

/** A release is to be served; again while its row may be running, which found the stack stopped. */
export const queueRelease = (writer: Writer, release: { id: Id<"rel">; project: string }): Promise<void> =>
  writer.queue("release", { lane: releaseLane(release.project), key: `release:${release.id}`, payload: { id: release.id }, again: true });
export const dropRelease = (writer: Writer, { id }: { id: Id<"rel"> }): Promise<void> => dropWork(writer.db, `release:${id}`);
/** A line of the member's own is to be run; again while its row may be running just now. */
export const queueCommand = (writer: Writer, { id }: { id: Id<"cmd"> }): Promise<void> =>
  writer.queue("command", { key: `command:${id}`, payload: { id }, again: true });
/**
 * The checks of a commit are to be run; again while its row may be running just now. `asked`: by the member,
 * who does not wait for what was pushed meanwhile.
 */
export const queueChecks = (writer: Writer, { repo, hash, asked }: { repo: string; hash: string; asked: boolean }): Promise<void> =>
  writer.queue("checks", {
    ...(asked ? { lane: "asked_checks" } : {}),
    ...{ key: `checks:${repo}:${hash}`, payload: { repo, hash }, again: true },
  });
/** Gitea is to hear how a commit stands by now. */
export const queueCommitStatus = (writer: Writer, { repo, hash }: { repo: string; hash: string }): Promise<void> =>
  writer.queue("commit_status", { key: `commit_status:${repo}:${hash}`, payload: { repo, hash }, again: true });
/** A look at what serves of a project. */
export const queueAppWatch = (writer: Writer, project: string, dueAt: number): Promise<void> =>
  writer.queue("watch", { lane: `watch:${project}`, key: `watch:${project}`, payload: { name: project }, again: true, dueAt });

/** An incident goes on: its evidence is taken, its repair begun, the release before gone back to. */
export const queueIncident = (writer: Writer, incident: Id<"inc">): Promise<void> =>
  writer.queue("incident", { lane: `incident:${incident}`, key: `incident:${incident}`, payload: { id: incident }, again: true });
/** What a task has merged goes on to its deployment. */
export const queueDeployment = (writer: Writer, taskId: Id<"tsk">): Promise<void> =>
  writer.queue("deployment", { lane: `deployment:${taskId}`, key: `deployment:${taskId}`, payload: { taskId }, again: true });
export const dropAppWatch = (writer: Writer, project: string): Promise<void> => dropWork(writer.db, `watch:${project}`);
export const registrationKey = (project: Id<"prj">) => `register:${project}`;
/** A project as the edge is told of it. */
export const registration = (row: ProjectRow, template: string | null = row.beginning?.template ?? null) => ({
  key: registrationKey(row.id),
  payload: { id: row.id, name: row.name, repo: row.repo, createdAt: row.createdAt, template },
});
/** The edge hears of a project that was made. Call in the transaction that makes it. */
export const queueRegistration = (writer: Writer, row: ProjectRow, template?: string): Promise<void> =>
  writer.queue("register", registration(row, template));
/** And of one that was deleted: what was to be told of it before is told with this. */
export function queueDeregistration(writer: Writer, row: ProjectRow): Promise<void> {
  const { key, payload } = registration(row);
  return writer.queue("register", { key, payload: { ...payload, removedAt: writer.now }, again: true });
}
/** A project is taken offline or deleted. */
export const queueRemoval = (
  writer: Writer,
  { name, id }: { name: string; id: Id<"prj"> },
  repository: "keep" | "archive",
): Promise<void> => writer.queue("removal", { lane: releaseLane(name), key: removalKey(name), payload: { name, id, repository } });
export const removalKey = (project: string): string => `removal:${project}`;

/** The host hears what an agent may reach. */
export const queueReach = (writer: Writer, agent: Id<"agt">): Promise<void> =>
  writer.queue("reach", { key: `reach:${agent}`, payload: { agent }, again: true });
/** The member's rules or answers have changed: whichever agent has a server hears it. */
export async function queueEveryReach(writer: Writer): Promise<void> {
  const started = and(isNull(agentTable.retiredAt), isNotNull(agentTable.boot));
  for (const { id } of await writer.db.select({ id: agentTable.id }).from(agentTable).where(started)) await queueReach(writer, id);
}

/** The host hears what the app of a project may reach. */
export const queueAppReach = (writer: Writer, project: string): Promise<void> =>
  writer.queue("app_reach", { lane: `app_reach:${project}`, key: `app_reach:${project}`, payload: { name: project }, again: true });

/** The end of a question that nobody answers. */
export const queueExpiry = (writer: Writer, approvalId: Id<"apr">, expiresAt: number): Promise<void> =>
  writer.queue("expire", { key: expiryKey(approvalId), payload: { approvalId }, dueAt: expiresAt });
const expiryKey = (approvalId: Id<"apr">) => `expire:${approvalId}`;
export const dropExpiry = (writer: Writer, approvalId: Id<"apr">): Promise<void> => dropWork(writer.db, expiryKey(approvalId));
export const reminderKey = (question: QuestionId): string => `remind:${question}`;
export const queueReminder = (writer: Writer, question: QuestionId): Promise<void> =>
  writer.queue("remind", { key: reminderKey(question), payload: { question } });
export const dropReminder = (writer: Writer, question: QuestionId): Promise<void> => dropWork(writer.db, reminderKey(question));
/** OpenCode hears the title of a session. */
export const queueSessionTitle = (writer: Writer, sessionId: Id<"ses">): Promise<void> =>
  writer.queue("session", { key: `session:${sessionId}`, payload: { sessionId }, again: true });
/** What was decided in a session goes to OpenCode. */
export const queueReplies = (writer: Writer, session: string): Promise<void> =>
  writer.queue("approval", { key: `approval:${session}`, payload: { session }, again: true });
