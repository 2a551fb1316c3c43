import type { z } from "zod";
import type { tools } from "../../schema/tool/tool.ts";
import { type ToolAnswer, toolAnswer } from "../../schema/tool/tool-call.ts";
import { AppError } from "../../schema/wire/error.ts";
import { once } from "../kernel/idempotency.ts";
import type { Self } from "../kernel/self.ts";
import { refuseToolCall, type ToolContext } from "../tool-context.ts";
import { proposeQuest } from "./quest-control.ts";
import { readPackage } from "./quest-source.ts";

type Issues = { path: string; message: string }[];
/** Tool `start_quest`: a proposal. The member sees what it may touch and what it costs, and starts it. */
export async function startQuestTool(
  self: Self,
  { quest, inputs }: z.infer<typeof tools.start_quest.input>,
  context: ToolContext,
): Promise<ToolAnswer> {
  try {
    const pack = await readPackage(self, quest, context.requestId);
    return await once(self, context.requestId, `tool:${context.key}`, toolAnswer, async (writer) => {
      const row = await proposeQuest(writer, pack, inputs);
      const text = `The quest “${pack.quest.title}” (${row.id}) is proposed with these inputs. The member sees what it may touch and what it costs, and starts it; nothing runs before. Do not say that it has begun.`;
      return { ok: true, text };
    });
  } catch (error) {
    if (!(error instanceof AppError) || !["invalid", "not_found"].includes(error.code)) throw error;
    const issues = (error.meta.issues as Issues | undefined) ?? [{ path: "quest", message: error.message }];
    return refuseToolCall(self, "start_quest", issues, context);
  }
}
