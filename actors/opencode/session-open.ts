import type { AgentRow } from "../../schema/agent/agent.table.ts";
import type { OpencodeSessionRow } from "../../schema/opencode/session.table.ts";
import type { TurnRow } from "../../schema/turn.table.ts";
import { tellBudgets } from "../budget/gateway.ts";
import { composeSessionRecap } from "../conversation/conversation.ts";
import { member, type Self } from "../kernel/self.ts";
import { OpenCode } from "./opencode.ts";
import { bindSession, loseSession, requireOpencodeSession } from "./session-row.ts";
import { tellTitle } from "./session-title.ts";

/**
 * Before a turn: the session that it was sent to, made at OpenCode where it is not there yet. Answers the
 * agent with that one in place of the one that it works in by itself, which stays as it is.
 */
export async function openTurnSession(self: Self, agent: AgentRow, row: TurnRow, requestId: string): Promise<AgentRow> {
  if (row.promptId && row.session) return { ...agent, session: row.session };
  const server = new OpenCode(self.vars.stack, agent.id, agent.directory ?? "", requestId);
  const id = row.sessionNamed ? row.sessionId : agent.sessionId;
  const session = id === null ? undefined : await requireOpencodeSession(self.db, id);
  if (session?.untold && session.opencode) await tellTitle(self, server, session);
  if (!session || id === agent.sessionId) return agent;
  const opencode = await ensureNamedSession(self, server, session);
  await self.vars.world.edge.session(member(self), opencode, agent.id, requestId);
  const named = { ...agent, session: opencode };
  await tellBudgets(self, named, requestId);
  return named;
}

async function ensureNamedSession(self: Self, server: OpenCode, session: OpencodeSessionRow): Promise<string> {
  if (session.opencode) {
    if ((await server.createdAt(session.opencode)) !== undefined) return session.opencode;
    await loseSession(self.db, session.id, await composeSessionRecap(self.db, session.id));
  }
  const opencode = await server.createSession(session.title);
  await bindSession(self.db, session.id, opencode);
  return opencode;
}
