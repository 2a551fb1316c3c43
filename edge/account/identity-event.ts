import { verifyWebhook } from "@clerk/backend/webhooks";
import { and, eq, lt, lte } from "drizzle-orm";
import type { Context } from "hono";
import { z } from "zod";
import { identityEventTable } from "../../schema/account/identity-event.table.ts";
import { type IdentityEvent, identityEvent, identityEventOut, readProfile, type SignInWord } from "../../schema/account/identity-event.ts";
import { reminderDeviceTable } from "../../schema/reminder/reminder.table.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import { tryParseForeignJson } from "../../schema/wire/foreign-text.ts";
import { retryPause } from "../../schema/wire/retry-pause.ts";
import { webhookDoor } from "../door.ts";
import { type EdgeApp, jsonAnswer, newApp, readBytes, refusalAnswers } from "../http.ts";
import { callerAddress, countAgainstLimit } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { findMember, setProfile } from "../kernel/member-row.ts";
import { endedSignInKept, noteEndedSignIn } from "../kernel/sign-in.ts";
import { revokeAllTokens } from "./access-token.ts";
import { beginErasure } from "./begin-erasure.ts";
import { type AccountWorld, driveErasures } from "./erase.ts";
import { endConnections } from "./open-connections.ts";

const mostEventBytes = 262_144;
const eventId = z.string().min(1).max(200);
/** Longer than the provider tries; what is older is refused by its time. */
const keptDays = 30;

export async function forgetIdentityEvents(db: Database, now: number): Promise<void> {
  await db.delete(identityEventTable).where(lt(identityEventTable.receivedAt, now - keptDays * dayMs));
}

/** The body, once it is known to be the provider's own word and not an old one. */
async function readSigned({ req }: Context<EdgeApp>, secret: string): Promise<unknown> {
  const body = await readBytes(req.raw, mostEventBytes);
  const again = new Request(req.url, { method: "POST", headers: req.raw.headers, body });
  return verifyWebhook(again, { signingSecret: secret }).catch((cause: unknown) => {
    throw new AppError("unauthenticated", { what: "webhook" }, { cause });
  });
}

type EventRow = typeof identityEventTable.$inferSelect;
/** A browser whose sign-in was taken back, or that signed out, is told nothing more. */
async function endSignIn(world: AccountWorld, { type, data }: SignInWord, now: number): Promise<void> {
  const { db } = world;
  await noteEndedSignIn(db, data.id, now);
  // One that ran out by itself keeps its reminders: its person is where they were.
  if (type !== "session.ended") await db.delete(reminderDeviceTable).where(eq(reminderDeviceTable.signIn, data.id));
  const member = await findMember(db, data.user_id);
  if (member) await endConnections(world, { member: member.id, signIn: data.id });
}
/** Somebody banned at the provider: their sign-ins end by words of their own, their programs by this. */
async function shutOut(world: AccountWorld, subject: string, now: number): Promise<void> {
  const member = await findMember(world.db, subject);
  if (member) await revokeAllTokens(world, member.id, now);
}
/** Does what follows from a word, which may be done again. True where anything did. */
async function followWord(world: AccountWorld, event: IdentityEvent, now: number): Promise<boolean> {
  switch (event.type) {
    case "user.created":
    case "user.updated":
      if (event.data.banned) await shutOut(world, event.data.id, now);
      return setProfile(world, event.data.id, readProfile(event.data));
    case "user.deleted":
      await beginErasure(world.db, event.data.id, "provider", now);
      return true;
    default:
      await endSignIn(world, event, now);
      return true;
  }
}
/** How long who tries a word has it alone, in milliseconds: longer than any try takes. */
const heldFor = 60_000;
/**
 * Tries a word that this call alone holds, by its `dueAt`. What fails is tried again by the clock: the
 * provider is thanked all the same. What can't be read, or is over by itself, is given up.
 */
async function tryWord(world: AccountWorld, row: EventRow): Promise<boolean> {
  const { db, log } = world;
  const isHeld = and(eq(identityEventTable.id, row.id), eq(identityEventTable.dueAt, row.dueAt ?? 0));
  const settle = (values: Partial<EventRow>) => db.update(identityEventTable).set(values).where(isHeld);
  const word = { id: row.id, type: row.type };
  const event = identityEvent.safeParse(tryParseForeignJson(row.body ?? ""));
  const isSignIn = row.type.startsWith("session.");
  if (!event.success || (isSignIn && Date.now() - row.receivedAt > endedSignInKept)) {
    log("error", "a word of the identity provider is given up", word);
    await settle({ body: null, dueAt: null });
    return false;
  }
  try {
    const taken = await followWord(world, event.data, Date.now());
    await settle({ body: null, dueAt: null });
    return taken;
  } catch (error) {
    log("warn", "a word of the identity provider waits", { ...word, error });
    await settle({ attempts: row.attempts + 1, dueAt: Date.now() + retryPause(row.attempts) });
    return false;
  }
}
/**
 * Keeps a word before anything follows from it: where this dies, the clock goes on. False where it was kept
 * before.
 */
async function takeWord(world: AccountWorld, id: string, event: IdentityEvent): Promise<boolean> {
  const now = Date.now();
  const row = { id, type: event.type, receivedAt: now, body: JSON.stringify(event), attempts: 0, dueAt: now + heldFor };
  const { rowsAffected } = await world.db.insert(identityEventTable).values(row).onConflictDoNothing();
  return rowsAffected > 0 && tryWord(world, row);
}
const mostWordsAtOnce = 20;
/** By the clock: words that were kept and from which not all has followed yet. */
export async function followDueWords(world: AccountWorld, now: number): Promise<void> {
  const { db } = world;
  const { id, dueAt } = identityEventTable;
  const due = lte(dueAt, now);
  const rows = await db.select().from(identityEventTable).where(due).orderBy(dueAt).limit(mostWordsAtOnce);
  const tryOne = async (row: EventRow) => {
    const held = { ...row, dueAt: Date.now() + heldFor };
    const isMine = and(eq(id, row.id), eq(dueAt, row.dueAt ?? 0));
    const { rowsAffected } = await db.update(identityEventTable).set({ dueAt: held.dueAt }).where(isMine);
    if (rowsAffected > 0) await tryWord(world, held);
  };
  await Promise.all(rows.map(tryOne)); // none waits for another's host
}

/** Clerk's words about people and their sign-ins; each is kept before it is thanked for. */
export const identityEventRoutes = newApp().openapi(
  webhookDoor({
    method: "post",
    path: "/webhooks/clerk",
    tags: ["Account"],
    summary: "The identity provider says that a person has changed or is gone, or that a sign-in is over (signed by it)",
    responses: { 200: jsonAnswer("Taken, or none of ours", identityEventOut), ...refusalAnswers },
  }),
  async (c) => {
    const { config } = c.var;
    const secret = config.CLERK_WEBHOOK_SECRET;
    if (secret === undefined)
      throw new AppError(
        "unavailable",
        { what: "webhook" },
        { message: "This installation has no CLERK_WEBHOOK_SECRET: no word is taken." },
      );
    const said = await readSigned(c, secret).catch(async (error: unknown) => {
      await countAgainstLimit(c.env.RATE_OPEN, callerAddress(c)); // what the provider signed is refused by no count
      throw error;
    });
    const id = eventId.parse(c.req.header("svix-id"));
    const event = identityEvent.safeParse(said);
    if (!event.success) return c.json({ taken: false }, 200); // of a kind that nothing follows from
    const world = { env: c.env, ...c.var };
    const taken = await takeWord(world, id, event.data);
    if (event.data.type === "user.deleted") c.executionCtx.waitUntil(driveErasures(world, Date.now()));
    return c.json({ taken }, 200);
  },
);
