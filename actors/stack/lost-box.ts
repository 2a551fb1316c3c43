import { and, eq, isNotNull, isNull } from "drizzle-orm";
import type { z } from "zod";
import { agentTable } from "../../schema/agent/agent.table.ts";
import type { boxLostOut } from "../../schema/agent/grow-agent.ts";
import { findAgent } from "../agent/agent.ts";
import { recoverLostContext } from "../conversation/conversation.ts";
import type { Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";

/**
 * Action `boxLost`: the member is told of each agent whose home the host no longer has, without waiting for
 * the next message to that agent, which begins a new session. What was brought up anew meanwhile has been
 * told by its own start.
 */
export async function tellLostBox(self: Self, requestId: string): Promise<z.infer<typeof boxLostOut>> {
  const known = await self.db
    .select()
    .from(agentTable)
    .where(and(isNotNull(agentTable.session), isNull(agentTable.retiredAt)));
  if (known.length === 0) return { told: 0 };
  const { agents } = await self.vars.stack.seen(requestId);
  const homeless = new Set(agents.filter(({ home }) => !home).map(({ agent: id }): string => id));
  return record(self, requestId, async (writer) => {
    let told = 0;
    for (const before of known) {
      const row = await findAgent(writer.db, before.id);
      if (!row || !homeless.has(row.id) || row.session !== before.session || row.boot !== before.boot) continue;
      await recoverLostContext(writer, row);
      await writer.db.update(agentTable).set({ session: null, boot: null }).where(eq(agentTable.id, row.id));
      self.vars.attached.delete(row.id);
      told += 1;
    }
    return { told };
  });
}
