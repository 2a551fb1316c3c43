import { and, eq } from "drizzle-orm";
import type { ActorView } from "../../schema/account/account.ts";
import { type MemberRow, memberTable } from "../../schema/account/member.table.ts";
import type { GrowAgentInput } from "../../schema/agent/grow-agent.ts";
import { entitlement } from "../../schema/billing/entitlement.ts";
import { subscriptionTable } from "../../schema/billing/subscription.table.ts";
import { machineTable } from "../../schema/machine/machine.table.ts";
import { registryAgentTable, registrySubAgentTable, stackTable } from "../../schema/stack/registry.table.ts";
import { box, memoryRepository } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId, siblingId } from "../../schema/wire/id.ts";
import type { Database } from "../kernel/db.ts";
import { readLinePlace } from "../stack/slot.ts";
import { troubleView } from "../stack/stack-trouble.ts";

/** The member's own Grow Agent, if it has this id; undefined for another member's, and when there is none. */
export async function findActor(db: Database, member: Id<"mem">, actor?: Id<"agt">): Promise<ActorView | undefined> {
  const row = await db
    .select()
    .from(registryAgentTable)
    .innerJoin(stackTable, eq(stackTable.member, registryAgentTable.member))
    .leftJoin(machineTable, eq(machineTable.id, stackTable.host))
    .leftJoin(subscriptionTable, eq(subscriptionTable.member, registryAgentTable.member))
    .where(
      actor === undefined
        ? eq(registryAgentTable.member, member)
        : and(eq(registryAgentTable.member, member), eq(registryAgentTable.id, actor)),
    )
    .get();
  if (!row) return undefined;
  const { agent, stack, machine, subscription } = row;
  const trouble = troubleView(stack, machine, Date.now());
  const waiting = await readLinePlace(db, stack, Date.now());
  const others = await db
    .select({ id: registrySubAgentTable.id, type: registrySubAgentTable.type })
    .from(registrySubAgentTable)
    .where(eq(registrySubAgentTable.member, member))
    .orderBy(registrySubAgentTable.createdAt, registrySubAgentTable.id);
  const working = new Set(agent.agents.flatMap((each) => (each.working ? [each.id] : [])));
  return {
    id: agent.id,
    member: agent.member,
    type: "grow",
    name: agent.name,
    channel: agent.channel,
    stackId: stack.id,
    workspaceId: stack.workspace,
    status: trouble ? "failed" : agent.status,
    observed: trouble?.code === "host_lost" || trouble?.code === "host_removed" ? "unreachable" : agent.observed,
    trouble,
    waiting,
    host: machine === null || stack.host === null ? null : { id: stack.host, name: machine.name },
    epoch: stack.epoch,
    containers: agent.gitea === null || agent.opencode === null ? null : { gitea: agent.gitea, opencode: agent.opencode },
    gitRepo: memoryRepository,
    workspacePath: box.agentDirectory(agent.id),
    lastActivity: agent.lastActivity,
    entitlement: entitlement(subscription ?? undefined, Date.now()),
    agents: others.map(({ id, type }) => ({ id, type, status: working.has(id) && !trouble ? "working" : "idle" })),
    subAgents: others.map(({ id }) => id),
  };
}
/**
 * The input with which a member's Grow Agent is made, again too when the engine has lost it; undefined while
 * the member has none.
 */
export async function creationInput(db: Database, member: Id<"mem">): Promise<GrowAgentInput | undefined> {
  const row = await db
    .select()
    .from(registryAgentTable)
    .innerJoin(stackTable, eq(stackTable.member, registryAgentTable.member))
    .innerJoin(memberTable, eq(memberTable.id, registryAgentTable.member))
    .where(eq(registryAgentTable.member, member))
    .get();
  if (!row) return undefined;
  const { agent, stack } = row;
  return { member, agent: agent.id, stack: stack.id, channel: agent.channel };
}

export async function requireActor(db: Database, member: Id<"mem">, actor?: Id<"agt">): Promise<ActorView> {
  const found = await findActor(db, member, actor);
  if (!found) throw new AppError("not_found");
  return found;
}

/** Makes the rows of a member's Grow Agent and stack once, however many calls ask for them at a time. */
export async function register(db: Database, member: MemberRow): Promise<void> {
  const createdAt = Date.now();
  const agent = newId("agt");
  const stack = newId("stk");
  await db.batch([
    db
      .insert(registryAgentTable)
      .values({ id: agent, member: member.id, name: "Grow Agent", channel: siblingId("chn", agent), createdAt })
      .onConflictDoNothing(),
    db
      .insert(stackTable)
      .values({ id: stack, member: member.id, workspace: siblingId("wsp", stack), ceiling: "running", createdAt })
      .onConflictDoNothing(),
  ]);
}
