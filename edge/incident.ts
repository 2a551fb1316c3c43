import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { actions } from "../schema/actions.ts";
import { projectRef } from "../schema/project/project-ref.ts";
import { id } from "../schema/wire/id.ts";
import { askOwnActor } from "./actor/actor-call.ts";
import { jsonAnswer, jsonBody, middlewares, newApp, refusalAnswers } from "./http.ts";
import { requireSession } from "./kernel/auth.ts";
import { idempotent } from "./kernel/idempotency.ts";
import { refuseForeignProject } from "./project/own-project.ts";

/** What was not well of what serves, and its repairs. */
const incidentRoute = { tags: ["Projects"], security: [{ session: [] }] };
const readIncidentRoute = { ...incidentRoute, middleware: middlewares(requireSession) };
const incidentParams = z.object({ incidentId: id("inc") });

export const incidentRoutes = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/projects/{project}/incidents",
      summary: "Incidents of what serves, newest first",
      ...incidentRoute,
      middleware: middlewares(requireSession, refuseForeignProject),
      request: { params: z.object({ project: projectRef }) },
      responses: { 200: jsonAnswer("Incidents", actions.incidents.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "incidents", c.req.valid("param")), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/incidents/{incidentId}",
      summary: "One incident, with its evidence and its timeline",
      ...readIncidentRoute,
      request: { params: incidentParams },
      responses: { 200: jsonAnswer("The incident", actions.incident.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "incident", { incident: c.req.valid("param").incidentId }), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/incidents/{incidentId}/repair",
      summary: "Have it repaired: a plan whose merge is deployed. While a repair goes on nothing happens",
      ...incidentRoute,
      middleware: middlewares(requireSession, jsonBody, idempotent),
      request: { params: incidentParams },
      responses: { 202: jsonAnswer("Agreed to; it begins by itself", actions.repair.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "repair", { incident: c.req.valid("param").incidentId }), 202),
  );
