import { z } from "zod";
import { budgetNames } from "../budget.ts";
import { boundedText } from "../wire/bounded-text.ts";
import { id } from "../wire/id.ts";
import { type Grant, grantOf } from "./grant.ts";

/** A durable question to the member. Times are milliseconds since 1970. */
export const approvalStates = ["pending", "allowed", "denied", "expired", "withdrawn"] as const;
export type ApprovalState = (typeof approvalStates)[number];
/** How far an answer reaches. `always` becomes a commit to the policy file and is revoked there. */
export const approvalScopes = ["once", "task", "agent", "always"] as const;
export type ApprovalScope = (typeof approvalScopes)[number];

const conflictSide = z.strictObject({ branch: boundedText(200), content: z.string().max(100_000), by: boundedText(400).optional() });
/** What is asked, exactly. The same subject again is covered by a grant; anything else is asked anew. */
export const approvalSubject = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("command"), command: boundedText(20_000) }),
  z.strictObject({ kind: z.literal("diff"), path: boundedText(400), diff: boundedText(200_000) }),
  /** An operation outside the capabilities: a service, an address, a deployment. */
  z.strictObject({ kind: z.literal("operation"), operation: boundedText(500), detail: z.string().max(4_000).optional() }),
  /**
   * What a task or quest may use is used up; a yes adds `raise`, a no
   * ends the work. Cost in millionths of a dollar, time in minutes.
   */
  z.strictObject({
    kind: z.literal("budget"),
    of: z.enum(["task", "quest"]),
    id: boundedText(60),
    what: z.enum(budgetNames),
    used: z.number().int().nonnegative(),
    limit: z.number().int().positive(),
    raise: z.number().int().positive(),
  }),
  /**
   * An agent was stopped because it makes the same calls in turn; a
   * yes lets it go on, a no ends its work. `call`: the last of them.
   */
  z.strictObject({ kind: z.literal("repetition"), call: boundedText(4_000), times: z.number().int().positive() }),
  /** An open question: options to choose from, or free text when there are none. */
  z.strictObject({ kind: z.literal("question"), question: boundedText(4_000), options: z.array(boundedText(200)).max(8).default([]) }),
  /**
   * A place of a merge that git can't make without the member: both sides as they are, with who made which.
   */
  z.strictObject({
    kind: z.literal("conflict"),
    path: boundedText(400),
    /**
     * Which place of the file, of how many, and its line in
     * `ours`; absent when it is about the file as a whole.
     */
    place: z.number().int().positive().optional(),
    places: z.number().int().positive().optional(),
    line: z.number().int().positive().optional(),
    /** The lines around it, the same on both sides. */
    before: z.string().max(4_000).optional(),
    after: z.string().max(4_000).optional(),
    whole: z.boolean().optional(),
    ours: conflictSide,
    theirs: conflictSide,
  }),
]);
export type ApprovalSubject = z.infer<typeof approvalSubject>;
export type ApprovalSubjectKind = ApprovalSubject["kind"];

/** What an operation begins with that is to reach a name of the internet: `network:example.org`. */
export const reachPrefix = "network:";
/** What an operation begins with that is to deploy a project: each time its newest commit is another act. */
export const deployPrefix = "deploy:";
/** A line of its detail: who will see it. */
export const seenBy = { member: "You alone, until you publish it.", everybody: "Everybody: it is published." } as const;
/** What an operation begins with that is to repair an incident: `repair:inc_…`. */
export const repairPrefix = "repair:";
/** What a question says for itself, where its operation is a name that only the platform reads. */
export function plainDetail(subject: ApprovalSubject): string | undefined {
  return subject.kind === "operation" && subject.operation.startsWith(repairPrefix) ? subject.detail : undefined;
}
/** The name that a question is about: an address of the internet. */
export function reachedName(subject: ApprovalSubject): string | undefined {
  return subject.kind === "operation" && subject.operation.startsWith(reachPrefix)
    ? subject.operation.slice(reachPrefix.length)
    : undefined;
}

export const approvalDecision = z.strictObject({
  /** `Already answered on …` shows this. Absent: nobody answered, time or the platform did. */
  device: z.string().min(1).max(60).optional(),
  at: z.number(),
  scope: z.enum(approvalScopes).optional(),
  note: z.string().max(2_000).optional(),
  /** The chosen option or the text, for a question or conflict. */
  answer: z.string().max(8_000).optional(),
  /** The side of a conflict that is taken as it is. */
  side: z.enum(["ours", "theirs"]).optional(),
  reason: z.string().max(500).optional(),
});
export type ApprovalDecision = z.infer<typeof approvalDecision>;

export const approvalShape = z.strictObject({
  id: id("apr"),
  member: id("mem"),
  agent: id("agt"),
  task: id("tsk").optional(),
  turn: id("trn").optional(),
  title: boundedText(200),
  why: boundedText(2_000),
  subject: approvalSubject,
  /** What it may cost at most, and what it reaches, for people. */
  costMicros: z.number().int().nonnegative().optional(),
  reach: z.string().max(300),
  scopes: z.array(z.enum(approvalScopes)).min(1),
  /** Whether the work can go on when the answer is no. */
  goesOn: z.boolean(),
  /** What a yes brings about; a no holds for these effects in the whole task (effect.ts). */
  effects: z.array(z.string().max(600)).max(20).optional(),
  /**
   * Where OpenCode waits, when the question is its own; `call`: the
   * hash of exactly what is sent to a service once it is allowed.
   */
  opencode: z
    .strictObject({ session: z.string(), request: z.string(), kind: z.enum(["permission", "question"]), call: z.string().optional() })
    .optional(),
  state: z.enum(approvalStates),
  createdAt: z.number(),
  expiresAt: z.number(),
  decided: approvalDecision.optional(),
});
export type Approval = z.infer<typeof approvalShape>;

export const approvalAges = {
  command: 24,
  diff: 24,
  operation: 24,
  budget: 72,
  repetition: 72,
  question: 168,
  conflict: 168,
} as const satisfies Record<ApprovalSubjectKind, number>;
/** When an approval asked now expires. */
export function approvalExpiry(kind: ApprovalSubjectKind, now: number): number {
  return now + approvalAges[kind] * 3_600_000;
}
/** What can be answered beyond `once`: only what can be recognised when it comes again. */
export function offeredScopes(subject: ApprovalSubject, canAlways: boolean, task: boolean): ApprovalScope[] {
  if (subject.kind !== "command" && subject.kind !== "operation") return ["once"];
  if (subject.kind === "operation" && subject.operation.startsWith(deployPrefix)) return ["once"];
  return approvalScopes.filter((scope) => (scope === "task" ? task : scope === "always" ? canAlways : true));
}

export const approvalAnswerIn = z.strictObject({
  decision: z.enum(["allow", "deny"]),
  scope: z.enum(approvalScopes).default("once"),
  device: z.string().min(1).max(60).describe("What the member calls this device: “your phone”"),
  note: z.string().max(2_000).optional(),
  answer: z.string().max(8_000).optional(),
  side: z.enum(["ours", "theirs"]).optional().describe("Of a conflict: the side to take as it is, instead of an answer in words"),
});
export type ApprovalAnswerIn = z.infer<typeof approvalAnswerIn>;

export type ApprovalOutcome =
  | { ok: true; approval: Approval; grant?: Grant }
  | { ok: false; code: "answered" | "expired" | "withdrawn" | "scope" | "answer"; text: string; approval: Approval };

/**
 * One answer, or why it doesn't count. The caller writes `approval` where
 * `state = 'pending'`; who finds no such row reads it and calls again.
 */
export function answerApproval(approval: Approval, answer: ApprovalAnswerIn, now: number): ApprovalOutcome {
  if (approval.state !== "pending")
    return {
      ok: false,
      code: approval.state === "expired" ? "expired" : approval.state === "withdrawn" ? "withdrawn" : "answered",
      text: describeAnswer(approval),
      approval: approval,
    };
  if (now >= approval.expiresAt) {
    const over = expireApproval(approval, now) ?? approval;
    return { ok: false, code: "expired", text: describeAnswer(over), approval: over };
  }
  if (answer.decision === "allow" && !approval.scopes.includes(answer.scope))
    return { ok: false, code: "scope", text: `This can be allowed ${approval.scopes.join(" or ")} only.`, approval: approval };
  const missing = answer.decision === "allow" ? missingAnswer(approval.subject, answer) : undefined;
  if (missing) return { ok: false, code: "answer", text: missing, approval: approval };
  const scope = answer.decision === "allow" ? answer.scope : "once";
  const { device, note, answer: words, side } = answer;
  const decided: ApprovalDecision = {
    device,
    at: now,
    scope,
    ...(note === undefined ? {} : { note }),
    ...(words === undefined ? {} : { answer: words }),
    ...(side === undefined ? {} : { side }),
  };
  const after: Approval = { ...approval, state: answer.decision === "allow" ? "allowed" : "denied", decided };
  const grant = answer.decision === "allow" && scope !== "once" ? grantOf(after, scope) : undefined;
  return { ok: true, approval: after, ...(grant ? { grant } : {}) };
}
function missingAnswer(subject: ApprovalSubject, { answer, side }: Pick<ApprovalAnswerIn, "answer" | "side">): string | undefined {
  if (side !== undefined && (subject.kind !== "conflict" || answer !== undefined))
    return subject.kind === "conflict" ? "Take a side or write what should stand there, not both." : "Only a conflict has sides.";
  if (subject.kind === "conflict") return side || answer?.trim() ? undefined : "Take a side, or write what should stand there.";
  if (subject.kind === "question" && subject.options.length === 0) return answer?.trim() ? undefined : "An answer in words is needed.";
  return subject.kind === "question" && !subject.options.includes(answer ?? "") ? "Choose one of the options." : undefined;
}

/** The approval as expired, or undefined when its time has not come or it was decided. Expiry denies. */
export function expireApproval(approval: Approval, now: number): Approval | undefined {
  if (approval.state !== "pending" || now < approval.expiresAt) return undefined;
  return { ...approval, state: "expired", decided: { at: now, reason: "nobody answered in time, so it was denied" } };
}
/** Nobody waits for the answer any more: the task was cancelled, the agent stopped, the session is gone. */
export function withdrawApproval(approval: Approval, reason: string, now: number): Approval | undefined {
  return approval.state === "pending" ? { ...approval, state: "withdrawn", decided: { at: now, reason } } : undefined;
}
/** The answer to another question reaches this one as well. */
export function allowLikeApproval(approval: Approval, by: Approval, now: number): Approval | undefined {
  const reason = `allowed by your answer to “${by.title}”`;
  return approval.state === "pending" && now < approval.expiresAt
    ? { ...approval, state: "allowed", decided: { at: now, scope: "once", reason } }
    : undefined;
}
/** The no to another question is about what this one would bring about, too. */
export function denyLikeApproval(approval: Approval, by: Approval, now: number): Approval | undefined {
  const reason = `denied by your answer to “${by.title}”`;
  const note = by.decided?.note;
  return approval.state === "pending"
    ? { ...approval, state: "denied", decided: { at: now, ...(note ? { note } : {}), reason } }
    : undefined;
}
/** What a second device reads. */
export function describeAnswer(approval: Approval): string {
  if (approval.state === "pending") return "Not answered yet.";
  if (approval.state === "expired") return "It expired before it was answered, and was denied.";
  if (approval.state !== "withdrawn" && approval.decided?.device === undefined && approval.decided?.reason)
    return `Already ${approval.decided.reason}.`;
  if (approval.state === "withdrawn") return `No longer needed: ${approval.decided?.reason ?? "nobody waits for it"}.`;
  return `Already answered on ${approval.decided?.device ?? "another device"}: ${approval.state}.`;
}
