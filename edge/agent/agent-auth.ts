import { and, eq } from "drizzle-orm";
import { createMiddleware } from "hono/factory";
import { growAgentType } from "../../schema/agent/team.ts";
import { entitlement, entitlementCeiling } from "../../schema/billing/entitlement.ts";
import { type SubscriptionRow, subscriptionTable } from "../../schema/billing/subscription.table.ts";
import { isHostGone } from "../../schema/machine/host.ts";
import { machineTable } from "../../schema/machine/machine.table.ts";
import { type AgentClaims, claimedHost, readAgentToken } from "../../schema/machine/machine.ts";
import type { ModelAlias } from "../../schema/model.ts";
import { registryAgentTable, registrySubAgentTable, stackTable } from "../../schema/stack/registry.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { EdgeApp } from "../http.ts";
import { countAgainstLimit, guardDatabase, readBearer } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";

/**
 * `tools`: the platform's tools of a sub-agent; undefined for the Grow Agent,
 * which has its own. `model`: what its type names, whatever a call says; `agentType`: `grow` of the Grow
 * Agent.
 */
export type AgentVariables = {
  Variables: {
    agent: AgentClaims;
    subscription: SubscriptionRow;
    tools: readonly string[] | undefined;
    model: ModelAlias;
    agentType: string;
  };
};

/** The agent a token speaks for, signed by a host that is still enrolled. */
async function readTokenClaims(db: Database, token: string): Promise<AgentClaims> {
  const host = claimedHost(token);
  if (!host) throw new AppError("unauthenticated");
  const row = await db.select().from(machineTable).where(eq(machineTable.id, host)).get();
  if (row?.role !== "host" || isHostGone(row.state) || row.certificateEnds <= Date.now()) throw new AppError("unauthenticated", { host });
  const { publicKey, nextPublicKey } = row;
  const claims = await readAgentToken(token, publicKey).catch((error: unknown) => {
    if (nextPublicKey === null) throw error;
    return readAgentToken(token, nextPublicKey);
  });
  if (claims.host !== host) throw new AppError("unauthenticated", { host });
  return claims;
}

/**
 * `Authorization: Bearer <agent token>`: the agent's member must be
 * placed on the signing host at this very epoch, and allowed to run.
 */
export const requireAgentToken = createMiddleware<EdgeApp & AgentVariables>(async (c, next) => {
  const { db } = c.var;
  const claims = await guardDatabase(c, () => readTokenClaims(db, readBearer(c)));
  const placed = await db
    .select()
    .from(stackTable)
    .leftJoin(registryAgentTable, and(eq(registryAgentTable.member, stackTable.member), eq(registryAgentTable.id, claims.agent)))
    .leftJoin(registrySubAgentTable, and(eq(registrySubAgentTable.member, stackTable.member), eq(registrySubAgentTable.id, claims.agent)))
    .leftJoin(subscriptionTable, eq(subscriptionTable.member, stackTable.member))
    .where(and(eq(stackTable.member, claims.member), eq(stackTable.host, claims.host), eq(stackTable.epoch, claims.epoch)))
    .get();
  if (!placed || (placed.agent === null && placed.sub_agent === null)) throw new AppError("unauthenticated", { what: "no such placement" });
  const { subscription } = placed;
  if (!subscription || entitlementCeiling(entitlement(subscription, Date.now())) !== "running") throw new AppError("payment_required");
  c.set("agent", claims);
  c.set("subscription", subscription);
  c.set("tools", placed.sub_agent?.tools);
  c.set("model", placed.sub_agent?.model ?? "standard");
  c.set("agentType", placed.sub_agent?.type ?? growAgentType);
  c.set("who", claims.agent);
  await countAgainstLimit(c.env.RATE, claims.agent);
  await next();
});
