import type { Ceiling, ObservedState } from "../../schema/stack/stack.ts";

/** A container as Docker shows it. `created` was never started. */
export type Part = "absent" | "created" | "running" | "paused" | "exited";
/** `memory`: the volume of the stack's Gitea; `workspace`: that of its box. `writer`: this host holds a token that writes to the stack's Gitea. */
export type Seen = { network: boolean; memory: boolean; workspace: boolean; gitea: Part; opencode: Part; writer: boolean };
export type Want = {
  /** The lower of what the actor wants and the account allows. */
  tier: Ceiling;
  /** Whether this host may run the stack now. */
  leased: boolean;
  /** The stack has a memory: its volume is never made anew. */
  keeps: boolean;
  /** Failures in a row and the time of the last, milliseconds since 1970. */
  attempts: number;
  failedAt: number;
};
export type StackAction = "network" | "gitea" | "opencode" | "wake" | "pause" | "stop" | "drop" | "erase";

const live = (part: Part) => part === "running" || part === "paused";

/** Milliseconds to wait after so many failures in a row: half a second doubling to half a minute. */
export function backoff(attempts: number): number {
  return attempts === 0 ? 0 : Math.min(30_000, 500 * 2 ** Math.min(attempts - 1, 10));
}

/** A memory that was here and is not: what is left of the stack stands still, and nothing is made in its place. */
export function memoryMissing(want: Pick<Want, "keeps" | "tier">, seen: Pick<Seen, "memory">): boolean {
  return want.keeps && !seen.memory && want.tier !== "erased";
}

/** Whether work may be tried now: not within the pause after a failure. */
export function due(want: Want, now: number): boolean {
  return now >= want.failedAt + backoff(want.attempts);
}

/**
 * What to do next: the actions of one stage, which may run side by side; the next plan is made from what is seen after it.
 * Nothing to do is an empty list. A stack without a lease is held paused: nothing of it is started.
 */
export function plan(want: Want, seen: Seen): StackAction[] {
  if (want.tier === "erased" || want.tier === "archived") return away(want.tier, seen);
  if (want.tier === "stopped" || memoryMissing(want, seen)) return live(seen.gitea) || live(seen.opencode) ? ["stop"] : [];
  if (want.tier === "paused" || !want.leased) return seen.gitea === "running" || seen.opencode === "running" ? ["pause"] : [];
  if (!seen.network || !seen.memory || !seen.workspace) return ["network"];
  if (seen.gitea === "paused" || seen.opencode === "paused") return ["wake"];
  const missing: StackAction[] = [];
  if (seen.gitea !== "running" || !seen.writer) missing.push("gitea");
  if (seen.opencode !== "running") missing.push("opencode");
  return missing;
}

function away(tier: "erased" | "archived", seen: Seen): StackAction[] {
  if (live(seen.gitea) || live(seen.opencode)) return ["stop"];
  if (seen.gitea !== "absent" || seen.opencode !== "absent" || seen.network) return ["drop"];
  return tier === "erased" && (seen.memory || seen.workspace) ? ["erase"] : [];
}

/** One word for what is seen. `busy`: work on it is going on; `failed`: the last try failed and the next is not due. */
export function observed(seen: Seen, of: { busy: boolean; failed: boolean; wantsRunning: boolean }): ObservedState {
  const parts = [seen.gitea, seen.opencode];
  if (parts.every((part) => part === "running")) return of.busy ? "creating" : "running";
  if (of.failed) return "failed";
  if (of.wantsRunning && of.busy) return "creating";
  if (parts.some((part) => part === "paused")) return "paused";
  if (parts.every((part) => part === "absent")) return "absent";
  if (parts.some((part) => part === "running")) return "creating";
  return "stopped";
}
