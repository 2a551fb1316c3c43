import { randomBytes } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { AppError } from "../schema/error.ts";
import { event } from "../schema/event.table.ts";
import { eventBodies, type ToolView } from "../schema/event.ts";
import { type Id, id } from "../schema/id.ts";
import { turn } from "../schema/turn.table.ts";
import { ended } from "../schema/turn.ts";
import { type AgentRow, requireAgent } from "./agent.ts";
import { briefing } from "./briefing.ts";
import { scan } from "./commit.ts";
import { count, record } from "./event.ts";
import { nextMessageId, type OpenCode, openCode } from "./opencode.ts";
import { listed, permission } from "./permission.ts";
import type { Running, Self } from "./self.ts";
import { ready } from "./server.ts";
import { queueStatus } from "./status.ts";
import { close, flush, push } from "./stream.ts";
import { type Ending, ending, hear, read, type Said, unfinished, usage, type View, view } from "./translation.ts";
import { channelOf, findTurn, move, type TurnRow, turnId } from "./turn-state.ts";
import { enqueue, type WorkRow, waits } from "./work.ts";

/** A turn as this process follows it. */
export type Follow = { self: Self; agent: AgentRow; row: TurnRow; server: OpenCode; view: View; running: Running; requestId: string };

const unreachableAfter = 15_000;
const beginsWithin = 15_000;
const tick = 2_000;

/** Writes down what OpenCode said, in its order. */
async function write(of: Follow, said: Said[]): Promise<void> {
  const { self, running } = of;
  for (const each of said) {
    if (each.type === "delta") push(self, running, each);
    if (each.type === "text") await writeText(of, each.partId, each.text);
    if (each.type === "tool") await writeTool(of, each.call);
    if (each.type === "retry") await writeRetry(of, each.message);
    if (each.type === "permission") await permission(of, each.request);
  }
}
async function writeText(of: Follow, partId: string, text: string): Promise<void> {
  const body = { turnId: turnId(of.row), partId, text };
  const { channel } = of.agent;
  await record(of.self, (writer) => writer.append("message.text", { ref: `text:${partId}`, turnId: of.row.id, channel, body }));
  close(of.running, partId);
}
async function writeTool(of: Follow, call: ToolView): Promise<void> {
  flush(of.self, of.running);
  await record(of.self, async (writer) => {
    const ref = `tool:${call.callId}:${call.state === "running" ? "running" : "ended"}`;
    await writer.append("tool.call", { ref, turnId: of.row.id, channel: of.agent.channel, body: { turnId: turnId(of.row), call } });
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
  await record(of.self, (writer) =>
    writer.append("notice", { ref: `retry:${of.row.id}`, turnId: of.row.id, channel: of.agent.channel, body }),
  );
}

/** Stores the prompt's id before it is sent, so that a crash in between cannot send it as two. */
async function begin(self: Self, of: AgentRow, row: TurnRow, server: OpenCode): Promise<TurnRow> {
  if (row.promptId && row.session) return row;
  const session = of.session;
  if (!session) throw new AppError("unavailable", { what: "session" });
  const created = await server.createdAt(session);
  if (created === undefined) throw new AppError("unavailable", { what: "session" });
  const newest = (await server.messages(session))
    .map((each) => each.info.id)
    .sort()
    .at(-1);
  const promptId = nextMessageId(newest, created, randomBytes(14));
  await record(self, async (writer) => {
    await writer.db.update(turn).set({ promptId, session }).where(eq(turn.id, row.id));
    await move(writer, row, "running");
    await queueStatus(writer, row.id);
  });
  return { ...row, ...(await findTurn(self.db, row.id)) };
}

async function send(of: Follow, resumed: boolean): Promise<void> {
  const { server, view: seen, row, self, agent } = of;
  if (resumed && (await server.has(seen.session, seen.promptId))) return;
  await server.prompt(seen.session, seen.promptId, row.prompt, await briefing(self, agent));
}

/** Asks OpenCode how things stand and writes down what the stream did not bring. An ending, or undefined while it works or has not begun. */
async function look(of: Follow, strikes: { n: number }): Promise<Ending | undefined> {
  const { server, view: seen } = of;
  const busy = await server.busy(seen.session);
  for (const each of await server.messages(seen.session, of.running.controller.signal)) {
    if (each.info.id > seen.promptId) await write(of, read(seen, each));
  }
  await listed(of);
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

const pause = (ms: number, signal: AbortSignal) =>
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
async function listen(
  of: Follow,
  state: { sent: boolean; resumed: boolean; strikes: { n: number }; contact: number },
): Promise<Ending | undefined> {
  const { running, server, view: seen } = of;
  const stream = new AbortController();
  const signal = AbortSignal.any([running.controller.signal, stream.signal]);
  const events = server.events(signal)[Symbol.asyncIterator]();
  try {
    const opened = await Promise.race([events.next(), pause(beginsWithin, signal)]); // `server.connected`: from here nothing is missed
    if (signal.aborted) return undefined;
    if (opened === "tick" || opened.done) throw new AppError("timeout", { what: "event stream" });
    if (!state.sent) await send(of, state.resumed);
    const first = state.sent || state.resumed ? await look(of, state.strikes) : undefined;
    state.sent = true;
    if (first) return first;
    let next = events.next();
    for (;;) {
      state.contact = Date.now();
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
async function follow(of: Follow, resumed: boolean): Promise<Ending | undefined> {
  const signal = of.running.controller.signal;
  const state = { sent: false, resumed, strikes: { n: 0 }, contact: Date.now() };
  while (!signal.aborted) {
    try {
      const known = await listen(of, state);
      if (known) return known;
    } catch (error) {
      if (signal.aborted) return undefined;
      of.self.vars.world.log("warn", "event stream broke", { turn: of.row.id, requestId: of.requestId, error });
    }
    if (Date.now() - state.contact > unreachableAfter) return { state: "interrupted", reason: "host_unreachable" };
    await pause(300, signal);
    of.self.vars.attached.delete(of.agent.id);
    await reattach(of).catch((error) => of.self.vars.world.log("warn", "agent not reached", { turn: of.row.id, error }));
    state.resumed = true;
  }
  return undefined;
}
/** The server may have died: the host starts it again. */
async function reattach(of: Follow): Promise<void> {
  if (of.running.controller.signal.aborted) return;
  await ready(of.self, of.agent.id, of.requestId);
}

const reasons: Record<string, string> = {
  agent_restarted: "The agent's process ended in the middle of this. What it had done is kept; send the message again to go on.",
  host_unreachable: "The machine that runs your stack could not be reached. What was done is kept.",
  aborted: "The agent stopped before it was done. What it had done is kept.",
};

function kept(texts: number, tools: number, commits: number): string {
  const parts = [
    texts ? "the text so far" : "",
    tools ? `${tools} tool call${tools > 1 ? "s" : ""}` : "",
    commits ? `${commits} commit${commits > 1 ? "s" : ""}` : "",
  ];
  const some = parts.filter(Boolean);
  return some.length ? `Kept: ${some.join(", ")}.` : "Nothing had been done yet.";
}

/** Ends the turn in the log: open blocks and calls are closed as they stand, cost and commits are written, then the state. */
export async function conclude(of: Follow, how: Ending | { state: "stopped"; reason: string }): Promise<void> {
  const { self, row, view: seen, running, requestId } = of;
  const { channel } = of.agent;
  flush(self, running);
  for (const open of unfinished(seen)) await writeText(of, open.partId, open.text);
  await closeCalls(of, how.state === "stopped" ? "stopped" : "interrupted");
  const looked = await Promise.race([
    scan(self, requestId, turnId(row)).then(() => true),
    pause(how.state === "stopped" ? 300 : 5_000, self.vars.life),
  ]).catch(() => false);
  await record(self, async (writer) => {
    const cost = usage(seen);
    if (cost) await writer.append("usage", { ref: `usage:${row.id}`, turnId: row.id, channel, body: { turnId: turnId(row), ...cost } });
    if (looked !== true) await enqueue(writer, { kind: "scan", key: "scan", payload: { turnId: row.id }, requestId, again: true });
    const [texts, tools, commits] = [
      await count(writer.db, row.id, "message.text"),
      seen.tools.size,
      await count(writer.db, row.id, "commit"),
    ];
    const more = how.state === "done" ? {} : { reason: how.reason, kept: kept(texts, tools, commits) };
    const now = await findTurn(writer.db, row.id);
    if (!now || !(await move(writer, now, how.state, more))) return;
    if (how.state === "interrupted" || how.state === "failed") {
      const text = reasons[how.reason] ?? `The agent could not finish: ${how.reason}`;
      await writer.append("notice", {
        turnId: row.id,
        channel,
        body: { level: how.state === "failed" ? "error" : "warning", code: how.state, text, turnId: turnId(row) },
      });
    }
    await queueStatus(writer, requestId);
  });
  self.vars.kick();
}
/** Calls that are still shown as running end here. */
async function closeCalls(of: Follow, result: string): Promise<void> {
  const ids = new Set([...of.view.tools].filter(([, state]) => state === "running").map(([callId]) => callId));
  if (ids.size === 0) return;
  for (const call of await openCalls(of, ids)) await writeTool(of, { ...call, state: "failed", result });
}
async function openCalls(of: Follow, ids: Set<string>): Promise<ToolView[]> {
  const rows = await of.self.db
    .select({ body: event.body })
    .from(event)
    .where(and(eq(event.turnId, of.row.id), eq(event.kind, "tool.call")));
  return rows
    .map((row) => eventBodies["tool.call"].parse(row.body).call)
    .filter((call) => call.state === "running" && ids.has(call.callId));
}

/** What is needed to speak of a turn, with what OpenCode has of it so far unheard. */
export function followed(self: Self, agent: AgentRow, row: TurnRow, requestId: string, running: Running): Follow {
  const directory = agent.directory ?? "";
  const server = openCode(self.vars.stack, agent.id, directory, requestId);
  return { self, agent, row, server, view: view(row.session ?? "", row.promptId ?? "", directory), running, requestId };
}
export function newRunning(row: TurnRow, agent: AgentRow, exited: Promise<void>): Running {
  return {
    turnId: turnId(row),
    channel: agent.channel as Id<"chn">,
    controller: new AbortController(),
    exited,
    parts: new Map(),
    pending: new Map(),
    flush: undefined,
    follow: undefined,
  };
}

const payload = z.object({ turnId: id("trn") });
export const turnWork = {
  async run(self: Self, work: WorkRow): Promise<void> {
    const row = await findTurn(self.db, payload.parse(work.payload).turnId);
    if (!row || ended(row.state) || (await waits(self.db, `stop:${row.id}`))) return;
    let exit: () => void = () => undefined;
    const running = newRunning(row, await requireAgent(self.db, row.agent), new Promise((resolve) => (exit = resolve)));
    self.vars.running.set(row.agent, running);
    const life = self.vars.life;
    const onEnd = () => running.controller.abort();
    life.addEventListener("abort", onEnd);
    try {
      const resumed = row.promptId !== null;
      const agent = await ready(self, row.agent, work.requestId);
      if (running.controller.signal.aborted) return;
      const begun = await begin(self, agent, row, openCode(self.vars.stack, agent.id, agent.directory ?? "", work.requestId));
      if (begun.state !== "running") return; // a stop was first
      const of = followed(self, agent, begun, work.requestId, running);
      running.follow = of;
      const how = await follow(of, resumed);
      if (how && !running.controller.signal.aborted) await conclude(of, how);
      else if (life.aborted) throw new AppError("unavailable", { what: "life" }); // keeps the row for the next runner
    } finally {
      clearTimeout(running.flush);
      life.removeEventListener("abort", onEnd);
      if (self.vars.running.get(row.agent) === running) self.vars.running.delete(row.agent);
      exit();
    }
  },
  async gaveUp(self: Self, work: WorkRow, error: AppError): Promise<void> {
    await record(self, async (writer) => {
      const row = await findTurn(writer.db, payload.parse(work.payload).turnId);
      if (!row || ended(row.state)) return;
      await move(writer, row, row.state === "running" ? "interrupted" : "failed", { reason: error.message });
      await writer.append("notice", {
        ...(await channelOf(writer.db, row)),
        body: { level: "error", code: error.code, text: `The message could not be worked on: ${error.message}`, turnId: turnId(row) },
      });
      await queueStatus(writer, work.requestId);
    });
  },
};
