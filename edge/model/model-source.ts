import { and, eq, inArray } from "drizzle-orm";
import type { Context } from "hono";
import { allowsModel } from "../../schema/billing/subscription-plan.ts";
import type { ModelChoice } from "../../schema/provider/model-choice.ts";
import { modelChoiceTable, type ProviderKeyRow, providerKeyTable } from "../../schema/provider/provider.table.ts";
import { type ModelDialect, type ModelProvider, speaksDialect } from "../../schema/provider/provider-key.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { AgentVariables } from "../agent/agent-auth.ts";
import type { EdgeApp } from "../http.ts";
import { openProviderKey } from "../provider/provider-key.ts";
import { openProvider, type ProviderDoor } from "../provider/provider-test.ts";
import { modelNamed } from "./model.ts";

/** A model that may answer a call, and by whose key. */
export type ModelSource = { paidBy: ModelChoice["paidBy"]; model: string; door: ProviderDoor };
export type AgentContext = Context<EdgeApp & AgentVariables>;

async function openSource(c: AgentContext, row: ProviderKeyRow, model: string): Promise<ModelSource> {
  const key = await openProviderKey(c.var.config, row);
  const paidBy = row.owner === "platform" ? "platform" : "member";
  return { paidBy, model, door: openProvider(c.env, c.var.config, { ...row, key }) };
}
const refuseDialect: Readonly<Partial<Record<ModelDialect, string>>> = {
  messages: "No model of Anthropic's is chosen for this kind of agent.",
  generate: "No model of Google's is chosen for this kind of agent.",
};

/**
 * Which models answer a call in this dialect, in the order in which they are tried: the one that the member
 * chose for this type of agent, else the platform's by the type's alias. A member's own key has none behind
 * it: nobody else pays in its place.
 */
export async function listModelSources(c: AgentContext, dialect: ModelDialect): Promise<ModelSource[]> {
  const { db, config, agent, agentType, model: alias, subscription } = c.var;
  const [choices, keys] = await db.batch([
    db
      .select()
      .from(modelChoiceTable)
      .where(and(eq(modelChoiceTable.member, agent.member), eq(modelChoiceTable.type, agentType))),
    db
      .select()
      .from(providerKeyTable)
      .where(inArray(providerKeyTable.owner, [agent.member, "platform"])),
  ]);
  const find = (owner: ProviderKeyRow["owner"], provider: ModelProvider) =>
    keys.find((row) => row.owner === owner && row.provider === provider);
  const choice = choices.find(({ provider }) => speaksDialect(provider, dialect));
  const mine = choice?.paidBy === "member" ? find(agent.member, choice.provider) : undefined;
  if (choice && mine) return [await openSource(c, mine, choice.model)];
  const standard = modelNamed(config, alias);
  const paid = choice?.paidBy === "platform" ? find("platform", choice.provider) : undefined;
  const named = ["fast", "standard", "deep"] as const;
  const may = (model: string) => named.some((each) => modelNamed(config, each) === model) || allowsModel(subscription.plan, model);
  const chosen = choice && paid && may(choice.model) ? [await openSource(c, paid, choice.model)] : [];
  if (!speaksDialect("compatible", dialect)) {
    if (chosen.length === 0) throw new AppError("not_found", { dialect }, { message: refuseDialect[dialect] ?? "No model is chosen." });
    return chosen;
  }
  const kept = find("platform", "compatible");
  const seedModel = choice?.paidBy === "platform" && choice.provider === "compatible" && may(choice.model) ? choice.model : standard;
  const seed: ModelSource = {
    ...{ paidBy: "platform", model: seedModel },
    door: { provider: "compatible", url: config.MODEL_URL, key: config.MODEL_KEY, send: fetch },
  };
  const compatible = kept && paid !== kept ? [await openSource(c, kept, standard)] : [];
  return [...chosen, ...compatible, seed];
}
