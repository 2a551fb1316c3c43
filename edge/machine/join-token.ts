import { and, desc, eq, isNull } from "drizzle-orm";
import { z } from "zod";
import { joinTokenTable } from "../../schema/machine/machine.table.ts";
import { type JoinTokenView, joinTokenIn, joinTokenMade, joinTokensOut, joinTokenView } from "../../schema/machine/machine-view.ts";
import { AppError } from "../../schema/wire/error.ts";
import { id } from "../../schema/wire/id.ts";
import { memberDoor } from "../door.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import { requireOperator } from "../kernel/auth.ts";
import { newJoinToken } from "./join.ts";

type JoinTokenRow = typeof joinTokenTable.$inferSelect;

/** Used comes first: what has let a machine in can't be taken back, the machine can. */
function stateOfToken({ machine, withdrawnAt, expiresAt }: JoinTokenRow, now: number): JoinTokenView["state"] {
  if (machine !== null) return "used";
  if (withdrawnAt !== null) return "withdrawn";
  return expiresAt <= now ? "ended" : "open";
}
const viewToken = (row: JoinTokenRow, now: number) => z.object(joinTokenView.shape).parse({ ...row, state: stateOfToken(row, now) });

export const joinTokenRoutes = newApp()
  .openapi(
    memberDoor({
      method: "post",
      path: "/hosts/tokens",
      summary: "A token with which one machine may join (operators)",
      tags: ["Hosts"],
      before: [requireOperator],
      scope: "session",
      key: "once",
      request: { body: jsonRequest(joinTokenIn) },
      responses: { 201: jsonAnswer("Shown once", joinTokenMade), ...refusalAnswers },
    }),
    async (c) => c.json(await newJoinToken(c.var.config, c.var.db, c.req.valid("json"), c.var.member.id), 201),
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/hosts/tokens",
      summary: "Join tokens: made, used, withdrawn, ended; never the tokens themselves (operators)",
      tags: ["Hosts"],
      before: [requireOperator],
      scope: "session",
      responses: { 200: jsonAnswer("The newest hundred", joinTokensOut), ...refusalAnswers },
    }),
    async (c) => {
      const rows = await c.var.db.select().from(joinTokenTable).orderBy(desc(joinTokenTable.createdAt)).limit(100);
      const now = Date.now();
      return c.json({ tokens: rows.map((row) => viewToken(row, now)) }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "delete",
      path: "/hosts/tokens/{tokenId}",
      summary: "Withdraw a join token: it lets nobody in from now on (operators)",
      tags: ["Hosts"],
      before: [requireOperator],
      scope: "session",
      request: { params: z.object({ tokenId: id("jtk") }) },
      responses: { 200: jsonAnswer("The token; one that had ended or was withdrawn stays as it was", joinTokenView), ...refusalAnswers },
    }),
    async (c) => {
      const { db } = c.var;
      const { tokenId } = c.req.valid("param");
      const now = Date.now();
      // The same column that a machine takes it by: of a withdrawal and a join at the same time one wins.
      await db
        .update(joinTokenTable)
        .set({ withdrawnAt: now })
        .where(and(eq(joinTokenTable.id, tokenId), isNull(joinTokenTable.publicKey), isNull(joinTokenTable.withdrawnAt)));
      const row = await db.select().from(joinTokenTable).where(eq(joinTokenTable.id, tokenId)).get();
      if (!row) throw new AppError("not_found");
      const text = "A machine has joined with this token already. Revoke the machine instead.";
      if (row.machine !== null) throw new AppError("conflict", { machine: row.machine }, { message: text });
      return c.json(viewToken(row, now), 200);
    },
  );
