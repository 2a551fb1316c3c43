import { z } from "zod";
import { type SubInput, subCommand } from "../../schema/agent/sub-agent.ts";
import { repositoryFates } from "../../schema/project/project.ts";
import { registryProjectIn } from "../../schema/project/registry-project.ts";
import { appNoticeIn } from "../../schema/reminder/app-notice.ts";
import { questionId } from "../../schema/reminder/reminder.ts";
import { commitHash } from "../../schema/task/task-command.ts";
import { terminalOpenIn } from "../../schema/terminal/terminal.ts";
import { turnStoppers } from "../../schema/turn.ts";
import { type Id, id } from "../../schema/wire/id.ts";

/**
 * Work of one lane is done one after another. Each agent has its own for its turns, `turn:<agent>`, and for
 * what it is told, `peer:<agent>`.
 */
export type Lane = string;

const emptyPayload = z.object({});
const projectPayload = z.object({ name: z.string() });
const commitPayload = z.object({ repo: z.string(), hash: commitHash });
/** Rows of before only approvals were reminded of call theirs `approvalId`. */
function nameQuestion(payload: unknown): unknown {
  const before = z.looseObject({ approvalId: id("apr") }).safeParse(payload);
  if (!before.success) return payload;
  const { approvalId: question, ...rest } = before.data;
  return { question, ...rest };
}

/**
 * Each kind of work: the shape of its payload, and the lane its rows run in unless one names another. Lanes
 * go on beside each other: a stop so overtakes a running turn, and no agent waits for another. `main`, and
 * the lanes of one agent, keep their order even when their head must wait. Rows are stored as they were
 * queued: a change of a shape must still read those of before.
 */
export const workKinds = {
  provision: { lane: "main", payload: emptyPayload },
  /**
   * `awaitsRoom`: it was put off, since its agent has no room on the disk, no place in the plan, or no model
   * time, as `lacks` says beside it.
   */
  turn: {
    lane: "turn",
    payload: z.object({ turnId: id("trn"), awaitsRoom: z.literal(true).optional(), lacks: z.literal("model_time").optional() }),
  },
  stop: {
    lane: "stop",
    payload: z.union([
      z.object({ turnId: id("trn"), by: z.enum(turnStoppers).optional() }),
      z.object({ generation: z.number().int(), again: z.boolean().optional() }),
    ]),
  },
  outbox: { lane: "git", payload: z.object({ key: z.string() }) },
  project: { lane: "project", payload: projectPayload },
  /** The files of a template come to a project whose repository is there. */
  begin: { lane: "begin", payload: z.object({ id: id("prj") }) },
  scan: { lane: "git", payload: z.object({ turnId: id("trn").optional() }) },
  status: { lane: "status", payload: emptyPayload },
  /** A look whether anybody uses the stack. */
  idle: { lane: "idle", payload: emptyPayload },
  team: { lane: "team", payload: emptyPayload },
  /**
   * `input` is read by who carries it: what can't be read still has an agent, whose task must not wait for it
   * in silence.
   */
  peer: { lane: "peer", payload: z.object({ agent: id("agt"), key: z.string(), input: z.custom<SubInput>() }) },
  approval: { lane: "approval", payload: z.object({ session: z.string() }) },
  session: { lane: "session", payload: z.object({ sessionId: id("ses") }) },
  expire: { lane: "expire", payload: z.object({ approvalId: id("apr") }) },
  /** `more`: for how many others the reminder that is being sent speaks too. */
  remind: {
    lane: "remind",
    payload: z.preprocess(
      nameQuestion,
      z.strictObject({ question: questionId, sent: z.number().int().default(0), more: z.number().int().optional() }),
    ),
  },
  policy: { lane: "git", payload: emptyPayload },
  types: { lane: "git", payload: emptyPayload },
  search: { lane: "search", payload: emptyPayload },
  retire: { lane: "retire", payload: z.object({ agent: id("agt") }) },
  reach: { lane: "reach", payload: z.object({ agent: id("agt") }) },
  right: { lane: "right", payload: projectPayload },
  secrets: { lane: "secrets", payload: emptyPayload },
  merge: { lane: "merge", payload: z.object({ taskId: id("tsk"), run: z.number().int() }) },
  verify: { lane: "verify", payload: z.object({ taskId: id("tsk"), commit: commitHash }) },
  release: { lane: "release", payload: z.object({ id: id("rel") }) },
  /** In the lane of its project's releases: what is deployed after it waits for it. */
  removal: { lane: "release", payload: projectPayload.extend({ id: id("prj"), repository: z.enum(repositoryFates) }) },
  /** The edge hears of a project that was made, or deleted. */
  register: { lane: "register", payload: registryProjectIn.extend({ name: z.string() }) },
  /** A line of the member's own runs in a clean checkout: one at a time. */
  command: { lane: "command", payload: z.object({ id: id("cmd") }) },
  /** The checks of a pushed commit: those of one at a time. */
  checks: { lane: "checks", payload: commitPayload },
  /** Gitea hears how a commit stands. */
  commit_status: { lane: "commit_status", payload: commitPayload },
  watch: { lane: "watch", payload: projectPayload },
  views: { lane: "views", payload: z.object({ key: z.string(), at: z.number() }) },
  app_reach: { lane: "app_reach", payload: projectPayload },
  incident: { lane: "incident", payload: z.object({ id: id("inc") }) },
  deployment: { lane: "deployment", payload: z.object({ taskId: id("tsk") }) },
  notice: { lane: "notice", payload: appNoticeIn },
  terminal: { lane: "terminal", payload: terminalOpenIn.extend({ startedAt: z.number() }) },
  /** What a member made themselves is proven, and comes to `main`. */
  adopt: { lane: "git", payload: z.object({ taskId: id("tsk"), commit: commitHash }) },
  receipt: { lane: "receipt", payload: z.object({ id: id("rct") }) },
  audit: { lane: "audit", payload: emptyPayload },
  anchor: { lane: "anchor", payload: emptyPayload },
  receipts: { lane: "receipt", payload: projectPayload },
  /** The sub-agent's own: what it asks of its parent. */
  execute: { lane: "parent", payload: subCommand },
  report: { lane: "parent", payload: subCommand },
} as const satisfies Record<string, { lane: Lane; payload: z.ZodType }>;

export type WorkKind = keyof typeof workKinds;
export type SubWorkKind = "execute" | "report";
export type GrowWorkKind = Exclude<WorkKind, SubWorkKind>;
/** As a handler reads it. */
export type Payload<K extends WorkKind> = z.output<(typeof workKinds)[K]["payload"]>;
type GivenPayload<K extends WorkKind> = z.input<(typeof workKinds)[K]["payload"]>;
/**
 * What is queued. The same key twice is one row; `again` lets a row that may be running just now run once
 * more. `dueAt`: milliseconds since 1970.
 */
export type QueuedWork<K extends WorkKind> = { key: string; lane?: Lane; again?: boolean; dueAt?: number } & (Record<
  never,
  never
> extends GivenPayload<K>
  ? { payload?: GivenPayload<K> }
  : { payload: GivenPayload<K> });

export const turnLane = (agent: Id<"agt">): Lane => `turn:${agent}`;
/** Each task's proof beside the others'; the host says how many rooms there are. */
export const proofLane = (taskId: Id<"tsk">): Lane => `verify:${taskId}`;
/** The releases of one project, in order. */
export const releaseLane = (project: string): Lane => `release:${project}`;
/** What an agent is told, in order. */
export const peerLane = (agent: Id<"agt">): Lane => `peer:${agent}`;
export const isOrdered = (lane: Lane): boolean => lane === "main" || lane.includes(":") || lane === workKinds.execute.lane;
