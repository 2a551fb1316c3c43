import type { Ceiling, ObservedState } from "../../schema/stack/stack.ts";

/** A container as Docker shows it. `created` was never started. */
export type PartState = "absent" | "created" | "running" | "paused" | "exited";
/**
 * `memory`: the volume of the stack's Gitea; `workspace`: that of its box. `writer`: this host holds a token
 * that writes to the stack's Gitea.
 */
export type SeenStack = { network: boolean; memory: boolean; workspace: boolean; gitea: PartState; opencode: PartState; writer: boolean };
export type WantedStack = {
  /** The lower of what the actor wants and the account allows. */
  tier: Ceiling;
  /** Whether this host may run the stack now. */
  leased: boolean;
  /** The stack has a memory: its volume is never made anew. */
  keeps: boolean;
  /** Failures in a row and the time of the last, milliseconds since 1970. */
  attempts: number;
  failedAt: number;
  /** Images that this machine is still preparing. */
  awaits: readonly PairSide[];
};
export type PairSide = "gitea" | "opencode";
export type StackAction = "network" | "image" | "gitea" | "opencode" | "wake" | "pause" | "stop" | "drop" | "erase";

const isLive = (part: PartState) => part === "running" || part === "paused";

/** Milliseconds to wait after so many failures in a row: half a second doubling to half a minute. */
export function stackBackoff(attempts: number): number {
  return attempts === 0 ? 0 : Math.min(30_000, 500 * 2 ** Math.min(attempts - 1, 10));
}

/**
 * Whether a memory that was here is gone. Then the rest of the stack stops, and nothing is made in its place.
 */
export function isMemoryMissing(want: Pick<WantedStack, "keeps" | "tier">, seen: Pick<SeenStack, "memory">): boolean {
  return want.keeps && !seen.memory && want.tier !== "erased";
}

/** Whether work may be tried now: not within the pause after a failure. */
export function isStackDue(want: WantedStack, now: number): boolean {
  return now >= want.failedAt + stackBackoff(want.attempts);
}

/**
 * What to do next: the actions of one stage, which may run side by side; the next plan is made from what is
 * seen after it. Nothing to do is an empty list. A stack without a lease is held paused: nothing of it is
 * started.
 */
export function planStack(want: WantedStack, seen: SeenStack): StackAction[] {
  if (want.tier === "erased" || want.tier === "archived") return planRemoval(want.tier, seen);
  if (want.tier === "stopped" || isMemoryMissing(want, seen)) return isLive(seen.gitea) || isLive(seen.opencode) ? ["stop"] : [];
  if (want.tier === "paused" || !want.leased) return seen.gitea === "running" || seen.opencode === "running" ? ["pause"] : [];
  if (!seen.network || !seen.memory || !seen.workspace) return ["network"];
  if (seen.gitea === "paused" || seen.opencode === "paused") return ["wake"];
  if (awaitedImages(want, seen).length > 0) return ["image"];
  const missing: StackAction[] = [];
  if (seen.gitea !== "running" || !seen.writer) missing.push("gitea");
  if (seen.opencode !== "running") missing.push("opencode");
  return missing;
}

/** Images without which a container of the stack can't be started. */
export function awaitedImages(want: Pick<WantedStack, "awaits">, seen: Pick<SeenStack, PairSide>): PairSide[] {
  return want.awaits.filter((side) => seen[side] !== "running");
}

function planRemoval(tier: "erased" | "archived", seen: SeenStack): StackAction[] {
  if (isLive(seen.gitea) || isLive(seen.opencode)) return ["stop"];
  if (seen.gitea !== "absent" || seen.opencode !== "absent" || seen.network) return ["drop"];
  return tier === "erased" && (seen.memory || seen.workspace) ? ["erase"] : [];
}

/**
 * One word for what is seen. `busy`: work on the stack is going on. `failed`: the last try failed and the
 * next is not due; what is to rest and has nothing that runs has not failed.
 */
export function describeObserved(seen: SeenStack, now: { busy: boolean; failed: boolean; wantsRunning: boolean }): ObservedState {
  const parts = [seen.gitea, seen.opencode];
  if (parts.every((part) => part === "running")) return now.busy ? "creating" : "running";
  if (now.failed && (now.wantsRunning || parts.some(isLive))) return "failed";
  if (now.wantsRunning && now.busy) return "creating";
  if (parts.some((part) => part === "paused")) return "paused";
  if (parts.every((part) => part === "absent")) return "absent";
  if (parts.some((part) => part === "running")) return "creating";
  return "stopped";
}
