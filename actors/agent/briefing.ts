import { desc, inArray } from "drizzle-orm";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { boxTools } from "../../schema/agent/agent-type.ts";
import { composeGrowPrompt, type GrowPromptState } from "../../schema/agent/prompt.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { readRecap } from "../conversation/conversation.ts";
import { briefOnProject } from "../environment.ts";
import { me, type Self } from "../kernel/self.ts";
import { readRemembered } from "../memory/memory.ts";
import type { Briefing } from "../opencode/opencode.ts";
import { findTaskProject } from "../project.ts";
import { currentQuest } from "../quest/quest.ts";
import { librarySummaries } from "../quest/quest-source.ts";
import { briefOnBox } from "../stack/box-image.ts";
import { isGrowAgent } from "./agent.ts";
import { openServices } from "./agent-services.ts";
import { readAgentTypes, readOfferedTypes, requireAgentType } from "./agent-type.ts";

const mostTasks = 100;
/** Everything that the Grow Agent's prompt is made of. */
async function readGrowState(self: Self): Promise<GrowPromptState> {
  const { name, memberName } = await me(self.db);
  const { summary, ...known } = await readRemembered(self.db);
  const rows = await self.db
    .select({ id: taskTable.id, spec: taskTable.spec, state: taskTable.state, facts: taskTable.facts })
    .from(taskTable)
    .where(inArray(taskTable.state, ["waiting", "failed", "in_progress", "complete", "assigned", "paused", "created"]))
    .orderBy(desc(taskTable.updatedAt))
    .limit(mostTasks);
  return {
    name,
    memberName,
    today: new Date().toISOString().slice(0, 10),
    ...known,
    summary: summary.replace(/\n+/g, "\n\n"), // each line may be left out by itself
    tasks: rows.map(({ id, spec, state, facts }) => ({
      id: id,
      title: spec.title,
      owner: spec.owner,
      state,
      reason: facts.reason,
    })),
    agents: [...(await readOfferedTypes(self.db, self.vars.world.types)).values()].map(({ id, purpose }) => ({ id, purpose })),
    quest: await currentQuest(self.db),
    quests: librarySummaries,
  };
}

/** OpenCode has one permission to change files: switching off one of these tools switches off all of them. */
const changeTools: readonly (typeof boxTools)[number][] = ["edit", "write", "patch"];
/**
 * What an agent's next turn begins with beside its prompt: the Grow Agent knows how things stand; a sub-agent
 * knows its project and has only the box tools of its type.
 */
export async function composeBriefing(self: Self, row: AgentRow, requestId: string): Promise<Briefing> {
  if (isGrowAgent(row)) return { system: composeGrowPrompt(await readGrowState(self)).text };
  const { tools } = requireAgentType(await readAgentTypes(self.db, self.vars.world.types), row.type);
  const writes = changeTools.some((tool) => tools.box.includes(tool));
  const off = boxTools.filter((tool) => !tools.box.includes(tool) && !(writes && changeTools.includes(tool)));
  const project = await findTaskProject(self.db, row);
  const about = project && [
    await briefOnProject(self, project, requestId),
    await openServices(self, row, project, requestId),
    await briefOnBox(self, row, project, requestId),
  ];
  const parts = [await readRecap(self.db, row.id), ...(about || [])];
  const system = parts.filter(Boolean).join("\n\n");
  return { ...(system ? { system } : {}), tools: Object.fromEntries(off.map((tool) => [tool, false])) };
}
