import { z } from "zod";
import { id } from "./id.ts";
import { observedStates, provisionStep, tiers } from "./stack.ts";
import { turnStates } from "./turn.ts";

/** One changed file of a commit. `patch` is a unified diff without its file header, absent when binary or too large. */
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
    detail: z.string().optional(),
  }),
  "stack.state": z.object({ tier: z.enum(tiers), observed: z.enum(observedStates), reason: z.string().optional() }),
  /** A member's message. */
  "message.sent": z.object({ messageId: id("msg"), clientId: z.string(), text: z.string(), turnId: id("trn") }),
  "turn.state": z.object({
    turnId: id("trn"),
    state: z.enum(turnStates),
    reason: z.string().optional(),
    ms: z.number().optional(),
    kept: z.string().optional(),
  }),
  /** A finished block of the agent's text. `partId` is stable: a second event with the same one replaces the first. */
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
  }),
  "project.created": z.object({ projectId: id("prj"), name: z.string(), repo: z.string(), turnId: id("trn").optional() }),
  usage: z.object({
    turnId: id("trn"),
    model: z.string(),
    inputTokens: z.number().int(),
    outputTokens: z.number().int(),
    costMicros: z.number().int(),
  }),
  /** Something the member should read: what happened, what was kept, what to do. */
  notice: z.object({ level: z.enum(["info", "warning", "error"]), code: z.string(), text: z.string(), turnId: id("trn").optional() }),
} as const;
export type EventKind = keyof typeof eventBodies;
export type EventBody<K extends EventKind> = z.infer<(typeof eventBodies)[K]>;

export type StoredEvent = { [K in EventKind]: { seq: number; at: number; channel: string; kind: K; body: EventBody<K> } }[EventKind];
const kinds = Object.keys(eventBodies) as [EventKind, ...EventKind[]];

/** An event as it travels. `seq` counts from 1 without gaps; `at` is milliseconds since 1970. */
export const storedEvent = z
  .object({ seq: z.number().int().positive(), at: z.number(), channel: z.string(), kind: z.enum(kinds), body: z.unknown() })
  .transform((event, context) => {
    const body = eventBodies[event.kind].safeParse(event.body);
    if (body.success) return { ...event, body: body.data } as StoredEvent;
    context.addIssue({ code: "custom", message: `body of ${event.kind}`, path: ["body"] });
    return z.NEVER;
  });

/** Broadcast only: the running turn's text as it comes. `index` counts the deltas of a part from 0; `at` of the first delta restarts it. */
export const delta = z.object({ turnId: id("trn"), partId: z.string(), index: z.number().int().nonnegative(), text: z.string() });
export type Delta = z.infer<typeof delta>;
