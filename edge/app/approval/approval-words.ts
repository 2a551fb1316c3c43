import { type ApprovalScope, type ApprovalSubject, plainDetail, reachedName } from "../../../schema/approval/approval.ts";
import type { ApprovalView } from "../../../schema/approval/approval-api.ts";
import { formatAmount } from "../../../schema/budget.ts";
import type { AskedApproval } from "../live/team-log.ts";
import { formatDuration } from "../ui/format.ts";

/** Lists and texts for questions to the person. Pure. */
/** The questions that wait, oldest first. Where the fetched list and the log differ, the log is right. */
export function listPending(fetched: readonly ApprovalView[], log: ReadonlyMap<string, AskedApproval>, agent?: string): ApprovalView[] {
  const all = new Map(fetched.map((approval) => [approval.id as string, approval]));
  for (const { id, asked, state } of log.values()) {
    if (state !== "pending") all.delete(id);
    else if (asked) all.set(id, asked);
  }
  return [...all.values()]
    .filter((approval) => approval.state === "pending" && (agent === undefined || approval.agent === agent))
    .sort((a, b) => a.createdAt - b.createdAt || a.id.localeCompare(b.id));
}

/** The exact thing in one line, for lists. */
export function describeSubject(subject: ApprovalSubject): string {
  switch (subject.kind) {
    case "command":
      return subject.command.split("\n")[0]!;
    case "conflict":
      return subject.line === undefined ? subject.path : `${subject.path}, line ${subject.line}`;
    case "diff":
      return subject.path;
    case "operation":
      return plainDetail(subject) ?? (reachedName(subject) === undefined ? undefined : subject.detail) ?? subject.operation;
    case "budget":
      return `${formatAmount(subject.what, subject.raise)} more`;
    case "repetition":
      return `${subject.times} times: ${subject.call.split("\n")[0]!}`;
    case "question":
      return subject.question.split("\n")[0]!;
  }
}
/** Whether a question is answered by words or an option instead of yes or no. */
export function wantsWords(subject: ApprovalSubject): boolean {
  return subject.kind === "conflict" || subject.kind === "question";
}
export const scopeTitles: Record<ApprovalScope, string> = { once: "Once", task: "In this task", agent: "For this agent", always: "Always" };
/** What is pressed for a yes: how far it reaches is said where it could reach further. */
export const allowTitle = ({ scopes }: Pick<ApprovalView, "scopes">, scope: ApprovalScope): string =>
  scopes.length > 1 ? `Allow ${scopeTitles[scope].toLowerCase()}` : "Allow";
export function describeScope(scope: ApprovalScope, agent: string): string {
  const texts: Record<ApprovalScope, string> = {
    once: "This and nothing after it",
    task: "The same again until this task ends",
    agent: `${agent} may do the same from now on`,
    always: "Written to policies/commands.yaml in your memory, for all that it lists there",
  };
  return texts[scope];
}
export function describeExpiry(expiresAt: number, now: number): string {
  const left = expiresAt - now;
  return left <= 0 ? "Expires now, then denied" : `Expires in ${formatDuration(Math.max(1_000, left))}, then denied`;
}
/** How a question ended, in a few words. */
export function describeEnd(approval: Pick<ApprovalView, "state" | "decided">): string {
  const { device, scope, note, answer, side, reason } = approval.decided ?? {};
  const on = device ? `, on ${device}` : "";
  const said = note ? `, “${note}”` : answer ? `, “${answer.split("\n")[0]!.slice(0, 80)}”` : "";
  if (approval.state === "allowed" && side) return `Took ${side === "ours" ? "main" : "the branch"}${on}${said}`;
  if (approval.state === "allowed") return `${answer ? "Answered" : `Allowed ${scopeTitles[scope ?? "once"].toLowerCase()}`}${on}${said}`;
  if (approval.state === "denied") return `Denied${on}${said}`;
  if (approval.state === "expired") return "No answer in time, so denied";
  return approval.state === "withdrawn" ? `No longer needed${reason ? `: ${reason}` : ""}` : "Waits for you";
}
