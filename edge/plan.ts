import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { actions } from "../schema/actions.ts";
import { planActIn, planActs, planEditIn, plansIn } from "../schema/agent/team.ts";
import { planPostIn } from "../schema/plan/plan-post.ts";
import { id } from "../schema/wire/id.ts";
import { askOwnActor } from "./actor/actor-call.ts";
import { jsonAnswer, jsonBody, jsonRequest, middlewares, newApp, refusalAnswers } from "./http.ts";
import { requireSession } from "./kernel/auth.ts";
import { idempotent } from "./kernel/idempotency.ts";

/**
 * Plans: proposed by the Grow Agent or the member, edited and accepted by the member; nothing runs before.
 */
const planRoute = { tags: ["Plans"], security: [{ session: [] }] };
const planReadRoute = { ...planRoute, middleware: middlewares(requireSession) };
const planChangeRoute = { ...planRoute, middleware: middlewares(requireSession, jsonBody, idempotent) };
const planParams = z.object({ planId: id("pln") });
const edits = planEditIn.omit({ planId: true });
const seenRevision = planActIn.pick({ revision: true });

export const planRoutes = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/plans",
      summary: "Plans, the newest first; `next` is the cursor of the page that follows",
      ...planReadRoute,
      request: { query: plansIn },
      responses: { 200: jsonAnswer("A page of plans", actions.plans.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "plans", c.req.valid("query")), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/plans",
      summary: "A plan of one's own, or a pattern from memory; testing, review and merge are added after what is built",
      ...planChangeRoute,
      request: { body: jsonRequest(planPostIn) },
      responses: { 201: jsonAnswer("Proposed; it waits to be accepted", actions.planPropose.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "planPropose", c.req.valid("json")), 201),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/plans/{planId}",
      summary: "One plan, with its tasks once it is accepted",
      ...planReadRoute,
      request: { params: planParams },
      responses: { 200: jsonAnswer("The plan", actions.plan.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "plan", c.req.valid("param")), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/plans/{planId}/result",
      summary: "What a plan has brought so far: its page, its files, where they lie, and its receipts",
      ...planReadRoute,
      request: { params: planParams },
      responses: { 200: jsonAnswer("The result", actions.planResult.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "planResult", c.req.valid("param")), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/plans/{planId}/edits",
      summary: "Change the plan that was seen; another revision is a conflict",
      ...planChangeRoute,
      request: { params: planParams, body: jsonRequest(edits) },
      responses: { 200: jsonAnswer("The plan after it", actions.planEdit.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "planEdit", { ...c.req.valid("param"), ...c.req.valid("json") }), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/plans/{planId}/{act}",
      summary:
        "Accept, reject or cancel a plan (accepting names the revision that was seen), or keep one that worked as a pattern in memory",
      ...planChangeRoute,
      request: {
        params: planParams.extend({ act: z.enum(planActs) }),
        body: { required: false, content: { "application/json": { schema: seenRevision } } },
      },
      responses: { 200: jsonAnswer("The plan after it", actions.planAct.out), ...refusalAnswers },
    }),
    async (c) => {
      const { planId, act } = c.req.valid("param");
      return c.json(await askOwnActor(c, "planAct", { planId, act, ...c.req.valid("json") }), 200);
    },
  );
