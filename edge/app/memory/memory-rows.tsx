import { Link } from "@tanstack/react-router";
import { BookOpen } from "lucide-react";
import { memo, useState } from "react";
import type { EventBody } from "../../../schema/event.ts";
import { thisDevice } from "../account/device.ts";
import { Aside } from "../conversation/channel-rows.tsx";
import { plainCommitTitle } from "../git/commit-title.ts";
import type { ProposalNote } from "../live/team-log.ts";
import { useAction } from "../live/use-action.ts";
import { ProposalCard } from "../proposal.tsx";
import { afterPress } from "../ui/after-press.ts";
import { formatTime } from "../ui/format.ts";
import { Refusal } from "../ui/refusal.tsx";
import { Ring } from "../ui/ring.tsx";

/** Rows of memory in a conversation: commits and proposals. */
/** The platform's commits to memory are many, so each is one line. */
export const MemoryRow = memo(function MemoryRow({ body, at }: { body: EventBody<"commit">; at: number }) {
  return (
    <Aside>
      <p className="fx s13 sub said">
        <BookOpen className="i s14" aria-hidden="true" />
        <Link className="t grow" to="/commit/$hash" params={{ hash: body.hash }}>
          {plainCommitTitle(body.title)}
        </Link>
        <time className="s12 num">{formatTime(at)}</time>
      </p>
    </Aside>
  );
});

export const ProposalRow = memo(function ProposalRow({ proposed, at }: { proposed: ProposalNote; at: number }) {
  const { made, decided } = proposed;
  if (made && !decided)
    return (
      <Aside>
        <ProposalCard
          second
          proposal={{
            id: proposed.id,
            kind: made.kind,
            title: made.title,
            text: made.text,
            path: made.path,
            agentId: made.agentId,
            at,
            change: made.change ?? [],
          }}
        />
      </Aside>
    );
  const words = { pending: "waits", accepted: "accepted", rejected: "turned down", reverted: "taken back" };
  return (
    <Aside>
      <p className="fx s13 sub said">
        <Ring state={decided?.state === "accepted" ? "done" : "cancelled"} size={12} label="" />
        <Link className="t grow" to="/memories" search={made ? { path: made.path } : {}}>
          {(decided ?? made)?.kind !== "goal" ? "Memory" : made?.change?.length ? "Progress on the goal" : "Goal"}:{" "}
          <b className="med c-ink">{decided?.title ?? made?.title}</b>
        </Link>
        <span>
          {words[decided?.state ?? "pending"]}
          {decided?.edited && ", with your words"}
        </span>
        {decided?.state === "accepted" && <TakeBack id={proposed.id} />}
      </p>
    </Aside>
  );
});

/** A second press reverts what was accepted, by a new commit: the history stays. */
function TakeBack({ id }: { id: string }) {
  const act = useAction("proposalDecide");
  const [sure, setSure] = useState(false);
  const press = () => {
    if (act.isPending) return;
    if (sure) act.mutate({ proposalId: id, decision: "revert", device: thisDevice() });
    setSure(!sure);
  };
  return (
    <>
      {act.isError && (
        <span className="c-bad" role="alert">
          <Refusal error={act.error} />
        </span>
      )}
      {act.data && !act.data.decided && <span role="status">Already {act.data.proposal.state}.</span>}
      <button type="button" className={sure ? "btn xs bad" : "link s12"} onClick={press} onBlur={() => afterPress(() => setSure(false))}>
        {act.isPending ? "Taking back" : sure ? "Really take back" : "Take back"}
      </button>
    </>
  );
}
