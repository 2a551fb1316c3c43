import { and, count, desc, eq, lt } from "drizzle-orm";
import { z } from "zod";
import { actions } from "../../schema/actions.ts";
import { previewShareTable } from "../../schema/preview/preview-access.table.ts";
import {
  mostShares,
  previewEntryIn,
  previewEntryOut,
  previewTokenHeader,
  previewTokenOut,
  shareEnd,
  shareIn,
  shareMade,
  sharesOut,
} from "../../schema/preview/preview-access.ts";
import { AppError } from "../../schema/wire/error.ts";
import { id, newId } from "../../schema/wire/id.ts";
import { removedOut } from "../../schema/wire/removed.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import { askedRoutes, asksActor } from "../actor/asked-route.ts";
import { memberDoor } from "../door.ts";
import { jsonAnswer, jsonRequest, refusalAnswers } from "../http.ts";
import { makeEntry } from "./entry.ts";
import { endViews } from "./open-views.ts";
import { previewOrigin } from "./preview-address.ts";
import { findOpenSource, issuePass } from "./preview-pass.ts";
import { findShareLink, makeShareLink } from "./share-link.ts";

/** What a member's agents show while they make it, and who may look at it. */
const previewParams = z.object({ previewId: id("pvw") });

export const previewRoutes = askedRoutes("Previews", {
  "GET /previews": asksActor("previews", "What can be looked at, the newest change first", "Open previews"),
  "POST /previews": asksActor("previewOpen", "Show what an agent's program serves on a port; it must listen there", "The preview", {
    status: 201,
  }),
  "GET /previews/{previewId}": asksActor("preview", "One preview, open or closed", "The preview"),
})
  .openapi(
    memberDoor({
      method: "delete",
      path: "/previews/{previewId}",
      summary: "Close a preview: within a minute nobody sees it any more, and its links open nothing",
      tags: ["Previews"],
      request: { params: previewParams },
      responses: { 200: jsonAnswer("It is closed", actions.previewClose.out), ...refusalAnswers },
    }),
    async (c) => {
      const { previewId } = c.req.valid("param");
      const closed = await askOwnActor(c, "previewClose", { previewId });
      const ofPreview = and(eq(previewShareTable.member, c.var.member.id), eq(previewShareTable.preview, previewId));
      await c.var.db.delete(previewShareTable).where(ofPreview);
      return c.json(closed, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/previews/{previewId}/entry",
      summary: "An address that opens the preview once, within a minute",
      tags: ["Previews"],
      key: false,
      request: { params: previewParams, body: jsonRequest(previewEntryIn) },
      responses: { 201: jsonAnswer("The way in", previewEntryOut), ...refusalAnswers },
    }),
    async (c) => {
      const { previewId } = c.req.valid("param");
      const { config, db, requestId, member, signIn } = c.var;
      await findOpenSource({ config, requestId }, member.id, previewId);
      return c.json(
        await makeEntry(
          db,
          { member: member.id, signIn },
          { key: previewId, origin: previewOrigin(config, previewId) },
          c.req.valid("json").path,
        ),
        201,
      );
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/previews/{previewId}/token",
      summary: "For programs: a token that opens the preview for hours, sent in the header that is named, until this sign-in ends",
      tags: ["Previews"],
      key: false,
      request: { params: previewParams },
      responses: { 201: jsonAnswer("The token", previewTokenOut), ...refusalAnswers },
    }),
    async (c) => {
      const { previewId } = c.req.valid("param");
      const { config, requestId, member, signIn } = c.var;
      const source = await findOpenSource({ config, requestId }, member.id, previewId);
      const made = await issuePass(config, { member: member.id, preview: previewId, source, signIn });
      return c.json({ address: `${previewOrigin(config, previewId)}/`, header: previewTokenHeader, ...made }, 201);
    },
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/previews/{previewId}/shares",
      summary: "Links by which others see the preview, the newest first, each with its address where that can be made again",
      tags: ["Previews"],
      scope: "admin",
      request: { params: previewParams },
      responses: { 200: jsonAnswer("Links", sharesOut), ...refusalAnswers },
    }),
    async (c) => {
      const { config, db, member } = c.var;
      const { previewId } = c.req.valid("param");
      const ofPreview = and(eq(previewShareTable.member, member.id), eq(previewShareTable.preview, previewId));
      await db.delete(previewShareTable).where(and(ofPreview, lt(previewShareTable.expiresAt, Date.now())));
      const rows = await db.select().from(previewShareTable).where(ofPreview).orderBy(desc(previewShareTable.createdAt));
      if (rows.length === 0) await askOwnActor(c, "preview", { previewId }); // another member's preview is not found
      const shares = await Promise.all(rows.map(async (row) => ({ ...row, url: await findShareLink(config, row) })));
      return c.json(sharesOut.parse({ shares }), 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/previews/{previewId}/shares",
      summary: "A link by which anybody sees the preview until its end",
      tags: ["Previews"],
      key: "once",
      scope: "admin",
      request: { params: previewParams, body: jsonRequest(shareIn) },
      responses: { 201: jsonAnswer("The link", shareMade), ...refusalAnswers },
    }),
    async (c) => {
      const { previewId } = c.req.valid("param");
      const { config, db, member, requestId } = c.var;
      await findOpenSource({ config, requestId }, member.id, previewId);
      const ofMember = eq(previewShareTable.member, member.id);
      const createdAt = Date.now();
      await db.delete(previewShareTable).where(and(ofMember, lt(previewShareTable.expiresAt, createdAt)));
      const kept = await db.select({ n: count() }).from(previewShareTable).where(ofMember).get();
      if ((kept?.n ?? 0) >= mostShares)
        throw new AppError("conflict", {}, { message: `You have ${mostShares} links already; revoke one first.` });
      const share = { id: newId("pvs", createdAt), createdAt, expiresAt: shareEnd(createdAt, c.req.valid("json").hours) };
      const row = { ...share, member: member.id, preview: previewId };
      const { url, hash } = await makeShareLink(config, row);
      await db.insert(previewShareTable).values({ ...row, hash });
      return c.json({ share, url }, 201);
    },
  )
  .openapi(
    memberDoor({
      method: "delete",
      path: "/previews/{previewId}/shares/{shareId}",
      summary: "Revoke a link: whoever came by it sees nothing more",
      tags: ["Previews"],
      scope: "admin",
      request: { params: previewParams.extend({ shareId: id("pvs") }) },
      responses: { 200: jsonAnswer("It is gone", removedOut), ...refusalAnswers },
    }),
    async (c) => {
      const { previewId, shareId } = c.req.valid("param");
      const ofMember = and(eq(previewShareTable.member, c.var.member.id), eq(previewShareTable.preview, previewId));
      const done = await c.var.db.delete(previewShareTable).where(and(ofMember, eq(previewShareTable.id, shareId)));
      await endViews(c.var, { member: c.var.member.id, key: previewId, share: shareId }); // also the second time: the first may have failed here
      if (done.rowsAffected === 0) throw new AppError("not_found");
      return c.json({ removed: true }, 200);
    },
  );
