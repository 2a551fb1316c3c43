import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { eventPage } from "../../schema/agent/grow-agent.ts";
import { limits } from "../../schema/wire/limits.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import { jsonAnswer, middlewares, newApp, refusalAnswers } from "../http.ts";
import { requireSession } from "../kernel/auth.ts";

/** A page of events that end before a sequence number. */
export const eventPageQuery = z.strictObject({
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(limits.eventPage).default(100),
});
/**
 * What has happened, of all channels, from the member's one log. The app has a page of its own at /timeline.
 */
const historyRoute = {
  tags: ["History"],
  security: [{ session: [] }],
  middleware: middlewares(requireSession),
  request: { query: eventPageQuery },
};
const responses = { 200: jsonAnswer("A page of events", eventPage), ...refusalAnswers };

export const historyRoutes = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/history/timeline",
      summary:
        "How the work went: plans, tasks, checks, receipts, questions, quests and goals before a sequence number, oldest first; the newest without one",
      ...historyRoute,
      responses,
    }),
    async (c) => c.json(await askOwnActor(c, "history", { of: "timeline", ...c.req.valid("query") }), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/history/audit",
      summary:
        "Who let what happen: questions and answers, rules, memories that were accepted, calls of services, refused tool calls, receipts",
      ...historyRoute,
      responses,
    }),
    async (c) => c.json(await askOwnActor(c, "history", { of: "audit", ...c.req.valid("query") }), 200),
  );
