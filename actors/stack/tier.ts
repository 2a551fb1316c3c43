import type { Tier } from "../../schema/stack/stack.ts";

/**
 * What a stack is needed for just now. `work` is what the platform starts by itself: it wakes a stack that
 * sleeps, and a stop holds against it.
 */
export type Need = "message" | "start" | "work" | "stop" | "none";

/** The tier an actor wants next. The one place that decides it; idleness will join here. Pure. */
export function nextTier(current: Tier, need: Need): Tier {
  if (need === "message" || need === "start") return "running";
  if (need === "work") return isHeld(current) ? current : "running";
  if (need === "stop") return "stopped";
  return current;
}
/**
 * Stopped by the member, or by what their account allows: nothing begins until they start it, write, or ask
 * for work.
 */
export function isHeld(tier: Tier): boolean {
  return tier === "stopped";
}
