import { useMemo } from "react";
import { type ApprovalView, approvalsOut } from "../../schema/approval.ts";
import { useAsk } from "./ask.ts";
import { useNow } from "./context.ts";
import { pendingOf } from "./question.ts";

/** What waits for the person's answer, oldest first; of one agent, or of all. */
export function usePending(agent?: string): ApprovalView[] {
  const { view } = useNow();
  const page = useAsk("approvals", { state: "pending", limit: 100 }, approvalsOut, view.topics.approvals);
  return useMemo(() => pendingOf(page.data?.approvals ?? [], view.asked, agent), [page.data, view.asked, agent]);
}
