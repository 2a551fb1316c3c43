import { z } from "zod";
import { id } from "../wire/id.ts";

/** `month`: as 2026-11, by days in UTC; without one it is the plan's running period. */
export const usageIn = z.strictObject({
  month: z
    .string()
    .regex(/^20\d{2}-(?:0[1-9]|1[0-2])$/)
    .optional(),
});
/**
 * GET /billing/usage: what was used since the plan's period began, or in a month, day by day (UTC), by agent,
 * quest, project and model. Costs are millionths of a dollar; a day is counted since 1970.
 */
const spent = {
  costMicros: z.number().int(),
  /** What was paid to a provider by the member's own key: no part of the plan, and of no bill of ours. */
  ownMicros: z.number().int(),
  inputTokens: z.number().int(),
  outputTokens: z.number().int(),
  calls: z.number().int(),
};
export const usageOut = z
  .object({
    /** When the period, or the month, began. Milliseconds since 1970. */
    from: z.number(),
    /** When the account began: no month before has anything. Milliseconds since 1970. */
    began: z.number(),
    days: z.array(z.object({ day: z.number().int(), ...spent })),
    /** The dearest first, at most fifty of each; null: work of no quest, of no project. */
    quests: z.array(z.object({ quest: z.string().nullable(), ...spent })),
    projects: z.array(z.object({ project: z.string().nullable(), ...spent })),
    models: z.array(z.object({ model: z.string(), ...spent })),
    agentCosts: z.array(z.object({ agent: id("agt"), ...spent })),
    /**
     * How long the stack ran as its host found its containers, in milliseconds. `active`: an agent was at
     * work. `dead`: it should have run and did not. `paused` and `stopped`: nothing ran.
     */
    time: z.array(
      z.object({
        day: z.number().int(),
        activeMs: z.number().int(),
        idleMs: z.number().int(),
        deadMs: z.number().int(),
        pausedMs: z.number().int(),
        stoppedMs: z.number().int(),
      }),
    ),
    /** How long each agent was there while the stack ran, by the same count, whoever worked longest first. */
    agents: z.array(z.object({ agent: id("agt"), activeMs: z.number().int(), idleMs: z.number().int(), deadMs: z.number().int() })),
    /**
     * Of the stack's boxes, rooms and apps, as their host counted. `egressBytes`: to the internet and back.
     * `diskBytes`: the most that its volumes held that day; null of a day on which they were not measured.
     */
    machine: z.array(z.object({ day: z.number().int(), egressBytes: z.number().int(), diskBytes: z.number().int().nullable() })),
  })
  .meta({ id: "Usage" });
export type UsageOut = z.infer<typeof usageOut>;
