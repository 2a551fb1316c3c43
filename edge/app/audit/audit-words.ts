import type { AuditRow } from "../../../schema/audit/audit.ts";
import { actionAt } from "./address-words.ts";

/** What a change is called; how it was done stands behind a colon in its name (`planAct:accept`). */
const actionWords: Readonly<Record<string, string>> = {
  ...{ send: "Sent a message", stop: "Stopped work", "stop:stack": "Stopped the stack", cancel: "Took a message back" },
  ...{ sessionCreate: "Made a session of an agent", sessionEdit: "Changed a session of an agent" },
  ...{ start: "Started the stack", provision: "Brought the stack up", trouble: "Noted that the stack can't go on" },
  ...{
    boxLost: "Noted that a box was lost",
    lapse: "Stopped the stack: the plan does not allow it to run",
    terminalOpen: "Opened a terminal",
    terminalEnd: "Ended a terminal",
  },
  ...{ previewOpen: "Opened a preview", previewClose: "Closed a preview", deploy: "Deployed a project" },
  ...{ cancelRelease: "Cancelled a release", rollBack: "Went back to a release before", automate: "Changed what a project does by itself" },
  ...{ "publish:true": "Published a project", "publish:false": "Took a project back from the public" },
  ...{ verify: "Ran the checks of a project", "POST /projects/{project}/verify": "Ran the checks of a project" },
  ...{ "power:true": "Switched a project on", "power:false": "Switched a project off", repair: "Began a repair" },
  ...{ "POST /projects/{project}/start": "Switched a project on", "POST /projects/{project}/stop": "Switched a project off" },
  ...{
    projectMake: "Began a project",
    projectRemove: "Removed a project",
    projectCommand: "Ran a line in a project",
    projectCommandCancel: "Cancelled a line in a project",
    "POST /projects/{project}/commands": "Ran a line in a project",
    "POST /projects/{project}/commands/{command}/cancel": "Cancelled a line in a project",
    editHandIn: "Changed files of a project",
    taskCreate: "Made a task",
    planPropose: "Proposed a plan",
    planEdit: "Changed a plan",
  },
  ...{ revoke: "Took a rule back", memoryWrite: "Wrote to memory", memoryRevert: "Reverted a change of memory" },
  ...{ goalPut: "Changed a goal", questStart: "Started a quest", "decide:allow": "Allowed what was asked", "decide:deny": "Said no" },
  ...{ "proposalDecide:accept": "Accepted a proposal", "proposalDecide:decline": "Declined a proposal" },
  ...{
    "POST /billing/trial": "Started the trial",
    "POST /billing/checkout": "Went to pay a plan",
    "POST /billing/portal": "Opened payments",
    "POST /billing/refresh": "Looked whether a payment had arrived",
    "PUT /billing/plan": "Changed the plan",
    "PUT /billing/renewal": "Cancelled the plan, or kept it",
    "POST /actors/provision": "Asked for a stack",
    "POST /opencode/provision": "Asked for a stack",
  },
  "POST /account/exports": "Made a link to export all data",
  ...{ "POST /account/tokens": "Made an access token", "DELETE /account/tokens/{tokenId}": "Revoked an access token" },
  ...{ "PUT /secrets/{name}": "Kept a secret", "DELETE /secrets/{name}": "Forgot a secret" },
  ...{ "POST /stacks/{member}/secrets/{name}": "Opened a secret for a call of a service" },
  ...{ "POST /stacks/{member}/projects/{project}/secrets": "Opened a project's secrets" },
  ...{ "PUT /keys/{provider}": "Kept a provider's key", "DELETE /keys/{provider}": "Forgot a provider's key" },
  ...{ "POST /keys/{provider}/test": "Tested a provider's key", "PUT /models/{type}": "Chose a model for a kind of agents" },
  ...{ "DELETE /models/{type}": "Let the platform choose a model", "PUT /platform/keys/{provider}": "Kept a key of the platform's" },
  ...{
    "DELETE /platform/keys/{provider}": "Forgot a key of the platform's",
    "POST /platform/sealing/rewrap": "Wrapped sealed records anew",
  },
  ...{ "POST /platform/keys/{provider}/test": "Tested a key of the platform's" },
  ...{ "support:look": "Looked at the state of your stack", "POST /support/looks": "Looked at a member's stack" },
  ...{ "payments:look": "Looked at your plan, its use and your payments", "POST /payments/looks": "Looked at a member's payments" },
  ...{
    "payments:settle": "Settled a difference in what you used",
    "POST /payments/differences": "Settled a difference in what a member used",
  },
  ...{ "PUT /support/people/{personId}": "Gave the role of support", "DELETE /support/people/{personId}": "Took the role of support" },
  ...{ "POST /stacks/{member}/receipts": "Signed a receipt", "DELETE /stacks/{member}/projects/{project}": "Closed a project's address" },
  ...{ "POST /git/tokens": "Made a Git token", "DELETE /git/tokens/{tokenId}": "Revoked a Git token" },
  ...{ "POST /git/repos/{repoId}/tokens": "Made a Git token", "POST /git/{owner}/{repository}/git-receive-pack": "Pushed" },
  ...{ "POST /git/repos/{repoId}/deploy-keys": "Made a deploy key", "POST /git/repos/{repoId}/commit": "Committed files" },
  ...{ "DELETE /git/repos/{repoId}/deploy-keys/{tokenId}": "Removed a deploy key", "POST /git/provision": "Asked for a stack" },
  ...{ repositoryMake: "Opened a project", branchMake: "Made a branch", "POST /git/users/{userId}/repo": "Asked for a stack" },
  ...{ pullRequestMake: "Opened a pull request", pullRequestMerge: "Merged a pull request" },
  ...{
    "PUT /reminders": "Changed reminders",
    "PUT /reminders/webhook": "Kept a webhook",
    "DELETE /reminders/webhook": "Removed the webhook",
  },
  ...{ "POST /reminders/test": "Tried a reminder", "POST /reminders/devices": "Added a device" },
  ...{ "DELETE /reminders/devices/{deviceId}": "Removed a device" },
  ...{
    "PUT /projects/{project}/secrets/{name}": "Kept a project's secret",
    "DELETE /projects/{project}/secrets/{name}": "Forgot a project's secret",
  },
  ...{ "POST /projects/{project}/domains": "Added a domain", "DELETE /projects/{project}/domains/{domainId}": "Removed a domain" },
  ...{ "POST /projects/{project}/domains/{domainId}/check": "Looked at a domain" },
  ...{ "POST /previews/{previewId}/token": "Made a key of a preview", "POST /previews/{previewId}/shares": "Shared a preview" },
  ...{ "DELETE /previews/{previewId}/shares/{shareId}": "Ended a share of a preview" },
  ...{ "PUT /projects/{project}/published": "Changed who sees a project", "PUT /projects/{project}/power": "Switched a project on or off" },
  ...{ "POST /approvals/{approvalId}/decision": "Answered a question", "POST /proposals/{proposalId}/decide": "Answered a proposal" },
  ...{ "POST /reminders/webhook": "Kept a webhook", "POST /git/downloads": "Asked for a file" },
  ...{ "POST /account/erasure": "Asked to erase the account" },
  ...{ "POST /actors/{actorId}/attachments": "Attached a file", "POST /hosts/tokens": "Made a join token" },
};
const verbWords: Readonly<Record<string, string>> = {
  ...{ accept: "Accepted", cancel: "Cancelled", decline: "Declined", pause: "Paused", reject: "Declined", resume: "Resumed" },
  ...{ retry: "Tried again", start: "Started", edit: "Changed" },
};
const nounWords: Readonly<Record<string, string>> = {
  taskAct: "a task",
  planAct: "a plan",
  agentAct: "an agent's work",
  questAct: "a quest",
};
/** A change in words; as it is named where nobody has written any. */
export function wordAction(action: string): string {
  const known = actionWords[action];
  if (known !== undefined) return known;
  const asked = actionAt(action);
  if (asked !== undefined) return wordAction(asked);
  const [name = "", verb] = action.split(":");
  if (name === "tool") return `Used the tool ${verb}`;
  const noun = nounWords[name];
  if (noun !== undefined && verb !== undefined) return `${verbWords[verb] ?? `${verb.charAt(0).toUpperCase()}${verb.slice(1)}:`} ${noun}`;
  return actionWords[name] ?? action;
}
export const actorWords: Readonly<Record<AuditRow["by"]["kind"], string>> = {
  ...{ member: "You", agent: "An agent", operator: "You, as operator", support: "Support", platform: "The platform" },
};
/** An operator may have looked at another's payments: that member's row has the operator's id. */
export const wordActor = ({ by, member }: Pick<AuditRow, "by" | "member">): string =>
  by.kind === "operator" && by.id !== undefined && by.id !== member ? "An operator" : actorWords[by.kind];
/** How it ended, where that is not well. */
export function wordResult(result: AuditRow["result"]): string | undefined {
  if (result === "ok") return undefined;
  return result === "unknown" ? "Its end is not known" : `Refused: ${result.replaceAll("_", " ")}`;
}
