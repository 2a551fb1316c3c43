import { and, eq, gt } from "drizzle-orm";
import type { Context } from "hono";
import type { z } from "zod";
import { previewShareTable } from "../../schema/preview/preview-access.table.ts";
import { previewLife, type previewPass, previewTokenHeader, type ViewRight } from "../../schema/preview/preview-access.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { signTicket } from "../../schema/wire/ticket.ts";
import { askActor } from "../actor/rivet.ts";
import type { EdgeConfig } from "../env.ts";
import type { EdgeApp } from "../http.ts";
import { callerAddress, countAgainstLimit } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { seeSignIn } from "../kernel/sign-in.ts";
import { readOwnTicket } from "../kernel/ticket.ts";
import { cookieLine, enteredAnswer, findPass, takeEntry, toSeconds } from "./entry.ts";

/** How one gets into a preview: a ticket or a link at the door, a pass afterwards. */
type Pass = z.infer<typeof previewPass>;

type Asker = { config: EdgeConfig; requestId: Id<"req"> };
/** Where a preview is, as its actor says; `not_found` once it is closed. */
export async function findOpenSource({ config, requestId }: Asker, member: Id<"mem">, previewId: Id<"pvw">): Promise<Pass["source"]> {
  const { preview } = await askActor({ config, member, requestId }, "preview", { previewId }, { key: newId("req") });
  if (preview.state !== "open") throw new AppError("not_found", { what: "preview" });
  return preview.source;
}

/** A pass and its end (milliseconds since 1970). */
export async function issuePass(config: EdgeConfig, pass: Omit<Pass, "seen">, end?: number): Promise<{ token: string; expiresAt: number }> {
  const now = toSeconds(Date.now());
  const expires = Math.min(now + previewLife.pass, end === undefined ? Number.POSITIVE_INFINITY : toSeconds(end));
  const token = await signTicket(config.SIGNING_KEYS, "preview", { ...pass, seen: now }, now, expires - now);
  return { token, expiresAt: expires * 1_000 };
}

const findShare = (db: Database, preview: Id<"pvw">, hash: string, now: number) =>
  db
    .select()
    .from(previewShareTable)
    .where(and(eq(previewShareTable.hash, hash), eq(previewShareTable.preview, preview), gt(previewShareTable.expiresAt, now)))
    .get();

/**
 * Takes what is good once, or a link until its end; answers with a pass and goes on to the page. Who came in
 * by it already goes on with the pass they have: a frame that is drawn anew, a page that is loaded again.
 */
export async function enterPreview(c: Context<EdgeApp>, preview: Id<"pvw">): Promise<Response> {
  const { db, config, requestId } = c.var;
  const { origin, searchParams: query } = new URL(c.req.url);
  const [ticket, share] = [query.get("ticket"), query.get("share")];
  const now = Date.now();
  const link = ticket === null ? await findShare(db, preview, await hashSha256(share ?? ""), now) : undefined;
  const entry = ticket === null ? undefined : await takeEntry(db, preview, ticket, now);
  const taken = link ?? entry;
  if (!taken) {
    const { cookie } = await readPass(c, preview).catch((error: unknown) => {
      if (share === null || !(error instanceof AppError) || error.code !== "unauthenticated") throw error;
      throw new AppError("unauthenticated", { what: "link" }, { cause: error });
    });
    return enteredAnswer(query, cookie);
  }
  c.set("who", taken.member);
  const source = await findOpenSource({ config, requestId }, taken.member, preview);
  const by = link ? { share: link.id } : { signIn: entry?.signIn };
  const pass = { member: taken.member, preview, source, ...by };
  const { token, expiresAt } = await issuePass(config, pass, link?.expiresAt);
  return enteredAnswer(query, cookieLine(origin, token, expiresAt));
}

/**
 * The pass of a request, by cookie or by header, checked for this preview. Once a minute the actor is asked
 * whether it is open still, and before each connection that may last; a link is looked up each time, so that
 * a revoked one opens nothing more.
 */
export async function readPass(c: Context<EdgeApp>, preview: Id<"pvw">): Promise<{ pass: Pass; right: ViewRight; cookie?: string }> {
  const { config, db, requestId } = c.var;
  const read = async (token: string) => {
    const claims = await readOwnTicket(config, "preview", token);
    return claims.preview === preview ? { claims, seen: await seeSignIn(db, claims.signIn) } : undefined;
  };
  const token = c.req.header(previewTokenHeader);
  const found = token === undefined ? await findPass(c.req.raw, read) : await read(token);
  if (!found) throw new AppError("unauthenticated", { what: "another preview" });
  const { exp, ...pass } = found.claims;
  const rightAt = (seen: number): ViewRight => ({
    ...{ key: preview, at: seen * 1_000, until: exp * 1_000 },
    ...(pass.share ? { share: pass.share } : {}),
    ...found.seen,
  });
  c.set("who", pass.member);
  if (pass.share !== undefined && !(await isShared(db, pass.share))) throw new AppError("unauthenticated", { what: "link" });
  const now = toSeconds(Date.now());
  if (mayLast(c.req.raw)) await countAgainstLimit(c.env.RATE, `preview ${preview} ${callerAddress(c)}`);
  if (now - pass.seen < previewLife.recheck && !mayLast(c.req.raw)) return { pass, right: rightAt(pass.seen) };
  try {
    await findOpenSource({ config, requestId }, pass.member, preview);
  } catch (error) {
    if (error instanceof AppError && error.code === "not_found") throw error;
    return { pass, right: rightAt(pass.seen) }; // its actor can't be asked just now: the bytes don't go through it
  }
  const renewed = await issuePass(config, pass, exp * 1_000);
  return { pass, right: rightAt(now), cookie: cookieLine(new URL(c.req.url).origin, renewed.token, renewed.expiresAt) };
}
const mayLast = ({ headers }: Request) => headers.has("upgrade") || headers.get("accept")?.includes("text/event-stream");
async function isShared(db: Database, share: Id<"pvs">): Promise<boolean> {
  const found = await db
    .select({ id: previewShareTable.id })
    .from(previewShareTable)
    .where(and(eq(previewShareTable.id, share), gt(previewShareTable.expiresAt, Date.now())));
  return found.length > 0;
}
