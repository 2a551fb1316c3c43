import type { Self } from "./self.ts";
import { tables } from "./tables.ts";

/**
 * The rows first, in one transaction, and then the actor itself: one that dies in between wakes with nothing
 * to tell, and is asked again.
 */
export async function eraseSelf(self: Self): Promise<{ erased: true }> {
  await self.db.transaction(
    async (db) => {
      for (const table of Object.values(tables)) await db.delete(table);
    },
    { name: "erase" },
  );
  self.destroy();
  return { erased: true };
}
