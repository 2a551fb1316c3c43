import { and, eq } from "drizzle-orm";
import type { Context } from "hono";
import { z } from "zod";
import { actorView } from "../../schema/account/account.ts";
import { actions } from "../../schema/actions.ts";
import { stopIn } from "../../schema/agent/grow-agent.ts";
import { stackTable } from "../../schema/stack/registry.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { queryNumber } from "../../schema/wire/query-number.ts";
import { provisionedActor, startStack, stopStack } from "../actor/actor.ts";
import { requireActor } from "../actor/actor-registry.ts";
import { askedRoutes, asksActor, type OwnedName } from "../actor/asked-route.ts";
import { memberDoor, mountPlain } from "../door.ts";
import { type EdgeApp, jsonAnswer, jsonRequest, refusalAnswers } from "../http.ts";
import type { SessionVariables } from "../kernel/auth.ts";
import { relayToHost } from "../stack/relay-client.ts";

/** The workspace is the member's box, of which there is one: it starts and stops with the stack. */
const workspaceParams = z.object({ workspaceId: id("wsp") });
const workspaceOut = z.object({ workspace: actorView }).meta({ id: "OpenCodeWorkspace" });

/** Throws `not_found` for a workspace that is not there, and for another member's. */
async function requireWorkspace(c: Context<EdgeApp & SessionVariables>, workspace: Id<"wsp">): Promise<void> {
  const { db, member } = c.var;
  const stack = await db
    .select({ id: stackTable.id })
    .from(stackTable)
    .where(and(eq(stackTable.workspace, workspace), eq(stackTable.member, member.id)))
    .get();
  if (!stack) throw new AppError("not_found");
}

const ownedWorkspace: OwnedName = { name: "workspaceId", shape: id("wsp"), check: requireWorkspace };

const logQuery = z.strictObject({ tail: queryNumber(z.number().int().min(1).max(2000)).default(200) });
export const workspaceRoutes = askedRoutes("OpenCode", {
  "POST /opencode/workspaces/{workspaceId}/sessions": asksActor(
    "sessionCreate",
    "Make a session of an agent, the Grow Agent unless named; OpenCode's own is made with its first message",
    "The session",
    { status: 201, owned: ownedWorkspace },
  ),
  "GET /opencode/workspaces/{workspaceId}/sessions": asksActor(
    "sessions",
    "The sessions of all agents, those used last first; the stack may be stopped",
    "A page of sessions",
    { owned: ownedWorkspace },
  ),
})
  .openapi(
    memberDoor({
      method: "post",
      path: "/opencode/provision",
      summary: "The same act as `POST /actors/provision`: the member's Grow Agent and stack are made, or looked after",
      tags: ["OpenCode"],
      responses: { 202: jsonAnswer("Being made; the Grow Agent's events tell each step", workspaceOut), ...refusalAnswers },
    }),
    async (c) => c.json({ workspace: await provisionedActor(c) }, 202),
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/opencode/workspaces/{workspaceId}",
      summary: "What the registry has of the member's workspace: agents, status, containers, host, entitlement",
      tags: ["OpenCode"],
      request: { params: workspaceParams },
      responses: { 200: jsonAnswer("The workspace", workspaceOut), ...refusalAnswers },
    }),
    async (c) => {
      await requireWorkspace(c, c.req.valid("param").workspaceId);
      return c.json({ workspace: await requireActor(c.var.db, c.var.member.id) }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/opencode/workspaces/{workspaceId}/start",
      summary: "Wake the stack",
      tags: ["OpenCode"],
      request: { params: workspaceParams },
      responses: { 202: jsonAnswer("Waking; the Grow Agent's events tell each step", workspaceOut), ...refusalAnswers },
    }),
    async (c) => {
      await requireWorkspace(c, c.req.valid("param").workspaceId);
      return c.json({ workspace: await startStack(c) }, 202);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/opencode/workspaces/{workspaceId}/stop",
      summary: "Stop the stack, or the turns that run in it",
      tags: ["OpenCode"],
      request: { params: workspaceParams, body: jsonRequest(stopIn) },
      responses: { 200: jsonAnswer("Stopped", actions.stop.out), ...refusalAnswers },
    }),
    async (c) => {
      await requireWorkspace(c, c.req.valid("param").workspaceId);
      return c.json(await stopStack(c, c.req.valid("json")), 200);
    },
  );
mountPlain(
  workspaceRoutes,
  memberDoor({
    method: "get",
    path: "/opencode/workspaces/{workspaceId}/logs",
    summary: "The last lines of what the stack's containers and agents wrote",
    tags: ["OpenCode"],
    request: { params: workspaceParams, query: logQuery },
    responses: { 200: { description: "Lines", content: { "text/plain": { schema: z.string() } } }, ...refusalAnswers },
  }),
  async (c) => {
    const { db, config, member, requestId } = c.var;
    const workspace = id("wsp").safeParse(c.req.param("workspaceId"));
    if (!workspace.success) throw new AppError("not_found");
    const asked = logQuery.safeParse(c.req.query());
    if (!asked.success)
      throw new AppError("invalid", { issues: asked.error.issues.map(({ path, message }) => ({ path: path.join("."), message })) });
    await requireWorkspace(c, workspace.data);
    const { tail } = asked.data;
    const response = await relayToHost(config, db, { member: member.id, path: "/logs", query: `?tail=${tail}`, requestId });
    return new Response(response.body, { headers: { "content-type": "text/plain; charset=utf-8" } });
  },
);
