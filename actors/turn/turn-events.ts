import { AppError } from "../../schema/wire/error.ts";
import { ensureAgentReady } from "../agent/agent-server.ts";
import { composeBriefing } from "../agent/briefing.ts";
import { comparePermissions, decidePermission, listPermissions, type PermissionList } from "../approval/permission.ts";
import { stopTurnOverBudget } from "../budget/budget.ts";
import { stopTurnWhenFull } from "../budget/storage-limit.ts";
import type { Running } from "../kernel/self.ts";
import type { Briefing, OpenCode } from "../opencode.ts";
import { type Follow, pause, writeText, writeTool } from "./follow.ts";
import { longestSilence, tellRetry, tellSilence } from "./model-notice.ts";
import { stopsRepetition } from "./repetition.ts";
import { push } from "./stream.ts";
import { concerns, type Ending, ending, gap, hear, type MessageWithParts, read, type Said } from "./translation.ts";

const unreachableAfter = 15_000;
const beginsWithin = 15_000;
const tick = 2_000;
const mostBreaks = 10; // in a row, without an event between

/** Where the following of a turn stands, over all its connections. `contact`: when host or agent was last heard. */
type State = {
  sent: boolean;
  resumed: boolean;
  strikes: { n: number };
  contact: number;
  breaks: number;
  /** When the model was last heard, or will be asked again. */
  spoke: number;
};

/** Writes down what OpenCode said, in its order. */
export async function write(of: Follow, said: Said[]): Promise<void> {
  const { self, running } = of;
  for (const each of said) {
    if (each.type === "delta") push(self, running, each);
    if (each.type === "text") await writeText(of, each.partId, each.text);
    if (each.type === "tool") await writeTool(of, each.call);
    if (each.type === "retry") await tellRetry(of, each);
    if (each.type === "permission") await decidePermission(of, each.request);
  }
}
async function send(of: Follow, resumed: boolean, briefed: Promise<Briefing>): Promise<void> {
  const { server, view: seen, row } = of;
  if (resumed && (await server.has(seen.session, seen.promptId))) return;
  await server.prompt(seen.session, seen.promptId, row.prompt, await briefed);
}

/** How things stand at OpenCode, as it says itself when it is asked. */
type Looked = { busy: boolean; messages: MessageWithParts[]; waiting: PermissionList };
async function look(of: Follow): Promise<Looked> {
  const { server, view: seen, running } = of;
  const { signal } = running.controller;
  const busy = await server.busy(seen.session);
  const messages = await server.messages(seen.session, signal, (oldest) => oldest <= seen.promptId || seen.messages.has(oldest));
  return { busy, messages, waiting: await listPermissions(of) };
}
/** Writes down what the stream did not bring. An ending, or undefined while it works or has not begun. */
async function take(of: Follow, { busy, messages, waiting }: Looked, strikes: { n: number }): Promise<Ending | undefined> {
  const { view: seen } = of;
  for (const each of messages) if (each.info.id > seen.promptId) await write(of, read(seen, each));
  await comparePermissions(of, waiting);
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

/** Says "tick" whenever nothing was heard for so long: one timer for the whole stream, however much is heard. */
function silence(ms: number, signal: AbortSignal) {
  let say: (tick: "tick") => void = () => undefined;
  const tick = () => say("tick");
  const timer = setTimeout(tick, ms);
  signal.addEventListener("abort", tick);
  const next = () =>
    new Promise<"tick">((resolve) => {
      say = resolve;
      timer.refresh();
      if (signal.aborted) tick();
    });
  const end = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", tick);
  };
  return { next, end };
}

/** A connection to the event stream, being opened. */
export type Line = ReturnType<typeof dial>;
export function dial(server: OpenCode, running: Running) {
  const stream = new AbortController();
  const signal = AbortSignal.any([running.controller.signal, stream.signal]);
  const events = server.events(signal)[Symbol.asyncIterator]();
  const first = events.next(); // `server.connected`
  first.catch(() => undefined); // who listens has the error
  const hangUp = () => {
    stream.abort();
    void events.return(undefined).catch(() => undefined); // it ends by the abort
  };
  return { signal, events, first, hangUp };
}

/** One connection to the event stream: from open to the turn's end, or until the stream breaks. */
async function listen(of: Follow, state: State, line: Line): Promise<Ending | undefined> {
  const { view: seen } = of;
  const { signal, events } = line;
  const quiet = silence(tick, signal);
  const briefed = state.sent ? undefined : composeBriefing(of.self, of.agent); // while the stream opens
  briefed?.catch(() => undefined); // who awaits it below has the error
  try {
    const opened = await Promise.race([line.first, pause(beginsWithin, signal)]);
    if (signal.aborted) return undefined;
    if (opened === "tick" || opened.done) throw new AppError("timeout", { what: "event stream" });
    if (briefed) await send(of, state.resumed, briefed);
    const again = state.sent || state.resumed;
    state.sent = true;
    const first = again ? await take(of, await look(of), state.strikes) : undefined;
    if (first) return first;
    if (again) await write(of, gap(seen));
    let next = events.next();
    let looking: Promise<Looked> | undefined; // beside the stream: a slow answer holds up no text
    for (;;) {
      state.contact = Date.now();
      state.breaks = 0;
      const heard = await Promise.race([next, looking ?? quiet.next()]);
      if (signal.aborted) return undefined;
      if (heard !== "tick" && "busy" in heard) {
        looking = undefined;
        const known = await take(of, heard, state.strikes);
        if (known) return known;
        continue;
      }
      const steps = seen.usage.size;
      const said = heard === "tick" || heard.done ? [] : hear(seen, heard.value);
      await write(of, said);
      if (heard !== "tick" && !heard.done && concerns(seen, heard.value)) state.spoke = spokenUntil(said);
      if (await limited(of, heard === "tick", seen.usage.size > steps)) await pause(unreachableAfter, signal); // until the stop is here
      if (heard === "tick" && (await silent(of, state))) return { state: "interrupted", reason: "silent" };
      if (heard === "tick" || said.some((each) => each.type === "idle")) {
        looking = look(of);
        looking.catch(() => undefined); // heard by the race
      }
      if (heard === "tick") continue;
      if (heard.done) return undefined;
      next = events.next();
    }
  } finally {
    quiet.end();
    line.hangUp();
  }
}

/** A model that is to be asked again later is not silent until then. */
function spokenUntil(said: Said[]): number {
  return Math.max(Date.now(), ...said.map((each) => (each.type === "retry" ? (each.next ?? 0) : 0)));
}
/** Whether a limit has stopped the turn: its budget, that it goes in circles, or that nothing more can be kept. */
async function limited(of: Follow, tick: boolean, stepped: boolean): Promise<boolean> {
  if ((tick || stepped) && (await stopTurnOverBudget(of))) return true;
  return (
    stepped && ((await stopsRepetition(of.self, of.row, of.view.calls, of.requestId)) || stopTurnWhenFull(of.self, of.row, of.requestId))
  );
}
/** The model says nothing: the member is told, and in the end the turn is given up. What a call or the member takes is not its silence. */
async function silent(of: Follow, state: State): Promise<boolean> {
  const { view: seen, server } = of;
  if ([...seen.tools.values()].includes("running")) state.spoke = Date.now();
  await tellSilence(of, state.spoke);
  if (Date.now() - state.spoke < longestSilence) return false;
  await server.abort(seen.session, AbortSignal.timeout(2_000)).catch((error: unknown) => {
    of.self.vars.world.log("warn", "a silent turn was not aborted", { turn: of.row.id, requestId: of.requestId, error });
  });
  return true;
}

/**
 * Follows the turn to its end, over broken streams and restarts of the agent's server. Undefined when a stop or the end of this actor's life came first.
 * `line`: the first connection, which may have been opened while the turn was begun.
 */
export async function follow(of: Follow, resumed: boolean, line: Line): Promise<Ending | undefined> {
  const signal = of.running.controller.signal;
  const state: State = { sent: false, resumed, strikes: { n: 0 }, contact: Date.now(), breaks: 0, spoke: Date.now() };
  for (let next: Line | undefined = line; !signal.aborted; next = undefined) {
    try {
      const known = await listen(of, state, next ?? dial(of.server, of.running));
      if (known) return known;
    } catch (error) {
      if (signal.aborted) return undefined;
      of.self.vars.world.log("warn", "event stream broke", { turn: of.row.id, requestId: of.requestId, error });
    }
    if (Date.now() - state.contact > unreachableAfter || ++state.breaks > mostBreaks)
      return { state: "interrupted", reason: "host_unreachable" };
    await pause(300, signal);
    of.self.vars.attached.delete(of.agent.id);
    await reattach(of, state).catch((error) => of.self.vars.world.log("warn", "agent not reached", { turn: of.row.id, error }));
    state.resumed = true;
  }
  return undefined;
}
/** The server may have died: the host starts it again. A new one does not go on with what the old one did. */
async function reattach(of: Follow, state: State): Promise<void> {
  if (of.running.controller.signal.aborted) return;
  const { boot } = await ensureAgentReady(of.self, of.agent.id, of.requestId);
  state.contact = Date.now();
  if (boot !== of.agent.boot) state.strikes.n = Math.max(1, state.strikes.n);
}
