import { eq, lt } from "drizzle-orm";
import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import { isHostGone, type MachineRole } from "../../schema/machine/host.ts";
import { type MachineRow, machineCallTable, machineTable } from "../../schema/machine/machine.table.ts";
import { claimedMachine, type MachineId, readCall } from "../../schema/machine/machine.ts";
import { stackTable } from "../../schema/stack/registry.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { id } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { type EdgeApp, keepBody, readBody } from "../http.ts";
import { beginAudit } from "../kernel/audit.ts";
import { guardDatabase } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { findRevocationReason, noteRefused } from "./machine-event.ts";

/**
 * What a runner brings about for a member, and is not a consequence of a row that the actor hands over. The
 * member's key (`POST /stacks/:member/key`) is none of it: each runner asks for it when it first wakes an
 * actor of theirs, and nothing is changed by anybody.
 */
const auditedCalls: ReadonlySet<string> = new Set([
  "DELETE /stacks/:member/projects/:project",
  "POST /stacks/:member/projects/:project/secrets",
  "POST /stacks/:member/receipts",
  "POST /stacks/:member/secrets/:name",
]);

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

/** A machine that is gone hears why; who only says its name does not. */
async function refuseGone(db: Database, header: string, row: MachineRow, call: SignedCall): Promise<AppError> {
  await readCall(header, row.publicKey, call); // refuses the stranger
  await noteRefused(db, row.id, Date.now());
  const reason = row.state === "revoked" ? await findRevocationReason(db, row.id) : null;
  const message = row.state === "revoked" ? "An operator revoked this machine" : "This machine has left";
  return new AppError("unauthenticated", { claimed: row.id }, { message: reason === null ? `${message}.` : `${message}: ${reason}` });
}

/** The machine that a call claims, and the cell of the member whom the call names: asked in one. */
async function findCaller(db: Database, claimed: MachineId, member: string | undefined) {
  const machine = db.select().from(machineTable).where(eq(machineTable.id, claimed));
  const named = id("mem").safeParse(member);
  if (!named.success) return { row: await machine.get(), cell: undefined };
  const stack = db.select({ cell: stackTable.cell }).from(stackTable).where(eq(stackTable.member, named.data));
  const [rows, stacks] = await db.batch([machine, stack]);
  return { row: rows[0], cell: stacks[0]?.cell };
}

type ProvenCall = { row: MachineRow; cell: string | undefined; jti: string; exp: number };
/** The machine whose key signed this call. */
async function prove(db: Database, header: string, claimed: MachineId, call: SignedCall, member: string | undefined): Promise<ProvenCall> {
  const { row, cell } = await findCaller(db, claimed, member);
  if (!row || row.certificateEnds <= Date.now()) throw new AppError("unauthenticated", { claimed });
  if (isHostGone(row.state)) throw await refuseGone(db, header, row, call);
  const proven = await verify(db, header, row, call);
  if (proven.machine !== claimed) throw new AppError("unauthenticated", { claimed });
  return { ...proven, row, cell };
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
    const member = c.req.param("member");
    const { row, cell, jti, exp } = await guardDatabase(c, () => prove(db, header, claimed, call, member));
    const seen = await db
      .insert(machineCallTable)
      .values({ jti: `${claimed} ${jti}`, expiresAt: (exp + limits.skew + 10) * 1000 })
      .onConflictDoNothing();
    if (seen.rowsAffected === 0) throw new AppError("unauthenticated", { claimed, what: "this signed call was taken before" });
    if (!roles.includes(row.role)) throw new AppError("forbidden", { claimed });
    // A runner speaks for members of its own cell; of all others it learns nothing.
    if (row.role === "runner" && member !== undefined && cell !== row.cell) throw new AppError("not_found");
    c.set("machine", row);
    c.set("who", row.id);
    keepBody(c, body, { texts: true });
    const named = id("mem").safeParse(member);
    if (named.success && auditedCalls.has(`${c.req.method} ${routePath(c, -1)}`))
      await beginAudit(c, c.var, named.data, { kind: "platform", id: row.id });
    await next();
  });
}

/** Forgets signed calls that could not be taken again anyway. */
export async function forgetCalls(db: Database, now: number): Promise<void> {
  await db.delete(machineCallTable).where(lt(machineCallTable.expiresAt, now));
}
