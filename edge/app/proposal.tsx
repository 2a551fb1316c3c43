import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { ProposalView } from "../../schema/proposal.ts";
import { thisDevice } from "./account/device.ts";
import { useAction } from "./live/use-action.ts";
import { useLive } from "./live/use-live.ts";
import styles from "./proposal.module.css";
import { formatTime } from "./ui/format.ts";
import { keyedByIndex } from "./ui/keyed-by-index.ts";
import { Markdown } from "./ui/markdown/markdown.tsx";
import { Refusal } from "./ui/refusal.tsx";
import { Ring } from "./ui/ring.tsx";

type ProposalShown = Pick<ProposalView, "kind" | "title" | "text" | "path" | "at" | "change"> & { id: string; agentId: string };

const withoutHeading = ({ text, title }: ProposalShown) => (text.startsWith(`# ${title}\n`) ? text.slice(title.length + 3) : text).trim();

type CardProps = {
  proposal: ProposalShown;
  onDecided?: () => void /** Something else there is the first thing to press. */;
  second?: true;
};
/** A fact that an agent wants to remember. It counts once the person accepts it. */
export function ProposalCard({ proposal, onDecided, second }: CardProps) {
  const progress = proposal.change.length > 0;
  const [text, setText] = useState<string>();
  const [begun, setBegun] = useState(""); // what the words were when the person began to change them
  const act = useAction("proposalDecide");
  const agentTitle = useLive(({ view }) => view.agents.get(proposal.agentId)?.title) ?? "Your agent";
  const decide = (decision: "accept" | "reject") =>
    act.mutate(
      {
        proposalId: proposal.id,
        decision,
        device: thisDevice(),
        ...(decision === "accept" && text !== undefined && text.trim() !== begun.trim() ? { text: text.trim() } : {}),
      },
      { onSuccess: () => onDecided?.() },
    );
  const edit = () => {
    setBegun(proposal.text);
    setText(text === undefined ? proposal.text : undefined);
  };
  return (
    <section className={`appr ${styles.prop}`} aria-label={`Proposed: ${proposal.title}`}>
      <h2 className="fx">
        <Ring state="waiting" label="Waiting for you" />
        <span className="grow">
          <span className="sub">{progress ? "Progress on your goal" : proposal.kind === "goal" ? "A new goal" : "About you"}: </span>
          {proposal.title}
        </span>
      </h2>
      <p className="s12 sub num">
        {agentTitle} proposed it at {formatTime(proposal.at)}.{" "}
        {progress
          ? "It is noted once you accept it."
          : proposal.kind === "goal"
            ? "Your agents work towards it once you accept it."
            : "Your agents remember it once you accept it."}
      </p>
      {progress ? (
        <ul className="s13 gsteps">{keyedByIndex(proposal.change, "li")}</ul>
      ) : text === undefined ? (
        <blockquote className={`${styles.ptext} s13 md`}>
          <Markdown text={withoutHeading(proposal)} />
        </blockquote>
      ) : (
        <textarea
          className="inp area"
          aria-label="What is remembered"
          value={text}
          rows={Math.min(12, text.split("\n").length + 2)}
          onChange={(event) => setText(event.target.value)}
        />
      )}
      {act.data && !act.data.decided && (
        <p className="s13" role="status">
          Already {act.data.proposal.state} on {act.data.proposal.decidedBy ?? "another device"}.
        </p>
      )}
      {act.isError && (
        <p className="s13 c-bad" role="alert">
          <Refusal error={act.error}> Nothing was remembered.</Refusal>
        </p>
      )}
      <div className="acts">
        <button
          type="button"
          className={second ? "btn" : "btn pri"}
          aria-disabled={act.isPending || text?.trim() === ""}
          onClick={() => decide("accept")}
        >
          {text !== undefined ? "Accept my words" : "Accept"}
        </button>
        {!progress && (
          <button type="button" className="btn" onClick={edit}>
            {text === undefined ? "Edit" : "Cancel"}
          </button>
        )}
        <button type="button" className="btn ghost" aria-disabled={act.isPending} onClick={() => decide("reject")}>
          {progress ? "Don’t note it" : "No"}
        </button>
        <span className="grow" />
        <Link className="link s12" to="/memories" search={{ path: proposal.path }} aria-label={`Open its file, ${proposal.path}`}>
          Open its file
        </Link>
      </div>
    </section>
  );
}
