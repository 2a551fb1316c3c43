import { useMemo } from "react";
import { useNow } from "./context.ts";
import { readUpTo, useReads } from "./read.ts";
import { threadOf, unreadOfThread } from "./thread-rows.ts";

/** How much of a task's thread is new to this device. */
export function useUnreadOfThread(taskId: string): number {
  const { view } = useNow();
  const reads = useReads();
  return useMemo(() => {
    void reads;
    const worker = view.tasks.get(taskId)?.facts?.worker;
    const read = Math.max(readUpTo(taskId) ?? 0, (worker && readUpTo(worker)) || 0);
    return unreadOfThread(threadOf(view, taskId), read);
  }, [view, reads, taskId]);
}
