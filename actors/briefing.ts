import { boxTools } from "../schema/agent-type.ts";
import { type AgentRow, isGrow } from "./agent.ts";
import { typeOf } from "./agent-type.ts";
import type { Briefing } from "./opencode.ts";
import type { Self } from "./self.ts";

/** What an agent's next turn begins with beside its prompt: a sub-agent has only the box tools of its type. */
export async function briefing(self: Self, of: AgentRow): Promise<Briefing> {
  if (isGrow(of)) return {};
  const { tools } = typeOf(self.vars.world.types, of.type);
  return { tools: Object.fromEntries(boxTools.filter((tool) => !tools.box.includes(tool)).map((tool) => [tool, false])) };
}
