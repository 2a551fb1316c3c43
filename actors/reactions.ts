import { reachEffects } from "../schema/approval/reach.ts";
import { policyPath } from "../schema/policy/policy-file.ts";
import { memoryRepository } from "../schema/stack/stack.ts";
import { followTask, isTaskTaken } from "./agent/presence.ts";
import { followTurn } from "./agent/sub-agent-turn.ts";
import {
  declineEffects,
  followPushQuestion,
  queueOpenCodeReply,
  resumeAnswered,
  resumeBudgeted,
  waitForAnswer,
} from "./approval/answered.ts";
import { withdrawTaskApprovals, withdrawTurnApprovals } from "./approval/approval.ts";
import { followChangesQuestion } from "./approval/changes.ts";
import { tellAnswer } from "./approval/question.ts";
import { followReachQuestion } from "./approval/reach.ts";
import { renewOverlongSession, shortenConversation } from "./conversation/conversation.ts";
import { checkLeftHead } from "./git/checked-head.ts";
import { endStatusesOfProject, noteProof } from "./git/commit-status.ts";
import { mainBranch } from "./git/git.ts";
import { followRepairPlan, followRepairRelease, followRepairTask } from "./incident/repair.ts";
import { followRepairQuestion } from "./incident/repair-question.ts";
import {
  queueEveryReach,
  queueMerge,
  queuePolicy,
  queueProof,
  queuePushPermission,
  queueSearch,
  queueStatus,
  queueTeam,
} from "./kernel/queue.ts";
import type { ReactionChange, Reactions, Writer } from "./kernel/writer.ts";
import { tellTaskEnd } from "./plan/plan-end.ts";
import { allowAlways } from "./policy.ts";
import { closeProjectPreviews, showPages } from "./preview.ts";
import { followCreated, followTemplateRelease, followTemplateTask } from "./project-begin.ts";
import { endCommandsOfProject, endCommandsOfStack } from "./project-command/command-row.ts";
import { followOnline, followOnlineAnswer } from "./quest/step-online.ts";
import { keepApp } from "./release/app-memory.ts";
import { queueServingReach } from "./release/app-reach.ts";
import { followReleaseQuestion, handOffMerge, handOffRelease, settleReleaseQuestions } from "./release/deployment.ts";
import { followFirstRelease } from "./release/online.ts";
import { findRelease } from "./release/release-row.ts";
import { adoptProven } from "./task/edit.ts";
import { applyTask, takeTasksOffline } from "./task/task.ts";
import { repetitionAnswered } from "./turn/repetition.ts";

/**
 * What follows from an event beyond the noun that appends it, in the transaction that has appended it and in
 * this order. A noun writes its own rows and appends its events; this page says what they set in motion
 * elsewhere.
 */
export const reactions: Reactions = {
  "task.state": [
    adoptProven, // what the member made themselves comes to main
    followTask, // its agent shows what it is at, is free, or is retired
    proveCompleteTask, // what says it is complete is looked at in a clean room
    noteProof, // its commit stands as its proof says
    checkLeftHead, // or, where it is given up, as checks say
    tellTaskEnd, // the Grow Agent hears of an end that no plan will tell
    withdrawQuestions, // what is over, or begins anew, waits for no answer
    startRound, // others may begin: plans, quests and agents go on by the team's round
    continueMerge, // the right to push to main, and git's try of the merge
    followRepairTask, // the incident that it is to repair goes on
    handOffMerge, // what is meant to go online is deployed, or asked about
    followTemplateTask, // a project from a template is at its next step
  ],
  "turn.state": [
    withdrawTurnQuestions, // nobody waits for what OpenCode asked in it
    followTurn, // its record, and word to the sub-agent whose step it was
    renewOverlongSession, // a session that the model does not take any more ends
    shortenConversation, // after the last turn of a long conversation comes its summary
  ],
  "approval.asked": [waitForAnswer, followPushQuestion],
  "approval.decided": [
    allowAlways, // “always” is in force from this transaction on
    declineEffects, // a no holds in the whole task, and answers what waits for the same
    resumeAnswered, // the task, or the agent, waits no more
    followPushQuestion, // Gitea takes the push again, or from nobody
    followReachQuestion, // the host lets the agent out to it
    followChangesQuestion, // the proof that waited for it begins anew
    openToApps, // and what serves
    queueOpenCodeReply, // OpenCode gets its answer
    resumeBudgeted,
    repetitionAnswered,
    tellAnswer, // the agent reads the answer to its question
    followRepairQuestion, // an incident is repaired, or left
    followReleaseQuestion, // what was merged goes online
    followOnlineAnswer, // or not, and the quest that wanted it goes on
  ],
  "policy.changed": [queueEveryReach, queueServingReach], // what the member has taken back is closed to boxes and to what serves
  "project.created": [followCreated], // the files of its template come to it
  "project.state": [keepPublished],
  "project.removed": [
    closeProjectPreviews,
    endCommandsOfProject, // a line of the member's own is run in it no longer
    endStatusesOfProject, // no commit of it is checked any more
    queueTeam,
    takeTasksOffline, // nothing that was made in it is online any more
  ],
  "plan.state": [followRepairPlan],
  "release.state": [
    noteDeployedTask,
    followOnline, // the quest that waits for it goes on
    keepServing,
    settleReleaseQuestions, // what is on its way is not asked about
    followFirstRelease, // the Grow Agent hears of what everybody sees
    handOffRelease, // what serves is watched from then on
    followRepairRelease, // the incident that it is to repair goes on
    followTemplateRelease, // a project from a template is ready
  ],
  "stack.state": [queueStatus, tellReachAgain, endCommandsOfStack],
  "agent_type.state": [queueTeam],
  "agent.state": [queueStatus], // the time of who is there is counted
  commit: [
    readChangedPolicy,
    showPages, // pages that came to a project's branch can be looked at
  ],
  "memory.restored": [queuePolicy, queueTeam, queueSearch],
};

/**
 * The task whose receipt a release has is deployed with it, and back. What has moved on since stays as it
 * is.
 */
async function noteDeployedTask(writer: Writer, { id: release, state, commit, reason }: ReactionChange<"release.state">): Promise<void> {
  const row = state === "serving" || state === "rolled_back" ? await findRelease(writer.db, release) : undefined;
  if (!row) return;
  if (state === "serving") await applyTask(writer, row.task, { kind: "deploy", commit });
  else await applyTask(writer, row.task, { kind: "roll_back", reason: (reason ?? "its release was taken back").slice(0, 1_000) });
}
async function keepPublished(writer: Writer, { name }: ReactionChange<"project.state">): Promise<void> {
  await keepApp(writer, name);
}
/** What was taken back while the stack was away is closed before anybody works there. */
async function tellReachAgain(writer: Writer, { observed }: ReactionChange<"stack.state">): Promise<void> {
  if (observed === "running") await queueEveryReach(writer);
}
async function openToApps(writer: Writer, { approval }: ReactionChange<"approval.decided">): Promise<void> {
  if (reachEffects(approval).length > 0) await queueServingReach(writer);
}
/** What serves is found again by memory. */
async function keepServing(writer: Writer, { project, state }: ReactionChange<"release.state">): Promise<void> {
  if (state === "serving" || state === "rolled_back") await keepApp(writer, project);
}
async function proveCompleteTask(writer: Writer, { before, row }: ReactionChange<"task.state">): Promise<void> {
  if (row.state === "complete" && (before?.state !== "complete" || before.facts.commit !== row.facts.commit)) await queueProof(writer, row);
}
async function withdrawQuestions(writer: Writer, change: ReactionChange<"task.state">): Promise<void> {
  const { before, row, command } = change;
  if (isTaskTaken(change) || command?.kind === "send_back") await withdrawTaskApprovals(writer, row.id, "its task begins anew");
  if (before?.state !== row.state && (row.state === "cancelled" || row.state === "failed"))
    await withdrawTaskApprovals(writer, row.id, `its task is ${row.state}`);
}
async function startRound(writer: Writer, { before, row }: ReactionChange<"task.state">): Promise<void> {
  if (before?.state !== row.state || before.facts.dueAt !== row.facts.dueAt) await queueTeam(writer);
}
async function continueMerge(writer: Writer, { before, row }: ReactionChange<"task.state">): Promise<void> {
  if (row.branch !== mainBranch || before?.state === row.state) return;
  await queuePushPermission(writer, row.project);
  await queueMerge(writer, row);
}
async function withdrawTurnQuestions(writer: Writer, { before, to }: ReactionChange<"turn.state">): Promise<void> {
  if (to !== "running") await withdrawTurnApprovals(writer, before.id, "the agent's turn has ended");
}
async function readChangedPolicy(writer: Writer, { repo, files }: ReactionChange<"commit">): Promise<void> {
  if (repo === memoryRepository && files.some(({ path }) => path === policyPath)) await queuePolicy(writer);
}
