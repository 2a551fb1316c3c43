import { z } from "zod";

/** A name of the internet, as a box may be let to it: no address, no wildcard, no inner name. */
export const egressHost = z
  .string()
  .max(253)
  .regex(/^(?!.*\.\d+$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/);

/**
 * The event by which a host says, in the stream of events of an agent's OpenCode, that it did not let
 * something of this agent out.
 */
export const egressRefusedEvent = "growqr.egress-refused";
/** `program`: as the process that asked was called, or calls itself; empty where it has ended. */
export const egressRefusal = z.object({
  name: z.string().max(253),
  port: z.number().int(),
  program: z.string().max(60),
  /** It may be reached, but the plan's volume of this day is used up. */
  usedUp: z.literal(true).optional(),
});
export type EgressRefusal = z.infer<typeof egressRefusal>;

/** PUT /stacks/:member/agents/:agent/reach: names that this agent may reach beside those of every box. */
export const reachPut = z.strictObject({ names: z.array(egressHost).max(200) });
export type ReachPut = z.infer<typeof reachPut>;
