import { createRoute } from "@hono/zod-openapi";
import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { AppError, errorBody } from "../schema/error.ts";
import { type Id, id } from "../schema/id.ts";
import { limits } from "../schema/limits.ts";
import { stacks } from "../schema/registry.table.ts";
import { session } from "./auth.ts";
import type { Database } from "./db.ts";
import type { Config } from "./env.ts";
import { newApp, refusals } from "./http.ts";
import { ticket } from "./keys.ts";

/** A GET of bytes below one path of a member's stack, by way of the runner's relay with a ticket for just that. */
async function relay(config: Config, db: Database, member: Id<"mem">, rest: string, query: string, requestId: string): Promise<Response> {
  const stack = await db.select().from(stacks).where(eq(stacks.member, member)).get();
  if (!stack?.host) throw new AppError("not_found");
  const path = `/stacks/${member}${rest}`;
  const made = await ticket(config, "relay", { member, host: stack.host, epoch: stack.epoch, path });
  const response = await fetch(`${config.RELAY_URL}/relay${path}${query}`, {
    headers: { authorization: `Bearer ${made.ticket}`, "x-request-id": requestId },
    redirect: "manual",
    signal: AbortSignal.timeout(limits.firstByte),
  }).catch((cause: unknown) => {
    throw new AppError("unavailable", { what: "relay" }, { cause });
  });
  if (response.ok) return response;
  const said = errorBody.safeParse(await response.json().catch(() => undefined));
  throw new AppError(said.success ? said.data.error.code : "upstream", { what: "relay", status: response.status });
}

const query = z.strictObject({ tail: z.coerce.number().int().min(1).max(2000).default(200) });
export const opencode = newApp();
opencode.openAPIRegistry.registerPath(
  createRoute({
    method: "get",
    path: "/opencode/workspaces/{workspaceId}/logs",
    tags: ["OpenCode"],
    summary: "The last lines of what the stack's containers and agents wrote",
    security: [{ session: [] }],
    request: { params: z.object({ workspaceId: id("wsp") }), query },
    responses: { 200: { description: "Lines", content: { "text/plain": { schema: z.string() } } }, ...refusals },
  }),
);
opencode.get("/opencode/workspaces/:workspaceId/logs", session, async (c) => {
  const { db, config, member, requestId } = c.var;
  const workspace = id("wsp").safeParse(c.req.param("workspaceId"));
  if (!workspace.success) throw new AppError("not_found");
  const asked = query.safeParse(c.req.query());
  if (!asked.success)
    throw new AppError("invalid", { issues: asked.error.issues.map(({ path, message }) => ({ path: path.join("."), message })) });
  const own = await db
    .select({ id: stacks.id })
    .from(stacks)
    .where(and(eq(stacks.workspace, workspace.data), eq(stacks.member, member.id)))
    .get();
  if (!own) throw new AppError("not_found");
  const { tail } = asked.data;
  const response = await relay(config, db, member.id, "/logs", `?tail=${tail}`, requestId);
  return new Response(response.body, { headers: { "content-type": "text/plain; charset=utf-8" } });
});
