import { createRoute } from "@hono/zod-openapi";
import { and, eq, inArray } from "drizzle-orm";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { subscriptionPlans } from "../../schema/billing/entitlement.ts";
import { modelSessionTable } from "../../schema/billing/usage.table.ts";
import { box } from "../../schema/stack/stack.ts";
import { AppError, errorResponse, invalidInput } from "../../schema/wire/error.ts";
import { parseForeignJson } from "../../schema/wire/foreign-text.ts";
import { limits } from "../../schema/wire/limits.ts";
import { type AgentVariables, requireAgentToken } from "../agent/agent-auth.ts";
import { countUnseen, type ModelUsage, recordUsage } from "../billing/model-usage.ts";
import { readMemberUsage } from "../budget.ts";
import { type EdgeApp, keepBody, newApp, readBody, refusalAnswers } from "../http.ts";
import { type ChatRequest, callModel, chatRequest, modelNamed, silenceLimits } from "./model.ts";
import { answerReader, type ModelRequest, passStream, readWhole, refuseAnswer } from "./model-answer.ts";
import { failureWait, noteModelAnswer, noteModelFailure } from "./model-brake.ts";
import type { ModelFault } from "./model-fault.ts";

/**
 * OpenAI-shaped gateway to the model. An agent's box neither holds the provider's key nor chooses the model.
 */
/** Refusals in the shape that OpenAI's clients read; a superset of the product's own. */
const openAiErrors = createMiddleware<EdgeApp>(async (c, next) => {
  await next();
  if (!c.error) return;
  const known = c.error instanceof AppError ? c.error : new AppError("internal");
  const { status, body } = errorResponse(known, c.get("requestId"));
  const wait = status === 429 ? { "retry-after": String(known.meta.retryAfter ?? 10) } : {};
  const headers = { "content-type": "application/json", ...wait };
  c.res = undefined;
  c.res = new Response(JSON.stringify({ error: { ...body.error, type: body.error.code, param: null } }), { status, headers });
});

/**
 * The OpenCode session of the call (or the one it is a sub-task of)
 * must be registered as this agent's: it is what the cost belongs to.
 */
async function sessionOf(c: Context<EdgeApp & AgentVariables>): Promise<string> {
  const { db, agent } = c.var;
  const said = [c.req.header("x-session-id"), c.req.header("x-parent-session-id")].filter((name) => name !== undefined);
  if (said.length === 0) throw new AppError("forbidden", { what: "no session" });
  const row = await db
    .select()
    .from(modelSessionTable)
    .where(
      and(eq(modelSessionTable.member, agent.member), eq(modelSessionTable.agent, agent.agent), inArray(modelSessionTable.session, said)),
    )
    .get();
  if (!row) throw new AppError("forbidden", { what: "unknown session" });
  return row.session;
}

async function requireBudget(c: Context<EdgeApp & AgentVariables>): Promise<void> {
  const { db, agent, subscription } = c.var;
  const { micros } = await readMemberUsage(db, agent.member, subscription.periodStart);
  if (micros >= subscriptionPlans[subscription.plan].modelMicros) throw new AppError("budget_exhausted");
}

async function readModelCall(c: Context<EdgeApp & AgentVariables>): Promise<{ call: ChatRequest; asked: ModelRequest }> {
  const text = await readBody(c.req.raw, limits.modelBodyBytes);
  keepBody(c, text);
  const parsed = chatRequest.safeParse(text === "" ? undefined : parseForeignJson(text));
  if (!parsed.success) throw invalidInput(parsed.error);
  const requestBytes = new TextEncoder().encode(text).length;
  return { call: parsed.data, asked: { requestBytes, unseen: countUnseen(parsed.data) } };
}

/**
 * A session whose calls failed one after another waits before its next call, so a loop of failing calls costs
 * nothing.
 */
function requireCalm(caller: string): void {
  const wait = failureWait(caller, Date.now());
  if (wait === 0) return;
  const seconds = Math.ceil(wait / 1000);
  const message = `The model's provider has failed several times. The next try is in ${seconds} s.`;
  throw new AppError("rate_limited", { what: "model", retryAfter: seconds }, { message });
}

async function complete(c: Context<EdgeApp & AgentVariables>): Promise<Response> {
  const { call, asked: room } = await readModelCall(c);
  const session = await sessionOf(c);
  await requireBudget(c);
  const caller = `${c.var.agent.member}/${session}`;
  requireCalm(caller);
  try {
    const answer = await callProvider(c, call, { session, caller, room });
    if (answer.status >= 500) noteModelFailure(caller, Date.now());
    return answer;
  } catch (error) {
    if (!c.req.raw.signal.aborted) noteModelFailure(caller, Date.now());
    throw error;
  }
}

async function callProvider(
  c: Context<EdgeApp & AgentVariables>,
  call: ChatRequest,
  { session, caller, room }: { session: string; caller: string; room: ModelRequest },
): Promise<Response> {
  const { db, config, agent, model: alias, requestId, log } = c.var;
  const stop = new AbortController();
  const over = Promise.withResolvers<ModelUsage | undefined>();
  const model = modelNamed(config, alias);
  const reader = answerReader(room);
  const left = () => {
    stop.abort();
    over.resolve(reader.used());
  };
  c.req.raw.signal.addEventListener("abort", left, { once: true });
  const response = await callModel(config, model, call, stop);
  if (!response.ok) log("warn", "model refused", { status: response.status, agent: agent.agent });
  const refused = await refuseAnswer(response, call.stream === true);
  if (refused) return refused;
  const entry = { session, requestId, model, alias };
  c.executionCtx.waitUntil(over.promise.then((used) => recordUsage(db, agent, entry, used)));
  if (!call.stream) return wholeAnswer(c, response, { caller, room, over: over.resolve });
  const ended = (fault: ModelFault | undefined) => {
    tellOdd(c, reader.odd());
    over.resolve(fault ? undefined : reader.used()); // nonsense costs its member nothing
    if (!fault) return noteModelAnswer(caller);
    log("warn", "model answered badly", { fault: fault.text, agent: agent.agent });
    noteModelFailure(caller, Date.now());
    stop.abort();
  };
  const body = passStream(response.body!, { reader, silence: silenceLimits(config), ended, left });
  return new Response(body, { status: 200, headers: { "content-type": "text/event-stream" } });
}
function tellOdd(c: Context<EdgeApp & AgentVariables>, odd: string | undefined): void {
  if (odd !== undefined) c.var.log("warn", "model told an odd usage", { odd, agent: c.var.agent.agent });
}
type Whole = { caller: string; room: ModelRequest; over: (used: ModelUsage | undefined) => void };
async function wholeAnswer(c: Context<EdgeApp & AgentVariables>, response: Response, { caller, room, over }: Whole): Promise<Response> {
  try {
    const { text, used, odd } = await readWhole(response, silenceLimits(c.var.config).first, room);
    tellOdd(c, odd);
    over(used);
    noteModelAnswer(caller);
    return new Response(text, { status: 200, headers: { "content-type": "application/json" } });
  } finally {
    over(undefined); // what was known before stays
  }
}

const modelRoute = { tags: ["Model"], security: [{ agent: [] }] };
const model = z.object({ id: z.string(), object: z.literal("model"), created: z.number(), owned_by: z.string() });
export const modelRoutes = newApp();
modelRoutes.openAPIRegistry.registerPath(
  createRoute({
    method: "post",
    path: "/ai/v1/chat/completions",
    summary: "A model call of an agent, OpenAI-shaped; `x-session-id` must be a registered session of that agent",
    ...modelRoute,
    request: { body: { required: true, content: { "application/json": { schema: chatRequest } } } },
    responses: { 200: { description: "The provider's own answer; a stream that breaks off ends with an `error`" }, ...refusalAnswers },
  }),
);
modelRoutes.openAPIRegistry.registerPath(
  createRoute({
    method: "get",
    path: "/ai/v1/models",
    summary: "The one model an agent sees",
    ...modelRoute,
    responses: {
      200: {
        description: "Models",
        content: { "application/json": { schema: z.object({ object: z.literal("list"), data: z.array(model) }) } },
      },
      ...refusalAnswers,
    },
  }),
);
modelRoutes.post("/ai/v1/chat/completions", openAiErrors, requireAgentToken, complete);
modelRoutes.get("/ai/v1/models", openAiErrors, requireAgentToken, (c) =>
  c.json({ object: "list", data: [{ id: box.model, object: "model", created: 0, owned_by: box.provider }] }),
);
