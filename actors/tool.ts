import type { z } from "zod";
import type { AgentRow } from "../schema/agent/agent.table.ts";
import { toolsOfType } from "../schema/agent/agent-type.ts";
import { holdsCapability } from "../schema/agent/capability.ts";
import { tools } from "../schema/tool/tool.ts";
import type { ToolAnswer, ToolCall, ToolName } from "../schema/tool/tool-call.ts";
import { AppError } from "../schema/wire/error.ts";
import { issuesOf } from "../schema/wire/yaml.ts";
import { findAgent, isGrowAgent } from "./agent/agent.ts";
import { growCapabilities, readAgentTypes, requireAgentType } from "./agent/agent-type.ts";
import { delegateTool, planTool, reportTool } from "./agent/team-tools.ts";
import { askTool } from "./approval/ask-tool.ts";
import { briefOnProject } from "./environment.ts";
import type { Self } from "./kernel/self.ts";
import { record } from "./kernel/transaction.ts";
import { waitForEffect } from "./kernel/work.ts";
import { recallTool, rememberTool, setGoalTool } from "./memory/memory-tools.ts";
import { openPreviewTool } from "./preview.ts";
import * as project from "./project.ts";
import { questBound } from "./quest/quest.ts";
import { startQuestTool } from "./quest/quest-tools.ts";
import { deployTool } from "./release/deploy-tool.ts";
import { callServiceTool } from "./service/service-tool.ts";
import type { ToolContext } from "./tool-context.ts";
import { refuseToolCall, toolPatienceMs } from "./tool-context.ts";
import { runningTurn } from "./turn/turn-row.ts";

/**
 * One tool call of an agent. The same call again in the same turn (or a retry of it) does nothing twice and
 * gets the same answer.
 */
export async function callTool(self: Self, call: ToolCall, key: string, requestId: string): Promise<ToolAnswer> {
  const row = await findAgent(self.db, call.agent);
  if (!row || row.retiredAt) throw new AppError("not_found", { what: "agent" });
  const turnId = await runningTurn(self.db, row.id);
  const context: ToolContext = { key: `${turnId ?? "-"}:${key}`, agent: row.id, row, channel: row.channel, turnId, requestId };
  const missing = await findMissingGrant(self, row, call.tool);
  if (missing) return { ok: false, text: missing };
  return toolHandlers[call.tool](self, call.arguments, context);
}

/**
 * Why an agent may not use a tool. The Grow Agent has all tools; a sub-agent those its type names, each
 * within its capabilities and those of the quest it works for.
 */
async function findMissingGrant(self: Self, row: AgentRow, tool: ToolName): Promise<string | undefined> {
  const needs = tools[tool].capability;
  const none = `${tool} is not among your tools.`;
  if (isGrowAgent(row)) return needs === undefined || holdsCapability(growCapabilities, needs) ? undefined : none;
  const type = requireAgentType(await readAgentTypes(self.db, self.vars.world.types), row.type);
  if (!toolsOfType(type).includes(tool)) return none;
  if (needs === undefined || holdsCapability(await questBound(self.db, row.task, type.capabilities), needs)) return undefined;
  const bound = holdsCapability(type.capabilities, needs) ? "the quest you work for" : `your type, ${type.id},`;
  return `${tool} needs the capability ${needs}, which ${bound} does not have.`;
}

type ToolHandler<N extends ToolName> = (
  self: Self,
  input: z.infer<(typeof tools)[N]["input"]>,
  context: ToolContext,
) => Promise<ToolAnswer>;
/**
 * Parses and calls. An invalid call goes back with its reasons for one repair; a second of that tool in the
 * turn is told to the member.
 */
function toolHandler<N extends ToolName>(name: N, act: ToolHandler<N>) {
  return async (self: Self, args: unknown, context: ToolContext): Promise<ToolAnswer> => {
    const parsed = tools[name].input.safeParse(args ?? {});
    if (parsed.success) return act(self, parsed.data as z.infer<(typeof tools)[N]["input"]>, context);
    return refuseToolCall(self, name, issuesOf(parsed.error), context);
  };
}
const toolHandlers: { [N in ToolName]: (self: Self, args: unknown, context: ToolContext) => Promise<ToolAnswer> } = {
  remember: toolHandler("remember", rememberTool),
  recall: toolHandler("recall", recallTool),
  set_goal: toolHandler("set_goal", setGoalTool),
  start_quest: toolHandler("start_quest", startQuestTool),
  open_project: toolHandler("open_project", openProjectTool),
  plan: toolHandler("plan", planTool),
  delegate: toolHandler("delegate", delegateTool),
  ask: toolHandler("ask", askTool),
  report_progress: toolHandler("report_progress", reportTool),
  call_service: toolHandler("call_service", callServiceTool),
  open_preview: toolHandler("open_preview", openPreviewTool),
  deploy: toolHandler("deploy", deployTool),
};

/**
 * A sub-agent is let into the project of its task, which was opened with that; the Grow Agent into any, and
 * it makes them.
 */
async function openProjectTool(self: Self, input: z.infer<typeof tools.open_project.input>, context: ToolContext): Promise<ToolAnswer> {
  const name = isGrowAgent(context.row) ? input.name : await project.findTaskProject(self.db, context.row);
  if (input.name !== name) {
    const text =
      name === undefined
        ? "You have no task just now, so no project is open to you."
        : `Your task's project is ${name}. No other is open to you.`;
    return { ok: false, text };
  }
  const known = await project.findProject(self, input.name);
  if (!known?.readyAt) {
    const work = await record(self, context.requestId, (writer) => project.queueProject(writer, input.name, context.turnId));
    const ready = await waitForEffect(
      self,
      work,
      toolPatienceMs,
      async () => (await project.findProject(self, input.name))?.readyAt ?? undefined,
    );
    const error = ready ? undefined : (await project.findProject(self, input.name))?.error;
    if (!ready)
      return { ok: false, text: `The project could not be opened yet${error ? ` (${error})` : ""}. Call open_project again in a moment.` };
  }
  await project.admitToProject(self, context.row, input.name, context.requestId);
  const about = await briefOnProject(self, input.name, context.requestId);
  return { ok: true, text: [project.describeProject(input.name, context.agent), ...(about === undefined ? [] : [about])].join("\n\n") };
}
