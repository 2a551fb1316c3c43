import { gt, lte } from "drizzle-orm";
import type { z } from "zod";
import { endedSignInTable } from "../../schema/account/sign-in.table.ts";
import type { signInEndIn, signInEndOut } from "../../schema/account/sign-in.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { ActorVars, Admitted, Self } from "./self.ts";
import type { Db } from "./tables.ts";

/**
 * Sign-ins that are over, by the edge's word. A live ticket is good for minutes and the edge asks no database
 * for it: so the actor itself remembers whose it takes no longer, also when it has slept meanwhile.
 */
const rememberMs = 3_600_000; // longer than any live ticket and the clocks' difference
const allOfThem = "*";

/**
 * Those that are remembered, into the actor's variables; connections that outlived its runner end with them.
 */
export async function readEndedSignIns({ db, vars, conns }: Self): Promise<void> {
  const rows = await db.select().from(endedSignInTable).where(gt(endedSignInTable.until, Date.now()));
  for (const { signIn, until } of rows) vars.endedSignIns.set(signIn, until);
  const restored = [...conns.values()].filter(({ state }) => isSignedOut(vars, state));
  await Promise.allSettled(restored.map((connection) => connection.disconnect("signed_out")));
}
export function isSignedOut({ endedSignIns }: ActorVars, { audience, signIn }: Admitted): boolean {
  if (audience !== "live") return false;
  return [allOfThem, signIn].some((name) => name !== undefined && (endedSignIns.get(name) ?? 0) > Date.now());
}
/** Throws `unauthenticated` for whoever comes by a sign-in that is over. */
export function refuseSignedOut(vars: ActorVars, admitted: Admitted): void {
  if (isSignedOut(vars, admitted)) throw new AppError("unauthenticated", { what: "sign-in" });
}

async function keepEnded(db: Db, signIn: string, now: number): Promise<void> {
  const until = now + rememberMs;
  await db.delete(endedSignInTable).where(lte(endedSignInTable.until, now));
  await db.insert(endedSignInTable).values({ signIn, until }).onConflictDoUpdate({ target: endedSignInTable.signIn, set: { until } });
}
/**
 * Action `signInEnd`. From its first line on nothing is let in or answered by it; a connection that can't be
 * closed, or a disk that is full, holds up no other, and the edge asks again.
 */
export async function endSignIn(self: Self, { signIn = allOfThem }: z.infer<typeof signInEndIn>): Promise<z.infer<typeof signInEndOut>> {
  const { db, vars, conns } = self;
  const now = Date.now();
  for (const [name, end] of vars.endedSignIns) if (end <= now) vars.endedSignIns.delete(name);
  vars.endedSignIns.set(signIn, now + rememberMs);
  const ending = [...conns.values()].filter(({ state }) => isSignedOut(vars, state));
  const closing = ending.map((connection) => connection.disconnect("signed_out"));
  const done = await Promise.allSettled([keepEnded(db, signIn, now), ...closing]);
  for (const each of done) if (each.status === "rejected") throw each.reason;
  return { ended: ending.length };
}
