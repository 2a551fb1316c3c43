import type { EventBody, StoredEvent, ToolView } from "../../../schema/event.ts";
import type { TurnState } from "../../../schema/turn.ts";

/** One agent's answer. Stored parts stand in the order of their first event, before unstored `live` text. */
export type TurnPart =
  | { type: "text"; key: string; text: string }
  | { type: "tool"; key: string; call: ToolView; at: number }
  | { type: "commit"; key: string; commit: EventBody<"commit">; at: number }
  | { type: "project"; key: string; project: EventBody<"project.created"> }
  | { type: "notice"; key: string; notice: EventBody<"notice"> }
  | { type: "why"; key: string; why: EventBody<"message.why"> };
export type LiveText = { partId: string; text: string; index: number };
export type TurnUsage = { models: string[]; inputTokens: number; outputTokens: number; costMicros: number };
export type Turn = {
  turnId: string;
  /** The channel's sequence at which it first showed. */
  seq: number;
  at: number;
  state: TurnState;
  startedAt: number | undefined;
  /** The event of its newest finished text or notice, 0 before one. */
  told: number;
  reason: string | undefined;
  kept: string | undefined;
  ms: number | undefined;
  parts: readonly TurnPart[];
  live: readonly LiveText[];
  usage: TurnUsage | undefined;
};

export function newTurn(turnId: string, seq: number, at: number): Turn {
  return {
    turnId,
    seq,
    at,
    state: "queued",
    startedAt: undefined,
    told: 0,
    reason: undefined,
    kept: undefined,
    ms: undefined,
    parts: [],
    live: [],
    usage: undefined,
  };
}

/** Replaces the part with this key, or appends it. */
function upsert(parts: readonly TurnPart[], part: TurnPart): readonly TurnPart[] {
  const at = parts.findIndex((other) => other.key === part.key);
  return at < 0 ? [...parts, part] : parts.with(at, part);
}

function addUsage(before: TurnUsage | undefined, body: EventBody<"usage">): TurnUsage {
  return {
    models: before?.models.includes(body.model) ? before.models : [...(before?.models ?? []), body.model],
    inputTokens: (before?.inputTokens ?? 0) + body.inputTokens,
    outputTokens: (before?.outputTokens ?? 0) + body.outputTokens,
    costMicros: (before?.costMicros ?? 0) + body.costMicros,
  };
}

function changeState(turn: Turn, body: EventBody<"turn.state">, at: number): Turn {
  const running = body.state === "running";
  const over = !running && body.state !== "queued";
  return {
    ...turn,
    state: body.state,
    startedAt: running ? (turn.startedAt ?? at) : turn.startedAt,
    reason: body.reason,
    kept: body.kept,
    ms: body.ms ?? (over && turn.startedAt !== undefined ? at - turn.startedAt : turn.ms),
    // Text that was not stored when a turn ended is dropped, as a reload would.
    live: over ? [] : turn.live,
  };
}

/** The turn after one stored event that belongs to it. */
export function applyTurnEvent(turn: Turn, event: StoredEvent): Turn {
  switch (event.kind) {
    case "turn.state":
      return changeState(turn, event.body, event.at);
    case "message.text": {
      const { partId, text } = event.body;
      const parts = upsert(turn.parts, { type: "text", key: `text:${partId}`, text });
      return { ...turn, parts, told: event.seq, live: turn.live.filter((part) => part.partId !== partId) };
    }
    case "tool.call": {
      const key = `tool:${event.body.call.callId}`;
      const first = turn.parts.find((part) => part.key === key);
      const at = first?.type === "tool" ? first.at : event.at;
      return { ...turn, parts: upsert(turn.parts, { type: "tool", key, call: event.body.call, at }) };
    }
    case "commit": {
      const key = `commit:${event.body.repo}:${event.body.hash}`;
      return { ...turn, parts: upsert(turn.parts, { type: "commit", key, commit: event.body, at: event.at }) };
    }
    case "project.created":
      return { ...turn, parts: upsert(turn.parts, { type: "project", key: `project:${event.body.projectId}`, project: event.body }) };
    case "notice":
      return { ...turn, told: event.seq, parts: upsert(turn.parts, { type: "notice", key: `notice:${event.seq}`, notice: event.body }) };
    case "message.why":
      return { ...turn, parts: upsert(turn.parts, { type: "why", key: `why:${event.seq}`, why: event.body }) };
    case "usage":
      return { ...turn, usage: addUsage(turn.usage, event.body) };
    default:
      return turn;
  }
}

export type DeltaResult = { turn: Turn; lost: boolean };

/** The turn after one delta; 0 begins its block anew. `lost`: deltas are missing, so a snapshot is needed. */
export function applyTurnDelta(turn: Turn, delta: { partId: string; index: number; text: string }): DeltaResult {
  if (turn.parts.some((part) => part.key === `text:${delta.partId}`)) return { turn, lost: false };
  const at = turn.live.findIndex((part) => part.partId === delta.partId);
  const known = turn.live[at];
  if (delta.index === 0) {
    const begun = { partId: delta.partId, text: delta.text, index: 0 };
    return { turn: { ...turn, live: known ? turn.live.with(at, begun) : [...turn.live, begun] }, lost: false };
  }
  if (!known) return { turn, lost: true };
  if (delta.index <= known.index) return { turn, lost: false };
  if (delta.index > known.index + 1) return { turn, lost: true };
  const next = { partId: known.partId, text: known.text + delta.text, index: delta.index };
  return { turn: { ...turn, live: turn.live.with(at, next) }, lost: false };
}

/** The turn with the whole running text of a snapshot: `index` is the last delta that the text contains. */
export function applyTurnSnapshot(turn: Turn, parts: readonly { partId: string; index: number; text: string }[]): Turn {
  const live = parts
    .filter((part) => !turn.parts.some((stored) => stored.key === `text:${part.partId}`))
    .map(({ partId, index, text }) => {
      const known = turn.live.find((other) => other.partId === partId);
      return known && known.index > index ? known : { partId, index, text };
    });
  return { ...turn, live };
}
