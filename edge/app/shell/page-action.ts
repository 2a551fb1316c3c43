import { useLayoutEffect, useRef } from "react";
import type { Choice } from "../approval/two-step-key.ts";

/**
 * Actions that a part of the page offers while it is shown. A key or a button elsewhere runs them by name.
 */
export type PageActions = {
  /** Goes to the newest message. */
  showLatest: () => boolean;
  /** Opens the channel's own search, or goes to its field. */
  openFind: () => boolean;
  focusMessage: () => boolean;
  focusReply: () => boolean;
  /** Arms an answer of the question that is shown, or decides what is armed. */
  armAnswer: (choice: Choice) => boolean;
};
type Name = keyof PageActions;
const offered = new Map<Name, Set<(...given: never[]) => boolean>>();

/** Offers an action while the component is shown; without a name none. */
export function usePageAction<N extends Name>(name: N | undefined, action: PageActions[N]): void {
  const latest = useRef(action);
  useLayoutEffect(() => {
    latest.current = action;
  });
  useLayoutEffect(() => {
    if (!name) return;
    const run = (...given: never[]) => (latest.current as (...given: never[]) => boolean)(...given);
    offered.set(name, new Set(offered.get(name)).add(run));
    return () => void offered.get(name)?.delete(run);
  }, [name]);
}
export const hasPageAction = (name: Name): boolean => (offered.get(name)?.size ?? 0) > 0;
/** Runs an action; true when a part of the page did it. */
export function runPageAction<N extends Name>(name: N, ...given: Parameters<PageActions[N]>): boolean {
  return [...(offered.get(name) ?? [])].map((run) => run(...(given as never[]))).includes(true);
}
