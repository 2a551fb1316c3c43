import { AppError } from "../../schema/wire/error.ts";
import { ensureAgentReady } from "../agent/agent-server.ts";
import { composeBriefing } from "../agent/briefing.ts";
import { comparePermissions, decidePermission, listPermissions, type PermissionList } from "../approval/permission.ts";
import { tellRefusal } from "../approval/reach.ts";
import { stopTurnOverBudget } from "../budget/budget.ts";
import { stopTurnWhenFull } from "../budget/storage-limit.ts";
import type { Running } from "../kernel/self.ts";
import type { Briefing, OpenCode } from "../opencode/opencode.ts";
import { readSessionRecap } from "../opencode/session-row.ts";
import { offerPort } from "../preview.ts";
import { type Ending, endShortening, readEnding } from "./ending.ts";
import { type Follow, pause, writeText, writeTool } from "./follow.ts";
import { longestSilence, tellRetry, tellSilence } from "./model-notice.ts";
import { stopsRepetition } from "./repetition.ts";
import { push } from "./stream.ts";
import { concernsSession, hearEvent, type MessageWithParts, readGap, readMessage, type Said } from "./translation.ts";

const stopComesWithin = 15_000;
const beginsWithin = 15_000;
const tick = 2_000;
const mostBreaks = 10; // in a row, of a server that is reached each time, without an event between

/**
 * Where the following of a turn stands, over all its connections. `contact`: when host or agent was last
 * heard.
 */
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
export async function writeSaid(follow: Follow, entries: Said[]): Promise<void> {
  const { self, running } = follow;
  for (const each of entries) {
    if (each.type === "delta") push(self, running, each);
    if (each.type === "text") await writeText(follow, each.partId, each.text);
    if (each.type === "tool") await writeTool(follow, each.call);
    if (each.type === "retry") await tellRetry(follow, each);
    if (each.type === "permission") await decidePermission(follow, each.request);
    if (each.type === "refused") await tellRefusal(follow, each.refusal);
    if (each.type === "port") await offerPort(follow, each.port);
  }
}
async function send(follow: Follow, resumed: boolean, briefed: Promise<Briefing>): Promise<void> {
  const { server, view: seen, row } = follow;
  if (resumed && (await server.has(seen.session, seen.promptId))) return;
  const recap = await readSessionRecap(follow.self.db, row);
  const briefing = await briefed;
  const system = [briefing.system, recap].filter(Boolean).join("\n\n");
  await server.prompt(seen.session, seen.promptId, row.prompt, { ...briefing, ...(system ? { system } : {}) });
}

/** How things stand at OpenCode, as it says itself when it is asked. */
type Looked = { busy: boolean; messages: MessageWithParts[]; waiting: PermissionList };
async function look(follow: Follow): Promise<Looked> {
  const { server, view: seen, running } = follow;
  const { signal } = running.controller;
  const busy = await server.busy(seen.session);
  const messages = await server.messages(seen.session, signal, (oldest) => oldest <= seen.promptId || seen.messages.has(oldest));
  return { busy, messages, waiting: await listPermissions(follow) };
}
/** Writes down what the stream did not bring. An ending, or undefined while it works or has not begun. */
async function take(follow: Follow, { busy, messages, waiting }: Looked, strikes: { n: number }): Promise<Ending | undefined> {
  const { view: seen } = follow;
  for (const each of messages) if (each.info.id > seen.promptId) await writeSaid(follow, readMessage(seen, each));
  await comparePermissions(follow, waiting);
  if (busy) {
    strikes.n = 0;
    return undefined;
  }
  const known = readEnding(seen);
  if (known) return known;
  const young = seen.messages.size === 0 && Date.now() - (follow.row.startedAt ?? 0) < beginsWithin;
  if (!young) strikes.n += 1;
  return strikes.n > 1 ? { state: "interrupted", reason: "agent_restarted" } : undefined;
}

/**
 * Says "tick" whenever nothing was heard for so long: one timer for the whole stream, however much is heard.
 */
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
export type Line = ReturnType<typeof openEventLine>;
export function openEventLine(server: OpenCode, running: Running) {
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
async function listen(follow: Follow, state: State, line: Line): Promise<Ending | undefined> {
  const { view: seen } = follow;
  const { signal, events } = line;
  const quiet = silence(tick, signal);
  const briefed = state.sent ? undefined : composeBriefing(follow.self, follow.agent, follow.requestId); // while the stream opens
  briefed?.catch(() => undefined); // who awaits it below has the error
  try {
    const opened = await Promise.race([line.first, pause(beginsWithin, signal)]);
    if (signal.aborted) return undefined;
    if (opened === "tick" || opened.done) throw new AppError("timeout", { what: "event stream" });
    if (briefed) await send(follow, state.resumed, briefed);
    const again = state.sent || state.resumed;
    state.sent = true;
    const first = again ? await take(follow, await look(follow), state.strikes) : undefined;
    if (first) return first;
    if (again) await writeSaid(follow, readGap(seen));
    let next = events.next();
    let looking: Promise<Looked> | undefined; // beside the stream: a slow answer holds up no text
    for (;;) {
      state.contact = Date.now();
      state.breaks = 0;
      const heard = await Promise.race([next, looking ?? quiet.next()]);
      if (signal.aborted) return undefined;
      if (heard !== "tick" && "busy" in heard) {
        looking = undefined;
        const known = await take(follow, heard, state.strikes);
        if (known) return known;
        continue;
      }
      const steps = seen.usage.size;
      const entries = heard === "tick" || heard.done ? [] : hearEvent(seen, heard.value);
      await writeSaid(follow, entries);
      if (heard !== "tick" && !heard.done && concernsSession(seen, heard.value)) state.spoke = spokenUntil(entries);
      const overlong = seen.usage.size > steps ? endShortening(seen) : undefined;
      if (overlong) {
        await abortSession(follow);
        return overlong;
      }
      if (await limited(follow, heard === "tick", seen.usage.size > steps)) await pause(stopComesWithin, signal);
      if (heard === "tick" && (await silent(follow, state))) return { state: "interrupted", reason: "silent" };
      if (heard === "tick" || entries.some((each) => each.type === "idle")) {
        looking = look(follow);
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
function spokenUntil(entries: Said[]): number {
  return Math.max(Date.now(), ...entries.map((each) => (each.type === "retry" ? (each.next ?? 0) : 0)));
}
/**
 * Whether a limit has stopped the turn: its budget, that it goes in circles, or that nothing more can be
 * kept.
 */
async function limited(follow: Follow, tick: boolean, stepped: boolean): Promise<boolean> {
  if ((tick || stepped) && (await stopTurnOverBudget(follow))) return true;
  return (
    stepped &&
    ((await stopsRepetition(follow.self, follow.row, follow.view.calls, follow.requestId)) ||
      stopTurnWhenFull(follow.self, follow.row, follow.requestId))
  );
}
/**
 * The model says nothing: the member is told, and in the end the turn is given up. What a call or the member
 * takes is not its silence.
 */
async function silent(follow: Follow, state: State): Promise<boolean> {
  const { view: seen } = follow;
  if ([...seen.tools.values()].includes("running")) state.spoke = Date.now();
  await tellSilence(follow, state.spoke);
  if (Date.now() - state.spoke < longestSilence) return false;
  await abortSession(follow);
  return true;
}
/**
 * Writes down what OpenCode closed and the stream did not bring: steps that it took before it heard of its
 * end cost as all others do.
 */
export async function writeLastWords(follow: Follow, signal: AbortSignal): Promise<void> {
  const { server, view: seen } = follow;
  for (const each of await server.messages(seen.session, signal))
    if (each.info.id > seen.promptId) await writeSaid(follow, readMessage(seen, each));
}
/** Ends what OpenCode does for a turn that is given up. */
async function abortSession(follow: Follow): Promise<void> {
  const { self, server, view: seen, row, requestId } = follow;
  const signal = AbortSignal.timeout(4_000);
  try {
    await server.abort(seen.session, signal);
    await writeLastWords(follow, signal);
  } catch (error) {
    self.vars.world.log("warn", "a turn that was given up was not aborted", { turn: row.id, requestId, error });
  }
}

/**
 * Follows the turn to its end, over broken streams and restarts of the agent's server. Undefined when a stop
 * or the end of this actor's life came first. `line`: the first connection, which may have been opened while
 * the turn was begun.
 */
export async function followTurnEvents(followed: Follow, resumed: boolean, line: Line): Promise<Ending | undefined> {
  const signal = followed.running.controller.signal;
  const state: State = { sent: false, resumed, strikes: { n: 0 }, contact: Date.now(), breaks: 0, spoke: Date.now() };
  for (let next: Line | undefined = line; !signal.aborted; next = undefined) {
    try {
      const known = await listen(followed, state, next ?? openEventLine(followed.server, followed.running));
      if (known) return known;
    } catch (error) {
      if (signal.aborted) return undefined;
      followed.self.vars.world.log("warn", "event stream broke", { turn: followed.row.id, requestId: followed.requestId, error });
    }
    if (Date.now() - state.contact > followed.self.vars.world.hostPatience || state.breaks > mostBreaks)
      return { state: "interrupted", reason: "host_unreachable" };
    await pause(300, signal);
    followed.self.vars.attached.delete(followed.agent.id);
    await reattach(followed, state).catch((error) =>
      followed.self.vars.world.log("warn", "agent not reached", { turn: followed.row.id, error }),
    );
    state.resumed = true;
  }
  return undefined;
}
/** The server may have died: the host starts it again. A new one does not go on with what the old one did. */
async function reattach(follow: Follow, state: State): Promise<void> {
  if (follow.running.controller.signal.aborted) return;
  const { boot } = await ensureAgentReady(follow.self, follow.agent.id, follow.requestId);
  state.contact = Date.now();
  state.breaks += 1;
  if (boot !== follow.agent.boot) state.strikes.n = Math.max(1, state.strikes.n);
}
