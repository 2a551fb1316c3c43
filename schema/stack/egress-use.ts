import { z } from "zod";

/**
 * What a member's boxes and the rooms that install for them have asked of one name, on one day (UTC), or the
 * app of one project. `bytes`: both ways, as they went over the connection.
 */
export const egressDay = z.object({
  /** Days since 1970. */
  day: z.number().int(),
  name: z.string(),
  /** The project whose app it was. */
  app: z.string().optional(),
  requests: z.number().int(),
  bytes: z.number().int(),
});
export type EgressDay = z.infer<typeof egressDay>;
/** So long it is kept, in days. */
export const egressDaysKept = 31;

/**
 * GET /stacks/:member/egress of a host, and GET /egress of the edge: the newest day first, then the most
 * bytes.
 */
export const egressUse = z.object({
  days: z.array(egressDay),
  /** Of today, over all names. */
  today: z.object({ requests: z.number().int(), bytes: z.number().int() }),
  /** What the plan lets through in a day, in bytes. */
  mostBytes: z.number().int(),
});
export type EgressUse = z.infer<typeof egressUse>;
