import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { actions } from "../schema/actions.ts";
import { taskActIn, taskActs, tasksIn } from "../schema/agent/team.ts";
import { taskPostIn } from "../schema/task/task-post.ts";
import { id } from "../schema/wire/id.ts";
import { askOwnActor } from "./actor/actor-call.ts";
import { jsonAnswer, jsonBody, jsonRequest, middlewares, newApp, refusalAnswers } from "./http.ts";
import { requireSession } from "./kernel/auth.ts";
import { idempotent } from "./kernel/idempotency.ts";

/** The member's tasks, as their own actor knows them. */
const taskRoute = { tags: ["Tasks"], security: [{ session: [] }] };
const taskReadRoute = { ...taskRoute, middleware: middlewares(requireSession) };
const taskChangeRoute = { ...taskRoute, middleware: middlewares(requireSession, jsonBody, idempotent) };
const taskParams = z.object({ taskId: id("tsk") });
const act = taskParams.extend({ act: z.enum(taskActs) });
const why = taskActIn.pick({ reason: true });

export const taskRoutes = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/tasks",
      summary: "Tasks, the newest first; `next` is the cursor of the page that follows",
      ...taskReadRoute,
      request: { query: tasksIn },
      responses: { 200: jsonAnswer("A page of tasks", actions.tasks.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "tasks", c.req.valid("query")), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/tasks",
      summary:
        "One task of one's own, which begins when an agent of its type has a place; or a story, which the Grow Agent makes a plan of",
      ...taskChangeRoute,
      request: { body: jsonRequest(taskPostIn) },
      responses: {
        202: jsonAnswer("Taken; its events tell how it goes", z.union([actions.taskCreate.out, actions.send.out])),
        ...refusalAnswers,
      },
    }),
    async (c) => {
      const { spec, story, clientId = "" } = c.req.valid("json");
      if (spec !== undefined) return c.json(await askOwnActor(c, "taskCreate", { spec }), 202);
      const text = `Make a plan of this with your team, and show it to me before anything runs:\n\n${story}`;
      return c.json(await askOwnActor(c, "send", { clientId, text }), 202);
    },
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/tasks/{taskId}",
      summary: "One task with its spec and its attempts",
      ...taskReadRoute,
      request: { params: taskParams },
      responses: { 200: jsonAnswer("The task", actions.task.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "task", c.req.valid("param")), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/tasks/{taskId}/{act}",
      summary: "Pause, resume, cancel, retry or reassign (to another agent of its type) a task; what its state does not take is a conflict",
      ...taskChangeRoute,
      request: { params: act, body: { required: false, content: { "application/json": { schema: why } } } },
      responses: { 200: jsonAnswer("The task after it", actions.taskAct.out), ...refusalAnswers },
    }),
    async (c) => {
      const { taskId, act } = c.req.valid("param");
      return c.json(await askOwnActor(c, "taskAct", { taskId, act: act, ...c.req.valid("json") }), 200);
    },
  );
