import { z } from "zod";
import { type Id, id } from "../wire/id.ts";
import type { Approval, ApprovalScope, ApprovalSubject } from "./approval.ts";

/** What was allowed beyond once. */
export const grantShape = z.strictObject({
  approval: id("apr"),
  scope: z.enum(["task", "agent", "always"]),
  agent: id("agt"),
  task: id("tsk").optional(),
  kind: z.enum(["command", "operation"]),
  /** The command line or operation, letter by letter. */
  what: z.string(),
  at: z.number(),
});
export type Grant = z.infer<typeof grantShape>;
export function grantOf(approval: Approval, scope: Exclude<ApprovalScope, "once">): Grant | undefined {
  const key = subjectKey(approval.subject);
  if (!key || !approval.decided) return undefined;
  return {
    approval: approval.id,
    scope,
    agent: approval.agent,
    ...(approval.task ? { task: approval.task } : {}),
    ...key,
    at: approval.decided.at,
  };
}
function subjectKey(subject: ApprovalSubject): { kind: "command" | "operation"; what: string } | undefined {
  if (subject.kind === "command") return { kind: "command", what: subject.command.trim() };
  return subject.kind === "operation" ? { kind: "operation", what: subject.operation } : undefined;
}

/** What an allowed approval grants from then on: at most one. */
export function grantsOfApproval(approval: Approval): Grant[] {
  const scope = approval.decided?.scope ?? "once";
  const granted = approval.state === "allowed" && scope !== "once" ? grantOf(approval, scope) : undefined;
  return granted ? [granted] : [];
}

export type GrantRequest = { agent: Id<"agt">; task?: Id<"tsk"> | undefined; subject: ApprovalSubject };
/**
 * The grant that already covers this request, if any. Never wider
 * than what was shown: the same text, the same task or agent.
 */
export function findGrant(request: GrantRequest, grants: readonly Grant[]): Grant | undefined {
  const key = subjectKey(request.subject);
  if (!key) return undefined;
  return grants.find((grant) => {
    if (grant.kind !== key.kind || grant.what !== key.what) return false;
    if (grant.scope === "task") return grant.task !== undefined && grant.task === request.task;
    return grant.scope === "always" || grant.agent === request.agent;
  });
}
