import { eq } from "drizzle-orm";
import { isHostGone } from "../../schema/machine/host.ts";
import { machineTable } from "../../schema/machine/machine.table.ts";
import { stackTable } from "../../schema/stack/registry.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { EdgeApp } from "../http.ts";
import type { Database } from "../kernel/db.ts";
import { relayToHost } from "../stack/relay-client.ts";

async function hasMachine(db: Database, member: Id<"mem">): Promise<boolean> {
  const row = await db
    .select({ state: machineTable.state })
    .from(stackTable)
    .innerJoin(machineTable, eq(machineTable.id, stackTable.host))
    .where(eq(stackTable.member, member))
    .get();
  return row !== undefined && !isHostGone(row.state);
}
const hostToldWithin = 5_000; // milliseconds
/** `key`: of one preview, app or terminal; else of all. */
type EndedRight = { member: Id<"mem">; key?: string; share?: Id<"pvs">; signIn?: string | undefined };
/**
 * Ends what is open by a right that is gone: WebSockets and long answers too. A stack without a machine, or
 * on one that is gone, has none open. Throws where its machine could not be told, or knows of no such end (it
 * is of an older version): the caller tries again.
 */
export async function endViews(
  { config, db, requestId }: Pick<EdgeApp["Variables"], "config" | "db" | "requestId">,
  { member, key, share, signIn }: EndedRight,
): Promise<void> {
  if (!(await hasMachine(db, member))) return;
  const named = { ...(share === undefined ? {} : { share }), ...(signIn === undefined ? {} : { signIn }) };
  const query = `?${new URLSearchParams({ at: String(Date.now()), ...named })}`;
  const path = key === undefined ? "/views" : `/views/${key}`;
  const call = { member, path, query, method: "DELETE", requestId, firstByte: hostToldWithin };
  const answer = await relayToHost(config, db, call).catch((error: unknown) => {
    if (key !== undefined && error instanceof AppError && error.code === "not_found") return undefined;
    throw error;
  });
  await answer?.body?.cancel();
}
