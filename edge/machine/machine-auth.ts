import { eq, lt } from "drizzle-orm";
import { createMiddleware } from "hono/factory";
import { isHostGone, type MachineRole } from "../../schema/machine/host.ts";
import { type MachineRow, machineCallTable, machineTable } from "../../schema/machine/machine.table.ts";
import { claimedMachine, type MachineId, readCall } from "../../schema/machine/machine.ts";
import { AppError } from "../../schema/wire/error.ts";
import { limits } from "../../schema/wire/limits.ts";
import { type EdgeApp, keepBody, readBody } from "../http.ts";
import { guardDatabase } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";

export type MachineVariables = { Variables: { machine: MachineRow } };
type SignedCall = { method: string; path: string; body: string };

/**
 * Verifies with the key in force, else with the one of a
 * renewal; the first call with the latter puts it in force.
 */
async function verify(
  db: Database,
  header: string,
  row: MachineRow,
  call: SignedCall,
): Promise<{ jti: string; exp: number; machine: MachineId }> {
  try {
    return await readCall(header, row.publicKey, call);
  } catch (error) {
    if (row.nextPublicKey === null) throw error;
    const proven = await readCall(header, row.nextPublicKey, call);
    await db.update(machineTable).set({ publicKey: row.nextPublicKey, nextPublicKey: null }).where(eq(machineTable.id, row.id));
    return proven;
  }
}

/** The machine whose key signed this call. */
async function prove(
  db: Database,
  header: string,
  claimed: MachineId,
  call: SignedCall,
): Promise<{ row: MachineRow; jti: string; exp: number }> {
  const row = await db.select().from(machineTable).where(eq(machineTable.id, claimed)).get();
  if (!row || isHostGone(row.state) || row.certificateEnds <= Date.now()) throw new AppError("unauthenticated", { claimed });
  const proven = await verify(db, header, row, call);
  if (proven.machine !== claimed) throw new AppError("unauthenticated", { claimed });
  return { ...proven, row };
}

/**
 * `Authorization: Machine <jwt>` by a machine of one of these roles
 * whose certificate is in force; each signed call is taken once.
 */
export function requireMachineRole(...roles: MachineRole[]) {
  return createMiddleware<EdgeApp & MachineVariables>(async (c, next) => {
    const { db } = c.var;
    const header = c.req.header("authorization");
    const claimed = claimedMachine(header);
    if (!header || !claimed) throw new AppError("unauthenticated");
    const body = await readBody(c.req.raw, limits.bodyBytes);
    const url = new URL(c.req.url);
    const call = { method: c.req.method, path: url.pathname + url.search, body };
    const { row, jti, exp } = await guardDatabase(c, () => prove(db, header, claimed, call));
    const seen = await db
      .insert(machineCallTable)
      .values({ jti: `${claimed} ${jti}`, expiresAt: (exp + limits.skew + 10) * 1000 })
      .onConflictDoNothing();
    if (seen.rowsAffected === 0) throw new AppError("unauthenticated", { claimed, what: "this signed call was taken before" });
    if (!roles.includes(row.role)) throw new AppError("forbidden", { claimed });
    c.set("machine", row);
    c.set("who", row.id);
    keepBody(c, body, { texts: true });
    await next();
  });
}

/** Forgets signed calls that could not be taken again anyway. */
export async function forgetCalls(db: Database, now: number): Promise<void> {
  await db.delete(machineCallTable).where(lt(machineCallTable.expiresAt, now));
}
