import { lazy, Suspense, useEffect } from "react";
import { stoppedBy } from "../agent/agent-status.ts";
import { useConnected, useLive } from "../live/use-live.ts";
import { useSpace } from "../live/workspace.ts";
import { mayRun } from "./stack-words.ts";

const noNotice = (): undefined => undefined;
/** Where its file does not load, the status in the header says it. */
const StackNotice = lazy(() => import("./stack-notice.tsx").catch(() => ({ default: noNotice })));

/** Shown while the stack is in trouble, stands in line, or is stopped and may run. */
export function StackStopped() {
  const { me, startStack } = useSpace();
  const stopper = useLive(stoppedBy);
  const connected = useConnected();
  const { trouble, place } = useLive(({ view }) => view.stack) ?? {};
  const { reset } = startStack;
  useEffect(() => {
    if (stopper === undefined) reset();
  }, [stopper, reset]);
  const isShown = trouble || (connected && (place || (stopper !== undefined && mayRun(me))));
  return isShown ? (
    <Suspense>
      <StackNotice />
    </Suspense>
  ) : null;
}
