import { actor } from "rivetkit";
import { actions } from "../schema/actions.ts";
import { growAgentTable } from "../schema/agent/grow-agent.table.ts";
import { type GrowAgentInput, growAgentInput } from "../schema/agent/grow-agent.ts";
import { AppError } from "../schema/wire/error.ts";
import { newId } from "../schema/wire/id.ts";
import { ensureGrowAgent, listAgentViews } from "./agent/agent.ts";
import { listAgentTypes } from "./agent/agent-type.ts";
import { growAgentWork } from "./agent/grow-agent-work.ts";
import { runSubAgentCommand } from "./agent/sub-agent-commands.ts";
import { decideApproval, findApprovalView, listApprovals } from "./approval/approval.ts";
import { anchorAudit } from "./audit.ts";
import { refuseUnentitled } from "./budget/entitlement.ts";
import { requireRoom } from "./budget/storage-limit.ts";
import { cancelMessage } from "./conversation/cancel-message.ts";
import { findInChannel, listChannelEvents, listChannels, listHistory, markRead } from "./conversation/channel.ts";
import { sendMessage } from "./conversation/message.ts";
import { listChanges, viewCommit } from "./git/changes.ts";
import { listRepos, listRepoTree, readRepoFile } from "./git/repo.ts";
import { repositoryActions } from "./git/repository.ts";
import { type GrowAgentHandlers, registerActions } from "./kernel/action.ts";
import { runAudited } from "./kernel/audit.ts";
import { admitToGrowAgent, type ConnectPolicy, connectionEnd } from "./kernel/auth.ts";
import { isLasting, newVars, readSelf, requireSelf, scheduledActions, startActor, toUserError } from "./kernel/context.ts";
import { eraseSelf } from "./kernel/erase.ts";
import { listEventsBefore, listEventsSince, readLastSeq } from "./kernel/event.ts";
import { takeAction, takeConnection } from "./kernel/quota.ts";
import { type ActorVars, type Connection, type ConnState, me, member, type Self, type World } from "./kernel/self.ts";
import { endSignIn, isSignedOut, readEndedSignIns, refuseSignedOut } from "./kernel/sign-in.ts";
import { requireReadable, startSealed } from "./kernel/start-sealed.ts";
import { actorDatabase } from "./kernel/tables.ts";
import { record } from "./kernel/transaction.ts";
import { startLanes } from "./kernel/work.ts";
import { memoryActions } from "./memory/memory-actions.ts";
import { createSession, editSession, listSessionEvents, listSessions, viewSession } from "./opencode/session.ts";
import { actOnPlan, editPlan, listPlans, proposePlan, requirePlan, viewPlan } from "./plan/plan.ts";
import { viewPlanResult } from "./plan/plan-result.ts";
import { takePostedTask } from "./plan/posted-task.ts";
import { revokeRule, viewPolicies } from "./policy.ts";
import { closePreview, listPreviews, requirePreview, showPort } from "./preview.ts";
import { registerProjects } from "./project-registration.ts";
import { questActions } from "./quest/quest-actions.ts";
import { reactions } from "./reactions.ts";
import { projectActions } from "./release/project-actions.ts";
import { eraseSearch, warmSearch } from "./search/search-client.ts";
import { takeSnapshot } from "./snapshot.ts";
import { noteMemberAsking, watchIdleness } from "./stack/idle.ts";
import { lapse } from "./stack/lapse.ts";
import { askOnLineMoved } from "./stack/line.ts";
import { tellLostBox } from "./stack/lost-box.ts";
import { provision, start, wake, wakeForWork } from "./stack/start.ts";
import { refuseUnkept, takeTrouble } from "./stack/trouble.ts";
import { beginEdit, handInEdit } from "./task/edit.ts";
import { actOnAgent, actOnTask, agentDetailOf, listTasks, taskDetailOf } from "./task/task-control.ts";
import { endTerminal, listTerminals, openTerminal } from "./terminal.ts";
import { callTool } from "./tool.ts";
import { stop } from "./turn/stop.ts";

const connectPolicy = ({ keys, peers }: World, key: readonly string[], agent?: string): ConnectPolicy => ({ key, agent, keys, peers });

const actionHandlers: GrowAgentHandlers = {
  send: (call) => sendMessage(call.self, call.input, call.requestId),
  stop: (call) => stop(call.self, call.input, call.key, call.requestId),
  cancel: (call) => cancelMessage(call.self, call.input.turnId, call.requestId),
  start: (call) => start(call.self, call.key, call.requestId),
  provision: (call) => provision(call.self, call.input, call.key, call.requestId),
  since: (call) => listEventsSince(call.self.db, call.input.seq, call.input.limit, call.input),
  before: (call) => listEventsBefore(call.self.db, call.input.seq, call.input.limit),
  anchorAudit: (call) => anchorAudit(call.self, call.requestId),
  trouble: (call) => takeTrouble(call.self, call.input, call.requestId),
  wake: (call) => wake(call.self, call.requestId),
  lineMoved: (call) => askOnLineMoved(call.self, call.requestId),
  boxLost: (call) => tellLostBox(call.self, call.requestId),
  lapse: (call) => lapse(call.self, call.requestId),
  signInEnd: (call) => endSignIn(call.self, call.input),
  snapshot: (call) => takeSnapshot(call.self, call.connection.state),
  file: (call) => readRepoFile(call.self, call.input, call.requestId),
  tree: (call) => listRepoTree(call.self, call.input, call.requestId),
  repos: (call) => listRepos(call.self, call.requestId),
  erase: async (call) => {
    const known = await call.self.db.select({ agent: growAgentTable.agent }).from(growAgentTable);
    if (known.length > 0) await eraseSearch(call.self, call.requestId); // else its end was come to before, all but the last step
    const erased = await eraseSelf(call.self);
    call.self.vars.world.seals.forget(member(call.self));
    return erased;
  },
  tool: (call) => callTool(call.self, call.input, call.key, call.requestId),
  tasks: (call) => listTasks(call.self.db, call.input),
  task: (call) => taskDetailOf(call.self.db, call.input.taskId),
  taskCreate: (call) => wakeForWork("taskCreate", call, takePostedTask(call.self, call.input, call.key, call.requestId)),
  taskAct: (call) => wakeForWork("taskAct", call, actOnTask(call.self, call.input, call.key, call.requestId)),
  plans: (call) => listPlans(call.self.db, call.input),
  plan: async (call) => ({ plan: await viewPlan(call.self.db, await requirePlan(call.self.db, call.input.planId)) }),
  planResult: async (call) => ({ result: await viewPlanResult(call.self.db, call.input.planId) }),
  planPropose: (call) => proposePlan(call.self, call.input, call.key, call.requestId),
  planEdit: (call) => editPlan(call.self, call.input, call.key, call.requestId),
  planAct: (call) => wakeForWork("planAct", call, actOnPlan(call.self, call.input, call.key, call.requestId)),
  agents: async (call) => ({ agents: await listAgentViews(call.self.db, { retired: true }) }),
  agent: (call) => agentDetailOf(call.self, call.input.agentId),
  agentTypes: (call) => listAgentTypes(call.self.db, call.self.vars.world.types),
  agentAct: (call) => wakeForWork("agentAct", call, actOnAgent(call.self, call.input, call.key, call.requestId)),
  channels: (call) => listChannels(call.self.db),
  channelEvents: (call) => listChannelEvents(call.self.db, call.input),
  find: (call) => findInChannel(call.self.db, call.input),
  read: (call) => markRead(call.self, call.input),
  changes: (call) => listChanges(call.self.db, call.input),
  commit: (call) => viewCommit(call.self.db, call.input.hash),
  sessions: (call) => listSessions(call.self.db, call.input),
  session: async (call) => ({ session: await viewSession(call.self.db, call.input.sessionId) }),
  sessionEvents: (call) => listSessionEvents(call.self.db, call.input),
  sessionCreate: (call) => createSession(call.self, call.input, call.key, call.requestId),
  sessionEdit: (call) => editSession(call.self, call.input, call.key, call.requestId),
  terminals: (call) => listTerminals(call.self, call.requestId),
  terminalOpen: (call) => openTerminal(call.self, call.input, call.requestId),
  terminalEnd: (call) => endTerminal(call.self, call.input.terminalId, call.requestId),
  editBegin: (call) => beginEdit(call.self, call.input, call.requestId),
  editHandIn: (call) => handInEdit(call.self, call.input, call.requestId),
  previews: (call) => listPreviews(call.self.db),
  preview: async (call) => ({ preview: await requirePreview(call.self.db, call.input.previewId) }),
  previewOpen: (call) => showPort(call.self, call.input, call.requestId),
  previewClose: (call) => closePreview(call.self, call.input.previewId, call.requestId),
  history: (call) => listHistory(call.self.db, call.input),
  execute: (call) => runSubAgentCommand(call.self, "execute", call.connection.state.from, call.input, call.requestId),
  report: (call) => runSubAgentCommand(call.self, "report", call.connection.state.from, call.input, call.requestId),
  approvals: (call) => listApprovals(call.self.db, call.input),
  approval: (call) => findApprovalView(call.self.db, call.input.approvalId),
  decide: (call) => wakeForWork("decide", call, decideApproval(call.self, call.input, call.key, call.requestId)),
  policies: (call) => viewPolicies(call.self.db),
  revoke: (call) => revokeRule(call.self, call.input, call.key, call.requestId),
  ...memoryActions,
  ...questActions,
  ...projectActions,
  ...repositoryActions,
  renew: async (call) => {
    const fresh = await admitToGrowAgent(call.input, connectPolicy(call.self.vars.world, call.self.key, (await me(call.self.db)).agent));
    if (fresh.audience !== "live") throw new AppError("forbidden");
    refuseSignedOut(call.self.vars, fresh);
    call.connection.state.exp = fresh.exp;
    call.connection.state.entitled = fresh.entitled;
    call.connection.state.signIn = fresh.signIn;
    await call.self.schedule.at(connectionEnd(fresh), "expire");
    warmSearch(call.self, call.requestId); // more often than it would fall asleep: while somebody is here it stays at hand
    return { ticketEnds: Number(fresh.exp) };
  },
};

async function greet(self: Self, connection: Connection): Promise<void> {
  if (!connection.state.stays) return;
  if (self.vars.unreadable) return connection.disconnect("unreadable");
  self.vars.greeting.add(connection.id);
  try {
    connection.send("snapshot", await takeSnapshot(self, connection.state));
  } finally {
    self.vars.greeting.delete(connection.id);
  }
  if (isSignedOut(self.vars, connection.state)) return connection.disconnect("signed_out"); // it ended while they came in
  await self.schedule.at(connectionEnd(connection.state), "expire");
  warmSearch(self, newId("req"));
}
/**
 * From now on the actor does what stands in its queue. `life` ends when it sleeps, moves or its runner stops.
 */
export async function wakeGrowAgent(self: Self, input: GrowAgentInput, life: AbortSignal, work = growAgentWork): Promise<void> {
  const { db, vars } = self;
  vars.life = life;
  vars.self = self;
  const known = await startSealed(self, life, async () => {
    const [row] = await db.select({ name: growAgentTable.name }).from(growAgentTable);
    return row?.name;
  });
  if (!known) return;
  vars.kick = () => startLanes(self, work);
  const { name, memberName } = known;
  const row = { ...input, name, memberName, tier: "stopped", observed: "absent" } as const;
  const fresh = { generation: 0, ready: false, failed: false, memoryReady: false, lastActivity: Date.now() };
  await db
    .insert(growAgentTable)
    .values({ ...row, ...fresh })
    .onConflictDoNothing();
  await ensureGrowAgent(db, await me(db), Date.now());
  vars.lastSeq = await readLastSeq(db);
  await readEndedSignIns(self);
  await registerProjects(self, Date.now());
  await watchIdleness(self);
  vars.world.log("info", "actor awake", { member: member(self), generation: (await me(db)).generation, seq: vars.lastSeq });
  vars.kick();
}

/** The actions of a growAgent as Rivet Kit registers them. */
export function registerGrowAgentActions(world: World) {
  return registerActions(actions, actionHandlers, {
    world,
    self: requireSelf,
    admit: (name, self, connection: Connection) => {
      const { vars } = self;
      requireReadable(self, name);
      refuseSignedOut(vars, connection.state); // a socket may stand that could not be closed
      takeAction(vars.quota, connection, name, Date.now());
    },
    check: async (name, call) => {
      await refuseUnentitled(name, call);
      await noteMemberAsking(call.self, name);
      await refuseUnkept(call.self, name);
      await requireRoom(call.self, name);
    },
    around: (name, call, run) =>
      runAudited(
        { db: call.self.db, name, member: member(call.self), caller: call.connection.state, requestId: call.requestId, input: call.input },
        run,
        (write) =>
          record(call.self, call.requestId, write).catch((error: unknown) =>
            world.log("warn", "a refusal is not in the audit", { action: name, requestId: call.requestId, error }),
          ),
      ),
  });
}
export const newGrowAgentVars = (world: World, key: readonly string[]): ActorVars => newVars(world, key, reactions);

/**
 * The actor of one member, key `[member]`. Thin: each action checks the caller's ticket, parses, and calls
 * the noun that owns it.
 */
export function growAgent(world: World) {
  const refused = (error: unknown) => toUserError(world, error, "", "connect");

  return actor({
    options: { sleepTimeout: 10_000, actionTimeout: 30_000 },
    db: actorDatabase((id) => world.seals.ofActor(id)),
    createState: (_c: unknown, input: unknown): GrowAgentInput => growAgentInput.parse(input),
    // biome-ignore lint/suspicious/noExplicitAny: Rivet Kit's types collapse when this parameter is inferred
    createVars: (c: any): ActorVars => {
      world.seals.bind(c.actorId, c.key[0]);
      return newGrowAgentVars(world, c.key);
    },
    onBeforeConnect: async (c, params: unknown) => {
      await admitToGrowAgent(params, connectPolicy(world, c.key)).catch((error) => Promise.reject(refused(error)));
    },
    createConnState: async (c, params: unknown): Promise<ConnState> => {
      try {
        const admitted = await admitToGrowAgent(params, connectPolicy(world, c.key, (c.state as GrowAgentInput).agent));
        refuseSignedOut(c.vars, admitted);
        const lasting = isLasting(c);
        if (lasting) takeConnection(c.vars.quota, admitted, readSelf(c).conns.values(), Date.now());
        return { ...admitted, stays: lasting };
      } catch (error) {
        throw refused(error);
      }
    },
    onWake: (c) => startActor(world, wakeGrowAgent(readSelf(c), growAgentInput.parse(c.state), c.abortSignal)), // one of before has names in it
    onConnect: (c, connection) => greet(requireSelf(c), connection as unknown as Connection), // its type has collapsed as well
    actions: { ...registerGrowAgentActions(world), ...scheduledActions(world) },
  });
}
