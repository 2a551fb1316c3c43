import { eq } from "drizzle-orm";
import type { ToolView } from "../schema/event.ts";
import { message } from "../schema/message.table.ts";
import { record } from "./event.ts";
import { type OpenCode, openCode } from "./opencode.ts";
import { ensureReady } from "./provision.ts";
import type { Me, Running, Self } from "./self.ts";
import { close, flush, push } from "./stream.ts";
import { opaque } from "./tool-view.ts";
import { type Ending, ending, gap, hear, read, type Said, type View, view } from "./translation.ts";
import { type TurnRow, turnId } from "./turn-state.ts";
import { enqueue } from "./work.ts";

/** A turn as this process follows it. */
export type Follow = { self: Self; who: Me; row: TurnRow; server: OpenCode; view: View; running: Running; requestId: string };

const unreachableAfter = 15_000;
const beginsWithin = 15_000;
const tick = 2_000;
const mostBreaks = 10; // in a row, without an event between

/** Where the following of a turn stands, over all its connections. `contact`: when host or agent was last heard. */
type State = { sent: boolean; resumed: boolean; strikes: { n: number }; contact: number; breaks: number };

/** Writes down what OpenCode said, in its order. */
export async function write(of: Follow, said: Said[]): Promise<void> {
  const { self, running } = of;
  for (const each of said) {
    if (each.type === "delta") push(self, running, each);
    if (each.type === "text") await writeText(of, each.partId, each.text);
    if (each.type === "tool") await writeTool(of, each.call);
    if (each.type === "retry") await writeRetry(of, each.message);
  }
}
export async function writeText(of: Follow, partId: string, text: string): Promise<void> {
  const body = { turnId: turnId(of.row), partId, text };
  const ref = opaque(`text:${partId}:`, text); // the same words once; other words of the same block replace them
  await record(of.self, (writer) => writer.append("message.text", { ref, turnId: of.row.id, body }));
  close(of.running, partId);
}
export async function writeTool(of: Follow, call: ToolView): Promise<void> {
  flush(of.self, of.running);
  await record(of.self, async (writer) => {
    const ref = `tool:${call.callId}:${call.state === "running" ? "running" : "ended"}`;
    await writer.append("tool.call", { ref, turnId: of.row.id, body: { turnId: turnId(of.row), call } });
    if (call.state !== "running")
      await enqueue(writer, { kind: "scan", key: "scan", payload: { turnId: of.row.id }, requestId: of.requestId, again: true });
  });
  of.self.vars.kick();
}
async function writeRetry(of: Follow, reason: string): Promise<void> {
  const body = {
    level: "info",
    code: "model_retry",
    text: `The model asked to wait and is tried again. ${reason}`.trim(),
    turnId: turnId(of.row),
  } as const;
  await record(of.self, (writer) => writer.append("notice", { ref: `retry:${of.row.id}`, turnId: of.row.id, body }));
}

async function send(of: Follow, resumed: boolean): Promise<void> {
  const { server, view: seen, row, self } = of;
  if (resumed && (await server.has(seen.session, seen.promptId))) return;
  const [asked] = await self.db.select({ text: message.text }).from(message).where(eq(message.turnId, row.id));
  await server.prompt(seen.session, seen.promptId, asked?.text ?? "");
}

/** Asks OpenCode how things stand and writes down what the stream did not bring. An ending, or undefined while it works or has not begun. */
async function look(of: Follow, strikes: { n: number }): Promise<Ending | undefined> {
  const { server, view: seen } = of;
  const busy = await server.busy(seen.session);
  for (const each of await server.messages(seen.session, of.running.controller.signal)) {
    if (each.info.id > seen.promptId) await write(of, read(seen, each));
  }
  if (busy) {
    strikes.n = 0;
    return undefined;
  }
  const known = ending(seen);
  if (known) return known;
  const young = seen.messages.size === 0 && Date.now() - (of.row.startedAt ?? 0) < beginsWithin;
  if (!young) strikes.n += 1;
  return strikes.n > 1 ? { state: "interrupted", reason: "agent_restarted" } : undefined;
}

export const pause = (ms: number, signal: AbortSignal) =>
  new Promise<"tick">((resolve) => {
    const timer = setTimeout(end, ms);
    function end() {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve("tick");
    }
    signal.addEventListener("abort", end);
  });

/** One connection to the event stream: from open to the turn's end, or until the stream breaks. */
async function listen(of: Follow, state: State): Promise<Ending | undefined> {
  const { running, server, view: seen } = of;
  const stream = new AbortController();
  const signal = AbortSignal.any([running.controller.signal, stream.signal]);
  const events = server.events(signal)[Symbol.asyncIterator]();
  try {
    await events.next(); // `server.connected`: from here nothing is missed
    if (!state.sent) await send(of, state.resumed);
    const again = state.sent || state.resumed;
    state.sent = true;
    const first = again ? await look(of, state.strikes) : undefined;
    if (first) return first;
    if (again) await write(of, gap(seen));
    let next = events.next();
    for (;;) {
      state.contact = Date.now();
      state.breaks = 0;
      const heard = await Promise.race([next, pause(tick, signal)]);
      if (signal.aborted) return undefined;
      const said = heard === "tick" || heard.done ? [] : hear(seen, heard.value);
      await write(of, said);
      if (heard === "tick" || said.some((each) => each.type === "idle")) {
        const known = await look(of, state.strikes);
        if (known) return known;
      }
      if (heard === "tick") continue;
      if (heard.done) return undefined;
      next = events.next();
    }
  } finally {
    stream.abort();
    void events.return(undefined).catch(() => undefined); // it ends by the abort
  }
}

/** Follows the turn to its end, over broken streams and restarts of the agent's server. Undefined when a stop or the end of this actor's life came first. */
export async function follow(of: Follow, resumed: boolean): Promise<Ending | undefined> {
  const signal = of.running.controller.signal;
  const state: State = { sent: false, resumed, strikes: { n: 0 }, contact: Date.now(), breaks: 0 };
  while (!signal.aborted) {
    try {
      const known = await listen(of, state);
      if (known) return known;
    } catch (error) {
      if (signal.aborted) return undefined;
      of.self.vars.world.log("warn", "event stream broke", { turn: of.row.id, requestId: of.requestId, error });
    }
    if (Date.now() - state.contact > unreachableAfter || ++state.breaks > mostBreaks)
      return { state: "interrupted", reason: "host_unreachable" };
    await pause(300, signal);
    of.self.vars.attached = false;
    await reattach(of, state).catch((error) => of.self.vars.world.log("warn", "agent not reached", { turn: of.row.id, error }));
    state.resumed = true;
  }
  return undefined;
}
/** The server may have died: the host starts it again. A new one does not go on with what the old one did. */
async function reattach(of: Follow, state: State): Promise<void> {
  if (of.running.controller.signal.aborted) return;
  const { boot } = await ensureReady(of.self, of.requestId);
  state.contact = Date.now();
  if (boot !== of.who.boot) state.strikes.n = Math.max(1, state.strikes.n);
}

/** What is needed to speak of a turn, with what OpenCode has of it so far unheard. */
export function followed(self: Self, who: Me, row: TurnRow, requestId: string, running: Running): Follow {
  const directory = who.directory ?? "";
  const server = openCode(self.vars.stack, who.agent, directory, requestId);
  return { self, who, row, server, view: view(row.session ?? "", row.promptId ?? "", directory), running, requestId };
}
export function newRunning(row: TurnRow, exited: Promise<void>): Running {
  return {
    turnId: turnId(row),
    controller: new AbortController(),
    exited,
    parts: new Map(),
    pending: new Map(),
    flush: undefined,
    follow: undefined,
  };
}
