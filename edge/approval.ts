import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { actions, type OutputOf } from "../schema/actions.ts";
import { approvalAnswerIn } from "../schema/approval/approval.ts";
import { approvalIn, approvalsIn } from "../schema/approval/approval-api.ts";
import { AppError } from "../schema/wire/error.ts";
import { askOwnActor } from "./actor/actor-call.ts";
import { jsonAnswer, jsonBody, jsonRequest, middlewares, newApp, refusalAnswers } from "./http.ts";
import { requireSession } from "./kernel/auth.ts";
import { idempotent } from "./kernel/idempotency.ts";

const common = { tags: ["Approvals"], security: [{ session: [] }] };
const reads = { ...common, middleware: middlewares(requireSession) };
const acts = { ...common, middleware: middlewares(requireSession, jsonBody, idempotent) };
const list = actions.approvals.out.meta({ id: "Approvals" });
const oneApproval = actions.approval.out.meta({ id: "OneApproval" });
const decision = approvalAnswerIn.extend({ device: approvalAnswerIn.shape.device.default("the API") }).meta({ id: "Decision" });

/** An answer that did not count as the refusal that it is, in the words that say who was first. */
function requireCounted(answer: OutputOf<"decide">): OutputOf<"approval"> {
  if (answer.counted) return { approval: answer.approval };
  if (answer.code === "scope" || answer.code === "answer")
    throw new AppError("invalid", { issues: [{ path: answer.code, message: answer.text }] }, { message: answer.text });
  throw new AppError("already_answered", { approval: answer.approval.id }, { message: answer.text });
}

/**
 * The questions of a member's agents. Only a session answers them: no agent's token opens these addresses.
 */
export const approvalRoutes = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/approvals",
      summary: "What the member was asked, newest first; `waiting` counts what is not answered yet",
      ...reads,
      request: { query: approvalsIn },
      responses: { 200: jsonAnswer("A page", list), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "approvals", c.req.valid("query")), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/approvals/{approvalId}",
      summary: "One approval: what exactly was asked, and how it was decided",
      ...reads,
      request: { params: z.object(approvalIn.shape) },
      responses: { 200: jsonAnswer("The approval", oneApproval), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "approval", c.req.valid("param")), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/approvals/{approvalId}/decision",
      summary: "Answer it. The first answer counts; a later one is told who was first and changes nothing",
      ...acts,
      request: { params: z.object(approvalIn.shape), body: jsonRequest(decision) },
      responses: { 200: jsonAnswer("This answer counts", oneApproval), ...refusalAnswers },
    }),
    async (c) => c.json(requireCounted(await askOwnActor(c, "decide", { ...c.req.valid("json"), ...c.req.valid("param") })), 200),
  );
