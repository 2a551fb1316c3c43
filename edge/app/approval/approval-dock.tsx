import { useEffect, useRef, useState } from "react";
import { describeAnswer } from "../../../schema/approval/approval.ts";
import { thisDevice } from "../account/device.ts";
import type { AskedApproval } from "../live/team-log.ts";
import { useLive } from "../live/use-live.ts";
import { AnsweredNotice, ApprovalCard } from "./approval-card.tsx";
import { usePending } from "./pending.ts";

/** The waiting questions, one at a time. The Grow Agent's channel has those of all agents. */
export function ApprovalDock({ agent }: { agent: string | undefined }) {
  const pending = usePending(agent);
  const asked = useLive(({ view }) => view.asked);
  const [at, setAt] = useState<string>();
  const shown = pending.find((approval) => approval.id === at) ?? pending[0];
  const [gone, setGone] = useState<AskedApproval>();
  const before = useRef<string>(undefined);
  const last = before.current ? asked.get(before.current) : undefined;
  useEffect(() => {
    // Another device, time or the platform decided the question that stood here: the dock says so.
    if (last && last.state !== "pending" && last.decided?.device !== thisDevice()) setGone(last);
    before.current = shown?.id;
  }, [last, shown?.id]);
  const index = shown ? pending.indexOf(shown) : -1;
  return (
    <>
      {gone && <AnsweredNotice text={`${gone.title}: ${goneText(gone)}`} close={() => setGone(undefined)} />}
      {shown && (
        <ApprovalCard
          key={shown.id}
          approval={shown}
          index={index}
          count={pending.length}
          next={() => setAt(pending[(index + 1) % pending.length]?.id)}
        />
      )}
    </>
  );
}

function goneText(question: AskedApproval): string {
  if (!question.asked) return "Answered.";
  return describeAnswer({ ...question.asked, state: question.state, decided: question.decided });
}
