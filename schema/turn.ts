/** One run of an agent from prompt to idle. */
export const turnStates = ["queued", "running", "done", "interrupted", "failed", "stopped"] as const;
export type TurnState = (typeof turnStates)[number];

const turnTransitions = {
  queued: ["running", "stopped", "failed"],
  running: ["done", "interrupted", "failed", "stopped"],
  interrupted: ["running"], // resumed: the session still had it
  done: [],
  failed: [],
  stopped: [],
} as const satisfies Record<TurnState, readonly TurnState[]>;

/** The next state, or undefined when the step is not allowed: a turn ends once. */
export function nextTurnState(from: TurnState, to: TurnState): TurnState | undefined {
  return (turnTransitions[from] as readonly TurnState[]).includes(to) ? to : undefined;
}
export function isTurnOver(state: TurnState): boolean {
  return state === "done" || state === "failed" || state === "stopped" || state === "interrupted";
}
/** Who ends a turn before its time: its member, or what their account allows. */
export const turnStoppers = ["member", "account"] as const;
export type TurnStopper = (typeof turnStoppers)[number];
/** The reason of a turn that the member cancelled before it began. */
export const cancelledReason = "cancelled";
