import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { actions } from "../schema/actions.ts";
import { questActs, questPreviewIn, questStartIn, questsIn } from "../schema/quest/quest-api.ts";
import { id } from "../schema/wire/id.ts";
import { askOwnActor } from "./actor/actor-call.ts";
import { emptyBody, jsonAnswer, jsonBody, jsonRequest, middlewares, newApp, refusalAnswers } from "./http.ts";
import { requireSession } from "./kernel/auth.ts";
import { idempotent } from "./kernel/idempotency.ts";

/** Quests: seen whole before they are started; what they have become with every step's task and receipt. */
const questRoute = { tags: ["Quests"], security: [{ session: [] }] };
const questReadRoute = { ...questRoute, middleware: middlewares(requireSession) };
const looks = { ...questRoute, middleware: middlewares(requireSession, jsonBody) };
const questChangeRoute = { ...questRoute, middleware: middlewares(requireSession, jsonBody, idempotent) };
const questParams = z.object({ questId: id("qst") });

export const questRoutes = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/quests",
      summary: "Quests that were proposed or started, the newest first; `next` is the cursor of the page that follows",
      ...questReadRoute,
      request: { query: questsIn },
      responses: { 200: jsonAnswer("A page of quests", actions.quests.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "quests", c.req.valid("query")), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/quests/library",
      summary: "Quests that can be started, with their inputs and what they may touch",
      ...questReadRoute,
      responses: { 200: jsonAnswer("The library", actions.questLibrary.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "questLibrary", {}), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/quests/preview",
      summary: "What a quest is, may touch and would cost with these inputs; changes nothing",
      description: "`quest` is a library id, or a project of one's own at a commit: `projects/<name>[/<folder>]@<full hash>`.",
      ...looks,
      request: { body: jsonRequest(questPreviewIn) },
      responses: { 200: jsonAnswer("The preview, or which inputs are missing", actions.questPreview.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "questPreview", c.req.valid("json")), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/quests",
      summary: "Start a quest",
      ...questChangeRoute,
      request: { body: jsonRequest(questStartIn) },
      responses: { 201: jsonAnswer("Started; its events tell how it goes", actions.questStart.out), ...refusalAnswers },
    }),
    async (c) => {
      return c.json(await askOwnActor(c, "questStart", c.req.valid("json")), 201);
    },
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/quests/{questId}",
      summary: "One quest: its values, and each step with its tasks and receipts",
      ...questReadRoute,
      request: { params: questParams },
      responses: { 200: jsonAnswer("The quest", actions.quest.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "quest", c.req.valid("param")), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/quests/{questId}/{act}",
      summary: "Start one that was proposed; pause, resume or cancel one that runs",
      description: "`resume` also takes up one that has failed: its failed steps are tried again.",
      ...questChangeRoute,
      request: { params: questParams.extend({ act: z.enum(questActs) }), body: emptyBody },
      responses: { 200: jsonAnswer("The quest after it", actions.questAct.out), ...refusalAnswers },
    }),
    async (c) => {
      const { questId, act } = c.req.valid("param");
      return c.json(await askOwnActor(c, "questAct", { questId, act }), 200);
    },
  );
