import { useLive } from "../live/use-live.ts";
import { readUpTo, useReads } from "./read-position.ts";
import { buildThread, countUnreadOfThread } from "./thread-rows.ts";

/** How many rows of a task's thread are unread. */
export function useUnreadOfThread(taskId: string): number {
  useReads();
  return useLive(({ view }) => {
    const worker = view.tasks.get(taskId)?.facts?.worker;
    const channel = worker && view.agents.get(worker)?.channel;
    const here = Math.max(readUpTo(taskId) ?? 0, (worker && readUpTo(worker)) || 0);
    const read = Math.max(here, (channel && view.counts.get(channel)?.read) || 0);
    return countUnreadOfThread(view, taskId, buildThread(view, taskId), read);
  });
}
