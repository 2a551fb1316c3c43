import type { Snapshot } from "../../../schema/agent/grow-agent.ts";
import { type Entitlement, entitlementCeiling } from "../../../schema/billing/entitlement.ts";
import { describePlace } from "../../../schema/stack/slot-line.ts";
import type { ConfirmQuestion } from "../shell/screen.ts";

/** How a stack that is not up is told, in the same words everywhere. Pure. */
type StackNow = Snapshot["stack"];

/** Whether the account lets the stack run: else nothing offers to start it. */
export const mayRun = ({ entitlement }: { entitlement: Entitlement }): boolean => entitlementCeiling(entitlement) === "running";

export const describeLine = (place: number): string => `${describePlace(place)} in line for a machine`;
/**
 * Whether what only a running stack can answer is out of reach. One that is being made is told by its steps.
 */
export const isDown = ({ observed, place }: StackNow): boolean =>
  Boolean(place) || !["running", "creating", "unreachable"].includes(observed);
/** Whether it comes up by itself; one that stands in line does when it has its machine. */
export const isComingUp = ({ provisioning, tier, observed }: StackNow): boolean =>
  observed !== "failed" && (provisioning || (tier === "running" && observed !== "running"));

type DownWords = { title: string; press: string; busy: string };
const downWords = {
  asleep: { title: "Your stack is asleep", press: "Wake it", busy: "Waking" },
  stopped: { title: "Your stack is stopped", press: "Start it", busy: "Starting" },
  failed: { title: "Your stack did not start", press: "Try again", busy: "Starting" },
} satisfies Record<string, DownWords>;
/** What a stack is called that does not come up by itself, and what its member presses. */
export function describeDown({ asleep, observed }: StackNow): DownWords {
  return observed === "failed" ? downWords.failed : asleep ? downWords.asleep : downWords.stopped;
}

/** `queued`: messages wait for the stack. `trial`: it has not begun. */
export function leaveQuestion({ queued, trial }: { queued: boolean; trial: boolean }, act: () => void): ConfirmQuestion {
  const unsent = queued ? " What you wrote and waits is not sent: it stays in the conversation, to send again." : "";
  const kept = trial ? " Your trial does not begin." : " Nothing else is lost.";
  return {
    title: "Leave the line?",
    text: `Your place goes to who comes next.${unsent}${kept} Start your stack, or write, to stand in line anew.`,
    yes: "Leave it",
    act,
  };
}
