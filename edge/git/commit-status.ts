import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { actions } from "../../schema/actions.ts";
import { statusesIn, verifyIn } from "../../schema/git/commit-status.ts";
import { projectRef } from "../../schema/project/project-ref.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import { jsonAnswer, jsonBody, jsonRequest, middlewares, newApp, refusalAnswers } from "../http.ts";
import { requireSession } from "../kernel/auth.ts";
import { idempotent } from "../kernel/idempotency.ts";
import { refuseForeignProject } from "../project/own-project.ts";

/** How commits of a member's projects stand: their actor has the checks of each push run. */
const statusParams = z.object({ project: projectRef });
const statusRoute = { tags: ["Projects"], security: [{ session: [] }] };

export const commitStatusRoutes = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/projects/{project}/statuses",
      summary: "How its newest 200 commits stand, newest first; of a branch, or of one commit",
      description:
        "The checks of each push run in a clean room: those that `.growqr/environment.yaml` of the commit names under `checks`, else those that main was proven by last. `queued`, `running`, `passed`, `failed`, `error` (the platform could not run them) and `skipped` (there are none, or a newer commit came first); `source` is `proof` where a task's proof says it. Changes are events of the project, `commit.status`. Gitea has the same as the status `growqr` of the commit, where only what the platform's user has set counts.",
      ...statusRoute,
      middleware: middlewares(requireSession, refuseForeignProject),
      request: { params: statusParams, query: statusesIn.omit({ project: true }) },
      responses: { 200: jsonAnswer("Statuses", actions.statuses.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "statuses", { ...c.req.valid("param"), ...c.req.valid("query") }), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/projects/{project}/verify",
      summary: "Run the project's checks once more of the newest commit of a branch, main where none is named",
      description:
        "In a clean room. What waits or runs already is not begun twice, and is answered. A stack that does not run is started, and the checks wait for it. No receipt comes of it: those are given to tasks.",
      ...statusRoute,
      middleware: middlewares(requireSession, refuseForeignProject, jsonBody, idempotent),
      request: { params: statusParams, body: jsonRequest(verifyIn.omit({ project: true })) },
      responses: { 202: jsonAnswer("Taken; how it goes are events", actions.verify.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "verify", { ...c.req.valid("param"), ...c.req.valid("json") }), 202),
  );
