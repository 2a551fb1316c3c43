import type { AgentRow } from "../schema/agent/agent.table.ts";
import { invalidCall } from "../schema/tool/agent-tools.ts";
import type { ToolAnswer } from "../schema/tool/tool-call.ts";
import type { Id } from "../schema/wire/id.ts";
import { limits } from "../schema/wire/limits.ts";
import { countToolRefusals } from "./kernel/event.ts";
import type { Self } from "./kernel/self.ts";
import { record } from "./kernel/transaction.ts";

/** Whose call it is and what makes it once-only. */
export type ToolContext = {
  key: string;
  agent: Id<"agt">;
  row: AgentRow;
  channel: Id<"chn">;
  turnId: Id<"trn"> | undefined;
  requestId: string;
};

/** How long a tool waits for its effect: it must have answered by `limits.toolAnswer`. */
export const toolPatienceMs = limits.toolAnswer - 5_000;

/** Says what is wrong with a call, and keeps count of it in the turn. */
export async function refuseToolCall(
  self: Self,
  name: string,
  issues: { path: string; message: string }[],
  context: ToolContext,
): Promise<ToolAnswer> {
  const { turnId, agent } = context;
  return record(self, context.requestId, async (writer) => {
    const earlier = turnId ? await countToolRefusals(writer.db, turnId, name) : 0;
    const { text } = invalidCall(name, issues, earlier);
    const reasons = issues
      .slice(0, 3)
      .map(({ path, message }) => `${path} ${message}`.trim())
      .join("; ")
      .slice(0, 1_000);
    const ref = `refused:${context.key}:${earlier > 0}`; // the same wrong call once more is told as well
    const body = {
      agentId: agent,
      tool: name,
      text: text.slice(0, 4_000),
      again: earlier > 0,
      shown: reasons,
      ...(turnId ? { turnId } : {}),
    };
    await writer.append("tool.refused", { ref, ...(turnId ? { turnId } : {}), channel: context.channel, body });
    return { ok: false, text };
  });
}
