import { and, eq } from "drizzle-orm";
import { type OpencodeSessionRow, opencodeSessionTable } from "../../schema/opencode/session.table.ts";
import { findAgent } from "../agent/agent.ts";
import { me, type Self } from "../kernel/self.ts";
import type { WorkItem } from "../kernel/work.ts";
import { OpenCode } from "./opencode.ts";
import { requireOpencodeSession } from "./session-row.ts";

/** OpenCode hears the title of its session; one that was given meanwhile is told again. */
export async function tellTitle(self: Self, server: OpenCode, session: OpencodeSessionRow): Promise<void> {
  if (!session.opencode) return;
  await server.rename(session.opencode, session.title); // one that is lost gets its title when it is made anew
  const same = and(eq(opencodeSessionTable.id, session.id), eq(opencodeSessionTable.title, session.title));
  await self.db.update(opencodeSessionTable).set({ untold: false }).where(same);
}

/** Told at once where the agent's server runs, else before the session's next turn. */
export const sessionWork = {
  async run(self: Self, work: WorkItem<"session">): Promise<void> {
    const session = await requireOpencodeSession(self.db, work.payload.sessionId);
    const agent = await findAgent(self.db, session.agent);
    const up = (await me(self.db)).ready && agent !== undefined && self.vars.attached.has(agent.id);
    if (!up || !session.untold) return;
    await tellTitle(self, new OpenCode(self.vars.stack, agent.id, agent.directory ?? "", work.requestId), session);
  },
  gaveUp: async (): Promise<void> => undefined, // it stays untold
};
