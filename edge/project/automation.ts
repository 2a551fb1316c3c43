import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { actions } from "../../schema/actions.ts";
import { automateIn } from "../../schema/project/automation.ts";
import { projectRef } from "../../schema/project/project-ref.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import { jsonAnswer, jsonBody, jsonRequest, middlewares, newApp, refusalAnswers } from "../http.ts";
import { requireSession } from "../kernel/auth.ts";
import { refuseForeignProject } from "./own-project.ts";

export const automationRoutes = newApp().openapi(
  createRoute({
    method: "put",
    path: "/projects/{project}/automation",
    summary: "What is done in a project by itself: repairs (off, ask, auto) and newer releases (ask, auto). What is not named stays",
    tags: ["Projects"],
    security: [{ session: [] }],
    middleware: middlewares(requireSession, refuseForeignProject, jsonBody),
    request: { params: z.object({ project: projectRef }), body: jsonRequest(automateIn.omit({ project: true })) },
    responses: { 200: jsonAnswer("What is done by itself now", actions.automate.out), ...refusalAnswers },
  }),
  async (c) => c.json(await askOwnActor(c, "automate", { ...c.req.valid("param"), ...c.req.valid("json") }), 200),
);
