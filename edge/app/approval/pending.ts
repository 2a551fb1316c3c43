import { useMemo } from "react";
import type { PlanView } from "../../../schema/agent/team.ts";
import type { ApprovalView } from "../../../schema/approval/approval-api.ts";
import type { ProposalView } from "../../../schema/proposal.ts";
import type { QuestView } from "../../../schema/quest/quest-api.ts";
import { useActionQuery } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { listPending } from "./approval-words.ts";

/** What waits for the person's answer, oldest first; of one agent, or of all. */
export function usePending(agent?: string): ApprovalView[] {
  const asked = useLive(({ view }) => view.asked);
  const page = useActionQuery("approvals", { state: "pending", limit: 100 });
  return useMemo(() => listPending(page.data?.approvals ?? [], asked, agent), [page.data, asked, agent]);
}

export type InboxWaiting = {
  approvals: ApprovalView[];
  plans: PlanView[];
  quests: QuestView[];
  /** Proposed goals, progress on goals, and proposed memory about the person. */
  proposals: ProposalView[];
  n: number;
  text: string;
  fresh: () => void;
};
/** Everything that waits for the person, with its one count: questions, plans, quests, goals, memory. */
export function useWaiting(): InboxWaiting {
  const approvals = usePending();
  const plans = useActionQuery("plans", { state: "proposed", limit: 50 }).data?.plans ?? [];
  const quests = useActionQuery("quests", { state: "ready", limit: 50 }).data?.quests ?? [];
  const proposed = useActionQuery("proposals", { state: "pending", limit: 100 });
  const proposals = proposed.data?.proposals ?? [];
  const n = approvals.length + plans.length + quests.length + proposals.length;
  const approval = approvals.length === 1 ? "1 approval waiting" : `${approvals.length} approvals waiting`;
  const text = n > approvals.length ? `${n} waiting for you` : approval;
  return { approvals, plans, quests, proposals, n, text, fresh: () => void proposed.refetch() };
}
