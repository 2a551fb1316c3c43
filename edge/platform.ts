import { createRoute } from "@hono/zod-openapi";
import { sql } from "drizzle-orm";
import { z } from "zod";
import { publicKeys } from "../schema/ticket.ts";
import { answer, newApp, refusals } from "./http.ts";

/** About the edge itself: is it there, which keys are its, what does it offer. */
const key = z.object({ kty: z.string(), crv: z.string(), kid: z.string(), x: z.string(), y: z.string(), alg: z.string(), use: z.string() });
const healthOut = z.object({ ok: z.boolean(), instance: z.string(), database: z.boolean() }).meta({ id: "Health" });

export const platform = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/health",
      tags: ["Platform"],
      summary: "Whether the edge serves and reaches its database",
      responses: { 200: answer("It serves", healthOut), 503: answer("It can't reach its database", healthOut), ...refusals },
    }),
    async (c) => {
      const { db, config } = c.var;
      const database = await db.run(sql`select 1`).then(
        () => true,
        () => false,
      );
      return c.json({ ok: database, instance: config.INSTANCE, database }, database ? 200 : 503);
    },
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/.well-known/jwks.json",
      tags: ["Platform"],
      summary: "Public keys of the tickets that the edge signs",
      responses: { 200: answer("Keys", z.object({ keys: z.array(key) })), ...refusals },
    }),
    (c) => {
      c.header("cache-control", "public, max-age=300");
      return c.json({ keys: z.array(key).parse(publicKeys(c.var.config.SIGNING_KEYS).keys) }, 200);
    },
  );
