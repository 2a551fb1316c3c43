import { createRoute } from "@hono/zod-openapi";
import { and, eq, inArray } from "drizzle-orm";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { plans } from "../schema/entitlement.ts";
import { AppError, errorResponse, invalid } from "../schema/error.ts";
import { limits } from "../schema/limits.ts";
import { box } from "../schema/stack.ts";
import { modelSessions } from "../schema/usage.table.ts";
import { type Agent, agentToken } from "./agent-auth.ts";
import { spent } from "./budget.ts";
import { type App, keepBody, newApp, readBody, refusals } from "./http.ts";
import { recordUsage, usageReader } from "./usage.ts";

/** OpenAI-shaped gateway to the model: the agent's box never holds the provider's key, nor chooses the model. */
const chat = z.looseObject({
  messages: z.array(z.unknown()).min(1),
  stream: z.boolean().optional(),
  stream_options: z.looseObject({}).optional(),
});
/** A model may think this long before its first byte. */
const firstByte = 120_000;
const kept = ["content-type", "retry-after", "retry-after-ms"];

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
  return said[0]!;
}

async function requireBudget(c: Context<App & Agent>): Promise<void> {
  const { db, agent, subscription } = c.var;
  const { micros } = await spent(db, agent.member, subscription.periodStart);
  if (micros >= plans[subscription.plan].modelMicros) throw new AppError("budget_exhausted");
}

/** Passes the answer on byte by byte while reading its usage; `ended` runs once, when it is whole or broke off. */
function pass(from: ReadableStream<Uint8Array>, see: (chunk: Uint8Array) => void, ended: () => void, broken: () => void): ReadableStream {
  const reader = from.getReader();
  return new ReadableStream({
    async pull(to) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          ended();
          return to.close();
        }
        see(value);
        to.enqueue(value);
      } catch (error) {
        ended();
        to.error(error);
      }
    },
    cancel() {
      broken();
    },
  });
}

async function complete(c: Context<App & Agent>): Promise<Response> {
  const { db, config, agent, requestId, log } = c.var;
  const text = await readBody(c.req.raw, limits.modelBodyBytes);
  keepBody(c, text);
  const asked = chat.safeParse(text === "" ? undefined : JSON.parse(text));
  if (!asked.success) throw invalid(asked.error);
  const session = await sessionOf(c);
  await requireBudget(c);
  const streamed = asked.data.stream === true;
  const body = {
    ...asked.data,
    model: config.MODEL_NAME,
    ...(streamed ? { stream_options: { ...asked.data.stream_options, include_usage: true } } : {}),
  };
  const stop = new AbortController();
  const gone = () => stop.abort();
  c.req.raw.signal.addEventListener("abort", gone, { once: true });
  const late = setTimeout(gone, firstByte);
  const response = await fetch(`${config.MODEL_URL}/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${config.MODEL_KEY}`,
      "content-type": "application/json",
      accept: streamed ? "text/event-stream" : "application/json",
    },
    body: JSON.stringify(body),
    signal: stop.signal,
    redirect: "manual",
  }).catch((cause: unknown) => {
    throw new AppError("upstream", { what: "model" }, { cause });
  });
  clearTimeout(late);
  const headers = new Headers(
    kept.flatMap((name) => (response.headers.has(name) ? [[name, response.headers.get(name)!] as [string, string]] : [])),
  );
  if (!response.ok || !response.body) {
    log("warn", "model refused", { status: response.status, agent: agent.agent });
    // 401 of the provider is about the platform's key, not about the agent's
    if (response.status === 401 || response.status === 403) throw new AppError("upstream", { what: "model", status: response.status });
    return new Response(response.body, { status: response.status, headers });
  }
  const reader = usageReader(streamed);
  const over = Promise.withResolvers<void>();
  c.executionCtx.waitUntil(over.promise.then(() => recordUsage(db, agent, { session, requestId, model: config.MODEL_NAME }, reader.end())));
  const broken = () => {
    gone();
    over.resolve();
  };
  c.req.raw.signal.addEventListener("abort", broken, { once: true });
  return new Response(pass(response.body, reader.see, over.resolve, broken), { status: response.status, headers });
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
