import { useCallback } from "react";
import { isTrialToBegin } from "../billing/plan/trial.ts";
import type { LogView } from "../live/log-view.ts";
import { useLive } from "../live/use-live.ts";
import { useSpace } from "../live/workspace.ts";
import { useScreen } from "../shell/screen.ts";
import { leaveQuestion } from "./stack-words.ts";

/** Whether a message waits for the stack, to any agent: its turn has no row before it began or ended. */
function hasQueued({ queued, channels }: Pick<LogView, "queued" | "channels">): boolean {
  const rows = [...channels.values()].flat();
  const begun = new Set(rows.flatMap((row) => (row.type === "turn" && row.turn.state !== "queued" ? [row.key] : [])));
  return queued > 0 || rows.some((row) => row.type === "member" && !begun.has(row.body.turnId));
}

/** The stack's place in line, while no machine has a slot free, and the way out of the line, asked once. */
export function useStackLine(): { place: number | undefined; leave: () => void } {
  const { me, live, stopStack } = useSpace();
  const { ask } = useScreen();
  const place = useLive(({ view }) => view.stack?.place ?? undefined);
  const trial = isTrialToBegin(me);
  const leave = useCallback(() => {
    if (!stopStack.pending) ask(leaveQuestion({ queued: hasQueued(live.state().view), trial }, stopStack.run));
  }, [stopStack, live, trial, ask]);
  return { place, leave };
}
