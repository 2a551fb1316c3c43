import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { actions } from "../schema/actions.ts";
import { policyRevokeIn } from "../schema/approval/approval.ts";
import { askOwnActor } from "./actor/actor-call.ts";
import { answer, middlewares, newApp, refusals } from "./http.ts";
import { session } from "./kernel/auth.ts";

const common = { tags: ["Approvals"], security: [{ session: [] }], middleware: middlewares(session) };

/** What the member has allowed or forbidden once and for all, for a task, or for an agent. */
export const policies = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/policies",
      summary: "The rules of policies/commands.yaml in memory, and what was granted for a task or an agent",
      ...common,
      responses: { 200: answer("Rules and grants", actions.policies.out.meta({ id: "Policies" })), ...refusals },
    }),
    async (c) => c.json(await askOwnActor(c, "policies", {}), 200),
  )
  .openapi(
    createRoute({
      method: "delete",
      path: "/policies/{id}",
      summary: "Take back a rule (a commit to memory) or a grant (the id of its approval)",
      ...common,
      request: { params: z.object(policyRevokeIn.shape) },
      responses: { 200: answer("It holds no more", actions.revoke.out.meta({ id: "Revoked" })), ...refusals },
    }),
    async (c) => c.json(await askOwnActor(c, "revoke", c.req.valid("param")), 200),
  );
