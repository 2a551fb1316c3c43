import { eq, sql } from "drizzle-orm";
import { base64url } from "jose";
import { z } from "zod";
import { memberTable } from "../../schema/account/member.table.ts";
import { memberKeyTable } from "../../schema/account/member-key.table.ts";
import { memberKeyOut } from "../../schema/account/member-key.ts";
import { registryAgentTable } from "../../schema/stack/registry.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { runnerDoor } from "../door.ts";
import type { EdgeConfig } from "../env.ts";
import { jsonAnswer, newApp, refusalAnswers } from "../http.ts";
import type { Database } from "../kernel/db.ts";
import { openSealed, sealValue } from "../kernel/envelope.ts";

export const memberKeyRecord = "member-key";

async function findSealedKey(db: Database, member: Id<"mem">): Promise<string | undefined> {
  const row = await db.select().from(memberKeyTable).where(eq(memberKeyTable.member, member)).get();
  return row?.sealed;
}
/** Of two calls at once both give the key of the one that was first; an account that is gone gets none. */
async function makeSealedKey(config: EdgeConfig, db: Database, member: Id<"mem">): Promise<string | undefined> {
  const key = base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
  const sealed = await sealValue(config, member, memberKeyRecord, key);
  const row = { member: memberTable.id, sealed: sql`${sealed}`.as("sealed"), createdAt: sql`${Date.now()}`.as("created_at") };
  await db
    .insert(memberKeyTable)
    .select(db.select(row).from(memberTable).where(eq(memberTable.id, member)))
    .onConflictDoNothing();
  return findSealedKey(db, member);
}
/** Throws where the key is there and does not open. It is never replaced: another one would open nothing. */
async function openKey(config: EdgeConfig, member: Id<"mem">, sealed: string): Promise<string> {
  try {
    return await openSealed(config, member, memberKeyRecord, sealed);
  } catch (cause) {
    throw new AppError("conflict", { member }, { cause, message: "This member's key is there, and no key of KEKS opens it." });
  }
}

/**
 * A member's key seals what their actors keep, since the engine keeps what was deleted (actors/README.md). It
 * goes with the member's rows, and then nothing reads that any more. Also told while the account is being
 * erased: its actors have to wake for that.
 */
export const memberKeyRoutes = newApp().openapi(
  runnerDoor({
    method: "post",
    path: "/stacks/{member}/key",
    summary: "The key that seals what a member's actors keep; made by the first call",
    tags: ["Stacks"],
    request: { params: z.object({ member: id("mem") }) },
    responses: { 200: jsonAnswer("The same key each time", memberKeyOut), ...refusalAnswers },
  }),
  async (c) => {
    const { db, config } = c.var;
    const { member } = c.req.valid("param");
    const sealed = (await findSealedKey(db, member)) ?? (await makeSealedKey(config, db, member));
    if (sealed === undefined) throw new AppError("not_found");
    const called = await db
      .select({ name: registryAgentTable.name, memberName: memberTable.name })
      .from(memberTable)
      .leftJoin(registryAgentTable, eq(registryAgentTable.member, memberTable.id))
      .where(eq(memberTable.id, member))
      .get();
    if (called === undefined) throw new AppError("not_found");
    return c.json({ key: await openKey(config, member, sealed), name: called.name ?? "", memberName: called.memberName }, 200);
  },
);
