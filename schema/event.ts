import { z } from "zod";
import { agentTypeState } from "./agent/agent-type-api.ts";
import { agentStates, taskHold } from "./agent/team.ts";
import { approvalView } from "./approval/approval-api.ts";
import { attachment } from "./conversation/attachment.ts";
import { commitStatusBody } from "./git/commit-status.ts";
import { goalStates } from "./goal.ts";
import { incidentStateBody } from "./incident/incident.ts";
import { planStates } from "./plan/plan.ts";
import { previewSource, previewStates } from "./preview/preview.ts";
import { projectRemovedBody, projectStateBody } from "./project/project.ts";
import { projectCommandBody, projectOutputBody } from "./project/project-command.ts";
import { projectStepBody } from "./project/template.ts";
import { coveredShape, provenShape } from "./proof/coverage.ts";
import { strengthShape } from "./proof/strength.ts";
import { proposalKinds, proposalStates } from "./proposal.ts";
import { questStateBody } from "./quest/quest-api.ts";
import { releaseHandOffBody, releaseView } from "./release/release.ts";
import { appStateBody } from "./release/release-host.ts";
import { observedStates, provisionStep, stackTroubles, tiers } from "./stack/stack.ts";
import { commitHash } from "./task/task-command.ts";
import { taskStateBody } from "./task/task-file.ts";
import { turnStates } from "./turn.ts";
import { type Id, id } from "./wire/id.ts";

/**
 * One changed file of a commit. `patch` is a unified diff
 * without its file header, absent when binary or too large.
 */
export const changedFile = z.object({
  path: z.string(),
  status: z.enum(["added", "modified", "deleted", "renamed"]),
  additions: z.number().int(),
  deletions: z.number().int(),
  patch: z.string().optional(),
});
export type ChangedFile = z.infer<typeof changedFile>;

/** What a tool call shows when folded to one line. */
export const toolView = z.object({
  callId: z.string(),
  tool: z.string(),
  /** Read, Write, Edit, Run, Search, Remember … */
  verb: z.string(),
  target: z.string(),
  /** The exact command, where `target` says in words what it is for. */
  command: z.string().optional(),
  state: z.enum(["running", "done", "failed"]),
  result: z.string().optional(),
  /** The tail of its output. */
  output: z.string().optional(),
  ms: z.number().optional(),
});
export type ToolView = z.infer<typeof toolView>;

/** Everything that is stored in a member's log, by kind. A client ignores kinds it does not know. */
export const eventBodies = {
  /** A step of a provision or a wake. `ms` is how long it took, once done. */
  "provision.step": z.object({
    run: z.string(),
    step: provisionStep,
    state: z.enum(["started", "done", "failed"]),
    ms: z.number().optional(),
    /** Why it failed, or what is being done: one that waits is started again each time that changes. */
    detail: z.string().optional(),
    /** When what is being done began, milliseconds since 1970. */
    since: z.number().optional(),
    /** Of the step that chooses a machine, while none has a slot free: how many in line, from 1. */
    place: z.number().int().optional(),
  }),
  "stack.state": z.object({
    tier: z.enum(tiers),
    observed: z.enum(observedStates),
    reason: z.string().optional(),
    /** It was stopped because nobody used it, and wakes for whatever is to be done. */
    asleep: z.boolean().optional(),
    /** Where it changed: what keeps the stack from going on, null when that is over. */
    trouble: z.enum(stackTroubles).nullable().optional(),
  }),
  /** A member's message; with `taskId` it stands in that task's thread too. */
  "message.sent": z.object({
    messageId: id("msg"),
    clientId: z.string(),
    text: z.string(),
    turnId: id("trn"),
    taskId: id("tsk").optional(),
    /** The session that it was sent to by name. */
    sessionId: id("ses").optional(),
    attachments: z.array(attachment).optional(),
  }),
  "turn.state": z.object({
    turnId: id("trn"),
    state: z.enum(turnStates),
    reason: z.string().optional(),
    ms: z.number().optional(),
    kept: z.string().optional(),
  }),
  /**
   * A finished block of the agent's text. `partId` is stable: a
   * second event with the same one replaces the first.
   */
  "message.text": z.object({ turnId: id("trn"), partId: z.string(), text: z.string() }),
  /** A tool call that started or ended; the later event of a `callId` replaces the earlier. */
  "tool.call": z.object({ turnId: id("trn"), call: toolView }),
  commit: z.object({
    repo: z.string(),
    repoId: z.string().optional(),
    branch: z.string(),
    hash: z.string(),
    parent: z.string().optional(),
    title: z.string(),
    author: z.string(),
    files: z.array(changedFile),
    truncated: z.boolean(),
    turnId: id("trn").optional(),
    outboxId: id("out").optional(),
    /** All that a batch holds; `outboxId` is the first. */
    outboxIds: z.array(id("out")).optional(),
  }),
  /** An agent was made, took or left a task, waits, pauses, or was retired. In the Grow Agent's channel. */
  "agent.state": z.object({
    agentId: id("agt"),
    type: z.string(),
    title: z.string(),
    channel: id("chn"),
    state: z.enum(agentStates),
    taskId: id("tsk").optional(),
  }),
  /** A kind of agent that the member defines in memory was taken up, changed, refused or removed. */
  "agent_type.state": agentTypeState,
  /**
   * What the platform said to an agent, in the agent's own channel: its task, a repair, word of a result.
   * `text` is written for the model and shown to nobody; `shown` is the same for people, in a line.
   */
  "agent.prompt": z.object({
    ...{ agentId: id("agt"), turnId: id("trn"), text: z.string(), taskId: id("tsk").optional() },
    shown: z.string().max(500).optional(),
  }),
  /** One line of an agent about its work, in the Grow Agent's channel. */
  "agent.progress": z.object({
    agentId: id("agt"),
    taskId: id("tsk").optional(),
    state: z.enum(["working", "done", "blocked"]),
    text: z.string(),
    step: z.number().int().optional(),
    of: z.number().int().optional(),
  }),
  /** A task changed: its facts after the change and what they were called before. */
  "task.state": taskStateBody.extend({ planId: id("pln").optional(), name: z.string().optional(), owner: z.string().optional() }),
  /** Work passes on to what follows it in the plan. */
  "task.handoff": z.object({
    planId: id("pln"),
    from: id("tsk"),
    to: id("tsk"),
    fromOwner: z.string(),
    toOwner: z.string(),
    agentId: id("agt").optional(),
  }),
  /** Why a task of an accepted plan does not begin yet; the newest one of a task counts. */
  "task.held": z.object({ taskId: id("tsk"), hold: taskHold }),
  /** A plan was proposed, edited, answered, or has ended. The whole of it: action `plan`. */
  "plan.state": z.object({
    planId: id("pln"),
    title: z.string(),
    state: z.enum(planStates),
    revision: z.number().int(),
    tasks: z.array(z.object({ name: z.string(), title: z.string(), owner: z.string(), dependsOn: z.array(z.string()) })),
    costMicros: z.object({ expected: z.number(), most: z.number() }),
    minutes: z.object({ expected: z.number(), most: z.number() }),
    reason: z.string().optional(),
    /** Once it is over: how much of what was asked for in words its receipts show together. */
    covered: coveredShape.optional(),
    turnId: id("trn").optional(),
  }),
  /** A question to the member, in the channel of the agent that waits. */
  "approval.asked": approvalView,
  /**
   * It was answered, expired, or nobody waits for it any more:
   * `state` and `decided` say which, by which device and when.
   */
  "approval.decided": approvalView.pick({ id: true, agent: true, task: true, turn: true, title: true, state: true, decided: true }),
  /**
   * What the member allows or forbids once and for all changed:
   * the id of a rule, or of the approval that granted.
   */
  "policy.changed": z.object({ id: z.string(), change: z.enum(["added", "revoked"]), text: z.string() }),
  /**
   * A call of a platform tool that was wrong; `again`: after a
   * repair was asked for, so that the member should know.
   */
  "tool.refused": z.object({
    ...{ agentId: id("agt"), turnId: id("trn").optional(), tool: z.string(), text: z.string(), again: z.boolean() },
    /** What was wrong, for people: `text` is what the model read. */
    shown: z.string().max(1_000).optional(),
  }),
  /** A call of an agent's bound service, in the agent's channel: that it began, and how it ended. */
  "service.called": z.object({
    agentId: id("agt"),
    turnId: id("trn").optional(),
    service: z.string(),
    operation: z.string(),
    state: z.enum(["started", "done", "failed", "refused"]),
    text: z.string().max(1_000),
    ms: z.number().optional(),
  }),
  /** One check in the clean room, in the channel of the agent whose work it is. */
  "task.check": z.object({
    taskId: id("tsk"),
    commit: commitHash,
    name: z.string(),
    /** The check in words: a command, a file, an address. */
    what: z.string().max(2_000).optional(),
    state: z.enum(["started", "passed", "failed"]),
    reason: z.string().max(4_000).optional(),
    ms: z.number().optional(),
  }),
  /**
   * A task's checks passed at a commit and are signed for; or (`stale`) the branch has newer commits since.
   */
  receipt: z.object({
    receiptId: id("rct"),
    taskId: id("tsk"),
    repo: z.string(),
    commit: commitHash,
    checks: z.number().int(),
    state: z.enum(["current", "stale"]),
    reason: z.string().max(4_000),
    /** What the checks would have noticed, where that was measured. */
    strength: strengthShape.pick({ caught: true, tried: true }).optional(),
    /** How much of what was asked for in words the checks have shown. */
    proven: provenShape.optional(),
  }),
  /** Something can be looked at, has changed, or can't be any more. */
  "preview.state": z.object({
    previewId: id("pvw"),
    title: z.string(),
    state: z.enum(previewStates),
    source: previewSource,
    turnId: id("trn").optional(),
  }),
  /** A program of an agent has begun to listen: the member may look at it. */
  "preview.offered": z.object({ agentId: id("agt"), port: z.number().int(), turnId: id("trn").optional() }),
  /** A shell of the member's own in their box; what was typed is kept nowhere. */
  "terminal.state": z.object({
    terminalId: id("trm"),
    state: z.enum(["started", "ended"]),
    device: z.string(),
    ms: z.number().optional(),
  }),
  /** How a commit of a project stands has changed. */
  "commit.status": commitStatusBody,
  "project.created": z.object({ projectId: id("prj"), name: z.string(), repo: z.string(), turnId: id("trn").optional() }),
  /** A project from a template is at its next step, is ready, or can't go on. */
  "project.step": projectStepBody,
  /** Where a project is seen, and by whom, has changed. */
  "project.state": projectStateBody,
  /** A line of the member's own in a clean checkout of a project is taken, begins, or has ended. */
  "project.command": projectCommandBody,
  /** What such a line has printed since. */
  "project.output": projectOutputBody,
  /** A project is being taken offline or deleted, or is so now. */
  "project.removed": projectRemovedBody,
  /** A release was taken, is at its next step, serves, or does so no more. The whole of it. */
  "release.state": releaseView,
  /** What serves is well, or is not any more. */
  "app.state": appStateBody,
  /** Work passes on from its merge to a deployment, and from what serves to who watches it. */
  "release.handoff": releaseHandOffBody,
  /** What serves was not well for a while, or an incident goes on. The whole of it: action `incident`. */
  "incident.state": incidentStateBody,
  usage: z.object({
    turnId: id("trn"),
    model: z.string(),
    inputTokens: z.number().int(),
    outputTokens: z.number().int(),
    costMicros: z.number().int(),
  }),
  /**
   * An agent wants to remember something about the person, or to
   * change a goal; it counts once the member accepts.
   */
  "proposal.made": z.object({
    proposalId: id("prp"),
    kind: z.enum(proposalKinds),
    title: z.string(),
    text: z.string(),
    path: z.string(),
    /** When it changes a goal that is there: what of it, a line each. */
    change: z.array(z.string()).optional(),
    agentId: id("agt"),
    turnId: id("trn").optional(),
  }),
  "proposal.decided": z.object({
    proposalId: id("prp"),
    kind: z.enum(proposalKinds),
    title: z.string(),
    state: z.enum(proposalStates),
    edited: z.boolean(),
    by: z.string(),
  }),
  /** What an agent was given of memory before it answered: why it said what it said in this turn. */
  "message.why": z.object({
    turnId: id("trn"),
    query: z.string(),
    sources: z.array(
      z.object({
        source: z.string(),
        title: z.string(),
        excerpt: z.string(),
        repo: z.string().nullable(),
        path: z.string().nullable(),
        line: z.number().int().nullable(),
        commit: z.string().nullable(),
        seq: z.number().int().nullable(),
      }),
    ),
  }),
  /** A goal as it is now. */
  "goal.state": z.object({
    goalId: id("gol"),
    title: z.string(),
    state: z.enum(goalStates),
    progress: z.number().nullable(),
    path: z.string(),
  }),
  /** A quest was proposed, goes on, or has ended. The whole of it: action `quest`. */
  "quest.state": questStateBody,
  /** The member made a session of an agent, gave it another title, archived or resumed it. */
  "session.state": z.object({
    sessionId: id("ses"),
    agentId: id("agt"),
    title: z.string(),
    archived: z.boolean(),
    change: z.enum(["made", "renamed", "archived", "resumed"]),
  }),
  /** A message that waited goes on in this session, because its agent works there by now. */
  "session.turn": z.object({ sessionId: id("ses"), turnId: id("trn"), text: z.string() }),
  /** The conversation was shortened and goes on in a new session. */
  "conversation.summary": z.object({ number: z.number().int(), path: z.string(), chars: z.number().int(), turns: z.number().int() }),
  /** The actor had lost its state and read it again from the memory repository. */
  "memory.restored": z.object({
    head: z.string(),
    goals: z.number().int(),
    decisions: z.number().int(),
    tasks: z.number().int(),
    quests: z.number().int().default(0),
    files: z.number().int(),
    summary: z.boolean(),
    unread: z.array(z.string()),
  }),
  /** Something the member should read: what happened, what was kept, what to do. */
  notice: z.object({ level: z.enum(["info", "warning", "error"]), code: z.string(), text: z.string(), turnId: id("trn").optional() }),
} as const;
export type EventKind = keyof typeof eventBodies;
export type EventBody<K extends EventKind> = z.infer<(typeof eventBodies)[K]>;

/** What a listing of past events shows: how the work went, and who let what happen. */
export const historyKinds = {
  timeline: [
    "plan.state",
    "task.state",
    "task.held",
    "task.handoff",
    "task.check",
    "receipt",
    "release.state",
    "release.handoff",
    "app.state",
    "incident.state",
    "approval.asked",
    "approval.decided",
    "quest.state",
    "goal.state",
  ],
  audit: [
    "approval.asked",
    "approval.decided",
    "policy.changed",
    "proposal.decided",
    "agent_type.state",
    "service.called",
    "terminal.state",
    "tool.refused",
    "receipt",
    "project.state",
    "project.command",
    "project.removed",
    "release.state",
    "incident.state",
    "stack.state",
    "memory.restored",
    "notice",
  ],
} as const satisfies Record<string, readonly EventKind[]>;

export type StoredEvent = {
  [K in EventKind]: {
    seq: number;
    at: number;
    channel: string;
    kind: K;
    session?: Id<"ses"> | undefined;
    project?: string | undefined;
    body: EventBody<K>;
  };
}[EventKind];
const eventKinds = Object.keys(eventBodies) as [EventKind, ...EventKind[]];

/**
 * An event as it travels. `seq` counts from 1 without gaps; `at` is milliseconds since 1970; `session` is
 * that of the agent that it belongs to.
 */
export const storedEvent = z
  .object({
    seq: z.number().int().positive(),
    at: z.number(),
    channel: z.string(),
    kind: z.enum(eventKinds),
    session: id("ses").optional(),
    project: z.string().optional(),
    body: z.unknown(),
  })
  .transform((event, context) => {
    const body = eventBodies[event.kind].safeParse(event.body);
    if (body.success) return { ...event, body: body.data } as StoredEvent;
    context.addIssue({ code: "custom", message: `body of ${event.kind}`, path: ["body"] });
    return z.NEVER;
  });

/** What stands in the log where an event can't be read: its place is kept, so that nobody waits for it. */
const unreadableText = "One entry of the log can't be read and is left out.";
const eventPlace = z
  .object({ seq: z.number().int().positive().catch(0), at: z.number().catch(0), channel: z.string().catch("") })
  .catch({ seq: 0, at: 0, channel: "" });
/**
 * A stored event of another process or of the store. One that can't be
 * read is a notice with the same sequence; without any, its sequence is 0.
 */
export function readStored(value: unknown): StoredEvent {
  const read = storedEvent.safeParse(value);
  if (read.success) return read.data;
  return { ...eventPlace.parse(value), kind: "notice", body: { level: "warning", code: "event_unreadable", text: unreadableText } };
}
/** As `readStored`, for a page of them. */
export const readableEvent = storedEvent.catch(({ value }) => readStored(value));

/**
 * Broadcast only: the running turn's text as it comes. `index` counts
 * the deltas of a part from 0; `at` of the first delta restarts it.
 */
export const deltaShape = z.object({
  turnId: id("trn"),
  /** The agent's; absent in what an older runner says. */
  channel: id("chn").optional(),
  partId: z.string(),
  index: z.number().int().nonnegative(),
  text: z.string(),
});
export type Delta = z.infer<typeof deltaShape>;
