import { z } from "zod";
import { attachment, attachmentLimits } from "../conversation/attachment.ts";
import { deltaShape, readableEvent, storedEvent } from "../event.ts";
import { observedStates, provisionStep, stackTroubles, tiers } from "../stack/stack.ts";
import { projectName } from "../task/spec.ts";
import { turnStates } from "../turn.ts";
import { clientId, id } from "../wire/id.ts";
import { limits } from "../wire/limits.ts";
import { spanId } from "../wire/trace.ts";
import { agentView } from "./team.ts";

/**
 * The growAgent actor: its key, its creation input, and the
 * shapes of its actions, which schema/actions.ts puts together.
 */
export const growAgentKey = (member: string): [string] => [member];

/**
 * Comes once, from the edge. `steps` are the provision steps the edge did, so that the actor's log tells all.
 */
export const growAgentInput = z.object({
  member: id("mem"),
  agent: id("agt"),
  stack: id("stk"),
  channel: id("chn"),
});
export type GrowAgentInput = z.infer<typeof growAgentInput>;

/**
 * Carried by every action in its one argument, with `input` beside
 * it: the request it belongs to and the key that makes it once-only.
 */
export const callEnvelope = z.object({
  requestId: z.string().max(60),
  key: z.string().min(1).max(200),
  /** The span of the request's trace that this call belongs to. */
  span: spanId.optional(),
});
export type CallEnvelope = z.infer<typeof callEnvelope>;

export const sendIn = z.strictObject({
  clientId,
  channel: id("chn").optional(), // the Grow Agent's own when absent
  /** The session of an agent that it goes to; without one, the session that the agent works in. */
  session: id("ses").optional(),
  /** What it is about: without a channel it goes to the agent that has the task, else to the Grow Agent. */
  task: id("tsk").optional(),
  text: z.string().trim().min(1).max(limits.messageText),
  /** Files that were uploaded before, to the agent that this goes to. */
  attachments: z.array(attachment).max(attachmentLimits.perMessage).optional(),
});
export type SendIn = z.infer<typeof sendIn>;
export const sendOut = z.object({ messageId: id("msg"), turnId: id("trn"), seq: z.number().int(), repeated: z.boolean() });
export type SendOut = z.infer<typeof sendOut>;

/**
 * `channel`: only the turns of that agent; without it, of all. `again`: the stack is started again once it is
 * down, so that its box is made anew; refused while an agent works.
 */
export const stopIn = z
  .strictObject({ scope: z.enum(["turn", "stack"]), channel: id("chn").optional(), again: z.literal(true).optional() })
  .refine(({ scope, again }) => again === undefined || scope === "stack", { path: ["again"], message: "goes with the scope stack alone" });
export type StopIn = z.infer<typeof stopIn>;
export const stopOut = z.object({ scope: z.enum(["turn", "stack"]), stopped: z.number().int(), seq: z.number().int() });

/**
 * Action `cancel`: a message of the member's that waits. `cancelled`
 * is false where its turn was first to begin, or has ended otherwise.
 */
export const cancelIn = z.strictObject({ turnId: id("trn") });
export const cancelOut = z.object({ cancelled: z.boolean(), state: z.enum(turnStates) });

/** Action `start`: the tier is raised to running; its steps follow as events. */
export const startIn = z.strictObject({});
export const startOut = z.object({ seq: z.number().int() });
/** Action `wake`: a stack that sleeps is started. Answers whether it comes up by itself. */
export const wakeIn = z.strictObject({});
export const wakeOut = z.object({ wakes: z.boolean() });
/** Action `lineMoved`: a slot may be free for a stack in line. Answers whether it waits for one. */
export const lineMovedIn = z.strictObject({});
export const lineMovedOut = z.object({ waits: z.boolean() });
/** Action `trouble`: what the edge found to keep the stack from going on, or that it is over. */
export const troubleIn = z.strictObject({ trouble: z.enum(stackTroubles).nullable() });
export const troubleOut = z.object({ changed: z.boolean() });
/**
 * Action `boxLost`: the host found the agents' box empty. Answers of how many agents it told their member.
 */
export const boxLostIn = z.strictObject({});
export const boxLostOut = z.object({ told: z.number().int() });
/**
 * Action `lapse`: the account does not allow the stack to run any more. Answers whether it is stopped; false
 * where the account allows it again by now.
 */
export const lapseIn = z.strictObject({});
export const lapseOut = z.object({ stopped: z.boolean() });
/** Action `renew`: its input is `connParams` with a new live ticket. Seconds since 1970. */
export const renewOut = z.object({ ticketEnds: z.number() });

export const provisionIn = z.object({
  run: z.string(),
  // coerced: over JSON, Rivet Kit hands the actor a BigInt for every integer above 2^32
  steps: z.array(z.object({ step: provisionStep, at: z.coerce.number(), ms: z.coerce.number() })),
});
export type ProvisionIn = z.infer<typeof provisionIn>;
export const provisionOut = z.object({ run: z.string(), seq: z.number().int() });

export const eventsSinceIn = z.strictObject({
  seq: z.number().int().nonnegative(),
  limit: z.number().int().min(1).max(limits.eventPage).default(limits.eventPage),
  /** Only those of one session. */
  session: id("ses").optional(),
  /** Only those of one project, by its name. */
  project: projectName.optional(),
});
export const eventsBeforeIn = z.strictObject({
  seq: z.number().int().positive(),
  limit: z.number().int().min(1).max(limits.eventPage).default(100),
});
export const eventPage = z.object({ events: z.array(storedEvent), last: z.number().int(), first: z.number().int() });
/** A page as it is read: an event that this reader can't read is a notice in its place. */
export const readablePage = eventPage.extend({ events: z.array(readableEvent) });

export const runningTurnView = z.object({
  turnId: id("trn"),
  state: z.enum(turnStates),
  startedAt: z.number(),
  parts: z.array(deltaShape), // parts: whole text so far with its delta index
  agent: id("agt").optional(),
  channel: id("chn").optional(),
  session: id("ses").optional(),
});
export type RunningTurn = z.infer<typeof runningTurnView>;
/** First on every connection, and what GET /actors/:id adds to the registry's row. */
export const snapshotShape = z.object({
  agent: id("agt"),
  channel: id("chn"),
  name: z.string(),
  lastSeq: z.number().int(),
  stack: z.object({
    tier: z.enum(tiers),
    observed: z.enum(observedStates),
    provisioning: z.boolean(),
    ready: z.boolean(),
    /** What keeps it from going on; its words are `troubleWords`. */
    trouble: z.enum(stackTroubles).nullish(),
    /** Its place in line while it waits for a machine with a slot free. */
    place: z.number().int().nullish(),
    /** It was stopped because nobody used it, and wakes for whatever is to be done. */
    asleep: z.boolean().optional(),
  }),
  /** Of the Grow Agent. */
  queued: z.number().int(),
  turn: runningTurnView.nullable(),
  agents: z.array(agentView).optional(),
  /** Of all agents, the Grow Agent included. */
  turns: z.array(runningTurnView).optional(),
  /** How many approvals wait for an answer. */
  waiting: z.number().int().default(0),
  /** Server time, milliseconds since 1970, and when this connection's ticket ends (0 for service calls). */
  now: z.number(),
  ticketEnds: z.number(),
});
export type Snapshot = z.infer<typeof snapshotShape>;

export const fileIn = z.strictObject({
  repo: z.string().regex(/^[a-z]+\/[A-Za-z0-9_.-]{1,60}$/),
  ref: z.string().regex(/^[A-Za-z0-9_./-]{1,200}$/),
  path: z
    .string()
    .min(1)
    .max(400)
    .refine((path) => !path.split("/").includes("..")),
});
export const fileOut = z.object({
  repo: z.string(),
  ref: z.string(),
  path: z.string(),
  text: z.string().nullable(),
  bytes: z.number().int(),
  truncated: z.boolean(),
});
export const treeIn = z.strictObject({ repo: fileIn.shape.repo, ref: fileIn.shape.ref });
export const treeOut = z.object({
  repo: z.string(),
  ref: z.string(),
  entries: z.array(z.object({ path: z.string(), type: z.enum(["file", "directory"]), bytes: z.number().int() })),
  truncated: z.boolean(),
});
export const repoList = z.object({
  repos: z.array(
    z.object({
      repo: z.string(),
      title: z.string(),
      projectId: z.string().optional(),
      branches: z.array(z.object({ name: z.string(), hash: z.string() })),
      /**
       * The branch that is looked at first: `main` once work has come to it, else where the newest work lies.
       */
      shown: z.string().optional(),
    }),
  ),
});

export const subAgentKey = (member: string, agent: string): [string, string] => [member, agent];
const subAgentIds = z.object({ member: id("mem"), parent: id("agt"), agent: id("agt"), channel: id("chn") });
/** What a sub-agent is. A member may have named its type. */
export const subAgentKind = z.object({
  type: z.string(),
  workspace: z.string(),
  tools: z.array(z.string()),
  capabilities: z.array(z.string()),
});
export type SubAgentKind = z.infer<typeof subAgentKind>;
/** Comes once, from the parent. `kind` is a `SubAgentKind` in JSON, sealed; one of before has none. */
export const subAgentInput = subAgentIds.extend({ kind: z.string().optional() });
export type SubAgentInput = z.infer<typeof subAgentInput>;
/** What a peer answers: whether it took what it was told. */
export const peerOut = z.object({ ok: z.boolean(), reason: z.string() });
export type PeerOut = z.infer<typeof peerOut>;

/** Connection params. Nothing else is accepted. */
export const connectionParams = z.strictObject({ ticket: z.string().min(20).max(3500) });
/**
 * Names of what the actor sends on a connection: `snapshot` (snapshot),
 * `event` (storedEvent), `delta` (delta), `read` (readOut).
 */
export const connectionEvents = ["snapshot", "event", "delta", "read"] as const;
