import { z } from "zod";
import { type ActionName, actions, type Topic, topics } from "../actions.ts";
import { box } from "../stack/stack.ts";
import { canonicalJson, hashSha256, sha256Hex } from "../wire/canonical.ts";
import { type ErrorCode, errorCode } from "../wire/error.ts";
import { id, siblingId } from "../wire/id.ts";
import { queryNumber } from "../wire/query-number.ts";

/**
 * The audit: one row for each change of what is a member's, who made it and how it ended, never what was
 * written. A member's rows are a chain: each holds the hash of the row before it.
 */
export const auditActorKinds = ["member", "agent", "operator", "support", "platform"] as const;
export type AuditActorKind = (typeof auditActorKinds)[number];
const auditActor = z.strictObject({ kind: z.enum(auditActorKinds), id: z.string().max(40).optional() });
export type AuditActor = z.infer<typeof auditActor>;

/** The noun that a change is of: that of an action, or of an address of the API. */
const restKinds = ["billing", "git", "host", "other", "receipt", "reminder", "secret"] as const;
export type AuditKind = Topic | (typeof restKinds)[number];
export const auditKinds: readonly [AuditKind, ...AuditKind[]] = [...topics, ...restKinds];

/** What may name the subject of a change: an id, or a name as projects and secrets have one. */
const targetText = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/);
/** `unknown`: the process ended before the outcome was written down. */
export const auditResult = z.union([z.literal("ok"), z.literal("unknown"), errorCode]);
export type AuditResult = "ok" | "unknown" | ErrorCode;
/** Why support looked, in their words, for the member to read: one line. */
export const auditReason = z
  .string()
  .trim()
  .min(8)
  .max(200)
  .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), "One line of text");
const auditRequest = z.string().regex(/^[A-Za-z0-9_-]{0,40}$/);
/** A browser names its requests itself. */
export const fitRequest = (given: string): string => auditRequest.safeParse(given).data ?? "";
const duration = z.number().int().nonnegative();

/** What was done, before it has its place in the chain. Times are milliseconds. */
export const auditEntry = z.strictObject({
  at: z.number().int().positive(),
  by: auditActor,
  kind: z.enum(auditKinds),
  action: z.string().regex(/^[A-Za-z][A-Za-z0-9 /{}_.:-]{0,99}$/),
  target: targetText.optional(),
  /** The project in which it was, by its name; by its id where the call named that and the edge told it. */
  project: targetText.optional(),
  /** Of a look by support; no other row has one. */
  reason: auditReason.optional(),
  /** The request's id, which is in the logs of every part; empty where a caller gave one that is none. */
  request: auditRequest,
  result: auditResult,
  ms: duration,
  steps: z.array(z.strictObject({ name: z.string().regex(/^[a-z ]{1,30}$/), ms: duration })).max(8),
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** Before the first row. */
export const auditRoot = "0".repeat(64);
export const auditRow = auditEntry.extend({
  v: z.literal(1),
  member: id("mem"),
  seq: z.number().int().positive(),
  prev: sha256Hex,
  /** SHA-256 of all the other fields as canonical JSON (RFC 8785). */
  hash: sha256Hex,
});
export type AuditRow = z.infer<typeof auditRow>;
type AuditPlace = Pick<AuditRow, "member" | "seq" | "prev">;
export const hashAuditRow = (entry: AuditEntry, { member, seq, prev }: AuditPlace): Promise<string> =>
  hashSha256(canonicalJson({ ...entry, v: 1, member, seq, prev }));

export const auditPage = z.object({
  rows: z.array(auditRow.meta({ id: "AuditRow" })),
  /** Give it as `cursor` for the next page; null at the end. */
  next: z.string().nullable(),
});
export const auditQuery = z.strictObject({
  by: z.enum(auditActorKinds).optional(),
  kind: z.enum(auditKinds).optional(),
  /** Milliseconds since 1970: not before, and before. */
  from: queryNumber(z.number().int().nonnegative()).optional(),
  to: queryNumber(z.number().int().nonnegative()).optional(),
  cursor: queryNumber(z.number().int().positive()).optional(),
  limit: queryNumber(z.number().int().min(1).max(200)).default(50),
});
export type AuditQuery = z.infer<typeof auditQuery>;

/** What an actor hands over: its rows, each with an id of its own, so that one is taken once. */
export const mostAuditRows = 200;
export const auditRowsIn = z.strictObject({
  rows: z
    .array(z.strictObject({ id: id("adt"), entry: auditEntry }))
    .min(1)
    .max(mostAuditRows),
});
export type AuditRowsIn = z.infer<typeof auditRowsIn>;

/** Where a chain stands, signed like a receipt, and kept in the member's own Gitea. */
export const auditHeadType = "growqr-audit";
export const auditHead = z.strictObject({
  type: z.literal("urn:growqr:audit-head:v1"),
  member: id("mem"),
  seq: z.number().int().positive(),
  hash: sha256Hex,
  at: z.number().int().positive(),
});
export type AuditHead = z.infer<typeof auditHead>;
/** `head`: a compact JWS, its payload an `auditHead`; null where nothing has been written down yet. */
export const auditHeadOut = z.object({ seq: z.number().int().nonnegative(), head: z.string().nullable() });

/** Refusals of what was no call yet: nothing of a member's was looked at. */
const quietRefusals: ReadonlySet<string> = new Set<ErrorCode>([
  ...(["bad_json", "idempotency_mismatch", "in_progress", "invalid", "rate_limited"] as const),
  ...(["ticket_expired", "too_large", "shown_once", "unauthenticated", "unsupported_media_type"] as const),
]);
export const isAudited = (result: AuditResult): boolean => !quietRefusals.has(result);

export const fitTarget = (value: unknown): string | undefined => targetText.safeParse(value).data;
type Changes = { target?: string; verb?: string; by?: "agent" | "platform" };
/**
 * By what a row is found as one of a project: its name or its id. Actors of before have told it as the target
 * of their own actions alone, and a repository's id is that of its project with another prefix.
 */
export function projectOfEntry({ project, kind, action, target }: AuditEntry): string | undefined {
  if (project !== undefined) return project;
  if (kind === "project" && !action.includes(" ")) return target;
  const repo = id("rep").safeParse(target);
  return repo.success ? siblingId("prj", repo.data) : undefined;
}
/** How an action's change is told, from its contract and its input; undefined where it changes nothing. */
export function describeAction(name: ActionName, input: unknown): Pick<AuditEntry, "kind" | "action" | "target"> | undefined {
  const { changes, topic }: { changes?: Changes; topic: Topic } = actions[name];
  if (!changes) return undefined;
  const fields = input as Record<string, unknown>;
  const verb = changes.verb === undefined ? undefined : fields[changes.verb];
  const action = typeof verb === "string" || typeof verb === "boolean" ? `${name}:${verb}`.slice(0, 100) : name;
  const target = changes.target === undefined ? undefined : fitTarget(fields[changes.target]);
  return { kind: topic, action, ...(target === undefined ? {} : { target }) };
}
/** A member by their own hand or, with its id, by an access token. `signIn`: by which the call came. */
export const memberActor = (member: string, signIn?: string): AuditActor => ({
  kind: "member",
  id: id("pat").safeParse(signIn).data ?? member,
});
/** Who makes an action's change: `caller`, or the agent of a tool's call. */
export function actionActor(name: ActionName, caller: AuditActor, input: unknown): AuditActor {
  const { changes }: { changes?: Changes } = actions[name];
  if (changes?.by === "platform") return { kind: "platform" };
  if (changes?.by === "agent") return { kind: "agent", id: String((input as { agent?: unknown }).agent) };
  return caller;
}

const wordKinds: Readonly<Record<string, AuditKind>> = {
  ...{ actors: "stack", agents: "agent", approvals: "approval", billing: "billing", channels: "message", git: "git", goals: "goal" },
  ...{ keys: "secret", models: "agent", platform: "secret" },
  ...{
    hosts: "host",
    incidents: "incident",
    memory: "memory",
    payments: "billing",
    plans: "plan",
    policies: "policy",
    previews: "preview",
  },
  ...{ projects: "project", proposals: "proposal", quests: "quest", receipts: "receipt", reminders: "reminder", secrets: "secret" },
  ...{ tasks: "task", terminals: "terminal" },
};
/** The project that an address names, or whose repository it names. */
function projectOfCall({ project, owner, repository }: Readonly<Record<string, string>>): string | undefined {
  if (project !== undefined) return fitTarget(project);
  return owner === box.projectOwner ? fitTarget(repository?.replace(/\.git$/, "")) : undefined;
}
/** How a call of the API is told: its address as it is written in the document, and what its path names. */
export function describeCall(
  method: string,
  route: string,
  given: Readonly<Record<string, string>>,
): Pick<AuditEntry, "kind" | "action" | "target" | "project"> {
  const { act, member, ...named } = given;
  const address = route.replace(/:([A-Za-z]+)(\{[^/]*\})?/g, (_, name: string) => (name === "act" && fitTarget(act) ? act! : `{${name}}`));
  const words = address.split("/");
  const word = words[1] === "stacks" && member !== undefined ? words[3] : words[1];
  const target = fitTarget(Object.values(named).at(-1));
  const project = projectOfCall(named);
  return {
    kind: wordKinds[word ?? ""] ?? "other",
    action: `${method} ${address}`.slice(0, 100),
    ...(target === undefined ? {} : { target }),
    ...(project === undefined ? {} : { project }),
  };
}
