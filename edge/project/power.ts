import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { z } from "zod";
import { actions } from "../../schema/actions.ts";
import { powerIn } from "../../schema/project/project.ts";
import { projectRef } from "../../schema/project/project-ref.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import { type EdgeApp, emptyBody, jsonAnswer, jsonBody, jsonRequest, middlewares, newApp, refusalAnswers } from "../http.ts";
import { requireSession, type SessionVariables } from "../kernel/auth.ts";
import { idempotent } from "../kernel/idempotency.ts";
import { refuseForeignProject } from "./own-project.ts";

/** What serves of a project is stopped, or started again: one act under three addresses. */
const refusals =
  "409 where nothing of it is deployed (deploy first: POST /projects/{project}/releases), where its machine has nothing of it, or while it is being taken away; 503 while the stack's machine does not answer.";
const powerRoute = { tags: ["Projects"], security: [{ session: [] }] };
const pressRoute = { ...powerRoute, middleware: middlewares(requireSession, refuseForeignProject, jsonBody, idempotent) };
const powerParams = z.object({ project: projectRef });
const pressed = { 200: jsonAnswer("The project", actions.power.out), ...refusalAnswers };
const setPower = (c: Context<EdgeApp & SessionVariables>, project: z.infer<typeof projectRef>, running: boolean) =>
  askOwnActor(c, "power", { project, running }, { deadline: 25_000 });

export const powerRoutes = newApp()
  .openapi(
    createRoute({
      method: "post",
      path: "/projects/{project}/start",
      summary: "Start again what was stopped of a project; what runs goes on",
      description: `${refusals} 402 where the plan lets nothing run.`,
      ...pressRoute,
      request: { params: powerParams, body: emptyBody },
      responses: pressed,
    }),
    async (c) => c.json(await setPower(c, c.req.valid("param").project, true), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/projects/{project}/stop",
      summary: "Stop what serves of a project; its release, its data and its address stay",
      description: refusals,
      ...pressRoute,
      request: { params: powerParams, body: emptyBody },
      responses: pressed,
    }),
    async (c) => c.json(await setPower(c, c.req.valid("param").project, false), 200),
  )
  .openapi(
    createRoute({
      method: "put",
      path: "/projects/{project}/power",
      summary: "Stop what serves, or start it again",
      description: refusals,
      ...powerRoute,
      middleware: middlewares(requireSession, refuseForeignProject, jsonBody),
      request: { params: powerParams, body: jsonRequest(powerIn.omit({ project: true })) },
      responses: pressed,
    }),
    async (c) => c.json(await setPower(c, c.req.valid("param").project, c.req.valid("json").running), 200),
  );
