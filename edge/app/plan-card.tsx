import { Link } from "@tanstack/react-router";
import { ArrowDown, ArrowUp, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { inWords } from "../../schema/check.ts";
import { checksOf, rank, type Spec } from "../../schema/spec.ts";
import type { PlanView } from "../../schema/team.ts";
import { useNow } from "./context.ts";
import { inOrder } from "./in-order.ts";
import { inputsText } from "./plan-inputs.ts";
import { ownerTitle, taskText } from "./team-log.ts";

type CardProps = {
  task: Spec;
  number: number;
  of: PlanView;
  can: boolean;
  busy: boolean;
  edit: () => void;
  remove: () => void;
  move: (by: 1 | -1) => void;
};
/** One task of a plan as it stands: whose it is, what comes before it, what proves it. */
export function TaskCard({ task, number, of, can, busy, edit, remove, move }: CardProps) {
  const [sure, setSure] = useState(false);
  const { view } = useNow();
  const run = of.tasks.find((one) => one.name === task.id);
  const facts = run ? view.tasks.get(run.id)?.facts : undefined;
  const checks = checksOf(task);
  const state = run?.state ?? "created";
  const inputs = inputsText(task.inputs);
  return (
    <article className="ptask" aria-label={`Task ${number}, ${task.title}`}>
      <header className="fx">
        <span className="pnum num">{number}</span>
        <h2 className="grow">
          {run ? (
            <Link to="/timeline" search={{ task: run.id }}>
              {task.title}
            </Link>
          ) : (
            task.title
          )}
        </h2>
        <span className="chip">{ownerTitle(task.owner)}</span>
        {run && state !== "created" && <span className="s12 sub">{taskText(facts ?? undefined)}</span>}
      </header>
      {task.description && <p className="s13 sub pre">{task.description}</p>}
      <ul className="s12 num facts">
        {task.depends_on.length > 0 && (
          <li>
            <span>After</span> {task.depends_on.map((id) => of.plan.tasks.findIndex((one) => one.id === id) + 1 || id).join(", ")}
          </li>
        )}
        {rank(task.priority) !== rank("normal") && (
          <li>
            <span>Priority</span> {rank(task.priority) < rank("normal") ? "before others" : "after others"}
          </li>
        )}
        <li>
          <span>Checks</span> {checks.length}
        </li>
        {task.project && (
          <li>
            <span>Project</span> {task.project}
          </li>
        )}
        {task.budget.cost_usd !== undefined && (
          <li>
            <span>At most</span> ${task.budget.cost_usd.toFixed(2)}
          </li>
        )}
        {task.budget.minutes !== undefined && (
          <li>
            <span>Time</span> {task.budget.minutes} min
          </li>
        )}
        {run?.hold && <li>{run.hold.text}</li>}
      </ul>
      {checks.length > 0 && (
        <ul className="checks s12">
          {checks.slice(0, 6).map((check) => (
            <li key={check.name}>
              <code className="t">{inWords(check)}</code>
            </li>
          ))}
          {checks.length > 6 && <li className="sub">and {checks.length - 6} more</li>}
        </ul>
      )}
      <Words title="Scenarios" of={task.scenarios} />
      <Words title="Starts from" of={inputs === "" ? [] : inputs.split("\n")} />
      {can && (
        <div className="fx wrap">
          <button type="button" className="btn xs" onClick={edit}>
            <Pencil className="i s14" aria-hidden="true" /> Edit
          </button>
          <button
            type="button"
            className={sure ? "btn xs bad" : "btn xs"}
            aria-disabled={busy || of.plan.tasks.length === 1}
            onBlur={() => setSure(false)}
            onClick={() => of.plan.tasks.length > 1 && (sure ? remove() : setSure(true))}
          >
            <Trash2 className="i s14" aria-hidden="true" /> {sure ? "Really remove" : "Remove"}
          </button>
          <button
            type="button"
            className="ib xs"
            aria-label={`Move ${task.title} up`}
            aria-disabled={number === 1}
            onClick={() => move(-1)}
          >
            <ArrowUp className="i s14" aria-hidden="true" />
          </button>
          <button
            type="button"
            className="ib xs"
            aria-label={`Move ${task.title} down`}
            aria-disabled={number === of.plan.tasks.length}
            onClick={() => move(1)}
          >
            <ArrowDown className="i s14" aria-hidden="true" />
          </button>
        </div>
      )}
    </article>
  );
}

/** A few lines of a task that no machine runs. */
function Words({ title, of }: { title: string; of: readonly string[] }) {
  if (of.length === 0) return null;
  return (
    <div className="s12">
      <span className="sub">{title}</span>
      <ul className="checks">
        {inOrder(of.slice(0, 6), "li")}
        {of.length > 6 && <li className="sub">and {of.length - 6} more</li>}
      </ul>
    </div>
  );
}
