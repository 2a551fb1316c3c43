import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { type AccountExportRow, accountExportTable } from "../../schema/account/export.table.ts";
import { type ExportOut, exportLinkLife, exportMade, exportOut } from "../../schema/account/export.ts";
import { memberTable } from "../../schema/account/member.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { memberDoor, publicDoor } from "../door.ts";
import { type EdgeApp, jsonAnswer, newApp, refusalAnswers } from "../http.ts";
import { countAgainstLimit, limitByAddress } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { seeSignIn } from "../kernel/sign-in.ts";
import { issueTicket, readOwnTicket, ticketQuery } from "../kernel/ticket.ts";
import { type Exporting, type ExportProgress, packExport } from "./export-archive.ts";

/** Links to a member's own data, and how far what is saved by one of them is. */
const linkEnd = ({ madeAt }: AccountExportRow) => madeAt + exportLinkLife * 1_000;
const nothing = { part: null, filesDone: 0, files: null, bytes: 0, missing: [] };
function describeExport(row: AccountExportRow | undefined, now: number): ExportOut {
  const linkEndsAt = row && linkEnd(row) > now ? linkEnd(row) : null;
  if (!row || (row.state === "ready" && linkEndsAt === null)) return { ...nothing, state: "none", linkEndsAt: null, stands: false };
  const { part, filesDone, files, bytes, missing, notedAt } = row;
  const waits = row.state === "packing" && notedAt !== null && now - notedAt > standsAfter;
  const state = waits && linkEndsAt === null ? "broken" : row.state; // nothing is left by which it could go on
  const stands = waits && state === "packing";
  return { state, part, filesDone, files, bytes, missing, linkEndsAt, stands };
}
const findExport = (db: Database, member: Id<"mem">) =>
  db.select().from(accountExportTable).where(eq(accountExportTable.member, member)).get();

/**
 * Seldom: each is a call of its own to the database, of which a request may make so many. Milliseconds.
 */
const noteEvery = 3_000;
/** So long a download outlives a database that is away. */
const unnotedMost = 60_000;
const standsAfter = 60_000;
/** What a link says of an export: whose it is and which. */
type Link = { member: Id<"mem">; export: Id<"exp">; signIn: string | undefined };
/**
 * The bytes, as long as the sign-in lasts by which the link was made, and nobody else has begun to save
 * it since, by this link or a newer one. Now and then it notes how far that is, and at the end whether
 * all of it was read.
 */
async function* followExport(db: Database, link: Link, on: Exporting): AsyncGenerator<Uint8Array> {
  const { progress } = on;
  const download = crypto.randomUUID();
  const { member, id, download: saver } = accountExportTable;
  const isLink = and(eq(member, link.member), eq(id, link.export));
  const note = async (state: "packing" | "saved" | "broken", where = and(isLink, eq(saver, download))) => {
    const now = Date.now();
    const noted = await db
      .update(accountExportTable)
      .set({ ...progress, state, download, notedAt: now })
      .where(where);
    if (noted.rowsAffected === 0) throw new AppError("not_found", { what: "export" }); // another began, or an erasure
    return now;
  };
  /** Throws where it may not go on, and not for a fault that passes. */
  const look = async (since: number) => {
    try {
      await seeSignIn(db, link.signIn);
      return await note("packing");
    } catch (error) {
      if (error instanceof AppError && (error.code === "not_found" || error.code === "unauthenticated")) throw error;
      if (Date.now() - since > unnotedMost) throw error;
      return since;
    }
  };
  let notedAt = await note("packing", isLink);
  let lookedAt = notedAt;
  let whole = false;
  try {
    for await (const chunk of packExport(on)) {
      progress.bytes += chunk.length;
      if (Date.now() - lookedAt >= noteEvery) {
        notedAt = await look(notedAt);
        lookedAt = Date.now();
      }
      yield chunk;
    }
    whole = true;
  } finally {
    await note(whole ? "saved" : "broken").catch((error: unknown) =>
      on.vars.log("info", "the end of an export is not noted", { member: link.member, error }),
    );
  }
}
/**
 * A stream of what a generator gives; when its reader goes, `leave` ends what the generator waits for.
 */
function streamOf(bytes: AsyncGenerator<Uint8Array>, leave: () => void, fail: (error: unknown) => void): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await bytes.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        fail(error);
        controller.error(error); // the download breaks off, and is no whole archive
      }
    },
    cancel: async () => {
      leave();
      await bytes.return(undefined);
    },
  });
}

async function saveExport(vars: EdgeApp["Variables"], link: Link, request: Request): Promise<Response> {
  const { db, log, requestId } = vars;
  await seeSignIn(db, link.signIn);
  const [row, member] = await Promise.all([
    findExport(db, link.member),
    db.select().from(memberTable).where(eq(memberTable.id, link.member)).get(),
  ]);
  if (row?.id !== link.export || !member || member.erasingSince !== null) throw new AppError("not_found", { what: "export" });
  const progress: ExportProgress = { part: "account", filesDone: 0, files: null, bytes: 0, missing: [] };
  const left = new AbortController();
  const signal = AbortSignal.any([request.signal, left.signal]);
  const bytes = followExport(db, link, { vars, member, signal, progress });
  const fail = (error: unknown) => log("warn", "an export broke off", { member: member.id, requestId, error });
  const headers = {
    "content-type": "application/octet-stream",
    "content-disposition": 'attachment; filename="growqr-export.zip"',
    "content-security-policy": "sandbox; default-src 'none'",
    "cache-control": "no-store",
  };
  if (request.method === "HEAD") return new Response(null, { headers });
  return new Response(
    streamOf(bytes, () => left.abort(), fail),
    { headers },
  );
}

export const exportRoutes = newApp()
  .openapi(
    memberDoor({
      method: "get",
      path: "/account/exports",
      summary: "How far the newest export is that a link of yours began",
      tags: ["Account"],
      responses: { 200: jsonAnswer("How far it is", exportOut), ...refusalAnswers },
    }),
    async (c) => c.json(describeExport(await findExport(c.var.db, c.var.member.id), Date.now()), 200),
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/account/exports",
      summary: "A link, good for an hour, at which a browser saves all your data as one zip; it ends the one before",
      tags: ["Account"],
      key: false,
      scope: "session",
      responses: { 201: jsonAnswer("The link", exportMade), ...refusalAnswers },
    }),
    async (c) => {
      const { config, db, member, signIn } = c.var;
      const madeAt = Date.now();
      const made = newId("exp", madeAt);
      const { ticket } = await issueTicket(config, "export", { member: member.id, export: made, signIn });
      const row: AccountExportRow = { ...nothing, member: member.id, id: made, madeAt, state: "ready", download: null, notedAt: null };
      await db.insert(accountExportTable).values(row).onConflictDoUpdate({ target: accountExportTable.member, set: row });
      const url = `${config.PUBLIC_URL}/account/exports/archive?${new URLSearchParams({ ticket })}`;
      return c.json({ ...describeExport(row, madeAt), url }, 201);
    },
  )
  .openapi(
    publicDoor(limitByAddress, {
      method: "get",
      path: "/account/exports/archive",
      tags: ["Account"],
      summary: "What such a link saves: repositories, files, what was said and done, receipts, audit, use; no value of a secret",
      request: { query: ticketQuery },
      responses: {
        200: { description: "The archive", content: { "application/octet-stream": { schema: z.string() } } },
        ...refusalAnswers,
      },
    }),
    async (c) => {
      const { member, export: named, signIn } = await readOwnTicket(c.var.config, "export", c.req.valid("query").ticket);
      await countAgainstLimit(c.env.RATE, `export ${member}`);
      c.set("who", member);
      return (await saveExport(c.var, { member, export: named, signIn }, c.req.raw)) as never; // bytes: Hono's type knows JSON
    },
  );
