import { z } from "zod";
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
} from "./approval/approval.ts";
import { branchChangesIn, branchChangesOut, commitIn, commitOut } from "./git/changes.ts";
import { goalIn } from "./goal.ts";
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
  revertIn,
  writtenOut,
} from "./memory/memory-api.ts";
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
import { saidIn, saidOut, searchIn, searchOut, searchSyncIn, searchSyncOut } from "./search/search.ts";
import { toolAnswer, toolCall } from "./tool/tool.ts";

/**
 * The contract of the actors' actions. The actor's registration, the edge's call, the app's hooks and the tests are typed by it. Each action
 * takes one object in an envelope (`envelope` in agent/grow-agent.ts) and returns one object.
 */

/** Who may call: a browser with a live ticket, the edge with a service ticket (`actor`), another actor of the same member (`peer`). */
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
  "memory",
  "message",
  "plan",
  "policy",
  "proposal",
  "quest",
  "repo",
  "search",
  "stack",
  "task",
  "tool",
  "turn",
] as const;
export type Topic = (typeof topics)[number];

export type ActionNeeds<Input = never> = {
  /** Its outcome must be kept, in the log or in the memory: it is refused while the memory is missing. */
  keeping?: true;
  /** It adds to what the actor stores: it is refused while the actor is full. What ends, decides or takes back is not. */
  room?: true;
  /** The account must allow work (a trial, a paid plan or its grace period), always or for some inputs. */
  entitlement?: true | ((input: Input) => boolean);
};
type Entry<I extends z.ZodType, O extends z.ZodType, F extends readonly ActionAudience[]> = {
  in: I;
  out: O;
  for: F;
  topic: Topic;
  needs?: ActionNeeds<z.output<I>>;
};
function action<I extends z.ZodType, O extends z.ZodType, const F extends readonly ActionAudience[]>(
  entry: Entry<I, O, F>,
): Entry<I, O, F> {
  return entry;
}

const member = ["live", "actor"] as const;
/** The action reads no input, so whatever is given is taken. */
const noInput = z.custom<object>(() => true);

/** Actions of the growAgent, key `[member]`. */
export const actions = {
  send: action({
    in: sendIn,
    out: sendOut,
    for: member,
    topic: "message",
    needs: { keeping: true, room: true, entitlement: true },
  }),
  stop: action({ in: stopIn, out: stopOut, for: member, topic: "turn" }),
  cancel: action({ in: cancelIn, out: cancelOut, for: member, topic: "message" }),
  start: action({ in: startIn, out: startOut, for: member, topic: "stack", needs: { entitlement: true } }),
  snapshot: action({ in: noInput, out: snapshotShape, for: member, topic: "stack" }),
  renew: action({ in: connectionParams, out: renewOut, for: ["live"], topic: "connection" }),

  since: action({ in: eventsSinceIn, out: readablePage, for: member, topic: "event" }),
  before: action({ in: eventsBeforeIn, out: readablePage, for: member, topic: "event" }),
  history: action({ in: historyIn, out: readablePage, for: member, topic: "event" }),
  channels: action({ in: noInput, out: channelsOut, for: member, topic: "channel" }),
  channelEvents: action({ in: channelEventsIn, out: readablePage, for: member, topic: "event" }),
  find: action({ in: messageFindIn, out: messageFindOut, for: member, topic: "event" }),
  read: action({ in: channelReadIn, out: channelReadOut, for: member, topic: "channel" }),

  file: action({ in: fileIn, out: fileOut, for: member, topic: "repo" }),
  tree: action({ in: treeIn, out: treeOut, for: member, topic: "repo" }),
  repos: action({ in: noInput, out: repoList, for: member, topic: "repo" }),
  changes: action({ in: branchChangesIn, out: branchChangesOut, for: member, topic: "changes" }),
  commit: action({ in: commitIn, out: commitOut, for: member, topic: "changes" }),

  tasks: action({ in: tasksIn, out: tasksOut, for: member, topic: "task" }),
  task: action({ in: taskIn, out: taskDetail, for: member, topic: "task" }),
  taskCreate: action({
    in: taskCreateIn,
    out: taskOut,
    for: member,
    topic: "task",
    needs: { keeping: true, room: true, entitlement: true },
  }),
  taskAct: action({ in: taskActIn, out: taskOut, for: member, topic: "task", needs: { keeping: true } }),

  plans: action({ in: plansIn, out: plansOut, for: member, topic: "plan" }),
  plan: action({ in: planIn, out: planOut, for: member, topic: "plan" }),
  planPropose: action({ in: planProposeIn, out: planOut, for: member, topic: "plan", needs: { keeping: true, room: true } }),
  planEdit: action({ in: planEditIn, out: planOut, for: member, topic: "plan", needs: { keeping: true } }),
  planAct: action({
    in: planActIn,
    out: planOut,
    for: member,
    topic: "plan",
    needs: { keeping: true, entitlement: ({ act }) => act === "accept" },
  }),

  agents: action({ in: noInput, out: agentsOut, for: member, topic: "agent" }),
  agent: action({ in: agentIn, out: agentDetail, for: member, topic: "agent" }),
  agentAct: action({ in: agentActIn, out: taskOut, for: member, topic: "agent", needs: { keeping: true } }),
  agentTypes: action({ in: noInput, out: agentTypesOut, for: member, topic: "agentType" }),

  approvals: action({ in: approvalsIn, out: approvalsOut, for: member, topic: "approval" }),
  approval: action({ in: approvalIn, out: approvalOut, for: member, topic: "approval" }),
  decide: action({ in: approvalDecideIn, out: approvalDecideOut, for: member, topic: "approval", needs: { keeping: true } }),
  policies: action({ in: noInput, out: policiesOut, for: member, topic: "policy" }),
  revoke: action({ in: policyRevokeIn, out: policyRevokeOut, for: member, topic: "policy", needs: { keeping: true } }),

  memoryTree: action({ in: memoryTreeIn, out: memoryTreeOut, for: member, topic: "memory" }),
  memoryFile: action({ in: memoryFileIn, out: memoryFileOut, for: member, topic: "memory" }),
  memoryHistory: action({ in: memoryHistoryIn, out: memoryHistoryOut, for: member, topic: "memory" }),
  memoryDiff: action({ in: memoryDiffIn, out: memoryDiffOut, for: member, topic: "memory" }),
  memoryWrite: action({
    in: memoryWriteIn,
    out: writtenOut,
    for: member,
    topic: "memory",
    needs: { keeping: true, room: true, entitlement: true },
  }),
  memoryRevert: action({
    in: revertIn,
    out: writtenOut,
    for: member,
    topic: "memory",
    needs: { keeping: true, room: true, entitlement: true },
  }),
  proposals: action({ in: proposalsIn, out: proposalsOut, for: member, topic: "proposal" }),
  proposalDecide: action({
    in: proposalDecideIn,
    out: proposalDecideOut,
    for: member,
    topic: "proposal",
    needs: { keeping: true, entitlement: true },
  }),
  search: action({ in: searchIn, out: searchOut, for: member, topic: "search" }),
  goals: action({ in: z.strictObject({}), out: goalsOut, for: member, topic: "goal" }),
  goalPut: action({ in: goalIn, out: goalOut, for: member, topic: "goal", needs: { keeping: true, room: true, entitlement: true } }),

  questLibrary: action({ in: z.strictObject({}), out: questLibraryOut, for: member, topic: "quest" }),
  questPreview: action({ in: questPreviewIn, out: questPreviewOut, for: member, topic: "quest" }),
  quests: action({ in: questsIn, out: questsOut, for: member, topic: "quest" }),
  quest: action({ in: questIn, out: questDetail, for: member, topic: "quest" }),
  questStart: action({
    in: questStartIn,
    out: questOut,
    for: member,
    topic: "quest",
    needs: { keeping: true, room: true, entitlement: true },
  }),
  questAct: action({
    in: questActIn,
    out: questOut,
    for: member,
    topic: "quest",
    needs: { keeping: true, entitlement: ({ act }) => act === "start" || act === "resume" },
  }),

  provision: action({ in: provisionIn, out: provisionOut, for: ["actor"], topic: "stack" }),
  trouble: action({ in: troubleIn, out: troubleOut, for: ["actor"], topic: "stack" }),
  boxLost: action({ in: boxLostIn, out: boxLostOut, for: ["actor"], topic: "stack" }),
  /** An agent's call. The capability that it needs stands with each tool (`tools` in tool/tool.ts). */
  tool: action({ in: toolCall, out: toolAnswer, for: ["actor"], topic: "tool", needs: { keeping: true, room: true, entitlement: true } }),
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
};

/** Actions of the search actor, key `[member]`. */
export const searchActions = {
  query: action({ in: searchIn, out: searchOut, for: ["peer"], topic: "search" }),
  sync: action({ in: searchSyncIn, out: searchSyncOut, for: ["peer"], topic: "search" }),
  warm: action({ in: noInput, out: searchOut.pick({ hot: true }), for: ["peer"], topic: "search" }),
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

/** Whether an action needs an account that allows work, for this input of its own; without one, whether it ever does. */
export function needsEntitlement(name: ActionName, input?: unknown): boolean {
  const { entitlement }: ActionNeeds = actions[name].needs ?? {};
  return typeof entitlement === "function" ? input === undefined || entitlement(input as never) : entitlement === true;
}
