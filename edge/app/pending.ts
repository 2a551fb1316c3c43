import { useMemo } from "react";
import { type ApprovalView, approvalsOut } from "../../schema/approval.ts";
import { type QuestView, questsOut } from "../../schema/quest-api.ts";
import { type PlanView, plansOut } from "../../schema/team.ts";
import { useAsk } from "./ask.ts";
import { useNow } from "./context.ts";
import { pendingOf } from "./question.ts";

/** What waits for the person's answer, oldest first; of one agent, or of all. */
export function usePending(agent?: string): ApprovalView[] {
  const { view } = useNow();
  const page = useAsk("approvals", { state: "pending", limit: 100 }, approvalsOut, view.topics.approvals);
  return useMemo(() => pendingOf(page.data?.approvals ?? [], view.asked, agent), [page.data, view.asked, agent]);
}

export type Waiting = { approvals: ApprovalView[]; plans: PlanView[]; quests: QuestView[]; n: number; text: string };
/** All that waits for the person: questions, and the plans and quests that were proposed. */
export function useWaiting(): Waiting {
  const { view } = useNow();
  const approvals = usePending();
  const plans = useAsk("plans", { state: "proposed", limit: 50 }, plansOut, view.topics.proposed).data?.plans ?? [];
  const quests = useAsk("quests", { state: "ready", limit: 50 }, questsOut, view.topics.proposed).data?.quests ?? [];
  const n = approvals.length + plans.length + quests.length;
  const approval = approvals.length === 1 ? "1 approval waiting" : `${approvals.length} approvals waiting`;
  return { approvals, plans, quests, n, text: n > approvals.length ? `${n} waiting for you` : approval };
}
