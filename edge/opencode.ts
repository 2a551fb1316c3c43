import { createRoute } from "@hono/zod-openapi";
import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { stackTable } from "../schema/stack/registry.table.ts";
import { AppError } from "../schema/wire/error.ts";
import { id } from "../schema/wire/id.ts";
import { newApp, refusalAnswers } from "./http.ts";
import { requireSession } from "./kernel/auth.ts";
import { relayToHost } from "./stack/relay-client.ts";

const logQuery = z.strictObject({ tail: z.coerce.number().int().min(1).max(2000).default(200) });
export const opencodeRoutes = newApp();
opencodeRoutes.openAPIRegistry.registerPath(
  createRoute({
    method: "get",
    path: "/opencode/workspaces/{workspaceId}/logs",
    tags: ["OpenCode"],
    summary: "The last lines of what the stack's containers and agents wrote",
    security: [{ session: [] }],
    request: { params: z.object({ workspaceId: id("wsp") }), query: logQuery },
    responses: { 200: { description: "Lines", content: { "text/plain": { schema: z.string() } } }, ...refusalAnswers },
  }),
);
opencodeRoutes.get("/opencode/workspaces/:workspaceId/logs", requireSession, async (c) => {
  const { db, config, member, requestId } = c.var;
  const workspace = id("wsp").safeParse(c.req.param("workspaceId"));
  if (!workspace.success) throw new AppError("not_found");
  const asked = logQuery.safeParse(c.req.query());
  if (!asked.success)
    throw new AppError("invalid", { issues: asked.error.issues.map(({ path, message }) => ({ path: path.join("."), message })) });
  const ownStack = await db
    .select({ id: stackTable.id })
    .from(stackTable)
    .where(and(eq(stackTable.workspace, workspace.data), eq(stackTable.member, member.id)))
    .get();
  if (!ownStack) throw new AppError("not_found");
  const { tail } = asked.data;
  const response = await relayToHost(config, db, { member: member.id, path: "/logs", query: `?tail=${tail}`, requestId });
  return new Response(response.body, { headers: { "content-type": "text/plain; charset=utf-8" } });
});
