import { z } from "zod";
import { signInEndIn, signInEndOut } from "./account/sign-in.ts";
import { agentTypesOut } from "./agent/agent-type-api.ts";
import {
  boxLostIn,
  boxLostOut,
  cancelIn,
  cancelOut,
  connectionParams,
  eventsBeforeIn,
  eventsSinceIn,
  fileIn,
  fileOut,
  lapseIn,
  lapseOut,
  lineMovedIn,
  lineMovedOut,
  peerOut,
  provisionIn,
  provisionOut,
  readablePage,
  renewOut,
  repoList,
  sendIn,
  sendOut,
  snapshotShape,
  startIn,
  startOut,
  stopIn,
  stopOut,
  treeIn,
  treeOut,
  troubleIn,
  troubleOut,
  wakeIn,
  wakeOut,
} from "./agent/grow-agent.ts";
import { subCommand, subInput, subStatus } from "./agent/sub-agent.ts";
import {
  agentActIn,
  agentDetail,
  agentIn,
  agentsOut,
  channelEventsIn,
  channelReadIn,
  channelReadOut,
  channelsOut,
  historyIn,
  messageFindIn,
  messageFindOut,
  planActIn,
  planEditIn,
  planIn,
  planOut,
  planProposeIn,
  plansIn,
  plansOut,
  taskActIn,
  taskCreateIn,
  taskDetail,
  taskIn,
  taskOut,
  tasksIn,
  tasksOut,
} from "./agent/team.ts";
import {
  approvalDecideIn,
  approvalDecideOut,
  approvalIn,
  approvalOut,
  approvalsIn,
  approvalsOut,
  policiesOut,
  policyRevokeIn,
  policyRevokeOut,
} from "./approval/approval-api.ts";
import { branchChangesIn, branchChangesOut, commitIn, commitOut } from "./git/changes.ts";
import { statusesIn, statusesOut, verifyIn, verifyOut } from "./git/commit-status.ts";
import {
  branchMakeIn,
  branchOut,
  pullRequestMakeIn,
  pullRequestMergeIn,
  pullRequestOut,
  pullRequestsIn,
  pullRequestsOut,
  pushedOut,
  pushOpenIn,
  pushOpenOut,
  repositoriesOut,
  repositoryDetail,
  repositoryIn,
  repositoryMakeIn,
  repositoryOut,
} from "./git/repository.ts";
import { goalIn } from "./goal.ts";
import { incidentIn, incidentOut, incidentsOut } from "./incident/incident.ts";
import {
  goalOut,
  goalsOut,
  memoryDiffIn,
  memoryDiffOut,
  memoryFileIn,
  memoryFileOut,
  memoryHistoryIn,
  memoryHistoryOut,
  memoryTreeIn,
  memoryTreeOut,
  memoryWriteIn,
  rememberedOut,
  revertIn,
  writtenOut,
} from "./memory/memory-api.ts";
import { sessionCreateIn, sessionEditIn, sessionEventsIn, sessionFilter, sessionIn, sessionOut, sessionsOut } from "./opencode/session.ts";
import { planResultOut } from "./plan/plan-result.ts";
import { previewIn, previewOpenIn, previewOut, previewsOut } from "./preview/preview.ts";
import { automateIn, automationOut } from "./project/automation.ts";
import { editBeginIn, editBeginOut, editHandInIn, editHandInOut } from "./project/edit.ts";
import {
  cancelReleaseIn,
  deployIn,
  deployOut,
  powerIn,
  projectDetail,
  projectIn,
  projectMakeIn,
  projectOut,
  projectRemoveIn,
  projectsOut,
  publishIn,
  releasesOut,
  rollBackIn,
} from "./project/project.ts";
import {
  projectCommandIn,
  projectCommandOut,
  projectCommandSeenIn,
  projectCommandSeenOut,
  projectCommandsOut,
} from "./project/project-command.ts";
import { templatesOut } from "./project/template.ts";
import { proposalDecideIn, proposalDecideOut, proposalsIn, proposalsOut } from "./proposal.ts";
import {
  questActIn,
  questDetail,
  questIn,
  questLibraryOut,
  questOut,
  questPreviewIn,
  questPreviewOut,
  questStartIn,
  questsIn,
  questsOut,
} from "./quest/quest-api.ts";
import { releaseChangesIn, releaseChangesOut } from "./release/release-changes.ts";
import { saidIn, saidOut, searchIn, searchOut, searchSyncIn, searchSyncOut } from "./search/search.ts";
import { terminalIn, terminalOpenIn, terminalsOut } from "./terminal/terminal.ts";
import { toolAnswer, toolCall } from "./tool/tool-call.ts";

/**
 * The contract of the actors' actions. The actor's registration, the edge's call,
 * the app's hooks and the tests are typed by it. Each action takes one object in
 * an envelope (`callEnvelope` in agent/grow-agent.ts) and returns one object.
 * It is one file, longer than others, so that a reader finds every action in one place.
 */

/**
 * Who may call: a browser with a live ticket, the edge with a service
 * ticket (`actor`), another actor of the same member (`peer`).
 */
export type ActionAudience = "live" | "actor" | "peer";

/** The noun whose state an action reads or changes. The app's query keys begin with it. */
export const topics = [
  "agent",
  "agentType",
  "approval",
  "changes",
  "channel",
  "connection",
  "event",
  "goal",
  "incident",
  "memory",
  "message",
  "plan",
  "policy",
  "preview",
  "project",
  "proposal",
  "quest",
  "repo",
  "search",
  "session",
  "stack",
  "task",
  "terminal",
  "tool",
  "turn",
] as const;
export type Topic = (typeof topics)[number];

export type ActionNeeds<Input = never> = {
  /** Its outcome must be kept, in the log or in the memory: it is refused while the memory is missing. */
  keeping?: true;
  /**
   * It adds to what the actor stores: it is refused while the
   * actor is full. What ends, decides or takes back is not.
   */
  room?: true;
  /** The account must allow work (a trial, a paid plan or its grace period), always or for some inputs. */
  entitlement?: true | ((input: Input) => boolean);
};
/**
 * It changes something, which the audit tells. `target`, `verb`: the fields of its input that name what is
 * changed and how. `by`: who changes it, where that is not the member.
 */
export type ActionChanges<Input> = { target?: keyof Input & string; verb?: keyof Input & string; by?: "agent" | "platform" };
type ActionEntry<I extends z.ZodType, O extends z.ZodType, F extends readonly ActionAudience[]> = {
  in: I;
  out: O;
  for: F;
  topic: Topic;
  needs?: ActionNeeds<z.output<I>>;
  changes?: ActionChanges<z.output<I>>;
};
function action<I extends z.ZodType, O extends z.ZodType, const F extends readonly ActionAudience[]>(
  entry: ActionEntry<I, O, F>,
): ActionEntry<I, O, F> {
  return entry;
}

const memberAudience = ["live", "actor"] as const;
/** The action reads no input, so whatever is given is taken. */
/** What was erased is erased; a second time there is nothing to ask. */
const erasedOut = z.object({ erased: z.literal(true) });
const noInput = z.custom<object>(() => true);

/** Actions of the growAgent, key `[member]`. */
export const actions = {
  send: action({
    in: sendIn,
    out: sendOut,
    for: memberAudience,
    topic: "message",
    needs: { keeping: true, room: true, entitlement: true },
    changes: { target: "channel" },
  }),
  stop: action({ in: stopIn, out: stopOut, for: memberAudience, topic: "turn", changes: { target: "channel", verb: "scope" } }),
  cancel: action({ in: cancelIn, out: cancelOut, for: memberAudience, topic: "message", changes: { target: "turnId" } }),
  start: action({ in: startIn, out: startOut, for: memberAudience, topic: "stack", needs: { entitlement: true }, changes: {} }),
  snapshot: action({ in: noInput, out: snapshotShape, for: memberAudience, topic: "stack" }),
  renew: action({ in: connectionParams, out: renewOut, for: ["live"], topic: "connection" }),
  signInEnd: action({ in: signInEndIn, out: signInEndOut, for: ["actor"], topic: "connection" }),

  since: action({ in: eventsSinceIn, out: readablePage, for: memberAudience, topic: "event" }),
  before: action({ in: eventsBeforeIn, out: readablePage, for: memberAudience, topic: "event" }),
  history: action({ in: historyIn, out: readablePage, for: memberAudience, topic: "event" }),
  channels: action({ in: noInput, out: channelsOut, for: memberAudience, topic: "channel" }),
  channelEvents: action({ in: channelEventsIn, out: readablePage, for: memberAudience, topic: "event" }),
  find: action({ in: messageFindIn, out: messageFindOut, for: memberAudience, topic: "event" }),
  read: action({ in: channelReadIn, out: channelReadOut, for: memberAudience, topic: "channel" }),

  sessions: action({ in: sessionFilter, out: sessionsOut, for: memberAudience, topic: "session" }),
  session: action({ in: sessionIn, out: sessionOut, for: memberAudience, topic: "session" }),
  sessionEvents: action({ in: sessionEventsIn, out: readablePage, for: memberAudience, topic: "session" }),
  sessionCreate: action({
    in: sessionCreateIn,
    out: sessionOut,
    for: memberAudience,
    topic: "session",
    needs: { room: true, entitlement: true },
    changes: { target: "agent" },
  }),
  sessionEdit: action({ in: sessionEditIn, out: sessionOut, for: memberAudience, topic: "session", changes: { target: "sessionId" } }),

  file: action({ in: fileIn, out: fileOut, for: memberAudience, topic: "repo" }),
  tree: action({ in: treeIn, out: treeOut, for: memberAudience, topic: "repo" }),
  repos: action({ in: noInput, out: repoList, for: memberAudience, topic: "repo" }),
  repositories: action({ in: noInput, out: repositoriesOut, for: ["actor"], topic: "repo" }),
  repositoryName: action({ in: repositoryIn, out: repositoryOut, for: ["actor"], topic: "repo" }),
  repository: action({ in: repositoryIn, out: repositoryDetail, for: ["actor"], topic: "repo" }),
  repositoryMake: action({
    in: repositoryMakeIn,
    out: repositoryOut,
    for: ["actor"],
    topic: "repo",
    needs: { keeping: true, room: true, entitlement: true },
    changes: { target: "name" },
  }),
  branchMake: action({
    in: branchMakeIn,
    out: branchOut,
    for: ["actor"],
    topic: "repo",
    needs: { keeping: true, entitlement: true },
    changes: { target: "repoId" },
  }),
  /** The edge is about to pass a member's own push on, and has passed it on. */
  pushOpen: action({
    in: pushOpenIn,
    out: pushOpenOut,
    for: ["actor"],
    topic: "repo",
    needs: { keeping: true, room: true, entitlement: true },
  }),
  pushed: action({ in: pushOpenIn, out: pushedOut, for: ["actor"], topic: "repo" }),
  pullRequests: action({ in: pullRequestsIn, out: pullRequestsOut, for: ["actor"], topic: "repo" }),
  pullRequestMake: action({
    in: pullRequestMakeIn,
    out: pullRequestOut,
    for: ["actor"],
    topic: "repo",
    needs: { keeping: true, entitlement: true },
    changes: { target: "repoId" },
  }),
  pullRequestMerge: action({
    in: pullRequestMergeIn,
    out: pullRequestOut,
    for: ["actor"],
    topic: "repo",
    needs: { keeping: true, entitlement: true },
    changes: { target: "repoId" },
  }),
  editBegin: action({
    in: editBeginIn,
    out: editBeginOut,
    for: ["actor"],
    topic: "repo",
    needs: { keeping: true, room: true, entitlement: true },
  }),
  editHandIn: action({
    in: editHandInIn,
    out: editHandInOut,
    for: ["actor"],
    topic: "task",
    needs: { keeping: true, entitlement: true },
    changes: { target: "project" },
  }),
  changes: action({ in: branchChangesIn, out: branchChangesOut, for: memberAudience, topic: "changes" }),
  commit: action({ in: commitIn, out: commitOut, for: memberAudience, topic: "changes" }),

  terminals: action({ in: noInput, out: terminalsOut, for: memberAudience, topic: "terminal" }),
  terminalOpen: action({
    in: terminalOpenIn,
    out: terminalIn,
    for: ["actor"],
    topic: "terminal",
    needs: { keeping: true, entitlement: true },
    changes: { target: "terminalId" },
  }),
  terminalEnd: action({ in: terminalIn, out: terminalIn, for: memberAudience, topic: "terminal", changes: { target: "terminalId" } }),

  previews: action({ in: noInput, out: previewsOut, for: memberAudience, topic: "preview" }),
  preview: action({ in: previewIn, out: previewOut, for: memberAudience, topic: "preview" }),
  previewOpen: action({
    in: previewOpenIn,
    out: previewOut,
    for: memberAudience,
    topic: "preview",
    needs: { entitlement: true },
    changes: {},
  }),
  previewClose: action({ in: previewIn, out: previewOut, for: memberAudience, topic: "preview", changes: { target: "previewId" } }),

  projects: action({ in: noInput, out: projectsOut, for: memberAudience, topic: "project" }),
  project: action({ in: projectIn, out: projectDetail, for: memberAudience, topic: "project" }),
  releases: action({ in: projectIn, out: releasesOut, for: memberAudience, topic: "project" }),
  deploy: action({
    in: deployIn,
    out: deployOut,
    for: memberAudience,
    topic: "project",
    needs: { keeping: true, room: true, entitlement: true },
    changes: { target: "project" },
  }),
  cancelRelease: action({ in: cancelReleaseIn, out: deployOut, for: memberAudience, topic: "project", changes: { target: "project" } }),
  rollBack: action({ in: rollBackIn, out: deployOut, for: memberAudience, topic: "project", changes: { target: "project" } }),
  /** A secret of a project has changed at the edge. */
  followSecrets: action({ in: noInput, out: z.object({ queued: z.literal(true) }), for: memberAudience, topic: "project" }),
  publish: action({
    in: publishIn,
    out: projectOut,
    for: memberAudience,
    topic: "project",
    needs: { entitlement: ({ published }) => published },
    changes: { target: "project", verb: "published" },
  }),
  automate: action({
    in: automateIn,
    out: automationOut,
    for: memberAudience,
    topic: "project",
    needs: { keeping: true },
    changes: { target: "project" },
  }),
  incidents: action({ in: projectIn, out: incidentsOut, for: memberAudience, topic: "incident" }),
  incident: action({ in: incidentIn, out: incidentOut, for: memberAudience, topic: "incident" }),
  repair: action({
    in: incidentIn,
    out: incidentOut,
    for: memberAudience,
    topic: "incident",
    needs: { keeping: true, room: true, entitlement: true },
    changes: { target: "incident" },
  }),
  power: action({
    in: powerIn,
    out: projectOut,
    for: memberAudience,
    topic: "project",
    needs: { entitlement: ({ running }) => running },
    changes: { target: "project", verb: "running" },
  }),

  /** A line of the member's own, in a clean checkout of `main`. */
  projectCommand: action({
    in: projectCommandIn,
    out: projectCommandOut,
    for: memberAudience,
    topic: "project",
    needs: { keeping: true, room: true, entitlement: true },
    changes: { target: "project" },
  }),
  projectCommands: action({ in: projectIn, out: projectCommandsOut, for: memberAudience, topic: "project" }),
  projectCommandSeen: action({ in: projectCommandSeenIn, out: projectCommandSeenOut, for: memberAudience, topic: "project" }),
  projectCommandCancel: action({
    in: projectCommandSeenIn,
    out: projectCommandOut,
    for: memberAudience,
    topic: "project",
    changes: { target: "project" },
  }),
  /** How its commits stand, and its checks run once more. */
  statuses: action({ in: statusesIn, out: statusesOut, for: memberAudience, topic: "project" }),
  verify: action({
    in: verifyIn,
    out: verifyOut,
    for: memberAudience,
    topic: "project",
    needs: { keeping: true, room: true, entitlement: true },
    changes: { target: "project" },
  }),
  releaseChanges: action({ in: releaseChangesIn, out: releaseChangesOut, for: memberAudience, topic: "project" }),
  projectTemplates: action({ in: noInput, out: templatesOut, for: memberAudience, topic: "project" }),
  projectMake: action({
    in: projectMakeIn,
    out: projectOut,
    for: memberAudience,
    topic: "project",
    needs: { keeping: true, room: true, entitlement: true },
    changes: { target: "name" },
  }),
  projectRemove: action({
    in: projectRemoveIn,
    out: projectOut,
    for: memberAudience,
    topic: "project",
    needs: { keeping: true },
    changes: { target: "project" },
  }),

  tasks: action({ in: tasksIn, out: tasksOut, for: memberAudience, topic: "task" }),
  task: action({ in: taskIn, out: taskDetail, for: memberAudience, topic: "task" }),
  taskCreate: action({
    in: taskCreateIn,
    out: taskOut,
    for: memberAudience,
    topic: "task",
    needs: { keeping: true, room: true, entitlement: true },
    changes: {},
  }),
  taskAct: action({
    in: taskActIn,
    out: taskOut,
    for: memberAudience,
    topic: "task",
    needs: { keeping: true, entitlement: ({ act }) => act !== "pause" && act !== "cancel" },
    changes: { target: "taskId", verb: "act" },
  }),

  plans: action({ in: plansIn, out: plansOut, for: memberAudience, topic: "plan" }),
  plan: action({ in: planIn, out: planOut, for: memberAudience, topic: "plan" }),
  planResult: action({ in: planIn, out: planResultOut, for: memberAudience, topic: "plan" }),
  planPropose: action({
    in: planProposeIn,
    out: planOut,
    for: memberAudience,
    topic: "plan",
    needs: { keeping: true, room: true },
    changes: {},
  }),
  planEdit: action({
    in: planEditIn,
    out: planOut,
    for: memberAudience,
    topic: "plan",
    needs: { keeping: true },
    changes: { target: "planId" },
  }),
  planAct: action({
    in: planActIn,
    out: planOut,
    for: memberAudience,
    topic: "plan",
    needs: { keeping: true, entitlement: ({ act }) => act === "accept" },
    changes: { target: "planId", verb: "act" },
  }),

  agents: action({ in: noInput, out: agentsOut, for: memberAudience, topic: "agent" }),
  agent: action({ in: agentIn, out: agentDetail, for: memberAudience, topic: "agent" }),
  agentAct: action({
    in: agentActIn,
    out: taskOut,
    for: memberAudience,
    topic: "agent",
    needs: { keeping: true, entitlement: ({ act }) => act === "resume" },
    changes: { target: "agentId", verb: "act" },
  }),
  agentTypes: action({ in: noInput, out: agentTypesOut, for: memberAudience, topic: "agentType" }),

  approvals: action({ in: approvalsIn, out: approvalsOut, for: memberAudience, topic: "approval" }),
  approval: action({ in: approvalIn, out: approvalOut, for: memberAudience, topic: "approval" }),
  decide: action({
    in: approvalDecideIn,
    out: approvalDecideOut,
    for: memberAudience,
    topic: "approval",
    needs: { keeping: true, entitlement: ({ decision }) => decision === "allow" },
    changes: { target: "approvalId", verb: "decision" },
  }),
  policies: action({ in: noInput, out: policiesOut, for: memberAudience, topic: "policy" }),
  revoke: action({
    in: policyRevokeIn,
    out: policyRevokeOut,
    for: memberAudience,
    topic: "policy",
    needs: { keeping: true },
    changes: { target: "id" },
  }),

  memoryTree: action({ in: memoryTreeIn, out: memoryTreeOut, for: memberAudience, topic: "memory" }),
  remembered: action({ in: z.strictObject({}), out: rememberedOut, for: memberAudience, topic: "memory" }),
  memoryFile: action({ in: memoryFileIn, out: memoryFileOut, for: memberAudience, topic: "memory" }),
  memoryHistory: action({ in: memoryHistoryIn, out: memoryHistoryOut, for: memberAudience, topic: "memory" }),
  memoryDiff: action({ in: memoryDiffIn, out: memoryDiffOut, for: memberAudience, topic: "memory" }),
  memoryWrite: action({
    in: memoryWriteIn,
    out: writtenOut,
    for: memberAudience,
    topic: "memory",
    needs: { keeping: true, room: true, entitlement: true },
    changes: {},
  }),
  memoryRevert: action({
    in: revertIn,
    out: writtenOut,
    for: memberAudience,
    topic: "memory",
    needs: { keeping: true, room: true, entitlement: true },
    changes: { target: "commit" },
  }),
  proposals: action({ in: proposalsIn, out: proposalsOut, for: memberAudience, topic: "proposal" }),
  proposalDecide: action({
    in: proposalDecideIn,
    out: proposalDecideOut,
    for: memberAudience,
    topic: "proposal",
    needs: { keeping: true, entitlement: true },
    changes: { target: "proposalId", verb: "decision" },
  }),
  search: action({ in: searchIn, out: searchOut, for: memberAudience, topic: "search" }),
  goals: action({ in: z.strictObject({}), out: goalsOut, for: memberAudience, topic: "goal" }),
  goalPut: action({
    in: goalIn,
    out: goalOut,
    for: memberAudience,
    topic: "goal",
    needs: { keeping: true, room: true, entitlement: true },
    changes: { target: "id" },
  }),

  questLibrary: action({ in: z.strictObject({}), out: questLibraryOut, for: memberAudience, topic: "quest" }),
  questPreview: action({ in: questPreviewIn, out: questPreviewOut, for: memberAudience, topic: "quest" }),
  quests: action({ in: questsIn, out: questsOut, for: memberAudience, topic: "quest" }),
  quest: action({ in: questIn, out: questDetail, for: memberAudience, topic: "quest" }),
  questStart: action({
    in: questStartIn,
    out: questOut,
    for: memberAudience,
    topic: "quest",
    needs: { keeping: true, room: true, entitlement: true },
    changes: {},
  }),
  questAct: action({
    in: questActIn,
    out: questOut,
    for: memberAudience,
    topic: "quest",
    needs: { keeping: true, entitlement: ({ act }) => act === "start" || act === "resume" },
    changes: { target: "questId", verb: "act" },
  }),

  provision: action({ in: provisionIn, out: provisionOut, for: ["actor"], topic: "stack", changes: { by: "platform" } }),
  trouble: action({ in: troubleIn, out: troubleOut, for: ["actor"], topic: "stack", changes: { by: "platform" } }),
  wake: action({ in: wakeIn, out: wakeOut, for: ["actor"], topic: "stack" }),
  lineMoved: action({ in: lineMovedIn, out: lineMovedOut, for: ["actor"], topic: "stack" }),
  boxLost: action({ in: boxLostIn, out: boxLostOut, for: ["actor"], topic: "stack", changes: { by: "platform" } }),
  lapse: action({ in: lapseIn, out: lapseOut, for: ["actor"], topic: "stack", changes: { by: "platform" } }),
  /** The edge has written down a change: the head of the chain is to be kept in Git. */
  anchorAudit: action({ in: noInput, out: z.object({ queued: z.literal(true) }), for: ["actor"], topic: "event" }),
  /** The account is erased: the actor's rows and those of the search, then the actor itself. */
  erase: action({ in: noInput, out: erasedOut, for: ["actor"], topic: "stack" }),
  /** An agent's call. The capability that it needs stands with each tool (`tools` in tool/tool.ts). */
  tool: action({
    in: toolCall,
    out: toolAnswer,
    for: ["actor"],
    topic: "tool",
    needs: { keeping: true, room: true, entitlement: true },
    changes: { by: "agent", target: "agent", verb: "tool" },
  }),
  /** The search actor reads the log. */
  said: action({ in: saidIn, out: saidOut, for: ["peer"], topic: "event" }),
  /** A subAgent wants a turn in its session, or a change of its task. */
  execute: action({ in: subCommand, out: peerOut, for: ["peer"], topic: "task" }),
  report: action({ in: subCommand, out: peerOut, for: ["peer"], topic: "task" }),
};

/** Actions of a subAgent, key `[member, agent]`. */
export const subAgentActions = {
  tell: action({ in: subInput, out: peerOut, for: ["peer"], topic: "task" }),
  status: action({ in: noInput, out: subStatus, for: ["peer", "actor"], topic: "agent" }),
  erase: action({ in: noInput, out: erasedOut, for: ["actor"], topic: "agent" }),
};

/** Actions of the search actor, key `[member]`. */
export const searchActions = {
  query: action({ in: searchIn, out: searchOut, for: ["peer"], topic: "search" }),
  sync: action({ in: searchSyncIn, out: searchSyncOut, for: ["peer"], topic: "search" }),
  warm: action({ in: noInput, out: searchOut.pick({ hot: true }), for: ["peer"], topic: "search" }),
  erase: action({ in: noInput, out: erasedOut, for: ["peer"], topic: "search" }),
};

/** The contract of one kind of actor. */
export type ActionContract = Record<
  string,
  { in: z.ZodType; out: z.ZodType; for: readonly ActionAudience[]; topic: Topic; needs?: ActionNeeds }
>;
/** Of one entry: what a caller gives, what the actor gets, what the actor returns, what the caller gets. */
export type ContractCallInput<E extends ActionContract[string]> = z.input<E["in"]>;
export type ContractActorInput<E extends ActionContract[string]> = z.output<E["in"]>;
export type ContractActorOutput<E extends ActionContract[string]> = z.input<E["out"]>;
export type ContractCallOutput<E extends ActionContract[string]> = z.output<E["out"]>;

export type GrowActions = typeof actions;
export type ActionName = keyof GrowActions;
/** An action that a browser may call. */
export type LiveAction = { [A in ActionName]: "live" extends GrowActions[A]["for"][number] ? A : never }[ActionName];
/** What a caller of an action of the growAgent gives and gets. */
export type InputOf<A extends ActionName> = ContractCallInput<GrowActions[A]>;
export type OutputOf<A extends ActionName> = ContractCallOutput<GrowActions[A]>;

export const liveActions = (Object.keys(actions) as ActionName[]).filter((name): name is LiveAction =>
  (actions[name].for as readonly ActionAudience[]).includes("live"),
);

/**
 * Whether an action needs an account that allows work, for
 * this input of its own; without one, whether it ever does.
 */
export function needsEntitlement(name: ActionName, input?: unknown): boolean {
  const { entitlement }: ActionNeeds = actions[name].needs ?? {};
  return typeof entitlement === "function" ? input === undefined || entitlement(input as never) : entitlement === true;
}
