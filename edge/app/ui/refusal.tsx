import type { ReactNode } from "react";
import { LazyPlanLink } from "../billing/plan/lazy-plan-link.tsx";
import { describeError } from "../live/api.ts";
import { failureText } from "../live/use-action.ts";

/**
 * Why a change was refused, then what became of it (`children`); where a limit of the plan refused it, with
 * the way to the plans.
 */
export function Refusal({ error, children }: { error: unknown; children?: ReactNode }) {
  const text = failureText(error);
  // Without an answer there may be no line: then the file of the link is not asked for.
  const { code } = describeError(error);
  const isAnswer = code !== "unavailable" && code !== "timeout";
  return (
    <>
      {text}
      {children}
      {isAnswer && <LazyPlanLink after={text} />}
    </>
  );
}
