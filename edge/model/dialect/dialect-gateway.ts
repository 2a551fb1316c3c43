import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { AppError, errorResponse, invalidInput } from "../../../schema/wire/error.ts";
import { parseForeignJson } from "../../../schema/wire/foreign-text.ts";
import { limits } from "../../../schema/wire/limits.ts";
import { countUnseen, estimateUsage, readOutputLimit } from "../../billing/model-usage.ts";
import { agentDoor, mountPlain } from "../../door.ts";
import { type EdgeApp, keepBody, newApp, readBody, refusalAnswers, retryHeaders, toAppError } from "../../http.ts";
import { providerHeaders } from "../../provider/provider-test.ts";
import { bytesOf, type ModelRequest, parseChunk } from "../answer-reader.ts";
import { AnswerStream, longestLine } from "../answer-stream.ts";
import { type CallAccount, withAccount } from "../call-account.ts";
import { answerTimes, postCall } from "../model.ts";
import { firstOf } from "../model-answer.ts";
import { noteModelAnswer, noteModelFailure } from "../model-brake.ts";
import { cappedRetryAfter, faultOfStatus, type ModelFault, modelFaults } from "../model-fault.ts";
import type { AgentContext } from "../model-source.ts";
import type { Dialect } from "./dialect.ts";
import { DialectReader } from "./dialect-reader.ts";
import { generateDialect } from "./generate.ts";
import { messagesDialect } from "./messages.ts";
import { responsesDialect } from "./responses.ts";

/**
 * The gateway in the dialects of the providers' own libraries. An answer's bytes pass as the provider sends
 * them; what it refuses is said in our words, in the dialect's shape.
 */
const dialectErrors = (dialect: Dialect) =>
  createMiddleware<EdgeApp>(async (c, next) => {
    await next();
    if (!c.error) return;
    const known = toAppError(c.error);
    const { status, body } = errorResponse(known, c.get("requestId"));
    const [issue] = body.error.issues ?? [];
    const text = issue ? `${body.error.message} ${issue.path}: ${issue.message}` : body.error.message;
    c.res = undefined;
    c.res = Response.json(dialect.error(status, text), { status, headers: retryHeaders(known, 10) });
  });

type DialectAsk = { body: Record<string, unknown>; stream: boolean; room: ModelRequest; mostOutput: number | undefined };
async function readAsk(c: AgentContext, dialect: Dialect, streams: boolean | undefined): Promise<DialectAsk> {
  const text = await readBody(c.req.raw, limits.modelBodyBytes);
  keepBody(c, text);
  const parsed = dialect.request.safeParse(text === "" ? undefined : parseForeignJson(text));
  if (!parsed.success) throw invalidInput(parsed.error);
  const body = parsed.data;
  const mostOutput = readOutputLimit(dialect.mostOutput(body));
  const requestBytes = new TextEncoder().encode(text).length;
  return { body, stream: streams ?? body.stream === true, room: { requestBytes, unseen: countUnseen(mostOutput) }, mostOutput };
}

async function answerCall(c: AgentContext, dialect: Dialect, streams?: boolean): Promise<Response> {
  const asked = await readAsk(c, dialect, streams);
  const { room, mostOutput } = asked;
  const call = { dialect: dialect.name, requestBytes: room.requestBytes, mostOutput };
  return withAccount(c, call, (account) => callDialect(c, dialect, { ...asked, account }));
}
type AccountedAsk = DialectAsk & { account: CallAccount };

async function callDialect(c: AgentContext, dialect: Dialect, asked: AccountedAsk): Promise<Response> {
  const { config, agent, log } = c.var;
  const { body, stream, room, account } = asked;
  const stop = new AbortController();
  const gone = c.req.raw.signal;
  gone.addEventListener("abort", () => stop.abort(), { once: true });
  const response = await account.call(stop.signal, ({ door, model }) => {
    const call = { door, model, body, stream };
    const headers = {
      ...{ ...providerHeaders(door), "content-type": "application/json" },
      accept: stream ? "text/event-stream" : "application/json",
    };
    return postCall(config, door.send, {
      url: dialect.address(call),
      headers,
      body: JSON.stringify(dialect.fill(call)),
      stop: stop.signal,
    });
  });
  const refused = await refuseDialect(response, dialect, asked);
  if (refused) {
    log("warn", "model refused", { status: response.status, agent: agent.agent });
    return refused;
  }
  account.begin();
  const reader = new DialectReader(dialect, room);
  const left = () => {
    stop.abort();
    account.settle(reader.used ?? estimateUsage(room.requestBytes, 0)); // whoever hangs up pays for what the provider has read
  };
  gone.addEventListener("abort", left, { once: true });
  if (gone.aborted) left();
  if (!stream) return wholeDialect(c, response, { dialect, reader, account });
  const ended = (fault: ModelFault | undefined) => {
    if (reader.known.odd !== undefined) log("warn", "model told an odd usage", { odd: reader.known.odd, agent: agent.agent });
    account.settle(fault ? undefined : reader.used); // nonsense costs its member nothing
    if (!fault) return noteModelAnswer(account.caller);
    log("warn", "model answered badly", { fault: fault.text, agent: agent.agent });
    noteModelFailure(account.caller, Date.now());
    stop.abort();
  };
  const opened = await new AnswerStream(response.body!, { reader, times: answerTimes(config), ended, left }).open();
  if ("body" in opened) return new Response(opened.body, { status: 200, headers: { "content-type": "text/event-stream" } });
  account.settle(undefined);
  stop.abort();
  throw new AppError("upstream", { what: "model" }, { message: opened.refused.text });
}

/** A refusal, or what is no answer, as an error of ours: nothing of the provider's body but its own words. */
async function refuseDialect(response: Response, dialect: Dialect, { stream, account }: AccountedAsk): Promise<Response | undefined> {
  const type = (response.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (response.ok && response.body && type === (stream ? "text/event-stream" : "application/json")) return undefined;
  const text = await firstOf(response, { characters: 64 * 1024, silence: 5_000, whole: 10_000 });
  if (response.ok) throw new AppError("upstream", { what: "model", type }, { message: modelFaults.page(type).text });
  const { status = 502, fault } = faultOfStatus(response.status, text, account.paidBy);
  const wait = cappedRetryAfter(response.headers);
  return Response.json(dialect.error(status, fault.text), { status, headers: wait === undefined ? {} : { "retry-after": String(wait) } });
}

type WholeAnswer = { dialect: Dialect; reader: DialectReader; account: CallAccount };
async function wholeDialect(c: AgentContext, response: Response, { dialect, reader, account }: WholeAnswer): Promise<Response> {
  const times = answerTimes(c.var.config);
  try {
    const text = await firstOf(response, { characters: longestLine, silence: times.first, whole: times.whole });
    const piece = dialect.read(parseChunk(text));
    if (!piece || piece.failed !== undefined) {
      const fault =
        piece?.failed === undefined ? modelFaults.nonsense : modelFaults.said(JSON.stringify({ error: { message: piece.failed } }));
      throw new AppError("upstream", { what: "model" }, { message: fault.text });
    }
    reader.note({ ...piece, ended: true }, bytesOf(text));
    account.settle(reader.used);
    noteModelAnswer(account.caller);
    return new Response(text, { status: 200, headers: { "content-type": "application/json" } });
  } finally {
    account.settle(undefined); // what was known before stays
  }
}

export const dialectRoutes = newApp();
/** `call`: a model and `:generateContent` or `:streamGenerateContent`. */
const generatePath = "/ai/v1beta/models/{call}";
const generateCall = z.string().regex(/^[A-Za-z0-9._-]{1,100}:(generateContent|streamGenerateContent)$/);
function answerGenerate(c: AgentContext): Promise<Response> {
  const named = generateCall.safeParse(c.req.param("call"));
  if (!named.success) throw new AppError("not_found");
  return answerCall(c, generateDialect, named.data.endsWith(":streamGenerateContent"));
}
const dialectPaths = [
  {
    ...{ dialect: responsesDialect, path: "/ai/v1/responses", name: "OpenAI's Responses" },
    answer: (c: AgentContext) => answerCall(c, responsesDialect),
  },
  {
    ...{ dialect: messagesDialect, path: "/ai/v1/messages", name: "Anthropic's Messages" },
    answer: (c: AgentContext) => answerCall(c, messagesDialect),
  },
  {
    ...{ dialect: generateDialect, path: generatePath, name: "Google's generateContent or, as events, streamGenerateContent" },
    answer: answerGenerate,
  },
];
for (const { dialect, path, name, answer } of dialectPaths)
  mountPlain(
    dialectRoutes,
    agentDoor({
      method: "post",
      path,
      summary: `A model call of an agent in ${name}; answered by the model that its member chose, whatever it names`,
      tags: ["Model"],
      around: [dialectErrors(dialect)],
      body: "bytes",
      request: {
        ...(path === generatePath ? { params: z.object({ call: z.string() }) } : {}),
        body: { required: true, content: { "application/json": { schema: dialect.request as z.ZodObject } } },
      },
      responses: {
        200: { description: "The provider's own answer, byte by byte; a stream that breaks off ends with an error" },
        ...refusalAnswers,
      },
    }),
    answer,
  );
