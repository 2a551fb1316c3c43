import { sql } from "drizzle-orm";
import { z } from "zod";
import { publicKeySet } from "../schema/wire/key.ts";
import { publicTicketKeys, ticketKeysPath } from "../schema/wire/ticket.ts";
import { publicDoor } from "./door.ts";
import { jsonAnswer, newApp, refusalAnswers } from "./http.ts";
import { limitByAddress, limitPagesByAddress } from "./kernel/auth.ts";
import { receiptPublicKeys } from "./receipt.ts";

/** About the edge itself: is it there, which keys are its, what does it offer. */
const healthOut = z.object({ ok: z.boolean(), instance: z.string(), database: z.boolean() }).meta({ id: "Health" });

export const platformRoutes = newApp()
  .openapi(
    publicDoor(limitByAddress, {
      method: "get",
      path: "/health",
      tags: ["Platform"],
      summary: "Whether the edge serves and reaches its database",
      responses: { 200: jsonAnswer("It serves", healthOut), 503: jsonAnswer("It can't reach its database", healthOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config } = c.var;
      const database = await db.run(sql`select 1`).then(
        () => true,
        () => false,
      );
      if (!database) c.header("retry-after", "10");
      return c.json({ ok: database, instance: config.INSTANCE, database }, database ? 200 : 503);
    },
  )
  .openapi(
    publicDoor(limitByAddress, {
      method: "get",
      path: "/.well-known/jwks.json",
      tags: ["Platform"],
      summary: "Public keys of receipts, for ever; a revoked one says since when",
      responses: { 200: jsonAnswer("Keys", publicKeySet), ...refusalAnswers },
    }),
    async (c) => {
      const keys = await receiptPublicKeys(c.var.db);
      c.header("cache-control", "public, max-age=300");
      return c.json({ keys }, 200);
    },
  )
  .openapi(
    publicDoor(limitPagesByAddress, {
      method: "get",
      path: ticketKeysPath,
      tags: ["Platform"],
      summary: "Public keys of the tickets that the edge signs, for runners and hosts; they are there while the database is away",
      responses: { 200: jsonAnswer("Keys", publicKeySet), ...refusalAnswers },
    }),
    async (c) => {
      c.header("cache-control", "public, max-age=300");
      return c.json(publicTicketKeys(c.var.config.SIGNING_KEYS), 200);
    },
  );
