import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as after } from "node:timers/promises";
import { z } from "zod";
import { answerDialect, type DialectName, readDialect } from "./dialects.ts";
import { next } from "./next.ts";
import { stream, streamRaw, whole } from "./stream.ts";
import { chatIn, type Message, type Step } from "./wire.ts";
import "../../local/ignore-log-errors.ts";

const settings = z
  .object({ MODEL_PORT: z.coerce.number().int().positive(), MODEL_KEY: z.string().min(16), MODEL_NAME: z.string() })
  .parse(process.env);

/** The last calls, for tests that ask what reached the provider. */
const seen: object[] = [];
let count = 0;
/** How often each script was asked for a step that misbehaves some times only. */
const tried = new Map<string, number>();

/** What a call asks: the person's last words, and how far the answer to them is. */
function askedOf(messages: Message[]): string {
  const last = messages.findLastIndex(({ role }) => role === "user");
  return JSON.stringify([messages.length - last, messages[last]?.content]);
}
/** The step, without its misbehaviour when that was shown often enough. */
function behaved(step: Step, asked: string): Step {
  if (step.times === undefined) return step;
  const times = (tried.get(asked) ?? 0) + 1;
  tried.set(asked, times);
  if (times <= step.times) return step;
  const { status: _status, body: _body, cut: _cut, finish: _finish, hang: _hang, raw: _raw, ...rest } = step;
  return rest;
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response
    .writeHead(status, { "content-type": "application/json", ...headers })
    .end(typeof body === "string" ? body : JSON.stringify(body));
}
const refusal = (message: string, type: string, code: string) => ({ error: { message, type, param: null, code } });
/** What OpenAI answers a parameter that a model does not take. */
const unsupported = (name: string) => {
  const instead = name === "max_tokens" ? " Use 'max_completion_tokens' instead." : "";
  const message = `Unsupported parameter: '${name}' is not supported with this model.${instead}`;
  return refusal(message, "invalid_request_error", "unsupported_parameter");
};

async function read(request: IncomingMessage): Promise<unknown> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // refused by the shape
  }
}

async function chat(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parsed = chatIn.safeParse(await read(request));
  if (!parsed.success) return json(response, 400, refusal(z.prettifyError(parsed.error), "invalid_request_error", "invalid_body"));
  const { messages, tools, model, ...parameters } = parsed.data;
  const { authorization, ...headers } = request.headers;
  seen.push({
    at: Date.now(),
    model,
    headers,
    parameters,
    tools: tools.map((tool) => tool.function.name),
    messages: messages.length,
    system: messages
      .filter((message) => message.role === "system")
      .map((message) => message.content)
      .join("\n"),
    last: messages.at(-1),
  });
  if (seen.length > 1_000) seen.shift();
  const planned = behaved(next(parsed.data), askedOf(messages));
  const step = planned.failsAs === model ? { status: 503 } : planned;
  const id = `chatcmpl-${Date.now().toString(36)}${(count++).toString(36)}`;
  if (step.refuses && [parameters, ...messages].some((part) => step.refuses! in part))
    return json(response, 400, unsupported(step.refuses));
  if (step.delayMs) await after(step.delayMs);
  if (step.cut === "before") return void response.destroy();
  if (step.raw) return streamRaw(response, step);
  if (step.status === 200) return void response.writeHead(200, { "content-type": step.contentType ?? "text/html" }).end(step.body ?? "");
  if (step.status) {
    const retry = step.retryAfter === undefined ? {} : { "retry-after": String(step.retryAfter) };
    return json(response, step.status, step.body ?? refusal("The script asked for this failure.", "scripted", "scripted"), retry);
  }
  if (parsed.data.stream) return stream(response, parsed.data, step, id);
  json(response, 200, whole(parsed.data, step, id));
}

/** The other dialects: the same scripts, without tools of the product's own. */
async function dialect(request: IncomingMessage, response: ServerResponse, name: DialectName, model?: string): Promise<void> {
  const body = await read(request);
  const call = readDialect(body, model);
  if (!call || call.chat.messages.length === 0) return json(response, 400, refusal("No message.", "invalid_request_error", "invalid_body"));
  const chat = { ...call.chat, stream: call.chat.stream || (request.url ?? "").includes(":streamGenerateContent?alt=sse") };
  const { authorization: _key, ...headers } = request.headers;
  seen.push({ at: Date.now(), model: chat.model, dialect: name, headers, body });
  if (seen.length > 1_000) seen.shift();
  const step = behaved(next(chat), askedOf(chat.messages));
  if (step.delayMs) await after(step.delayMs);
  if (step.cut === "before") return void response.destroy();
  if (step.raw) return streamRaw(response, step);
  if (step.status) return json(response, step.status, step.body ?? refusal("The script asked for this failure.", "scripted", "scripted"));
  await answerDialect(response, name, chat, step);
}
const generateCall = /^POST \/v1beta\/models\/([^/:]+):(?:generateContent|streamGenerateContent)$/;

async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const where = `${request.method} ${new URL(request.url ?? "/", "http://model").pathname}`;
  if (where === "GET /health") return json(response, 200, { ok: true });
  const { authorization, "x-api-key": anthropicKey, "x-goog-api-key": googleKey } = request.headers;
  if (![authorization?.replace("Bearer ", ""), anthropicKey, googleKey].includes(settings.MODEL_KEY))
    return json(response, 401, refusal("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"));
  if (where === "POST /v1/chat/completions" || where === "POST /v1beta/openai/chat/completions") return chat(request, response);
  if (where === "POST /v1/responses") return dialect(request, response, "responses");
  if (where === "POST /v1/messages") return dialect(request, response, "messages");
  const [, generated] = generateCall.exec(where) ?? [];
  if (generated !== undefined) return dialect(request, response, "generate", generated);
  if (where === "GET /v1/models") {
    const names = anthropicKey ? ["claude-haiku-4-5", "claude-opus-4-5"] : [settings.MODEL_NAME, "gpt-5-mini", "gpt-5-pro"];
    return json(response, 200, { object: "list", data: names.map((id) => ({ id, object: "model", created: 0, owned_by: "growqr" })) });
  }
  if (where === "GET /v1beta/models") return json(response, 200, { models: [{ name: "models/gemini-2.5-flash" }] });
  if (where === "GET /v1/dev/requests") return json(response, 200, { count, requests: seen });
  json(response, 404, refusal(`Unknown request: ${where}`, "invalid_request_error", "unknown_url"));
}

const server = createServer((request, response) => {
  route(request, response).catch((error: unknown) => {
    console.error(JSON.stringify({ at: new Date().toISOString(), level: "error", part: "model", message: String(error) }));
    if (!response.headersSent) json(response, 500, refusal("The demo model failed.", "server_error", "internal"));
    else response.destroy();
  });
});
server.listen(settings.MODEL_PORT, "127.0.0.1");
process.on("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
});
