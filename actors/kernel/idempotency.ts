import { eq, lt } from "drizzle-orm";
import type { z } from "zod";
import { actionAnswerTable } from "../../schema/idempotency/action-idempotency.table.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { Self } from "./self.ts";
import type { Db } from "./tables.ts";
import { record } from "./transaction.ts";
import type { Writer } from "./writer.ts";

/** The answer to a key that was given before; undefined where none was. */
export async function findAnswer<T>(db: Db, key: string, shape: z.ZodType<T>): Promise<T | undefined> {
  const [known] = await db.select().from(actionAnswerTable).where(eq(actionAnswerTable.key, key));
  return known && shape.parse(known.body);
}
/**
 * Makes a change once per key: the same key again gets the first answer and changes nothing. Calls may arrive
 * twice, and late.
 */
export function once<T>(
  self: Self,
  requestId: string,
  key: string,
  shape: z.ZodType<T>,
  change: (writer: Writer) => Promise<T>,
): Promise<T> {
  return record(self, requestId, async (writer) => {
    const known = await findAnswer(writer.db, key, shape);
    if (known !== undefined) return known;
    const body = await change(writer);
    await writer.db.delete(actionAnswerTable).where(lt(actionAnswerTable.at, writer.now - limits.idempotencyHours * 3_600_000));
    await writer.db.insert(actionAnswerTable).values({ key, body, at: writer.now });
    return body;
  });
}
