import { z } from "zod";
import { actions } from "../schema/actions.ts";
import { taskPostIn } from "../schema/task/task-post.ts";
import { askOwnActor } from "./actor/actor-call.ts";
import { askedRoutes, asksActor } from "./actor/asked-route.ts";
import { memberDoor } from "./door.ts";
import { jsonAnswer, jsonRequest, refusalAnswers } from "./http.ts";

/** The member's tasks, as their own actor knows them. */
export const taskRoutes = askedRoutes("Tasks", {
  "GET /tasks": asksActor("tasks", "Tasks, the newest first; `next` is the cursor of the page that follows", "A page of tasks"),
  "GET /tasks/{taskId}": asksActor("task", "One task with its spec and its attempts", "The task"),
  "POST /tasks/{taskId}/{act}": asksActor(
    "taskAct",
    "Pause, resume, cancel, retry or reassign (to another agent of its type) a task; what its state does not take is a conflict",
    "The task after it",
  ),
}).openapi(
  memberDoor({
    method: "post",
    path: "/tasks",
    summary: "One task of one's own, which begins when an agent of its type has a place; or a story, which the Grow Agent makes a plan of",
    tags: ["Tasks"],
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
);
