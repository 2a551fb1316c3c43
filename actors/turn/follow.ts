import type { AgentRow } from "../../schema/agent/agent.table.ts";
import type { ToolView } from "../../schema/event.ts";
import type { TurnRow } from "../../schema/turn.table.ts";
import { queueScan } from "../kernel/queue.ts";
import type { Following, Running, Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import { OpenCode } from "../opencode/opencode.ts";
import { close, flush } from "./stream.ts";
import { opaqueId } from "./tool-view.ts";
import { newView } from "./translation.ts";
import { turnId } from "./turn-row.ts";

/** A turn as this process follows it. */
export type Follow = Following & {
  self: Self;
  running: Running;
  /** What the member was told of the model's silence. */
  silence?: { since: number; told: number };
};

/** What is needed to speak of a turn, with what OpenCode has of it so far unheard. */
export function newFollow(self: Self, agent: AgentRow, row: TurnRow, requestId: string, running: Running): Follow {
  const directory = agent.directory ?? "";
  const server = new OpenCode(self.vars.stack, agent.id, directory, requestId);
  return { self, agent, row, server, view: newView(row.session ?? "", row.promptId ?? "", directory), running, requestId };
}
export function newRunning(row: TurnRow, agent: AgentRow, exited: Promise<void>): Running {
  return {
    turnId: turnId(row),
    channel: agent.channel,
    controller: new AbortController(),
    exited,
    parts: new Map(),
    pending: new Map(),
    flush: undefined,
    following: undefined,
  };
}

export async function writeText(follow: Follow, partId: string, text: string): Promise<void> {
  const body = { turnId: turnId(follow.row), partId, text };
  const ref = opaqueId(`text:${partId}:`, text); // the same words once; other words of the same block replace them
  flush(follow.self, follow.running);
  await record(follow.self, follow.requestId, (writer) =>
    writer.append("message.text", { ref, turnId: follow.row.id, channel: follow.agent.channel, body }),
  );
  close(follow.running, partId);
}
export async function writeTool(follow: Follow, call: ToolView): Promise<void> {
  flush(follow.self, follow.running);
  await record(follow.self, follow.requestId, async (writer) => {
    const ref = `tool:${follow.row.id}:${call.callId}:${call.state === "running" ? "running" : "ended"}`;
    await writer.append("tool.call", {
      ref,
      turnId: follow.row.id,
      channel: follow.agent.channel,
      body: { turnId: turnId(follow.row), call },
    });
    if (call.state !== "running") await queueScan(writer, follow.row.id);
  });
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
