import { and, eq, inArray } from "drizzle-orm";
import { z } from "zod";
import { limitReached } from "../../schema/billing/limit-reached.ts";
import { allowsModel, planName, type SubscriptionPlan } from "../../schema/billing/subscription-plan.ts";
import { choiceType, type ModelChoice, type ModelChoicesOut, modelChoice, modelChoicesOut } from "../../schema/provider/model-choice.ts";
import { modelChoiceTable, type ProviderKeyRow, providerKeyTable } from "../../schema/provider/provider.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { removedOut } from "../../schema/wire/removed.ts";
import { subscriptionOf } from "../billing/entitlement.ts";
import { memberDoor } from "../door.ts";
import type { EdgeConfig } from "../env.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import type { Database } from "../kernel/db.ts";
import { modelNamed } from "../model/model.ts";

/** By which key and model each kind of a member's agents works. */
const standardModels = (config: EdgeConfig) => ({
  fast: modelNamed(config, "fast"),
  standard: modelNamed(config, "standard"),
  deep: modelNamed(config, "deep"),
});
type Offered = ModelChoicesOut["offered"];
/**
 * What may be chosen: the platform's models by plan, those of its settings on any, and all of the member's
 * own.
 */
function listOffered(config: EdgeConfig, keys: readonly ProviderKeyRow[], plan: SubscriptionPlan | undefined): Offered {
  const seed = new Set(Object.values(standardModels(config)));
  const offered = keys.map(({ owner, provider, models }) => {
    const mine = owner !== "platform";
    const allowed = mine ? models : models.filter((model) => plan !== undefined && (seed.has(model) || allowsModel(plan, model)));
    return { paidBy: mine ? ("member" as const) : ("platform" as const), provider, models: allowed };
  });
  const seeded = offered.some(({ paidBy, provider }) => paidBy === "platform" && provider === "compatible");
  const all: Offered =
    seeded || plan === undefined ? offered : [...offered, { paidBy: "platform", provider: "compatible", models: [...seed] }];
  return all.filter(({ models }) => models.length > 0);
}
/** What may be chosen now, and what might be with each of the plans. */
async function readOffered(config: EdgeConfig, db: Database, member: Id<"mem">): Promise<{ offered: Offered; byPlan: Offered[] }> {
  const keys = db
    .select()
    .from(providerKeyTable)
    .where(inArray(providerKeyTable.owner, [member, "platform"]))
    .orderBy(providerKeyTable.owner, providerKeyTable.provider);
  const [kept, subscription] = await Promise.all([keys, subscriptionOf(db, member)]);
  return {
    offered: listOffered(config, kept, subscription?.plan),
    byPlan: planName.options.map((plan) => listOffered(config, kept, plan)),
  };
}

/** Why a model can't be chosen; undefined where it can. */
function refuseChoice(choice: ModelChoice, { offered, byPlan }: Awaited<ReturnType<typeof readOffered>>): string | undefined {
  const find = (list: Offered) => list.find(({ paidBy, provider }) => paidBy === choice.paidBy && provider === choice.provider);
  const has = (list: Offered) => find(list)?.models.includes(choice.model) === true;
  if (has(offered)) return undefined;
  if (byPlan.some(has)) return limitReached.models;
  return choice.paidBy === "member" && !find(offered) ? "You keep no key of this provider." : "The platform or your key has no such model.";
}

const params = z.object({ type: choiceType });
const choiceView = modelChoice.extend({ type: choiceType });
export const modelChoiceRoutes = newApp()
  .openapi(
    memberDoor({
      method: "get",
      path: "/models",
      summary: "By which key and model each kind of your agents works, and what can be chosen",
      tags: ["Provider keys"],
      responses: { 200: jsonAnswer("Choices", modelChoicesOut.meta({ id: "ModelChoices" })), ...refusalAnswers },
    }),
    async (c) => {
      const { config, db, member } = c.var;
      const rows = await db.select().from(modelChoiceTable).where(eq(modelChoiceTable.member, member.id)).orderBy(modelChoiceTable.type);
      const choices = rows.map(({ type, paidBy, provider, model }) => ({ type, paidBy, provider, model }));
      const { offered } = await readOffered(config, db, member.id);
      return c.json({ choices, offered, standard: standardModels(config) }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "put",
      path: "/models/{type}",
      summary: "Choose the key and the model of a kind of agent; `grow` is the Grow Agent. Its next call is answered by it",
      tags: ["Provider keys"],
      scope: "admin",
      request: { params, body: jsonRequest(modelChoice) },
      responses: { 200: jsonAnswer("Chosen", choiceView.meta({ id: "ModelChoiceOfType" })), ...refusalAnswers },
    }),
    async (c) => {
      const { config, db, member } = c.var;
      const { type } = c.req.valid("param");
      const choice = c.req.valid("json");
      const message = refuseChoice(choice, await readOffered(config, db, member.id));
      if (message !== undefined) throw new AppError("invalid", { issues: [{ path: "model", message }] }, { message });
      const set = { ...choice, updatedAt: Date.now() };
      await db
        .insert(modelChoiceTable)
        .values({ member: member.id, type, ...set })
        .onConflictDoUpdate({ target: [modelChoiceTable.member, modelChoiceTable.type], set });
      return c.json({ type, ...choice }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "delete",
      path: "/models/{type}",
      summary: "Let the platform choose again",
      tags: ["Provider keys"],
      scope: "admin",
      request: { params },
      responses: { 200: jsonAnswer("The platform chooses", removedOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      const mine = and(eq(modelChoiceTable.member, member.id), eq(modelChoiceTable.type, c.req.valid("param").type));
      const done = await db.delete(modelChoiceTable).where(mine);
      if (done.rowsAffected === 0) throw new AppError("not_found");
      return c.json({ removed: true }, 200);
    },
  );
