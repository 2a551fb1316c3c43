import type { UseQueryResult } from "@tanstack/react-query";
import type { LiveAction, OutputOf } from "../../../schema/actions.ts";
import type { ActionInput } from "../live/live-link.ts";
import { failureText, useActionQuery } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { useSpace } from "../live/workspace.ts";
import styles from "./asleep.module.css";

/**
 * Whether the stack does not run, so that only what the actor itself holds can be read. A new one is being
 * made elsewhere.
 */
export const useAsleep = (): boolean =>
  useLive(({ view: { stack } }) => stack !== undefined && !["running", "creating", "unreachable"].includes(stack.observed));
/** Whether it is on its way up. */
const useWaking = (): boolean =>
  useLive(({ view: { stack } }) => stack !== undefined && stack.observed !== "failed" && (stack.provisioning || stack.tier === "running"));

/** What only the stack can answer: it is asked once that is awake. */
export function useStackQuery<A extends LiveAction>(action: A, input: ActionInput<A>): UseQueryResult<OutputOf<A>> {
  return useActionQuery(action, input, { on: !useAsleep() });
}

/** What needs the stack says so while that rests; it is woken at the person's word. */
export function Asleep({ text = "there is nothing to see" }: { text?: string }) {
  const { startStack } = useSpace();
  const waking = useWaking();
  if (!useAsleep()) return null;
  if (waking)
    return (
      <p className={`sec s13 ${styles.asleep}`} role="status">
        Your stack is waking up. This page goes on by itself.
      </p>
    );
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
