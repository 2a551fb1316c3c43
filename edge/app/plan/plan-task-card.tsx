import { Link } from "@tanstack/react-router";
import { ArrowDown, ArrowUp, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import type { PlanView } from "../../../schema/agent/team.ts";
import { describeCheck } from "../../../schema/proof/check.ts";
import { settlesChecks } from "../../../schema/proof/outputs.ts";
import { checksOf, priorityRank, type Spec } from "../../../schema/task/spec.ts";
import { PlanLink } from "../billing/plan/plan-link.tsx";
import { ownerTitle, taskText } from "../live/team-log.ts";
import { useLive } from "../live/use-live.ts";
import { afterPress } from "../ui/after-press.ts";
import { formatRoughly } from "../ui/format.ts";
import { keyedByIndex } from "../ui/keyed-by-index.ts";
import styles from "./plan.module.css";
import { formatInputs } from "./plan-inputs.ts";
import { describeChecks, listFew } from "./plan-words.ts";

type CardProps = {
  task: Spec;
  number: number;
  plan: PlanView;
  can: boolean;
  /** Its form was begun and not saved. */
  unsaved: boolean;
  busy: boolean;
  edit: () => void;
  remove: () => void;
  move: (by: 1 | -1) => void;
};
/** One task of a plan: its agent, what comes before it, what proves it. */
export function TaskCard({ task, number, plan, can, unsaved, busy, edit, remove, move }: CardProps) {
  const [sure, setSure] = useState(false);
  const run = plan.tasks.find((planTask) => planTask.name === task.id);
  const facts = useLive(({ view }) => (run ? view.tasks.get(run.id)?.facts : undefined));
  const state = run?.state ?? "created";
  const checked = describeChecks(task);
  const settling = task.outputs.filter(settlesChecks);
  const after = task.depends_on.map((id) => plan.plan.tasks.find((other) => other.id === id)?.title ?? id);
  const { cost_usd, minutes } = task.budget;
  const bounds = [cost_usd === undefined ? "" : `$${cost_usd.toFixed(2)}`, minutes === undefined ? "" : formatRoughly(minutes)]
    .filter(Boolean)
    .join(", ");
  return (
    <article className="ptask" aria-label={`Task ${number}, ${task.title}`}>
      <header className="fx">
        <span className={`${styles.pnum} num`}>{number}</span>
        <h2 className="grow">
          {run ? (
            <Link to="/timeline" search={{ task: run.id }}>
              {task.title}
            </Link>
          ) : (
            task.title
          )}
        </h2>
        {unsaved && <span className="chip wait">Unsaved changes</span>}
        <span className="chip">{ownerTitle(task.owner)}</span>
        {run && state !== "created" && <span className="s12 sub">{taskText(facts ?? undefined)}</span>}
      </header>
      {task.description && <p className="s13 sub pre">{brief(task.description)}</p>}
      <dl className="s13 plain">
        {task.outputs.length > 0 && (
          <div>
            <dt>Makes</dt>
            <dd>{listFew(task.outputs, 4)}</dd>
          </div>
        )}
        {task.anywhere && (
          <div>
            <dt>Changes</dt>
            <dd>any file that it needs, but for checks that are there already</dd>
          </div>
        )}
        {settling.length > 0 && (
          <div>
            <dt>Look at</dt>
            <dd>
              {listFew(settling, 4)}: {settling.length === 1 ? "it settles" : "they settle"} what is installed or how the work is checked
            </dd>
          </div>
        )}
        {checked.length > 0 && (
          <div>
            <dt>Checked</dt>
            <dd>{listFew(checked, 4, "; ")}</dd>
          </div>
        )}
        {after.length > 0 && (
          <div>
            <dt>After</dt>
            <dd>{after.join(", ")}</dd>
          </div>
        )}
        {bounds !== "" && (
          <div>
            <dt>At most</dt>
            <dd className="num">{bounds}</dd>
          </div>
        )}
      </dl>
      {run?.hold && (
        <p className="s12 sub">
          {run.hold.text}
          <PlanLink after={run.hold.text} />
        </p>
      )}
      <Details task={task} />
      {can && (
        <div className="fx wrap">
          <button type="button" className="btn xs" onClick={edit}>
            <Pencil className="i s14" aria-hidden="true" /> Edit
          </button>
          <button
            type="button"
            className={sure ? "btn xs bad" : "btn xs"}
            aria-disabled={busy || plan.plan.tasks.length === 1}
            onBlur={() => afterPress(() => setSure(false))}
            onClick={() => plan.plan.tasks.length > 1 && (sure ? remove() : setSure(true))}
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
            aria-disabled={number === plan.plan.tasks.length}
            onClick={() => move(1)}
          >
            <ArrowDown className="i s14" aria-hidden="true" />
          </button>
        </div>
      )}
    </article>
  );
}

const brief = (text: string) =>
  text.length > 240 ? `${text.slice(0, text.lastIndexOf(" ", 220) > 0 ? text.lastIndexOf(" ", 220) : 220)} …` : text;
/** A task's details: exact checks, scenarios, inputs and constraints. */
function Details({ task }: { task: Spec }) {
  const checks = checksOf(task);
  const inputs = formatInputs(task.inputs);
  const late = priorityRank(task.priority) - priorityRank("normal");
  const facts = [
    ...(task.project ? [`Project ${task.project}`] : []),
    ...(late === 0 ? [] : [late < 0 ? "Before others" : "After others"]),
    ...(task.budget.tokens === undefined ? [] : [`At most ${task.budget.tokens.toLocaleString("en")} tokens`]),
    ...(task.asks_member ? ["It is not done before you have answered its agent"] : []),
    ...(task.deploy ? ["Once it is part of the project and proven it goes online, after your yes"] : []),
    ...(task.least_strength === undefined
      ? []
      : [`When we break it on purpose, its checks must notice at least ${Math.round(task.least_strength * 100)} % of the ways`]),
  ];
  return (
    <details className="fold s12">
      <summary>Details</summary>
      {task.description && brief(task.description) !== task.description && <p className="pre">{task.description}</p>}
      {facts.length > 0 && <p className="sub">{facts.join(" · ")}</p>}
      <Words title="Exact checks">
        {keyedByIndex(
          checks.map((check) => <code key={check.name}>{describeCheck(check)}</code>),
          "li",
        )}
      </Words>
      {task.scenarios.length > 0 && <Words title="Scenarios">{keyedByIndex(task.scenarios, "li")}</Words>}
      {inputs !== "" && <Words title="Starts from">{keyedByIndex(inputs.split("\n"), "li")}</Words>}
      {task.constraints.length > 0 && <Words title="Keeps to">{keyedByIndex(task.constraints, "li")}</Words>}
    </details>
  );
}
function Words({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div>
      <span className="sub">{title}</span>
      <ul className="checks">{children}</ul>
    </div>
  );
}
