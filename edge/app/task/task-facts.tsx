import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { TaskDetail } from "../../../schema/agent/team.ts";
import { describeCheck } from "../../../schema/proof/check.ts";
import { checksOf, type Spec } from "../../../schema/task/spec.ts";
import { acceptedCommands } from "../../../schema/task/task.ts";
import { PlanLink } from "../billing/plan/plan-link.tsx";
import { ownerTitle, type TaskLine, taskFactsRing, taskOver, taskText } from "../live/team-log.ts";
import { failureText, useAction } from "../live/use-action.ts";
import { useLive, useServerSkew } from "../live/use-live.ts";
import { useServices } from "../live/workspace.ts";
import { explainCheck } from "../plan/plan-words.ts";
import { ReceiptLine, receiptsOut } from "../receipt/receipt-line.tsx";
import { afterPress } from "../ui/after-press.ts";
import { formatCost, formatDay, formatDuration, formatTime } from "../ui/format.ts";
import { hideIds } from "../ui/plain-words.ts";
import { Refusal } from "../ui/refusal.tsx";
import { Ring } from "../ui/ring.tsx";
import { useClock } from "../ui/use-clock.ts";
import styles from "./task.module.css";
import { listPhases, phaseNames } from "./task-phases.ts";

/** A task's facts: its wish, time, proof and actions. */
export function TaskFactList({ detail, line }: { detail: TaskDetail; line: TaskLine | undefined }) {
  const { task, runs } = detail;
  const skew = useServerSkew();
  const now = useClock(!taskOver(task.facts), 5_000) + skew;
  const phases = listPhases(task, task.history, now);
  const worker = useLive(({ view }) => (task.facts.worker ? view.agents.get(task.facts.worker) : undefined));
  const took = phases.reduce((sum, phase) => sum + phase.to - phase.from, 0);
  return (
    <>
      <div className="sec">
        <div className="fx top">
          <Ring state={taskFactsRing(task.facts)} size={20} label="" />
          <div className="grow">
            <p className="b">{taskText(task.facts)}</p>
            <p className="s13 sub">
              {task.facts.reason}
              <PlanLink after={task.facts.reason} />
            </p>
            {task.hold && task.facts.state === "created" && (
              <p className="s13 sub">
                {task.hold.text}
                <PlanLink after={task.hold.text} />
              </p>
            )}
          </div>
        </div>
        <dl className="facts3" style={{ marginTop: 12 }}>
          <div>
            <dt>Time</dt>
            <dd>{took > 0 ? formatDuration(took) : "–"}</dd>
          </div>
          <div>
            <dt>Cost</dt>
            <dd>{formatCost(task.costMicros)}</dd>
          </div>
          <div>
            <dt>Agent</dt>
            <dd>
              {worker ? (
                <Link className="link" to="/c/$agent" params={{ agent: worker.id }}>
                  {worker.title}
                </Link>
              ) : (
                ownerTitle(task.owner)
              )}
            </dd>
          </div>
        </dl>
        <Acts task={task} />
      </div>
      <Receipts taskId={task.id} line={line} />
      <div className="sec">
        <h2>Phases</h2>
        <table className="num s13">
          <thead>
            <tr>
              <th>Phase</th>
              <th>Started</th>
              <th className="r">Took</th>
            </tr>
          </thead>
          <tbody>
            {phases.map((phase) => (
              <tr key={`${phase.kind}${phase.from}`}>
                <td>
                  <i className={`${styles.ph} ${styles.in} ${styles[phase.kind]}`} aria-hidden="true" />
                  {phaseNames[phase.kind]}
                </td>
                <td className="sub">{formatTime(phase.from)}</td>
                <td className="r">{phase.to > phase.from ? formatDuration(phase.to - phase.from) : ""}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {runs.length > 0 && (
        <div className="sec">
          <h2>Runs</h2>
          <ul className="files s13">
            {runs.map((run) => (
              <li key={run.id}>
                <span>
                  <Ring state={run.completedAt === undefined ? "working" : run.errorClass || run.exitCode ? "failed" : "done"} size={12} />
                  <span className="grow t" title={hideIds(run.what)}>
                    {hideIds(run.what)}
                  </span>
                  {run.attempt > 1 && <span className="sub s12">attempt {run.attempt}</span>}
                  <span className="sub num s12">
                    {run.startedAt !== undefined && run.completedAt !== undefined && formatDuration(run.completedAt - run.startedAt)}
                  </span>
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      <TaskWishes spec={task.spec} line={line} />
      <div className="sec s12 sub num">
        {task.plan && (
          <p>
            <Link className="link" to="/plan/$id" params={{ id: task.plan }}>
              Part of a plan
            </Link>
          </p>
        )}
        <p>
          Made {formatDay(task.createdAt)}, {formatTime(task.createdAt)}.{" "}
          <Link className="link" to="/memories" search={{ path: `tasks/${task.id}/spec.yaml` }}>
            Its spec in memory
          </Link>
        </p>
      </div>
    </>
  );
}

/** What a task is to bring, and its checks. */
export function TaskWishes({ spec, line }: { spec: Spec; line?: TaskLine | undefined }) {
  const checks = checksOf(spec);
  return (
    <div className="sec">
      <h2>What is wanted</h2>
      {spec.description && <p className="s13 pre">{spec.description}</p>}
      <ul className="checks s13">
        {checks.map((check) => {
          const seen = line?.checks.find((seenCheck) => seenCheck.name === check.name);
          const state = seen === undefined ? "idle" : seen.state === "started" ? "working" : seen.state === "passed" ? "done" : "failed";
          return (
            <li key={check.name}>
              <Ring state={state} size={12} label={seen?.state ?? "not run"} />
              <span className="grow">
                {explainCheck(check)}
                {seen?.state === "failed" && <span className="c-bad s12"> {seen.reason}</span>}
              </span>
              {seen?.ms !== undefined && <span className="sub num s12">{formatDuration(seen.ms)}</span>}
            </li>
          );
        })}
      </ul>
      <details className="fold s12">
        <summary>Exact checks</summary>
        <ul className="checks">
          {checks.map((check) => (
            <li key={check.name}>
              <code>{describeCheck(check)}</code>
            </li>
          ))}
        </ul>
      </details>
    </div>
  );
}

const actWords = { pause: "Pause", resume: "Resume", cancel: "Cancel", retry: "Try again", reassign: "Another agent" } as const;
function Acts({ task }: { task: TaskDetail["task"] }) {
  const act = useAction("taskAct");
  const [sure, setSure] = useState(false);
  const allowed = acceptedCommands(task.facts.state);
  const acts = (["resume", "pause", "retry", "reassign", "cancel"] as const).filter((choice) => allowed.includes(choice));
  if (acts.length === 0) return null;
  const press = (choice: keyof typeof actWords) => {
    if (act.isPending) return;
    if (choice === "cancel" && !sure) return setSure(true);
    setSure(false);
    act.mutate({ taskId: task.id, act: choice });
  };
  return (
    <>
      <div className="fx wrap" style={{ marginTop: 12 }}>
        {acts.map((choice) => (
          <button
            key={choice}
            type="button"
            className={choice === "cancel" ? "btn bad" : "btn"}
            aria-disabled={act.isPending}
            onClick={() => press(choice)}
            onBlur={() => choice === "cancel" && afterPress(() => setSure(false))}
          >
            {choice === "cancel" && sure ? "Really cancel" : actWords[choice]}
          </button>
        ))}
      </div>
      {act.isError && (
        <p className="s13 c-bad" role="alert" style={{ marginTop: 6 }}>
          <Refusal error={act.error} />
        </p>
      )}
    </>
  );
}

function Receipts({ taskId, line }: { taskId: string; line: TaskLine | undefined }) {
  const { api } = useServices();
  const query = useQuery({
    queryKey: ["task", "receipts", taskId],
    queryFn: () => api.get("/receipts", receiptsOut, { params: { query: { task: taskId, limit: 50 } } }),
  });
  const all = query.data?.receipts ?? [];
  if (query.isError)
    return (
      <div className="sec">
        <h2>Receipts</h2>
        <p className="s13 c-bad" role="alert">
          {failureText(query.error)}
        </p>
      </div>
    );
  if (all.length === 0) return null;
  return (
    <div className="sec">
      <h2>Receipts</h2>
      <div className="col gap">
        {[...all].reverse().map((entry) => (
          <ReceiptLine key={entry.id} receipt={entry} />
        ))}
      </div>
    </div>
  );
}
