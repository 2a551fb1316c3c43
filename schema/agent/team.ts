import { z } from "zod";
import { modelAlias } from "../model.ts";
import { planEdit, planShape, planStates } from "../plan/plan.ts";
import { coveredShape } from "../proof/coverage.ts";
import { taskRun } from "../task/run.ts";
import { specShape } from "../task/spec.ts";
import { taskStates } from "../task/task.ts";
import { taskHead } from "../task/task-file.ts";
import { id } from "../wire/id.ts";
import { limits } from "../wire/limits.ts";
import { queryNumber } from "../wire/query-number.ts";

/**
 * The member's team as the actor shows it and takes orders for it:
 * agents, channels, tasks, plans. Times are milliseconds since 1970.
 */
export const agentStates = ["idle", "working", "waiting", "paused", "retired"] as const;
export type AgentState = (typeof agentStates)[number];
export const growAgentType = "grow";

export const agentView = z.object({
  id: id("agt"),
  /** `grow`, or the id of its type. */
  type: z.string(),
  title: z.string(),
  channel: id("chn"),
  state: z.enum(agentStates),
  task: z.object({ id: id("tsk"), title: z.string(), state: z.enum(taskStates) }).nullable(),
  createdAt: z.number(),
  retiredAt: z.number().nullable(),
});
export type AgentView = z.infer<typeof agentView>;

/** Why a task has not begun. */
export const taskHold = z.object({
  why: z.enum(["dependency", "blocked", "limit", "turn", "later"]),
  on: z.array(z.string()),
  text: z.string(),
});
export const taskView = taskHead.omit({ plan: true, quest: true }).extend({
  plan: id("pln").nullable(),
  /** Its name inside the plan. */
  name: z.string(),
  title: z.string(),
  owner: z.string(),
  /** What its agent said last. */
  progress: z.string(),
  hold: taskHold.nullable(),
  costMicros: z.number().int(),
  /** When it came into each state, oldest first. */
  history: z.array(z.object({ at: z.number(), state: z.enum(taskStates) })).default([]),
});
export type TaskView = z.infer<typeof taskView>;
export const taskDetail = z.object({
  task: taskView.extend({ spec: specShape }),
  runs: z.array(taskRun),
  /** The turns in which it was worked on, with the channel where they are told. */
  channel: id("chn").nullable(),
});
export type TaskDetail = z.infer<typeof taskDetail>;

export const tasksIn = z.strictObject({
  /** Newest first; from the last one of the page before. */
  cursor: id("tsk").optional(),
  limit: queryNumber(z.number().int().min(1).max(100)).default(50),
  /** `open`: every one that is not over. */
  state: z.enum([...taskStates, "open"]).optional(),
  plan: id("pln").optional(),
  agent: id("agt").optional(),
});
export const tasksOut = z.object({ tasks: z.array(taskView), next: id("tsk").nullable() });
export const taskIn = z.strictObject({ taskId: id("tsk") });
/** A task of the member's own making, without a plan. */
export const taskCreateIn = z.strictObject({ spec: specShape });
export const taskOut = z.object({ task: taskView });
/** `reassign`: to another agent of its type. */
export const taskActs = ["pause", "resume", "cancel", "retry", "reassign"] as const;
export const taskActIn = z.strictObject({ taskId: id("tsk"), act: z.enum(taskActs), reason: z.string().trim().min(1).max(500).optional() });

export const planView = z.object({
  id: id("pln"),
  state: z.enum(planStates),
  revision: z.number().int(),
  plan: planShape,
  estimate: z.object({
    costMicros: z.object({ expected: z.number(), most: z.number() }),
    minutes: z.object({ expected: z.number(), most: z.number() }),
  }),
  /** What its tasks have used, and from when to when they were worked on: `endedAt` once it is over. */
  used: z
    .object({ costMicros: z.number().int(), beganAt: z.number().nullable(), endedAt: z.number().nullable() })
    .default({ costMicros: 0, beganAt: null, endedAt: null }),
  /** Once it is accepted: its tasks, by their names in the plan. */
  tasks: z.array(
    z.object({
      name: z.string(),
      id: id("tsk"),
      state: z.enum(taskStates),
      hold: taskHold.nullable(),
      /** How much of what was asked for in words its receipt shows. */
      covered: coveredShape.optional(),
    }),
  ),
  createdAt: z.number(),
  updatedAt: z.number(),
});
export type PlanView = z.infer<typeof planView>;
export const planOut = z.object({ plan: planView });
export const plansIn = z.strictObject({
  cursor: id("pln").optional(),
  limit: queryNumber(z.number().int().min(1).max(50)).default(20),
  state: z.enum(planStates).optional(),
});
export const plansOut = z.object({ plans: z.array(planView), next: id("pln").nullable() });
export const planIn = z.strictObject({ planId: id("pln") });
/** A plan of one's own, or one that worked before: a file in `patterns/` of memory. */
export const planProposeIn = z.union([z.strictObject({ plan: planShape }), z.strictObject({ pattern: z.string().min(1).max(300) })]);
/** An edit of what was seen: another revision is refused as a conflict. */
export const planEditIn = z.strictObject({ planId: id("pln"), revision: z.number().int(), edits: z.array(planEdit).min(1).max(100) });
/** `keep` writes a finished plan to `patterns/` in memory, to be offered again. */
export const planActs = ["accept", "reject", "cancel", "keep"] as const;
/** `revision` is needed to accept: the member accepts what they saw. */
export const planActIn = z.strictObject({ planId: id("pln"), act: z.enum(planActs), revision: z.number().int().optional() });

export const agentsOut = z.object({ agents: z.array(agentView) });
export const agentIn = z.strictObject({ agentId: id("agt") });
export const agentDetail = z.object({
  agent: agentView,
  purpose: z.string(),
  tools: z.array(z.string()),
  capabilities: z.array(z.string()),
  workspace: z.string(),
  branch: z.string().nullable(),
});
export const agentActs = ["pause", "resume", "cancel"] as const;
/** On what the agent works on now; nothing else of it changes. */
export const agentActIn = z.strictObject({ agentId: id("agt"), act: z.enum(agentActs) });

export const channelView = z.object({
  id: id("chn"),
  title: z.string(),
  agent: id("agt"),
  type: z.string(),
  presence: z.enum(agentStates),
  /** The newest event of the channel. */
  lastSeq: z.number().int(),
  /** How far the member has read it, on whichever device. */
  read: z.number().int().default(0),
  /** What came after that from someone else, at most `mostUnread`. */
  unread: z.number().int().default(0),
  /** Files that commits told in it changed last. */
  files: z.number().int().default(0),
});
export type ChannelView = z.infer<typeof channelView>;
export const mostUnread = 100;
/**
 * A task in whose thread something is unread: turns and open questions after `read`, at most `mostUnread`.
 */
export const threadView = z.object({ task: id("tsk"), read: z.number().int(), unread: z.number().int() });
export type ThreadView = z.infer<typeof threadView>;
/**
 * `threads`: those with something unread. `last`: the newest event of the whole log when this was counted.
 */
export const channelsOut = z.object({
  channels: z.array(channelView),
  threads: z.array(threadView).default([]),
  last: z.number().int().default(0),
});
/**
 * Action `read`: the member has read a channel, or the thread of a task, up to an event. It never goes back.
 */
export const channelReadIn = z
  .strictObject({ channel: id("chn").optional(), task: id("tsk").optional(), seq: z.number().int().nonnegative() })
  .refine((input) => (input.channel === undefined) !== (input.task === undefined), {
    path: ["channel"],
    message: "give a channel or a task",
  });
export const channelReadOut = z.object({ channel: id("chn").optional(), task: id("tsk").optional(), read: z.number().int() });

export const channelEventsIn = z.strictObject({
  channel: id("chn"),
  before: z.number().int().positive().optional(),
  limit: z.number().int().min(1).max(limits.eventPage).default(100),
});

/**
 * Action `find`: the messages of a channel, the member's and its
 * agent's, that hold these words; each by its event, newest first.
 */
export const messageFindIn = z.strictObject({
  channel: id("chn"),
  text: z.string().trim().min(1).max(200),
  before: z.number().int().positive().optional(),
});
/** `next`: where to look on, null when all of the channel was looked at. */
export const messageFindOut = z.object({ found: z.array(z.number().int()), next: z.number().int().nullable() });

/** Action `history`: of all channels, the events nearest to `before`. */
export const historyIn = channelEventsIn.omit({ channel: true }).extend({ of: z.enum(["timeline", "audit"]) });

/**
 * POST …/agents/:agent by the runner: a sub-agent exists, may call
 * these platform tools, and has its model calls answered by this model.
 */
export const subAgentIn = z.strictObject({
  type: z.string().max(40),
  tools: z.array(z.string().max(40)).max(40),
  model: modelAlias.default("standard"),
});
