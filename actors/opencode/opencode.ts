import type { PermissionReplyData, SessionPromptAsyncData, SessionUpdateData } from "@opencode-ai/sdk/v2/types"; // its client can't go through the host's mutual TLS
import { createParser } from "eventsource-parser";
import { z } from "zod";
import { type PermissionRequest, permissionRequest } from "../../schema/approval/permission.ts";
import { AppError } from "../../schema/wire/error.ts";
import { parseForeignJson } from "../../schema/wire/foreign-text.ts";
import { type HostAnswer, type HostCall, readChunks, readText, refusal } from "../runner/host.ts";
import type { Stack } from "../stack/stack.ts";
import { toolPart } from "../turn/tool-view.ts";
import { type MessageWithParts, messageWithParts, type SessionEvent, sessionEvent } from "../turn/translation.ts";

const sessionMeta = z.looseObject({ id: z.string(), time: z.looseObject({ created: z.number() }) });
const messageParts = z.looseObject({ parts: z.array(z.unknown()) });
const sessionStatuses = z.record(z.string(), z.looseObject({ type: z.string() }));

type PromptBody = NonNullable<SessionPromptAsyncData["body"]>;
type ReplyBody = NonNullable<PermissionReplyData["body"]>;

/** For one turn: words added to the system prompt, and which tools are off. */
export type Briefing = Pick<PromptBody, "system" | "tools">;

/**
 * One agent's OpenCode server, through the host's reverse proxy (which adds its password). `directory` routes
 * each call to the agent's instance.
 */
export class OpenCode {
  readonly #stack: Pick<Stack, "open" | "json">;
  readonly #agent: string;
  readonly #directory: string;
  readonly #requestId: string;

  constructor(stack: Pick<Stack, "open" | "json">, agent: string, directory: string, requestId: string) {
    this.#stack = stack;
    this.#agent = agent;
    this.#directory = directory;
    this.#requestId = requestId;
  }
  #path(path: string): string {
    const separator = path.includes("?") ? "&" : "?";
    return `/agents/${this.#agent}/opencode${path}${separator}directory=${encodeURIComponent(this.#directory)}`;
  }
  #open(call: HostCall): Promise<HostAnswer> {
    return this.#stack.open(this.#requestId, { ...call, path: this.#path(call.path) });
  }
  #get<T>(path: string, shape: z.ZodType<T>, signal?: AbortSignal): Promise<T> {
    const call = { method: "GET", path: this.#path(path), firstByte: 10_000, ...(signal ? { signal } : {}) };
    return this.#stack.json(this.#requestId, shape, call);
  }

  async createSession(title: string): Promise<string> {
    const made = await this.#stack.json(this.#requestId, sessionMeta, {
      method: "POST",
      path: this.#path("/session"),
      body: { title },
      firstByte: 30_000,
    });
    return made.id;
  }
  /** Gives a session another title. False when OpenCode has none by that id. */
  async rename(id: string, title: string): Promise<boolean> {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ title } satisfies NonNullable<SessionUpdateData["body"]>);
    const answer = await this.#open({ method: "PATCH", path: `/session/${id}`, headers, body, firstByte: 5_000 });
    if (answer.status > 299 && answer.status !== 404) throw await refusal(answer, "/session");
    answer.body.resume();
    return answer.status !== 404;
  }
  /** When a session was made (OpenCode's clock, milliseconds), or undefined when there is none by that id. */
  async createdAt(id: string): Promise<number | undefined> {
    const answer = await this.#open({ method: "GET", path: `/session/${id}`, firstByte: 30_000 });
    if (answer.status === 404 || answer.status === 400) {
      answer.body.destroy();
      return undefined;
    }
    if (answer.status !== 200) throw await refusal(answer, "/session");
    return sessionMeta.parse(parseForeignJson(await readText(answer.body))).time.created;
  }
  async busy(id: string): Promise<boolean> {
    const status = (await this.#get("/session/status", sessionStatuses))[id];
    return status !== undefined && status.type !== "idle";
  }
  /**
   * The newest messages, oldest of them first. `reaches`: whether those that begin with this one are enough;
   * as long as they are not, and there are more, more are fetched, `first` of them to begin with.
   */
  async messages(id: string, signal?: AbortSignal, reaches = (_oldest: string): boolean => true, first = 200): Promise<MessageWithParts[]> {
    for (let limit = first; ; limit *= 4) {
      const some = await this.#get(`/session/${id}/message?limit=${limit}`, z.array(messageWithParts), signal);
      const oldest = some[0]?.info.id;
      if (oldest === undefined || some.length < limit || reaches(oldest)) return some;
    }
  }
  async newest(id: string): Promise<string | undefined> {
    return (await this.#get(`/session/${id}/message?limit=1`, z.array(messageWithParts))).at(-1)?.info.id;
  }
  async has(id: string, messageId: string): Promise<boolean> {
    return (await this.messages(id, undefined, (oldest) => oldest <= messageId)).some((message) => message.info.id === messageId);
  }
  /** Begins a turn and returns at once. The same `messageId` again begins nothing new. */
  async prompt(id: string, messageId: string, text: string, more: Briefing = {}): Promise<void> {
    const answer = await this.#open({
      method: "POST",
      path: `/session/${id}/prompt_async`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...more, messageID: messageId, parts: [{ type: "text", text }] } satisfies PromptBody),
    });
    if (answer.status > 299) throw await refusal(answer, "/prompt_async");
    answer.body.resume();
  }
  async abort(id: string, signal: AbortSignal): Promise<void> {
    const answer = await this.#open({ method: "POST", path: `/session/${id}/abort`, signal });
    if (answer.status > 299) throw await refusal(answer, "/abort");
    answer.body.resume();
  }
  /** What the agent waits for leave to do, in all its sessions. */
  permissions(signal?: AbortSignal): Promise<PermissionRequest[]> {
    return this.#get("/permission", z.array(permissionRequest), signal);
  }
  /** What such a request's tool is called with; undefined while OpenCode has not written it down. */
  async given(request: PermissionRequest): Promise<unknown> {
    if (!request.tool) return undefined;
    const { messageID, callID } = request.tool;
    const { parts } = await this.#get(`/session/${request.sessionID}/message/${messageID}`, messageParts);
    const call = parts.flatMap((part) => toolPart.safeParse(part).data ?? []).find((part) => part.callID === callID);
    return call?.state.status === "running" ? call.state.input : undefined;
  }
  /**
   * Answers such a request. One that is not there any more was answered before, or ended with its server:
   * nothing to do.
   */
  async reply(request: string, body: ReplyBody & ({ reply: "once" } | { reply: "reject"; message: string })): Promise<void> {
    const headers = { "content-type": "application/json" };
    const path = `/permission/${encodeURIComponent(request)}/reply`;
    const answer = await this.#open({ method: "POST", path, headers, body: JSON.stringify(body), firstByte: 5_000 });
    if (answer.status > 299 && answer.status !== 404) throw await refusal(answer, "/permission/reply");
    answer.body.resume();
  }
  /**
   * All events of the server from now on; the first comes when the stream stands, the iterator ends when it
   * does.
   */
  async *events(signal: AbortSignal): AsyncGenerator<SessionEvent> {
    const answer = await this.#open({ method: "GET", path: "/global/event", signal, firstByte: 10_000 });
    if (answer.status !== 200) throw await refusal(answer, "/global/event");
    try {
      yield* readSessionEvents(answer.body);
    } finally {
      answer.body.destroy();
    }
  }
}

function parseFrame(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined; // a frame that is none is passed over, as one that is not ours
  }
}
const mostFrame = 32 * 1024 * 1024;
const eventFrame = z.looseObject({ payload: sessionEvent.optional() });
/** The session events of a stream of server-sent events. Others (catalogue, plugins) are passed over. */
export async function* readSessionEvents(body: AsyncIterable<unknown>): AsyncGenerator<SessionEvent> {
  const events: SessionEvent[] = [];
  let tooLarge = false;
  const parser = createParser({
    maxBufferSize: mostFrame,
    onEvent: ({ data }) => {
      const parsed = eventFrame.safeParse(parseFrame(data));
      if (parsed.success && parsed.data.payload) events.push(parsed.data.payload);
    },
    onError: ({ type }) => {
      tooLarge ||= type === "max-buffer-size-exceeded";
    },
  });
  for await (const text of readChunks(body)) {
    parser.feed(text);
    yield* events.splice(0);
    if (tooLarge) throw new AppError("too_large", { what: "event" });
  }
}

const mask = (1n << 48n) - 1n;
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/**
 * A message id of OpenCode's own form (48 bits of time and counter in hex, then 14 letters) that sorts
 * directly after `newest`, or after the session's beginning. It uses no clock of ours: OpenCode orders by id,
 * and an id from a clock that runs ahead would sort after its own answer.
 */
export function nextMessageId(newest: string | undefined, sessionCreated: number, random: Uint8Array): string {
  const last = newest ? /^msg_([0-9a-f]{12})/.exec(newest)?.[1] : undefined;
  if (newest && !last) throw new AppError("upstream", { what: "OpenCode message id" });
  const time = last ? BigInt(`0x${last}`) : (BigInt(sessionCreated) * 0x1000n) & mask;
  const tail = [...random.slice(0, 14)].map((byte) => alphabet[byte % 62]).join("");
  return `msg_${((time + 1n) & mask).toString(16).padStart(12, "0")}${tail}`;
}
