import { z } from "zod";
import { actions, type OutputOf } from "../schema/actions.ts";
import { approvalAnswerIn } from "../schema/approval/approval.ts";
import { approvalIn } from "../schema/approval/approval-api.ts";
import { AppError } from "../schema/wire/error.ts";
import { askOwnActor } from "./actor/actor-call.ts";
import { askedRoutes, asksActor } from "./actor/asked-route.ts";
import { memberDoor } from "./door.ts";
import { jsonAnswer, jsonRequest, refusalAnswers } from "./http.ts";

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
export const approvalRoutes = askedRoutes("Approvals", {
  "GET /approvals": asksActor("approvals", "What the member was asked, newest first; `waiting` counts what is not answered yet", "A page", {
    answerName: "Approvals",
  }),
  "GET /approvals/{approvalId}": asksActor("approval", "One approval: what exactly was asked, and how it was decided", "The approval", {
    answerName: "OneApproval",
  }),
}).openapi(
  memberDoor({
    method: "post",
    path: "/approvals/{approvalId}/decision",
    summary: "Answer it. The first answer counts; a later one is told who was first and changes nothing",
    tags: ["Approvals"],
    scope: "admin",
    request: { params: z.object(approvalIn.shape), body: jsonRequest(decision) },
    responses: { 200: jsonAnswer("This answer counts", oneApproval), ...refusalAnswers },
  }),
  async (c) => c.json(requireCounted(await askOwnActor(c, "decide", { ...c.req.valid("json"), ...c.req.valid("param") })), 200),
);
