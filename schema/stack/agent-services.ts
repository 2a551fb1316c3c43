import { z } from "zod";
import { servicesOfProjects } from "../environment/environment.ts";
import { projectName } from "../task/spec.ts";

/**
 * PUT /stacks/:member/agents/:agent/services starts what the project asks for and tells the agent's commands
 * where it is, by variables of their environment. Idempotent.
 */
export const agentServicesPut = z.strictObject({ project: projectName, services: z.array(z.enum(servicesOfProjects)).min(1).max(2) });
export type AgentServicesPut = z.infer<typeof agentServicesPut>;
/**
 * The names of those variables. In words, `trouble`: why there are none yet; `warning`: what is wrong with
 * what there is.
 */
export const agentServicesSeen = z.object({
  variables: z.array(z.string()),
  trouble: z.string().optional(),
  warning: z.string().optional(),
});
export type AgentServicesSeen = z.infer<typeof agentServicesSeen>;
