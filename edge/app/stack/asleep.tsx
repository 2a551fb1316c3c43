import type { UseQueryResult } from "@tanstack/react-query";
import type { LiveAction, OutputOf } from "../../../schema/actions.ts";
import type { ActionInput } from "../live/live-link.ts";
import { failureText, useActionQuery } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { useSpace } from "../live/workspace.ts";
import styles from "./asleep.module.css";

/** Whether the stack rests, so that only what the actor itself holds can be read. */
export const useAsleep = (): boolean => useLive(({ view }) => view.stack?.observed === "paused" || view.stack?.observed === "stopped");

/** What only the stack can answer: it is asked once that is awake. */
export function useStackQuery<A extends LiveAction>(action: A, input: ActionInput<A>): UseQueryResult<OutputOf<A>> {
  return useActionQuery(action, input, { on: !useAsleep() });
}

/** What needs the stack says so while that rests; it is woken at the person's word. */
export function Asleep({ text = "there is nothing to see" }: { text?: string }) {
  const { startStack } = useSpace();
  if (!useAsleep()) return null;
  return (
    <p className={`sec fx s13 ${styles.asleep}`} role="status">
      <span className="grow">
        Your stack is asleep, so {text}. {startStack.error && <span className="c-bad">{failureText(startStack.error)}</span>}
      </span>
      <button type="button" className="btn xs" disabled={startStack.pending} onClick={startStack.run}>
        {startStack.pending ? "Waking" : "Wake it"}
      </button>
    </p>
  );
}
