import { Link } from "@tanstack/react-router";
import type { Waiting } from "./pending.ts";
import { Ring } from "./ring.tsx";
import { clockTime, cost, dayOf, roughly } from "./time.ts";

/** Plans and quests that were proposed: each is read and answered on its own page. */
export function proposedRows({ plans, quests }: Pick<Waiting, "plans" | "quests">): React.ReactElement[] {
  return [
    ...plans.map(({ id, plan, estimate, createdAt }) => (
      <Link key={id} className="item-row" to="/plan/$id" params={{ id }}>
        <Inside
          title={plan.title}
          at={createdAt}
          text={`Plan · ${plan.tasks.length} ${plan.tasks.length === 1 ? "task" : "tasks"}, about ${roughly(estimate.minutes.expected)}, ${cost(estimate.costMicros.expected)}`}
        />
      </Link>
    )),
    ...quests.map(({ id, title, of, updatedAt }) => (
      <Link key={id} className="item-row" to="/quest" search={{ tab: "running", id }}>
        <Inside title={title} at={updatedAt} text={`Quest · ${of} ${of === 1 ? "step" : "steps"}`} />
      </Link>
    )),
  ];
}

function Inside({ title, text, at }: { title: string; text: string; at: number }) {
  return (
    <>
      <Ring state="waiting" label="Waiting for you" />
      <div className="grow">
        <div className="fx">
          <b className="b grow t">{title}</b>
          <span className="s12 sub num">
            {dayOf(at)}, {clockTime(at)}
          </span>
        </div>
        <p className="s13 sub t">{text}</p>
      </div>
    </>
  );
}
