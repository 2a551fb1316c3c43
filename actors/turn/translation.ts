import type { Event } from "@opencode-ai/sdk/v2/types";
import { z } from "zod";
import { type PermissionRequest, permissionRequest } from "../../schema/approval/permission.ts";
import { costOf, type Price } from "../../schema/billing/price.ts";
import type { ToolView } from "../../schema/event.ts";
import { portOpened, portOpenedEvent } from "../../schema/preview/preview.ts";
import { type EgressRefusal, egressRefusal, egressRefusedEvent } from "../../schema/stack/egress-refusal.ts";
import { mendText, mendValue } from "../../schema/wire/foreign-text.ts";
import { opaqueId, sameCall, toolPart, viewToolPart } from "./tool-view.ts";

const isHalf = (text: string) => (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;

/**
 * OpenCode's events of one turn as the product's: pure, fed by the live stream and by fetched messages alike,
 * in any mixture. What it has said once it does not say again.
 */
const info = z.looseObject({
  id: z.string(),
  sessionID: z.string(),
  role: z.enum(["user", "assistant"]),
  summary: z.unknown().optional(),
  modelID: z.string().optional(),
  finish: z.string().optional(),
  time: z.looseObject({ completed: z.number().optional() }).optional(),
  error: z
    .looseObject({
      name: z.string(),
      data: z.looseObject({ message: z.string().optional(), statusCode: z.number().optional() }).optional(),
    })
    .optional(),
});
export type MessageInfo = z.infer<typeof info>;
const part = z.looseObject({
  id: z.string(),
  messageID: z.string(),
  sessionID: z.string(),
  type: z.string(),
  text: z.string().optional(),
  synthetic: z.boolean().optional(),
  time: z.looseObject({ end: z.number().optional() }).optional(),
  tokens: z
    .looseObject({
      input: z.number(),
      output: z.number(),
      reasoning: z.number().default(0),
      cache: z.looseObject({ read: z.number().default(0), write: z.number().default(0) }).default({ read: 0, write: 0 }),
    })
    .optional(),
});
export const messageWithParts = z.looseObject({ info, parts: z.array(part) });
export type MessageWithParts = z.infer<typeof messageWithParts>;

const bodies = {
  "message.updated": z.looseObject({ info }),
  "message.part.updated": z.looseObject({ part }),
  "message.part.delta": z.looseObject({
    sessionID: z.string().optional(),
    messageID: z.string(),
    partID: z.string(),
    field: z.string(),
    delta: z.string(),
  }),
  "session.status": z.looseObject({
    sessionID: z.string(),
    status: z.looseObject({ type: z.string(), message: z.string().optional(), next: z.number().optional() }),
  }),
  "session.idle": z.looseObject({ sessionID: z.string() }),
} as const satisfies Partial<Record<Event["type"], z.ZodType>>;
export const sessionEvent = z.looseObject({ type: z.string(), properties: z.unknown() });
export type SessionEvent = z.infer<typeof sessionEvent>;

export type Said =
  | { type: "delta"; partId: string; text: string; restart: boolean }
  | { type: "text"; partId: string; text: string }
  | { type: "tool"; call: ToolView }
  | { type: "retry"; message: string; next: number | undefined }
  | { type: "permission"; request: PermissionRequest }
  | { type: "refused"; refusal: EgressRefusal }
  | { type: "port"; port: number }
  | { type: "idle" };

/**
 * `replaced`: a later try of the same answer stands in its place, under its `partId`. `half`: of a character
 * whose second half comes with the next delta.
 */
type Text = { message: string; partId: string; shown: string; done: boolean; replaced: boolean; half?: string };
export type View = {
  session: string;
  /** Messages that sort after the prompt belong to the turn. */
  promptId: string;
  directory: string;
  messages: Map<string, MessageInfo>;
  texts: Map<string, Text>;
  tools: Map<string, ToolView["state"]>;
  /** The newest calls that have ended, each by tool and arguments. */
  calls: string[];
  /** The newest message of which a call has ended. */
  called: string;
  usage: Map<string, { input: number; output: number }>;
};
export function newView(session: string, promptId: string, directory: string): View {
  return { session, promptId, directory, messages: new Map(), texts: new Map(), tools: new Map(), calls: [], called: "", usage: new Map() };
}

/** Says what an event adds. */
export function hearEvent(view: View, event: SessionEvent): Said[] {
  const { type } = event;
  if (type === "message.part.delta") return heardDelta(view, bodies[type].parse(event.properties)); // it may end within a character
  const properties = mendValue(event.properties);
  if (type === "message.updated") return message(view, bodies[type].parse(properties).info);
  if (type === "message.part.updated") return heardPart(view, bodies[type].parse(properties).part);
  if (type === "permission.asked") return [{ type: "permission", request: permissionRequest.parse(properties) }]; // of any session of the agent's own server
  if (type === portOpenedEvent) return [{ type: "port", port: portOpened.parse(properties).port }];
  if (type === egressRefusedEvent) return [{ type: "refused", refusal: egressRefusal.parse(properties) }]; // of any of its programs
  if (type === "session.status") {
    const { sessionID, status } = bodies[type].parse(properties);
    if (sessionID !== view.session) return [];
    if (status.type === "idle") return [{ type: "idle" }];
    return status.type === "retry" ? [{ type: "retry", message: inWords(status.message ?? ""), next: status.next }] : [];
  }
  if (type === "session.idle") return bodies[type].parse(properties).sessionID === view.session ? [{ type: "idle" }] : [];
  return [];
}
const withSession = z.looseObject({ sessionID: z.string() });
const inside = z.looseObject({ part: withSession.optional(), info: withSession.optional() });
/** Whether an event is a sign of life of this session, whatever it adds. */
export function concernsSession(view: View, { properties }: SessionEvent): boolean {
  const named =
    withSession.safeParse(properties).data ?? inside.safeParse(properties).data?.part ?? inside.safeParse(properties).data?.info;
  return named?.sessionID === view.session;
}
/** Says what a fetched message adds to what was heard. */
export function readMessage(view: View, fetched: MessageWithParts): Said[] {
  return [...message(view, fetched.info), ...fetched.parts.flatMap((each) => heardPart(view, each))];
}

/**
 * After a break of the stream: OpenCode keeps a block's text only when it is finished, so what streamed
 * meanwhile is a gap until then.
 */
export function readGap(view: View): Said[] {
  return [...view.texts]
    .filter(([, each]) => !each.done && !each.replaced)
    .flatMap(([id, each]) => text(view, { id, message: each.message }, `${each.shown}…`, false));
}

function message(view: View, heard: MessageInfo): Said[] {
  const older = view.messages.get(heard.id)?.time?.completed !== undefined && heard.time?.completed === undefined; // fetched before its end was heard
  if (heard.sessionID === view.session && heard.id > view.promptId && !older) view.messages.set(heard.id, heard);
  return [];
}
/**
 * Whether a message is the agent's own word in this turn. One that no update has named yet counts: OpenCode
 * says `server.connected` a moment before its subscription stands, so the first update of a turn may be
 * missed; the prompt itself sorts before, and nobody else speaks in a running turn.
 */
function speaks(view: View, messageId: string): boolean {
  const known = view.messages.get(messageId);
  return messageId > view.promptId && (known === undefined || (known.role === "assistant" && known.summary !== true));
}

function heardPart(view: View, heard: z.infer<typeof part>): Said[] {
  if (heard.sessionID !== view.session || heard.messageID <= view.promptId) return [];
  if (heard.type === "step-finish" && heard.tokens) {
    const { input, output, reasoning, cache } = heard.tokens;
    view.usage.set(heard.id, { input: input + cache.read + cache.write, output: output + reasoning }); // of its summaries too
    return [];
  }
  if (!speaks(view, heard.messageID)) return [];
  if (heard.type === "text" && !heard.synthetic) {
    const block = { id: heard.id, message: heard.messageID };
    return text(view, block, heard.text ?? "", heard.time?.end !== undefined);
  }
  return heard.type === "tool" ? tool(view, heard) : [];
}

function heardDelta(view: View, heard: z.infer<(typeof bodies)["message.part.delta"]>): Said[] {
  if (heard.field !== "text" || !speaks(view, heard.messageID)) return [];
  const known = view.texts.get(heard.partID);
  // A delta of a part that no update has named yet may belong to reasoning: its update comes with the whole
  // text.
  if (!known || known.done) return [];
  if (known.replaced) return [];
  const whole = (known.half ?? "") + heard.delta;
  const [more, half] = isHalf(whole) ? [whole.slice(0, -1), whole.slice(-1)] : [whole, ""];
  const piece = mendText(more);
  if (known.shown !== "") {
    view.texts.set(heard.partID, { ...known, shown: known.shown + piece, half });
    return piece === "" ? [] : [{ type: "delta", partId: known.partId, text: piece, restart: false }];
  }
  const parts = text(view, { id: heard.partID, message: heard.messageID }, piece, false);
  const now = view.texts.get(heard.partID) ?? known;
  view.texts.set(heard.partID, { ...now, half });
  return parts;
}

type Block = { id: string; message: string };
function text(view: View, block: Block, whole: string, done: boolean): Said[] {
  const begins = whole !== "" && !view.texts.get(block.id)?.shown;
  if (!begins) return say(view, block, whole, done);
  const again = takeOver(view, block);
  const before = closeTexts(view, "all"); // what was cut off stands before what is said instead of it
  return [...before, ...say(view, block, whole, done).map((each) => (again && each.type === "delta" ? { ...each, restart: true } : each))];
}
/**
 * OpenCode tries an answer that was cut off again within its message. The half that was shown is not said
 * twice: the new text stands in its place.
 */
function takeOver(view: View, { id, message }: Block): boolean {
  const open = [...view.texts].find(
    ([other, each]) => other !== id && each.message === message && each.shown && !each.done && !each.replaced,
  );
  if (!open) return false;
  view.texts.set(open[0], { ...open[1], replaced: true });
  view.texts.set(id, { message, partId: open[1].partId, shown: "", done: false, replaced: false });
  return true;
}
function say(view: View, { id, message }: Block, whole: string, done: boolean): Said[] {
  const known = view.texts.get(id) ?? { message, partId: opaqueId("p", id), shown: "", done: false, replaced: false };
  const { partId } = known;
  if (known.replaced) return [];
  if (known.done) {
    if (!done || !whole || whole === known.shown) return [];
    view.texts.set(id, { ...known, shown: whole });
    return [{ type: "text", partId, text: whole }]; // it was closed early and has gone on
  }
  const shown = done || whole.length > known.shown.length ? whole : known.shown;
  view.texts.set(id, { ...known, shown, done: done && whole.length > 0 });
  if (done) return whole ? [{ type: "text", partId, text: whole }] : [];
  if (whole.length <= known.shown.length) return []; // an update older than the deltas that were heard
  const more = whole.startsWith(known.shown);
  return [{ type: "delta", partId, text: more ? whole.slice(known.shown.length) : whole, restart: !more }];
}
/**
 * A call or another text begins: what was said before it is said. OpenCode closes a text only with its whole
 * step, which would put it behind.
 */
function closeTexts(view: View, which: "all" | "whole"): Said[] {
  const open = [...view.texts].filter(
    ([, each]) => !each.done && !each.replaced && each.shown && (which === "all" || !each.shown.includes("…")),
  );
  return open.flatMap(([id, each]) => say(view, { id, message: each.message }, each.shown, true));
}

function tool(view: View, heard: z.infer<typeof part>): Said[] {
  const parsed = toolPart.safeParse(heard);
  const call = parsed.success ? viewToolPart(parsed.data, view.directory) : undefined;
  if (!call || view.tools.get(call.callId) === call.state) return [];
  const before = view.tools.get(call.callId);
  if (before === "done" || before === "failed") return [];
  view.tools.set(call.callId, call.state);
  if (parsed.success && call.state !== "running") {
    view.calls = [...view.calls, sameCall(parsed.data)].slice(-mostCalls);
    if (heard.messageID > view.called) view.called = heard.messageID;
  }
  return [...closeTexts(view, "whole"), { type: "tool", call }];
}

const mostCalls = 60; // more than the brake on repetition looks at

const unknownError = z.union([z.string(), z.looseObject({ message: z.string() }).transform(({ message }) => message)]);
/** OpenCode writes an error that came inside a stream as JSON. */
export function inWords(message: string): string {
  try {
    return unknownError.parse(JSON.parse(message));
  } catch {
    return message; // words already
  }
}

/**
 * What the turn has cost so far, from the steps OpenCode closed; it knows no price of a model behind the
 * gateway. Undefined when none is.
 */
export function readTurnUsage(
  view: View,
  price: Price,
): { model: string; inputTokens: number; outputTokens: number; costMicros: number } | undefined {
  if (view.usage.size === 0) return undefined;
  const sum = (pick: (used: { input: number; output: number }) => number) =>
    [...view.usage.values()].reduce((n, each) => n + pick(each), 0);
  const model = [...view.messages.values()].find((each) => each.modelID)?.modelID ?? "unknown";
  const [inputTokens, outputTokens] = [sum((u) => u.input), sum((u) => u.output)];
  return { model, inputTokens, outputTokens, costMicros: costOf(price, inputTokens, outputTokens) };
}
/** The ids of texts that were begun and not finished, with what was shown of them. */
export function listUnfinished(view: View): { partId: string; text: string }[] {
  const open = [...view.texts.values()].filter((each) => !each.done && !each.replaced && each.shown);
  return open.map(({ partId, shown }) => ({ partId, text: shown }));
}
