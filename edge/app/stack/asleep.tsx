import type { UseQueryResult } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import type { LiveAction, OutputOf } from "../../../schema/actions.ts";
import type { ActionInput } from "../live/live-link.ts";
import { useActionQuery } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { useSpace } from "../live/workspace.ts";
import { isDown, mayRun } from "./stack-words.ts";

/**
 * Whether the stack does not run, so that only what the actor itself holds can be read. A new one is being
 * made elsewhere. Without a plan that lets it run it does not, whatever the actor said last.
 */
export function useAsleep(): boolean {
  const may = mayRun(useSpace().me);
  return useLive(({ view: { stack } }) => !may || (stack !== undefined && isDown(stack)));
}

/** What only the stack can answer: it is asked once that is awake. */
export function useStackQuery<A extends LiveAction>(action: A, input: ActionInput<A>): UseQueryResult<OutputOf<A>> {
  return useActionQuery(action, input, { on: !useAsleep() });
}

const noLine = (): undefined => undefined;
/** Where its file does not load, the page says nothing of the stack. */
const AsleepLine = lazy(() => import("./asleep-line.tsx").catch(() => ({ default: noLine })));
export type AsleepProps = { /** What can't be done meanwhile, and what is so all the same. */ text?: string; more?: string };
/** What needs the stack says so while that is down; it is started at the person's word. */
export const Asleep = (props: AsleepProps) =>
  useAsleep() && (
    <Suspense>
      <AsleepLine {...props} />
    </Suspense>
  );
