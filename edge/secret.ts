import { and, count, eq, ne } from "drizzle-orm";
import { z } from "zod";
import { secretTable } from "../schema/secret.table.ts";
import { mostSecrets, secretAsk, secretIn, secretOut, secretsOut, secretView } from "../schema/secret.ts";
import { secretName } from "../schema/service.ts";
import { AppError } from "../schema/wire/error.ts";
import { id } from "../schema/wire/id.ts";
import { removedOut } from "../schema/wire/removed.ts";
import { memberDoor, runnerDoor } from "./door.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "./http.ts";
import { openSealed, sealValue } from "./kernel/envelope.ts";

/**
 * Keys that a member keeps for the services of their own agents. A value
 * is never told again, but to the runner that sends it to its origin.
 */
const secretParams = z.object({ name: secretName });
export const serviceSecretRecord = (name: string) => `secret/${name}`;

export const secretRoutes = newApp()
  .openapi(
    memberDoor({
      method: "get",
      path: "/secrets",
      summary: "Names of the secrets you keep for services, and where each is sent; never a value",
      tags: ["Secrets"],
      responses: { 200: jsonAnswer("Secrets", secretsOut.meta({ id: "Secrets" })), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      const rows = await db.select().from(secretTable).where(eq(secretTable.member, member.id)).orderBy(secretTable.name);
      return c.json({ secrets: rows.map(({ name, origin, updatedAt }) => ({ name, origin, updatedAt })) }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "put",
      path: "/secrets/{name}",
      summary: "Keep a secret for the services at one origin; the same name again replaces it",
      tags: ["Secrets"],
      key: false,
      scope: "admin",
      request: { params: secretParams, body: jsonRequest(secretIn) },
      responses: { 200: jsonAnswer("Kept", secretView.meta({ id: "Secret" })), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config, member } = c.var;
      const { name } = c.req.valid("param");
      const { value, origin } = c.req.valid("json");
      const others = await db
        .select({ n: count() })
        .from(secretTable)
        .where(and(eq(secretTable.member, member.id), ne(secretTable.name, name)))
        .get();
      if ((others?.n ?? 0) >= mostSecrets) throw new AppError("conflict", {}, { message: `You keep ${mostSecrets} secrets already.` });
      const set = { origin, sealed: await sealValue(config, member.id, serviceSecretRecord(name), value), updatedAt: Date.now() };
      await db
        .insert(secretTable)
        .values({ member: member.id, name, ...set })
        .onConflictDoUpdate({ target: [secretTable.member, secretTable.name], set });
      return c.json({ name, origin, updatedAt: set.updatedAt }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "delete",
      path: "/secrets/{name}",
      summary: "Forget a secret",
      tags: ["Secrets"],
      scope: "admin",
      request: { params: secretParams },
      responses: { 200: jsonAnswer("It is gone", removedOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      const done = await db
        .delete(secretTable)
        .where(and(eq(secretTable.member, member.id), eq(secretTable.name, c.req.valid("param").name)));
      if (done.rowsAffected === 0) throw new AppError("not_found");
      return c.json({ removed: true }, 200);
    },
  )
  .openapi(
    runnerDoor({
      method: "post",
      path: "/stacks/{member}/secrets/{name}",
      summary: "A member's secret, for a call that goes to the origin it is kept for",
      tags: ["Stacks"],
      request: { params: secretParams.extend({ member: id("mem") }), body: jsonRequest(secretAsk) },
      responses: { 200: jsonAnswer("The value", secretOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config } = c.var;
      const { member, name } = c.req.valid("param");
      const row = await db
        .select()
        .from(secretTable)
        .where(and(eq(secretTable.member, member), eq(secretTable.name, name)))
        .get();
      if (row?.origin !== c.req.valid("json").origin) throw new AppError("not_found"); // another place must not learn that it exists
      return c.json({ value: await openSealed(config, member, serviceSecretRecord(name), row.sealed) }, 200);
    },
  );
