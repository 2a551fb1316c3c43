import type { ReactNode } from "react";
import { troubleWords } from "../../../schema/stack/stack.ts";
import { useLive } from "../live/use-live.ts";
import { useSpace } from "../live/workspace.ts";
import { Refusal } from "../ui/refusal.tsx";
import styles from "./asleep.module.css";
import type { AsleepProps } from "./asleep.tsx";
import { describeDown, describeLine, isComingUp, isDown, mayRun } from "./stack-words.ts";

/** Why what needs the stack can't be done, and what brings it back. */
export default function AsleepLine({ text = "there is nothing to see", more = "" }: AsleepProps): ReactNode {
  const { me, startStack } = useSpace();
  const stack = useLive(({ view }) => view.stack);
  if (!mayRun(me))
    return (
      <p className={`sec s13 ${styles.asleep}`} role="status">
        Your stack is stopped, so {text} until your plan is active{more}.
      </p>
    );
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
        {title}, so {text} until it is awake{more}.{" "}
        {startStack.error && (
          <span className="c-bad">
            <Refusal error={startStack.error} />
          </span>
        )}
      </span>
      <button type="button" className="btn xs" disabled={startStack.pending} onClick={startStack.run}>
        {startStack.pending ? busy : press}
      </button>
    </p>
  );
}
