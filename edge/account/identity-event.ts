import { verifyWebhook } from "@clerk/backend/webhooks";
import { createRoute } from "@hono/zod-openapi";
import { eq, lt } from "drizzle-orm";
import type { Context } from "hono";
import { z } from "zod";
import { identityEventTable } from "../../schema/account/identity-event.table.ts";
import { identityEvent, identityEventOut, readProfile } from "../../schema/account/identity-event.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type EdgeApp, jsonAnswer, jsonBodyOf, middlewares, newApp, refusalAnswers } from "../http.ts";
import { limitByAddress } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { setProfile } from "../kernel/member-row.ts";
import { beginErasure, driveErasures } from "./erase.ts";

const mostEventBytes = 262_144;
const eventId = z.string().min(1).max(200);
/** Longer than the provider tries; what is older is refused by its time. */
const keptDays = 30;

export async function forgetIdentityEvents(db: Database, now: number): Promise<void> {
  await db.delete(identityEventTable).where(lt(identityEventTable.receivedAt, now - keptDays * dayMs));
}

/** The body, once it is known to be the provider's own word and not an old one. */
async function readSigned({ req }: Context<EdgeApp>, secret: string): Promise<unknown> {
  const again = new Request(req.url, { method: "POST", headers: req.raw.headers, body: await req.text() });
  return verifyWebhook(again, { signingSecret: secret }).catch((cause: unknown) => {
    throw new AppError("unauthenticated", { what: "webhook" }, { cause });
  });
}

/** Clerk's words about people. What follows from one is done before it counts as taken. */
export const identityEventRoutes = newApp().openapi(
  createRoute({
    method: "post",
    path: "/webhooks/clerk",
    tags: ["Account"],
    summary: "The identity provider says that a person has changed or is gone (signed by it)",
    middleware: middlewares(limitByAddress, jsonBodyOf(mostEventBytes)),
    request: { body: { required: true, content: { "application/json": { schema: z.looseObject({ type: z.string() }) } } } },
    responses: { 200: jsonAnswer("Taken, or none of ours", identityEventOut), ...refusalAnswers },
  }),
  async (c) => {
    const { config, db } = c.var;
    const secret = config.CLERK_WEBHOOK_SECRET;
    if (secret === undefined)
      throw new AppError(
        "unavailable",
        { what: "webhook" },
        { message: "This installation has no CLERK_WEBHOOK_SECRET: no word is taken." },
      );
    const said = await readSigned(c, secret);
    const id = eventId.parse(c.req.header("svix-id"));
    const event = identityEvent.safeParse(said);
    if (!event.success) return c.json({ taken: false }, 200); // of a kind that nothing follows from
    if (await db.select({ id: identityEventTable.id }).from(identityEventTable).where(eq(identityEventTable.id, id)).get())
      return c.json({ taken: false }, 200);
    const { type, data } = event.data;
    const now = Date.now();
    let taken = true;
    if (type !== "user.deleted") {
      taken = await setProfile(db, data.id, readProfile(data));
    } else {
      await beginErasure(db, data.id, "provider", now);
      c.executionCtx.waitUntil(driveErasures({ env: c.env, ...c.var }, now));
    }
    await db.insert(identityEventTable).values({ id, type, receivedAt: now }).onConflictDoNothing();
    return c.json({ taken }, 200);
  },
);
