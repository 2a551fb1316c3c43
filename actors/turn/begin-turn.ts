import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { turnTable } from "../../schema/turn.table.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { queueTurn } from "../kernel/queue.ts";
import { me } from "../kernel/self.ts";
import type { Writer } from "../kernel/writer.ts";
import { enterCurrentSession } from "../opencode/session-row.ts";
import { raiseTier } from "../stack/raise.ts";

/**
 * Queues a turn of an agent, in the caller's transaction, and wakes the stack for it; against a stop only
 * what the member asks does.
 */
export async function beginTurn(
  writer: Writer,
  wanted: {
    turnId: Id<"trn">;
    agent: AgentRow;
    /** The agent's own when absent. */
    task?: Id<"tsk"> | null;
    messageId?: Id<"msg"> | "";
    prompt: string;
    key?: string;
    /** Where it is said; without it, in the session that the agent works in. */
    session?: Id<"ses"> | undefined;
    need: "message" | "work";
  },
): Promise<void> {
  const { turnId, agent, task = agent.task, messageId = "", prompt, key = null, session, need } = wanted;
  const sessionId = session ?? (await enterCurrentSession(writer, agent.id));
  const place = { sessionId, sessionNamed: session !== undefined };
  const row = { id: turnId, messageId, agent: agent.id, task, prompt, key, state: "queued", createdAt: writer.now, ...place } as const;
  await writer.db.insert(turnTable).values(row);
  await writer.append("turn.state", { turnId, channel: agent.channel, body: { turnId, state: "queued" } });
  await raiseTier(writer, await me(writer.db), need, newId("req", writer.now));
  await queueTurn(writer, { id: turnId, agent: agent.id });
}
