import { z } from "zod";
import { memberRule } from "../policy/policy-file.ts";
import { id } from "../wire/id.ts";
import { queryNumber } from "../wire/query-number.ts";
import { type Approval, approvalAnswerIn, approvalShape, approvalStates } from "./approval.ts";
import { grantShape } from "./grant.ts";

/** An approval as members see it: OpenCode's own ids are never public. */
export const approvalView = approvalShape.omit({ opencode: true });
export type ApprovalView = z.infer<typeof approvalView>;
export function viewApproval({ opencode: _, ...shown }: Approval): ApprovalView {
  return shown;
}

export const approvalsIn = z.strictObject({
  /** Newest first; the page after the one that ended with this. */
  cursor: id("apr").optional(),
  limit: queryNumber(z.number().int().min(1).max(100)).default(50),
  state: z.enum(approvalStates).optional(),
  agent: id("agt").optional(),
  task: id("tsk").optional(),
});
/** `waiting`: how many wait for an answer, whatever the page shows. */
export const approvalsOut = z.object({ approvals: z.array(approvalView), next: id("apr").nullable(), waiting: z.number().int() });
export const approvalIn = z.strictObject({ approvalId: id("apr") });
export const approvalOut = z.object({ approval: approvalView });

/** Action `decide`. */
export const approvalDecideIn = approvalAnswerIn.extend({
  approvalId: id("apr"),
  device: approvalAnswerIn.shape.device.default("another device"),
});
export type ApprovalDecideIn = z.infer<typeof approvalDecideIn>;
/**
 * `counted`: this answer is the one that decided. Else `code` and `text` say why not, and nothing changed.
 */
export const approvalDecideOut = z.object({
  counted: z.boolean(),
  code: z.enum(["answered", "expired", "withdrawn", "scope", "answer"]).optional(),
  text: z.string(),
  approval: approvalView,
});
export type ApprovalDecideOut = z.infer<typeof approvalDecideOut>;

export const policiesOut = z.object({
  /** The member's file, rule by rule. */
  rules: z.array(memberRule),
  /** What was allowed for a task or an agent; revoked by the id of its approval. */
  grants: z.array(grantShape),
  /** Why the file in Git is not in force. */
  error: z.string().nullable(),
});
/** A rule's id, or the id of the approval that granted. */
export const policyRevokeIn = z.strictObject({ id: z.string().min(1).max(60) });
export const policyRevokeOut = z.object({ revoked: z.boolean() });
