import { eq } from "drizzle-orm";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { composeServicesBriefing, composeServicesTrouble } from "../../schema/environment/environment-prompt.ts";
import { type AgentServicesPut, agentServicesSeen } from "../../schema/stack/agent-services.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { readProjectServices } from "../environment.ts";
import type { Self } from "../kernel/self.ts";

/** A turn waits so long for them, milliseconds. What is started later is found by its later commands. */
const patienceMs = 25_000;

/** Starts the services that the agent's project asks for; answers what the agent is told of them. */
export async function openServices(self: Self, agent: AgentRow, project: string, requestId: string): Promise<string | undefined> {
  const [task] = agent.task ? await self.db.select({ branch: taskTable.branch }).from(taskTable).where(eq(taskTable.id, agent.task)) : [];
  const services = await readProjectServices(self, project, task?.branch ?? null, requestId);
  if (services.length === 0) return undefined;
  const body: AgentServicesPut = { project, services };
  try {
    const call = { method: "PUT", path: `/agents/${agent.id}/services`, body, firstByte: patienceMs } as const;
    const { variables, trouble, warning } = await self.vars.stack.json(requestId, agentServicesSeen, call);
    return trouble === undefined ? composeServicesBriefing(variables, warning) : composeServicesTrouble(services, trouble);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return composeServicesTrouble(services, error.message);
  }
}
