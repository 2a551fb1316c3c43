import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { type KeyOwner, modelChoiceTable, type ProviderKeyRow, providerKeyTable } from "../../schema/provider/provider.table.ts";
import {
  modelProvider,
  type ProviderKeyIn,
  type ProviderKeyView,
  providerKeyIn,
  providerKeysOut,
  providerKeyView,
} from "../../schema/provider/provider-key.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { removedOut } from "../../schema/wire/removed.ts";
import { memberDoor } from "../door.ts";
import type { Bindings, EdgeConfig } from "../env.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import { requireOperator } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { openSealed, sealValue } from "../kernel/envelope.ts";
import { requireAddress } from "../kernel/outbound.ts";
import { openProvider, testProvider } from "./provider-test.ts";

/** Keys of models' providers, of members and of the platform. None is ever told again. */
type Provider = ProviderKeyRow["provider"];
type KeyContext = { env: Bindings; var: { db: Database; config: EdgeConfig } };
const ofOwner = (owner: KeyOwner, provider: Provider) => and(eq(providerKeyTable.owner, owner), eq(providerKeyTable.provider, provider));
export const providerKeyRecord = (provider: string) => `provider-key/${provider}`;
export const openProviderKey = (config: EdgeConfig, { owner, provider, sealed }: ProviderKeyRow): Promise<string> =>
  openSealed(config, owner, providerKeyRecord(provider), sealed);

function viewKey({ provider, baseUrl, ending, state, detail, models, testedAt, updatedAt }: ProviderKeyRow): ProviderKeyView {
  return { provider, baseUrl, ending, state, detail, models, testedAt, updatedAt, from: "kept" };
}
/**
 * The key that the platform was started with counts as its OpenAI-compatible one until an operator keeps
 * another.
 */
function viewSeed(config: EdgeConfig): ProviderKeyView {
  const { MODEL_URL, MODEL_KEY, MODEL_NAME, MODEL_FAST, MODEL_STANDARD, MODEL_DEEP } = config;
  const models = [...new Set([MODEL_FAST, MODEL_STANDARD, MODEL_DEEP, MODEL_NAME].filter((name) => name !== undefined))];
  const about = { state: "works" as const, detail: "From the settings of the platform.", testedAt: 0, updatedAt: 0 };
  return { provider: "compatible", baseUrl: MODEL_URL, ending: MODEL_KEY.slice(-4), ...about, models, from: "settings" };
}

function readKeys(db: Database, owner: KeyOwner): Promise<ProviderKeyRow[]> {
  return db.select().from(providerKeyTable).where(eq(providerKeyTable.owner, owner)).orderBy(providerKeyTable.provider);
}
async function requireKey(db: Database, owner: KeyOwner, provider: Provider): Promise<ProviderKeyRow> {
  const row = await db.select().from(providerKeyTable).where(ofOwner(owner, provider)).get();
  if (!row) throw new AppError("not_found");
  return row;
}

/** Tests a key with its provider and keeps it; one that the provider does not take changes nothing. */
async function keepKey(c: KeyContext, owner: KeyOwner, provider: Provider, { key, baseUrl }: ProviderKeyIn): Promise<ProviderKeyView> {
  const { db, config } = c.var;
  const wrong = (message: string) => new AppError("invalid", { issues: [{ path: "baseUrl", message }] });
  if (provider === "compatible" && baseUrl === undefined) throw wrong("say where the provider is");
  if (provider !== "compatible" && baseUrl !== undefined) throw wrong("this provider has one address only");
  if (baseUrl !== undefined) {
    requireAddress("baseUrl", baseUrl, config.MODELS_LOCAL);
    if (new URL(baseUrl).search) throw wrong("must have no ?");
  }
  const found = await testProvider(openProvider(c.env, config, { provider, baseUrl: baseUrl ?? null, key }));
  if (found.state === "refused")
    throw new AppError("invalid", { issues: [{ path: "key", message: found.detail }] }, { message: found.detail });
  const now = Date.now();
  const set = {
    ...{ baseUrl: baseUrl ?? null, sealed: await sealValue(config, owner, providerKeyRecord(provider), key), ending: key.slice(-4) },
    ...{ ...found, testedAt: now, updatedAt: now },
  };
  await db
    .insert(providerKeyTable)
    .values({ owner, provider, ...set })
    .onConflictDoUpdate({ target: [providerKeyTable.owner, providerKeyTable.provider], set });
  return viewKey({ owner, provider, ...set });
}
/** Tests a kept key again; the models of a test that worked stay known while the provider is away. */
async function testKey(c: KeyContext, owner: KeyOwner, provider: Provider): Promise<ProviderKeyView> {
  const { db, config } = c.var;
  const row = await requireKey(db, owner, provider);
  const found = await testProvider(openProvider(c.env, config, { ...row, key: await openProviderKey(config, row) }));
  const models = found.state === "works" ? found.models : row.models;
  const set = { ...found, models, testedAt: Date.now() };
  await db
    .update(providerKeyTable)
    .set(set)
    .where(and(ofOwner(owner, provider), eq(providerKeyTable.sealed, row.sealed))); // another key since then has its own test
  return viewKey({ ...row, ...set });
}
async function forgetKey(db: Database, owner: KeyOwner, provider: Provider): Promise<{ removed: true }> {
  const [done] = await db.batch([
    db.delete(providerKeyTable).where(ofOwner(owner, provider)),
    db
      .delete(modelChoiceTable) // of a member's own key: for those types the platform chooses again
      .where(
        and(
          eq(modelChoiceTable.member, owner as Id<"mem">),
          eq(modelChoiceTable.paidBy, "member"),
          eq(modelChoiceTable.provider, provider),
        ),
      ),
  ]);
  if (done.rowsAffected === 0) throw new AppError("not_found");
  return { removed: true };
}

const params = z.object({ provider: modelProvider });
const keyOf = { params };
const keptBody = { params, body: jsonRequest(providerKeyIn) };
const viewAnswers = { 200: jsonAnswer("The key, without itself", providerKeyView), ...refusalAnswers };
const listAnswers = { 200: jsonAnswer("Keys, without themselves", providerKeysOut.meta({ id: "ProviderKeys" })), ...refusalAnswers };
const goneAnswers = { 200: jsonAnswer("It is gone", removedOut), ...refusalAnswers };

export const providerKeyRoutes = newApp()
  .openapi(
    memberDoor({
      method: "get",
      path: "/keys",
      summary: "Your keys of models' providers: last four characters and last test, never the key",
      tags: ["Provider keys"],
      responses: listAnswers,
    }),
    async (c) => c.json({ keys: (await readKeys(c.var.db, c.var.member.id)).map(viewKey) }, 200),
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/keys/{provider}",
      summary: "One of your keys",
      tags: ["Provider keys"],
      request: keyOf,
      responses: viewAnswers,
    }),
    async (c) => c.json(viewKey(await requireKey(c.var.db, c.var.member.id, c.req.valid("param").provider)), 200),
  )
  .openapi(
    memberDoor({
      method: "put",
      path: "/keys/{provider}",
      summary: "Keep a key of a provider, tested with it first; another one replaces it",
      tags: ["Provider keys"],
      key: false,
      scope: "admin",
      request: keptBody,
      responses: viewAnswers,
    }),
    async (c) => c.json(await keepKey(c, c.var.member.id, c.req.valid("param").provider, c.req.valid("json")), 200),
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/keys/{provider}/test",
      summary: "Test a kept key with its provider again",
      tags: ["Provider keys"],
      scope: "admin",
      request: { params },
      responses: viewAnswers,
    }),
    async (c) => c.json(await testKey(c, c.var.member.id, c.req.valid("param").provider), 200),
  )
  .openapi(
    memberDoor({
      method: "delete",
      path: "/keys/{provider}",
      summary: "Forget a key",
      tags: ["Provider keys"],
      scope: "admin",
      request: keyOf,
      responses: goneAnswers,
    }),
    async (c) => c.json(await forgetKey(c.var.db, c.var.member.id, c.req.valid("param").provider), 200),
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/platform/keys",
      summary: "The platform's keys of models' providers (operators)",
      tags: ["Provider keys"],
      before: [requireOperator],
      scope: "session",
      responses: listAnswers,
    }),
    async (c) => {
      const keys = (await readKeys(c.var.db, "platform")).map(viewKey);
      const seeded = keys.some(({ provider }) => provider === "compatible") ? [] : [viewSeed(c.var.config)];
      return c.json({ keys: [...keys, ...seeded] }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "put",
      path: "/platform/keys/{provider}",
      summary: "Keep a key of the platform's (operators); a `compatible` one takes the place of the settings' key",
      tags: ["Provider keys"],
      before: [requireOperator],
      scope: "session",
      key: false,
      request: keptBody,
      responses: viewAnswers,
    }),
    async (c) => c.json(await keepKey(c, "platform", c.req.valid("param").provider, c.req.valid("json")), 200),
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/platform/keys/{provider}/test",
      summary: "Test a key of the platform's again (operators)",
      tags: ["Provider keys"],
      before: [requireOperator],
      scope: "session",
      request: { params },
      responses: viewAnswers,
    }),
    async (c) => c.json(await testKey(c, "platform", c.req.valid("param").provider), 200),
  )
  .openapi(
    memberDoor({
      method: "delete",
      path: "/platform/keys/{provider}",
      summary: "Forget a key of the platform's (operators)",
      tags: ["Provider keys"],
      before: [requireOperator],
      scope: "session",
      request: keyOf,
      responses: goneAnswers,
    }),
    async (c) => c.json(await forgetKey(c.var.db, "platform", c.req.valid("param").provider), 200),
  );
