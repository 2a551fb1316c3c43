import type { Me } from "../kernel/self.ts";

/**
 * What a stack is needed for just now. `work` is what the platform starts by itself: it wakes a stack that
 * sleeps, and a member's stop holds against it. `idle`: nobody has used it for a while.
 */
export type Need = "message" | "start" | "work" | "stop" | "idle" | "none";
/** `asleep`: stopped by idleness. `place`: in line for a machine with a slot free. */
export type TierFacts = Pick<Me, "tier" | "asleep" | "place">;

/** The tier an actor wants next. The one place that decides it. Pure. */
export function nextTier(now: TierFacts, need: Need): Me["tier"] {
  if (need === "message" || need === "start") return "running";
  if (need === "work") return isHeld(now) ? now.tier : "running";
  if (need === "stop" || need === "idle") return "stopped";
  return now.tier;
}
/**
 * Stopped by the member, or by what their account allows: nothing begins until they start it, write, or ask
 * for work. One in line begins nothing either until it has its machine.
 */
export function isHeld({ tier, asleep, place }: TierFacts): boolean {
  return (tier === "stopped" && !asleep) || place !== null;
}
/** When nobody uses a stack it is stopped, and looks at a preview keep it so long at most. Milliseconds. */
export const looksKeep = 2 * 3_600_000;
/** How long until a stack that is at work is looked at again. Milliseconds. */
const lookAgain = 5 * 60_000;

export type IdleFacts = {
  /** Something is under way or due soon, or is not known. */
  busy: boolean;
  /** When it was last asked for something or worked, milliseconds since 1970. */
  activeAt: number;
  /** When its member last looked at a preview, or left a program to run in a terminal. */
  lookedAt: number;
};
/**
 * When a stack may be stopped because nobody uses it, if nothing changes; now or before: at once. A preview's
 * page may ask by itself, so looking counts for a while only. An open page of the app is no use of the stack:
 * it would keep a slot that others wait for through the night. Pure.
 */
export function findIdleTime({ busy, activeAt, lookedAt }: IdleFacts, now: number, idleAfter: number): number {
  if (busy) return now + Math.min(lookAgain, idleAfter);
  return Math.max(activeAt, Math.min(lookedAt, activeAt + looksKeep)) + idleAfter;
}
