import { z } from "zod";
import { id } from "../wire/id.ts";

/** The platform's tools that a kind of agent may have. What each takes: `tool.ts` and `agent-tools.ts`. */
export const platformTools = [
  "remember",
  "recall",
  "open_project",
  "plan",
  "delegate",
  "ask",
  "start_quest",
  "report_progress",
  "set_goal",
  "open_preview",
  "deploy",
] as const;
/** And the one for the service that an agent is bound to. */
export const toolName = z.enum([...platformTools, "call_service"]);
export type ToolName = z.infer<typeof toolName>;

/**
 * Action `tool`: one call of an agent, keyed by a hash of agent, tool and arguments within the running turn.
 */
export const toolCall = z.object({ agent: id("agt"), tool: toolName, arguments: z.unknown() });
export type ToolCall = z.infer<typeof toolCall>;
export const toolAnswer = z.object({ ok: z.boolean(), text: z.string() });
export type ToolAnswer = z.infer<typeof toolAnswer>;
