import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { policiesOut, revokeIn, revokeOut } from "../schema/approval/approval.ts";
import { requireActor } from "./actor/actor-registry.ts";
import { act } from "./actor/rivet.ts";
import { answer, chain, newApp, refusals } from "./http.ts";
import { session } from "./kernel/auth.ts";

const common = { tags: ["Approvals"], security: [{ session: [] }], middleware: chain(session) };

/** What the member has allowed or forbidden once and for all, for a task, or for an agent. */
export const policies = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/policies",
      summary: "The rules of policies/commands.yaml in memory, and what was granted for a task or an agent",
      ...common,
      responses: { 200: answer("Rules and grants", policiesOut.meta({ id: "Policies" })), ...refusals },
    }),
    async (c) => {
      const { config, db, member, requestId } = c.var;
      await requireActor(db, member.id);
      return c.json(
        await act(config, member.id, { action: "policies", requestId, key: `policies:${requestId}`, input: {} }, policiesOut),
        200,
      );
    },
  )
  .openapi(
    createRoute({
      method: "delete",
      path: "/policies/{id}",
      summary: "Take back a rule (a commit to memory) or a grant (the id of its approval)",
      ...common,
      request: { params: z.object(revokeIn.shape) },
      responses: { 200: answer("It holds no more", revokeOut.meta({ id: "Revoked" })), ...refusals },
    }),
    async (c) => {
      const { config, db, member, requestId } = c.var;
      await requireActor(db, member.id);
      const call = { action: "revoke", requestId, key: `revoke:${requestId}`, input: c.req.valid("param") } as const;
      return c.json(await act(config, member.id, call, revokeOut), 200);
    },
  );
