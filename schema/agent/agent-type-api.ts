import { z } from "zod";
import { modelAlias } from "../model.ts";
import { budgetShape } from "../task/spec.ts";

/** Kinds of agents as the member sees them, and what is told of their own ones. */
export const agentTypeIssues = z.array(z.object({ path: z.string(), message: z.string() })).max(30);
export const agentTypeView = z.object({
  id: z.string(),
  title: z.string(),
  purpose: z.string(),
  /** Defined in memory by the member, at `path`. */
  own: z.boolean(),
  path: z.string().nullable(),
  /** Whether work can be given to it. A file that was never right gives no type. */
  usable: z.boolean(),
  /** What is wrong with the file as it stands in Git; while `usable`, its last good version is in force. */
  issues: agentTypeIssues,
  model: modelAlias,
  tools: z.array(z.string()),
  capabilities: z.array(z.string()),
  budget: budgetShape,
  service: z
    .object({
      name: z.string(),
      kind: z.enum(["mcp", "http"]),
      url: z.string(),
      operations: z.array(z.string()),
      /** The name of the secret it needs. */
      secret: z.string().nullable(),
    })
    .nullable(),
});
export type AgentTypeView = z.infer<typeof agentTypeView>;
export const agentTypesOut = z.object({ types: z.array(agentTypeView) });

/**
 * A member's type was taken up, changed, refused with what is wrong
 * by path, or removed. `kept`: an earlier version stays in force.
 */
export const agentTypeState = z.object({
  id: z.string(),
  path: z.string(),
  change: z.enum(["taken", "changed", "refused", "removed"]),
  title: z.string(),
  issues: agentTypeIssues,
  kept: z.boolean(),
  commit: z.string().optional(),
});
export type AgentTypeState = z.infer<typeof agentTypeState>;
