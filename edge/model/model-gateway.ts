import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { beyondShortening } from "../../schema/model.ts";
import { box } from "../../schema/stack/stack.ts";
import { errorResponse, invalidInput } from "../../schema/wire/error.ts";
import { parseForeignJson } from "../../schema/wire/foreign-text.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { AgentVariables } from "../agent/agent-auth.ts";
import { countUnseen, estimateUsage, readOutputLimit } from "../billing/model-usage.ts";
import { agentDoor, mountPlain } from "../door.ts";
import { type EdgeApp, keepBody, newApp, readBody, refusalAnswers, retryHeaders, toAppError } from "../http.ts";
import { AnswerReader, type ModelRequest } from "./answer-reader.ts";
import { AnswerStream } from "./answer-stream.ts";
import { type CallAccount, withAccount } from "./call-account.ts";
import { answerTimes, type ChatRequest, callModel, chatRequest } from "./model.ts";
import { readWhole, refuseAnswer, refuseOpening } from "./model-answer.ts";
import { noteModelAnswer, noteModelFailure, noteOverflow, noteTaken } from "./model-brake.ts";
import type { ModelFault } from "./model-fault.ts";

/**
 * OpenAI-shaped gateway to the model. An agent's box neither holds the provider's key nor chooses the model.
 */
/** Refusals in the shape that OpenAI's clients read; a superset of the product's own. */
const openAiErrors = createMiddleware<EdgeApp>(async (c, next) => {
  await next();
  if (!c.error) return;
  const known = toAppError(c.error);
  const { status, body } = errorResponse(known, c.get("requestId"));
  const headers = { "content-type": "application/json", ...retryHeaders(known, 10) };
  c.res = undefined;
  c.res = new Response(JSON.stringify({ error: { ...body.error, type: body.error.code, param: null } }), { status, headers });
});

async function readModelCall(c: Context<EdgeApp & AgentVariables>): Promise<{ call: ChatRequest; asked: ModelRequest }> {
  const text = await readBody(c.req.raw, limits.modelBodyBytes);
  keepBody(c, text);
  const parsed = chatRequest.safeParse(text === "" ? undefined : parseForeignJson(text));
  if (!parsed.success) throw invalidInput(parsed.error);
  const requestBytes = new TextEncoder().encode(text).length;
  return {
    call: parsed.data,
    asked: { requestBytes, unseen: countUnseen(readOutputLimit(parsed.data.max_completion_tokens ?? parsed.data.max_tokens)) },
  };
}

async function complete(c: Context<EdgeApp & AgentVariables>): Promise<Response> {
  const { call, asked: room } = await readModelCall(c);
  const mostOutput = readOutputLimit(call.max_completion_tokens ?? call.max_tokens);
  return withAccount(c, { dialect: "chat", requestBytes: room.requestBytes, mostOutput }, (account) =>
    callProvider(c, call, { account, room }),
  );
}

async function callProvider(
  c: Context<EdgeApp & AgentVariables>,
  call: ChatRequest,
  { account, room }: { account: CallAccount; room: ModelRequest },
): Promise<Response> {
  const { config, agent, log } = c.var;
  const { caller } = account;
  const stop = new AbortController();
  const reader = new AnswerReader(room);
  const left = () => {
    stop.abort();
    account.settle(reader.used ?? estimateUsage(room.requestBytes, 0)); // whoever hangs up pays for what the provider has read
  };
  c.req.raw.signal.addEventListener("abort", () => stop.abort(), { once: true });
  const response = await account.call(stop.signal, (source) => callModel(config, source, { asked: call, stop: stop.signal }));
  if (!response.ok) log("warn", "model refused", { status: response.status, agent: agent.agent });
  const hasTools = Array.isArray(call.tools) && call.tools.length > 0;
  const refused = await refuseAnswer(response, call.stream === true, account.paidBy);
  if (refused) return hasTools ? refuseOverlong(refused, caller) : refused;
  account.begin();
  c.req.raw.signal.addEventListener("abort", left, { once: true });
  if (c.req.raw.signal.aborted) left();
  if (!call.stream) return wholeAnswer(c, response, { account, room });
  const ended = (fault: ModelFault | undefined) => {
    tellOdd(c, reader.odd);
    account.settle(fault ? undefined : reader.used); // nonsense costs its member nothing
    if (!fault && hasTools) noteTaken(caller);
    if (!fault) return noteModelAnswer(caller);
    log("warn", "model answered badly", { fault: fault.text, agent: agent.agent });
    noteModelFailure(caller, Date.now());
    stop.abort();
  };
  const opened = await new AnswerStream(response.body!, { reader, times: answerTimes(config), ended, left }).open();
  if ("body" in opened) return new Response(opened.body, { status: 200, headers: { "content-type": "text/event-stream" } });
  log("warn", "model answered badly", { fault: opened.refused.text, agent: agent.agent });
  account.settle(undefined);
  stop.abort();
  const opening = refuseOpening(opened.refused);
  return hasTools ? refuseOverlong(opening, caller) : opening;
}
/** The refusal, or where shortening has not helped again and again, one by which OpenCode ends the turn. */
async function refuseOverlong(refusal: Response, caller: string): Promise<Response> {
  if (!noteOverflow(caller, await refusal.clone().text())) return refusal;
  const error = { message: beyondShortening, type: "upstream", code: "conversation_too_long", param: null };
  return Response.json({ error }, { status: 400 });
}
function tellOdd(c: Context<EdgeApp & AgentVariables>, odd: string | undefined): void {
  if (odd !== undefined) c.var.log("warn", "model told an odd usage", { odd, agent: c.var.agent.agent });
}
type Whole = { account: CallAccount; room: ModelRequest };
async function wholeAnswer(c: Context<EdgeApp & AgentVariables>, response: Response, { account, room }: Whole): Promise<Response> {
  try {
    const { text, used, odd } = await readWhole(response, answerTimes(c.var.config), room);
    tellOdd(c, odd);
    account.settle(used);
    noteModelAnswer(account.caller);
    return new Response(text, { status: 200, headers: { "content-type": "application/json" } });
  } finally {
    account.settle(undefined); // what was known before stays
  }
}

const modelRoute = { tags: ["Model"], around: [openAiErrors] };
const model = z.object({ id: z.string(), object: z.literal("model"), created: z.number(), owned_by: z.string() });
export const modelRoutes = newApp();
mountPlain(
  modelRoutes,
  agentDoor({
    method: "post",
    path: "/ai/v1/chat/completions",
    body: "bytes",
    summary: "A model call of an agent, OpenAI-shaped; `x-session-id` must be a registered session of that agent",
    ...modelRoute,
    request: { body: { required: true, content: { "application/json": { schema: chatRequest } } } },
    responses: { 200: { description: "The provider's own answer; a stream that breaks off ends with an `error`" }, ...refusalAnswers },
  }),
  complete,
);
mountPlain(
  modelRoutes,
  agentDoor({
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
  (c) => c.json({ object: "list", data: [{ id: box.model, object: "model", created: 0, owned_by: box.provider }] }),
);
