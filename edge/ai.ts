import { createRoute } from "@hono/zod-openapi";
import { and, eq, inArray } from "drizzle-orm";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { plans } from "../schema/entitlement.ts";
import { AppError, errorResponse, invalid } from "../schema/error.ts";
import { parseForeignJson } from "../schema/foreign-text.ts";
import { limits } from "../schema/limits.ts";
import { box } from "../schema/stack.ts";
import { modelSessions } from "../schema/usage.table.ts";
import { type Agent, agentToken } from "./agent-auth.ts";
import { spent } from "./budget.ts";
import { type App, keepBody, newApp, readBody, refusals } from "./http.ts";
import { answerHeaders, type Chat, callModel, chat, modelNamed, pass } from "./model.ts";
import { recordUsage, usageReader } from "./usage.ts";

/** OpenAI-shaped gateway to the model: the agent's box never holds the provider's key, nor chooses the model. */
/** Refusals in the shape that OpenAI's clients read; a superset of the product's own. */
const openAiErrors = createMiddleware<App>(async (c, next) => {
  await next();
  if (!c.error) return;
  const known = c.error instanceof AppError ? c.error : new AppError("internal");
  const { status, body } = errorResponse(known, c.get("requestId"));
  const headers = { "content-type": "application/json", ...(status === 429 ? { "retry-after": "10" } : {}) };
  c.res = undefined;
  c.res = new Response(JSON.stringify({ error: { ...body.error, type: body.error.code, param: null } }), { status, headers });
});

/** The OpenCode session of the call (or the one it is a sub-task of) must be registered as this agent's: it is what the cost belongs to. */
async function sessionOf(c: Context<App & Agent>): Promise<string> {
  const { db, agent } = c.var;
  const said = [c.req.header("x-session-id"), c.req.header("x-parent-session-id")].filter((name) => name !== undefined);
  if (said.length === 0) throw new AppError("forbidden", { what: "no session" });
  const row = await db
    .select()
    .from(modelSessions)
    .where(and(eq(modelSessions.member, agent.member), eq(modelSessions.agent, agent.agent), inArray(modelSessions.session, said)))
    .get();
  if (!row) throw new AppError("forbidden", { what: "unknown session" });
  return row.session;
}

async function requireBudget(c: Context<App & Agent>): Promise<void> {
  const { db, agent, subscription } = c.var;
  const { micros } = await spent(db, agent.member, subscription.periodStart);
  if (micros >= plans[subscription.plan].modelMicros) throw new AppError("budget_exhausted");
}

async function asked(c: Context<App & Agent>): Promise<Chat> {
  const text = await readBody(c.req.raw, limits.modelBodyBytes);
  keepBody(c, text);
  const parsed = chat.safeParse(text === "" ? undefined : parseForeignJson(text));
  if (!parsed.success) throw invalid(parsed.error);
  return parsed.data;
}

async function complete(c: Context<App & Agent>): Promise<Response> {
  const { db, config, agent, model: alias, requestId, log } = c.var;
  const call = await asked(c);
  const session = await sessionOf(c);
  await requireBudget(c);
  const stop = new AbortController();
  const over = Promise.withResolvers<void>();
  const left = () => {
    stop.abort();
    over.resolve();
  };
  c.req.raw.signal.addEventListener("abort", left, { once: true });
  const model = modelNamed(config, alias);
  const response = await callModel(config, model, call, stop);
  const { status, ok } = response;
  if (!ok || !response.body) {
    log("warn", "model refused", { status, agent: agent.agent });
    // 401 of the provider is about the platform's key, not about the agent's
    if (status === 401 || status === 403) throw new AppError("upstream", { what: "model", status });
    return new Response(response.body, { status, headers: answerHeaders(response) });
  }
  const { see, end } = usageReader(call.stream === true);
  const entry = { session, requestId, model, alias };
  c.executionCtx.waitUntil(over.promise.then(() => recordUsage(db, agent, entry, end())));
  return new Response(pass(response.body, { see, ended: over.resolve, left }), { status, headers: answerHeaders(response) });
}

const described = { tags: ["Model"], security: [{ agent: [] }] };
const model = z.object({ id: z.string(), object: z.literal("model"), created: z.number(), owned_by: z.string() });
export const ai = newApp();
ai.openAPIRegistry.registerPath(
  createRoute({
    method: "post",
    path: "/ai/v1/chat/completions",
    summary: "A model call of an agent, OpenAI-shaped; `x-session-id` must be a registered session of that agent",
    ...described,
    request: { body: { required: true, content: { "application/json": { schema: chat } } } },
    responses: { 200: { description: "The provider's own answer, untouched" }, ...refusals },
  }),
);
ai.openAPIRegistry.registerPath(
  createRoute({
    method: "get",
    path: "/ai/v1/models",
    summary: "The one model an agent sees",
    ...described,
    responses: {
      200: {
        description: "Models",
        content: { "application/json": { schema: z.object({ object: z.literal("list"), data: z.array(model) }) } },
      },
      ...refusals,
    },
  }),
);
ai.post("/ai/v1/chat/completions", openAiErrors, agentToken, complete);
ai.get("/ai/v1/models", openAiErrors, agentToken, (c) =>
  c.json({ object: "list", data: [{ id: box.model, object: "model", created: 0, owned_by: box.provider }] }),
);
