import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { actions } from "../schema/actions.ts";
import { questActs, questPreviewIn, questStartIn, questsIn } from "../schema/quest/quest-api.ts";
import { id } from "../schema/wire/id.ts";
import { askOwnActor } from "./actor/actor-call.ts";
import { answer, body, emptyBody, jsonBody, middlewares, newApp, refusals } from "./http.ts";
import { session } from "./kernel/auth.ts";
import { idempotent } from "./kernel/idempotency.ts";

/** Quests: seen whole before they are started; what they have become with every step's task and receipt. */
const common = { tags: ["Quests"], security: [{ session: [] }] };
const reads = { ...common, middleware: middlewares(session) };
const looks = { ...common, middleware: middlewares(session, jsonBody) };
const acts = { ...common, middleware: middlewares(session, jsonBody, idempotent) };
const one = z.object({ questId: id("qst") });

export const quests = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/quests",
      summary: "Quests that were proposed or started, the newest first; `next` is the cursor of the page that follows",
      ...reads,
      request: { query: questsIn },
      responses: { 200: answer("A page of quests", actions.quests.out), ...refusals },
    }),
    async (c) => c.json(await askOwnActor(c, "quests", c.req.valid("query")), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/quests/library",
      summary: "Quests that can be started, with their inputs and what they may touch",
      ...reads,
      responses: { 200: answer("The library", actions.questLibrary.out), ...refusals },
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
      request: { body: body(questPreviewIn) },
      responses: { 200: answer("The preview, or which inputs are missing", actions.questPreview.out), ...refusals },
    }),
    async (c) => c.json(await askOwnActor(c, "questPreview", c.req.valid("json")), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/quests",
      summary: "Start a quest",
      ...acts,
      request: { body: body(questStartIn) },
      responses: { 201: answer("Started; its events tell how it goes", actions.questStart.out), ...refusals },
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
      ...reads,
      request: { params: one },
      responses: { 200: answer("The quest", actions.quest.out), ...refusals },
    }),
    async (c) => c.json(await askOwnActor(c, "quest", c.req.valid("param")), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/quests/{questId}/{act}",
      summary: "Start one that was proposed; pause, resume or cancel one that runs",
      description: "`resume` also takes up one that has failed: its failed steps are tried again.",
      ...acts,
      request: { params: one.extend({ act: z.enum(questActs) }), body: emptyBody },
      responses: { 200: answer("The quest after it", actions.questAct.out), ...refusals },
    }),
    async (c) => {
      const { questId, act } = c.req.valid("param");
      return c.json(await askOwnActor(c, "questAct", { questId, act }), 200);
    },
  );
