import { z } from "zod";
import { id } from "../wire/id.ts";

/**
 * PUT /stacks/:member/projects/:project by the runner: an actor has made a project, or has deleted it. A
 * project is made once and deleted once, so that the order in which the two come changes nothing.
 */
export const registryProjectIn = z.strictObject({
  id: id("prj"),
  repo: z.string().min(1).max(200),
  template: z.string().max(60).nullable(),
  /** Milliseconds since 1970. */
  createdAt: z.number().int().positive(),
  removedAt: z.number().int().positive().optional(),
});
export type RegistryProjectIn = z.infer<typeof registryProjectIn>;
export const registeredOut = z.object({ registered: z.literal(true) });
