import { eq } from "drizzle-orm";
import type { Context } from "hono";
import { z } from "zod";
import type { ActorView } from "../../schema/account/account.ts";
import { actions } from "../../schema/actions.ts";
import { gitServerOut, memoryRepositoryOut } from "../../schema/git/git-server.ts";
import { stackTable } from "../../schema/stack/registry.table.ts";
import { memoryRepository } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id, siblingId } from "../../schema/wire/id.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import { findActor } from "../actor/actor-registry.ts";
import { memberDoor } from "../door.ts";
import { type EdgeApp, jsonAnswer, newApp, refusalAnswers } from "../http.ts";
import type { SessionVariables } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { provisionStack } from "../stack/provision.ts";

/**
 * A member's Git server: Gitea, one half of their stack. Both halves start and stop as one, so these
 * addresses are the stack's own acts, by the same code as those below /actors. A server's id is the
 * stack's.
 */
const serverParams = z.object({ serverId: id("stk") });

const viewServer = ({ stackId, id: actorId, observed, status, gitRepo }: ActorView): z.infer<typeof gitServerOut> => ({
  server: { id: stackId, actorId, observed, status },
  repository: { id: siblingId("rep", stackId), repo: gitRepo },
});
async function requireServer(c: Context<EdgeApp & SessionVariables>, server: Id<"stk">): Promise<ActorView> {
  const actor = await findActor(c.var.db, c.var.member.id);
  if (actor?.stackId !== server) throw new AppError("not_found");
  return actor;
}
async function hasMemory(db: Database, member: Id<"mem">): Promise<boolean> {
  const row = await db.select({ since: stackTable.memorySince }).from(stackTable).where(eq(stackTable.member, member)).get();
  return row !== undefined && row.since !== null;
}

export const gitServerRoutes = newApp()
  .openapi(
    memberDoor({
      method: "post",
      path: "/git/provision",
      summary: "Make the member's Git server with the rest of their stack, or look after the one there is",
      description:
        "The same act as `POST /actors/provision`: a Git server is one half of a stack, whose halves are made, started and stopped as one.",
      tags: ["Git"],
      responses: { 202: jsonAnswer("Being made; the stack's events tell each step", gitServerOut), ...refusalAnswers },
    }),
    async (c) => c.json(viewServer(await provisionStack(c.var.config, c.var.db, c.var.member, c.var.requestId)), 202),
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/git/servers/{serverId}/start",
      summary: "Start the Git server, and with it the stack",
      description: "The same act as `POST /actors/{actorId}/start`. The server's id is the stack's.",
      tags: ["Git"],
      request: { params: serverParams },
      responses: { 202: jsonAnswer("Starting; the stack's events tell each step", gitServerOut), ...refusalAnswers },
    }),
    async (c) => {
      const actor = await requireServer(c, c.req.valid("param").serverId);
      await askOwnActor(c, "start", {});
      return c.json(viewServer(actor), 202);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/git/servers/{serverId}/stop",
      summary: "Stop the Git server, and with it the stack; what runs is interrupted",
      description: "The same act as `POST /actors/{actorId}/stop` with the scope `stack`.",
      tags: ["Git"],
      request: { params: serverParams },
      responses: { 200: jsonAnswer("Stopped", actions.stop.out), ...refusalAnswers },
    }),
    async (c) => {
      await requireServer(c, c.req.valid("param").serverId);
      return c.json(await askOwnActor(c, "stop", { scope: "stack" }), 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/git/users/{userId}/repo",
      summary: "The member's own repository, their memory: made with their stack, or returned as it is",
      tags: ["Git"],
      scope: "git",
      request: { params: z.object({ userId: id("mem") }) },
      responses: {
        200: jsonAnswer("It is there", memoryRepositoryOut),
        202: jsonAnswer("It is being made with the stack", memoryRepositoryOut),
        ...refusalAnswers,
      },
    }),
    async (c) => {
      const { config, db, member, requestId } = c.var;
      if (c.req.valid("param").userId !== member.id) throw new AppError("not_found");
      const actor = await findActor(db, member.id);
      const there = actor !== undefined && (await hasMemory(db, member.id));
      const { stackId } = there ? actor : await provisionStack(config, db, member, requestId);
      const repository = { id: siblingId("rep", stackId), repo: memoryRepository };
      return there ? c.json({ repository, made: true }, 200) : c.json({ repository, made: false }, 202);
    },
  );
