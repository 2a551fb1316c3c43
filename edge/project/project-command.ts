import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { actions } from "../../schema/actions.ts";
import { projectCommandIn } from "../../schema/project/project-command.ts";
import { projectRef } from "../../schema/project/project-ref.ts";
import { id } from "../../schema/wire/id.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import { emptyBody, jsonAnswer, jsonBody, jsonRequest, middlewares, newApp, refusalAnswers } from "../http.ts";
import { requireSession } from "../kernel/auth.ts";
import { idempotent } from "../kernel/idempotency.ts";
import { refuseForeignProject } from "./own-project.ts";

/** A member's own lines in clean checkouts of a project: their actor has them run, whoever looks. */
const commandRoute = { tags: ["Projects"], security: [{ session: [] }] };
const commandReadRoute = { ...commandRoute, middleware: middlewares(requireSession, refuseForeignProject) };
const commandChangeRoute = { ...commandRoute, middleware: middlewares(requireSession, refuseForeignProject, jsonBody, idempotent) };
const commandsParams = z.object({ project: projectRef });
const commandParams = commandsParams.extend({ command: id("cmd") });

export const projectCommandRoutes = newApp()
  .openapi(
    createRoute({
      method: "post",
      path: "/projects/{project}/commands",
      summary: "Run one line in a clean checkout of main. It goes on whoever hangs up; how it goes is told by the project's events",
      description:
        "In a throw-away room with what the project's setup installs, without network, secrets and services; nothing that it writes is kept. Events: `project.command` when it is taken, begins and has ended (`state`, `exitCode`, `stopped`), and `project.output` with the lines that it prints, 64 kB in all; of more the end is in `tail`, and after 4 MB it is stopped. It is stopped as well when its seconds are over, or its room's memory is. One at a time of yours: 409 while another waits or runs, and while the project is made or taken away. A stack that does not run is started, and the line waits for it.",
      ...commandChangeRoute,
      request: { params: commandsParams, body: jsonRequest(projectCommandIn.omit({ project: true })) },
      responses: { 202: jsonAnswer("Taken; how it goes are events", actions.projectCommand.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "projectCommand", { ...c.req.valid("param"), ...c.req.valid("json") }), 202),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/projects/{project}/commands",
      summary: "The newest 50 lines that were run in it, newest first, without what they printed",
      ...commandReadRoute,
      request: { params: commandsParams },
      responses: { 200: jsonAnswer("Lines", actions.projectCommands.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "projectCommands", c.req.valid("param")), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/projects/{project}/commands/{command}",
      summary: "One line that was run, with what it printed and how it ended",
      ...commandReadRoute,
      request: { params: commandParams },
      responses: { 200: jsonAnswer("The line", actions.projectCommandSeen.out), ...refusalAnswers },
    }),
    async (c) => {
      const { project, command } = c.req.valid("param");
      return c.json(await askOwnActor(c, "projectCommandSeen", { project, id: command }), 200);
    },
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/projects/{project}/commands/{command}/cancel",
      summary: "End a line that waits or runs; one that is over is answered as it ended",
      ...commandChangeRoute,
      request: { params: commandParams, body: emptyBody },
      responses: { 200: jsonAnswer("The line", actions.projectCommandCancel.out), ...refusalAnswers },
    }),
    async (c) => {
      const { project, command } = c.req.valid("param");
      return c.json(await askOwnActor(c, "projectCommandCancel", { project, id: command }), 200);
    },
  );
