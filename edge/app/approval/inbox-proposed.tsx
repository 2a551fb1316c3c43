import { Link } from "@tanstack/react-router";
import type { ProposalView } from "../../../schema/proposal.ts";
import { ProposalCard } from "../proposal.tsx";
import { formatCost, formatDay, formatRoughly, formatTime } from "../ui/format.ts";
import { Ring } from "../ui/ring.tsx";
import styles from "./inbox.module.css";
import type { InboxWaiting } from "./pending.ts";

function proposedText({ kind, change, text }: ProposalView): string {
  if (change.length > 0) return `Progress on a goal · ${change[0]}`;
  return kind === "goal"
    ? "A new goal"
    : `About you · ${text.split("\n").find((line) => line.trim() !== "" && !line.startsWith("#")) ?? ""}`;
}
/** What agents proposed. Memory and goals are answered here; a plan or a quest opens its own page. */
export function proposedRows(
  { plans, quests, proposals, fresh }: InboxWaiting,
  shown: string | undefined,
  phone: boolean,
): React.ReactElement[] {
  return [
    ...proposals.map((proposal) =>
      phone && proposal.id === shown ? (
        <div key={proposal.id} className={styles.inPlace}>
          <ProposalCard proposal={proposal} onDecided={fresh} />
        </div>
      ) : (
        <Link
          key={proposal.id}
          className={proposal.id === shown ? "item-row on" : "item-row"}
          to="/inbox"
          search={{ id: proposal.id }}
          aria-current={proposal.id === shown ? "true" : undefined}
        >
          <ProposedSummary title={proposal.title} at={proposal.at} text={proposedText(proposal)} />
        </Link>
      ),
    ),
    ...plans.map(({ id, plan, estimate, createdAt }) => (
      <Link key={id} className="item-row" to="/plan/$id" params={{ id }}>
        <ProposedSummary
          title={plan.title}
          at={createdAt}
          text={`Plan · ${plan.tasks.length} ${plan.tasks.length === 1 ? "task" : "tasks"}, about ${formatRoughly(estimate.minutes.expected)}, ${formatCost(estimate.costMicros.expected)}`}
        />
      </Link>
    )),
    ...quests.map(({ id, title, of: steps, updatedAt }) => (
      <Link key={id} className="item-row" to="/quest" search={{ tab: "running", id }}>
        <ProposedSummary title={title} at={updatedAt} text={`Quest · ${steps} ${steps === 1 ? "step" : "steps"}`} />
      </Link>
    )),
  ];
}

function ProposedSummary({ title, text, at }: { title: string; text: string; at: number }) {
  return (
    <>
      <Ring state="waiting" label="Waiting for you" />
      <div className="grow">
        <div className="fx">
          <b className="b grow t">{title}</b>
          <span className="s12 sub num">
            {formatDay(at)}, {formatTime(at)}
          </span>
        </div>
        <p className="s13 sub t">{text}</p>
      </div>
    </>
  );
}
