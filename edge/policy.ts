import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { actions } from "../schema/actions.ts";
import { policyRevokeIn } from "../schema/approval/approval-api.ts";
import { askOwnActor } from "./actor/actor-call.ts";
import { jsonAnswer, middlewares, newApp, refusalAnswers } from "./http.ts";
import { requireSession } from "./kernel/auth.ts";

const policyRoute = { tags: ["Approvals"], security: [{ session: [] }], middleware: middlewares(requireSession) };

/** What the member has allowed or forbidden once and for all, for a task, or for an agent. */
export const policyRoutes = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/policies",
      summary: "The rules of policies/commands.yaml in memory, and what was granted for a task or an agent",
      ...policyRoute,
      responses: { 200: jsonAnswer("Rules and grants", actions.policies.out.meta({ id: "Policies" })), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "policies", {}), 200),
  )
  .openapi(
    createRoute({
      method: "delete",
      path: "/policies/{id}",
      summary: "Take back a rule (a commit to memory) or a grant (the id of its approval)",
      ...policyRoute,
      request: { params: z.object(policyRevokeIn.shape) },
      responses: { 200: jsonAnswer("The rule is revoked", actions.revoke.out.meta({ id: "Revoked" })), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "revoke", c.req.valid("param")), 200),
  );
