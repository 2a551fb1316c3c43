import type { Tier } from "../schema/stack.ts";

/** What a stack is needed for just now. */
export type Need = "message" | "start" | "stop" | "none";

/** The tier an actor wants next. The one place that decides it; idleness will join here. Pure. */
export function nextTier(current: Tier, need: Need): Tier {
  if (need === "message" || need === "start") return "running";
  if (need === "stop") return "stopped";
  return current;
}
