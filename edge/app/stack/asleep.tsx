import type { UseQueryResult } from "@tanstack/react-query";
import type { LiveAction, OutputOf } from "../../../schema/actions.ts";
import { troubleWords } from "../../../schema/stack/stack.ts";
import type { ActionInput } from "../live/live-link.ts";
import { failureText, useActionQuery } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { useSpace } from "../live/workspace.ts";
import styles from "./asleep.module.css";
import { describeDown, describeLine, isComingUp, isDown, mayRun } from "./stack-words.ts";

/**
 * Whether the stack does not run, so that only what the actor itself holds can be read. A new one is being
 * made elsewhere.
 */
export const useAsleep = (): boolean => useLive(({ view: { stack } }) => stack !== undefined && isDown(stack));

/** What only the stack can answer: it is asked once that is awake. */
export function useStackQuery<A extends LiveAction>(action: A, input: ActionInput<A>): UseQueryResult<OutputOf<A>> {
  return useActionQuery(action, input, { on: !useAsleep() });
}

/** What needs the stack says so while that is down; it is started at the person's word. */
export function Asleep({ text = "there is nothing to see" }: { text?: string }) {
  const { me, startStack } = useSpace();
  const stack = useLive(({ view }) => view.stack);
  if (!stack || !isDown(stack)) return null;
  const byItself = stack.trouble
    ? troubleWords[stack.trouble].title
    : stack.place
      ? `You are ${describeLine(stack.place)}. This page goes on by itself when it is your turn.`
      : isComingUp(stack)
        ? "Your stack is waking up. This page goes on by itself."
        : undefined;
  if (byItself !== undefined)
    return (
      <p className={`sec s13 ${styles.asleep}`} role="status">
        {byItself}
      </p>
    );
  const { title, press, busy } = describeDown(stack);
  return (
    <p className={`sec fx s13 ${styles.asleep}`} role="status">
      <span className="grow">
        {title}, so {text}. {startStack.error && <span className="c-bad">{failureText(startStack.error)}</span>}
      </span>
      {mayRun(me) && (
        <button type="button" className="btn xs" disabled={startStack.pending} onClick={startStack.run}>
          {startStack.pending ? busy : press}
        </button>
      )}
    </p>
  );
}
