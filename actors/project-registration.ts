import { eq } from "drizzle-orm";
import { projectTable } from "../schema/project/project.table.ts";
import { newId } from "../schema/wire/id.ts";
import { workTable } from "../schema/work.table.ts";
import { registration, registrationKey } from "./kernel/queue.ts";
import { member, type Self } from "./kernel/self.ts";
import type { Db } from "./kernel/tables.ts";
import { record, recordQuietly } from "./kernel/transaction.ts";
import { enqueue, type Handler } from "./kernel/work.ts";

const laterMs = 60 * 60_000;
/**
 * The edge keeps whose each project is. It hears of one when it is made and when it is deleted, and is told
 * without end until it has taken it: an edge that is away is complete at last.
 */
export const registerWork: Handler<"register"> = {
  endless: ["auth", "exhausted", "rate_limited", "stale_worker", "timeout", "unreachable"],
  async run(self, { payload: { name, ...said }, requestId }) {
    await self.vars.world.edge.registerProject(member(self), name, said, requestId);
    await recordQuietly(self, (db) => db.update(projectTable).set({ registered: true }).where(eq(projectTable.id, said.id)));
  },
  /** It is told again later: of a project that was deleted nothing else is left to tell it by. */
  async gaveUp(self, { id, payload, requestId }, error) {
    self.vars.world.log("error", "a project is not registered", { member: member(self), project: payload.id, requestId, error });
    await record(self, requestId, async (writer) => {
      const [row] = await writer.db
        .select({ id: workTable.id })
        .from(workTable)
        .where(eq(workTable.key, registrationKey(payload.id)));
      if (row?.id !== id) return; // meanwhile it was deleted, which is told instead
      await writer.queue("register", { key: registrationKey(payload.id), payload, again: true, dueAt: writer.now + laterMs });
    });
  },
};

/** Those that the edge was never told of, by a version of before: called on each wake, before work begins. */
export async function registerProjects({ db }: Pick<Self, "db">, now: number): Promise<void> {
  for (const row of await listUnregistered(db)) await enqueue(db, newId("req"), now, "register", registration(row));
}
const listUnregistered = (db: Db) => db.select().from(projectTable).where(eq(projectTable.registered, false));
