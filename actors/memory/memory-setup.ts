import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import { initialMemory } from "../../schema/memory/memory.ts";
import { box, memoryRepository } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { Git } from "../git/git.ts";
import type { Me, Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import { waitForEffect } from "../kernel/work.ts";
import { requireMemory } from "../stack/trouble.ts";
import { findOutboxRow, queueFiles } from "./outbox.ts";
import { restorePast } from "./restore.ts";

/**
 * The primary repository with its first layout and its wall, made once; one that is there must still hold
 * something.
 */
export async function ensureMemory(self: Self, actor: Me, requestId: string): Promise<void> {
  const git = new Git(self.vars.stack, requestId);
  const { keeps } = await self.vars.stack.ticket(requestId);
  if (actor.memoryReady || keeps) await requireMemory(git); // one that was there is never made anew
  if (actor.memoryReady) return;
  if (!(await git.repository(memoryRepository)))
    await git.ensureRepository(box.memoryRepo.name, undefined, "What the Grow Agent remembers");
  await git.ensureProtection(memoryRepository, "main", [box.memoryRepo.owner], 1);
  if (await restorePast(self, git, requestId)) return;
  if (keeps) throw new AppError("memory_missing", { what: "the repository has no past" });
  await record(self, requestId, (writer) =>
    queueFiles(writer, {
      id: newId("out", writer.now),
      key: "layout",
      kind: "layout",
      title: "first layout",
      files: initialMemory(actor.memberName, new Date(writer.now)),
      agent: actor.agent,
    }),
  );
  const hash = await waitForEffect(self, "outbox:layout", 20_000, async () => (await findOutboxRow(self, "layout"))?.hash ?? undefined);
  if (!hash) throw new AppError("unavailable", { what: "memory" });
  await self.db.update(growAgentTable).set({ memoryReady: true });
}
