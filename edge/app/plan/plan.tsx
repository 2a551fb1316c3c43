import { Link, useParams } from "@tanstack/react-router";
import { ArrowLeft, Plus } from "lucide-react";
import { useState } from "react";
import type { PlanView } from "../../../schema/agent/team.ts";
import type { PlanEdit } from "../../../schema/plan/plan.ts";
import { isTaskChangeable } from "../../../schema/task/task.ts";
import { describeError } from "../live/api.ts";
import { failureText, useAction, useActionQuery } from "../live/use-action.ts";
import { useTitle } from "../shell/page-title.ts";
import { afterPress } from "../ui/after-press.ts";
import { type FormDraft, tabDraft, useDraft } from "../ui/form/form-draft.ts";
import { formatCost, formatDuration, formatRoughly } from "../ui/format.ts";
import { Refusal } from "../ui/refusal.tsx";
import { Ring, type RingState } from "../ui/ring.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import styles from "./plan.module.css";
import { newTaskKey as freshTask, moveTask, newTaskId, readPlanEdits, type TaskDrafts, type TaskForm, taskDrafts } from "./plan-edit.ts";
import { TaskEditor } from "./plan-form.tsx";
import { TaskCard } from "./plan-task-card.tsx";

const states: Record<PlanView["state"], { ring: RingState; text: string }> = {
  proposed: { ring: "waiting", text: "Waiting for you. Nothing starts until you accept it." },
  accepted: { ring: "working", text: "At work" },
  rejected: { ring: "cancelled", text: "Turned down" },
  done: { ring: "done", text: "Done" },
  cancelled: { ring: "cancelled", text: "Cancelled" },
};

/** A plan's page: its tasks in order, their dependencies, checks and cost; to be edited and accepted. */
export function PlanPage() {
  const { id } = useParams({ from: "/plan/$id" });
  const query = useActionQuery("plan", { planId: id });
  const plan = query.data?.plan;
  useTitle(plan?.plan.title ?? "Plan");
  return (
    <>
      <div className="bar">
        <Link to="/" className="ib" aria-label="Back to the conversation">
          <ArrowLeft className="i" aria-hidden="true" />
        </Link>
        <h1 className="t">{plan?.plan.title ?? "Plan"}</h1>
        <span className="grow" />
        {plan && <span className="s12 sub num">revision {plan.revision}</span>}
      </div>
      {plan ? (
        <Editor plan={plan} fresh={() => query.refetch()} />
      ) : (
        <div className="page">
          <div className="empty">
            <b className="b">{query.isError ? "This plan could not be read" : "Reading"}</b>
            {query.isError && <p className="sub">{failureText(query.error)}</p>}
          </div>
        </div>
      )}
    </>
  );
}

function Editor({ plan, fresh }: { plan: PlanView; fresh: () => unknown }) {
  const edit = useAction("planEdit");
  const act = useAction("planAct");
  const { values: unsaved, change: changeUnsaved } = useDraft<TaskDrafts>(tabDraft(`plan.${plan.id}`, taskDrafts), () => ({}));
  const [open, setOpen] = useState<string | undefined>(Object.keys(unsaved)[0]);
  const [checks, setChecks] = useState(0);
  const draftOf = (id: string): FormDraft<TaskForm> => ({
    read: () => unsaved[id],
    keep: (draft) => changeUnsaved(({ [id]: _before, ...others }) => (draft === undefined ? others : { ...others, [id]: draft })),
  });
  const close = (id: string) => {
    draftOf(id).keep(undefined);
    setOpen(undefined);
    setChecks(0);
  };
  const [conflict, setConflict] = useState(false);
  const can = plan.state === "proposed" || plan.state === "accepted";
  const begun = new Set(plan.tasks.filter((task) => !isTaskChangeable(task.state)).map((task) => task.name));
  const busy = edit.isPending || act.isPending;
  const refused = (error: unknown) => {
    if (describeError(error).code !== "conflict") return;
    setConflict(true);
    void fresh();
  };
  /**
   * Sends edits with the revision on the screen. After another person's edit it says so and keeps the form.
   */
  const change = (edits: PlanEdit[], done?: (next: PlanView) => void) => {
    if (busy) return;
    setConflict(false);
    edit.mutate(
      { planId: plan.id, revision: plan.revision, edits },
      {
        onSuccess: ({ plan }) => {
          done?.(plan);
          void fresh();
        },
        onError: refused,
      },
    );
  };
  const decided = (how: "accept" | "reject" | "cancel", revision: number) =>
    act.mutate(
      { planId: plan.id, act: how, ...(how === "accept" ? { revision } : {}) },
      { onSuccess: () => void fresh(), onError: refused },
    );
  /** Accepts what is on the screen: it saves unsaved forms first, and stops at a wrong one. */
  const decide = (how: "accept" | "reject" | "cancel") => {
    if (busy) return;
    const next = how === "accept" ? readPlanEdits(plan.plan, unsaved) : undefined;
    if (next && !next.ok) {
      setOpen(next.id);
      setChecks(checks + 1);
    } else if (next && next.edits.length > 0)
      change(next.edits, ({ revision }) => {
        changeUnsaved(() => ({}));
        setOpen(undefined);
        decided("accept", revision);
      });
    else decided(how, plan.revision);
  };
  const { costMicros, minutes } = plan.estimate;
  const { beganAt, endedAt } = plan.used;
  const took = beganAt !== null && endedAt !== null ? endedAt - beganAt : undefined;
  const error = edit.error ?? act.error;
  return (
    <>
      <ScrollPage label="Plan">
        <div className="narrow col">
          <p className="fx s13">
            <Ring state={states[plan.state].ring} label="" />
            <span>{states[plan.state].text}</span>
          </p>
          {plan.plan.story && <p className="pre">{plan.plan.story}</p>}
          <dl className="facts3 left">
            <div>
              <dt>Tasks</dt>
              <dd>{plan.plan.tasks.length}</dd>
            </div>
            <div>
              <dt>{took === undefined ? "Time" : "Took"}</dt>
              <dd>
                {took !== undefined ? (
                  formatDuration(took)
                ) : (
                  <>
                    {formatRoughly(minutes.expected)} <span className="sub">to {formatRoughly(minutes.most)}</span>
                  </>
                )}
              </dd>
            </div>
            <div>
              <dt>{took === undefined ? "Cost" : "Used"}</dt>
              <dd>
                {took !== undefined ? (
                  formatCost(plan.used.costMicros)
                ) : (
                  <>
                    {formatCost(costMicros.expected)} <span className="sub">at most {formatCost(costMicros.most)}</span>
                  </>
                )}
              </dd>
            </div>
          </dl>
          {conflict && (
            <p className="quiet" role="alert">
              <Ring state="stale" label="" />
              <span>The plan was changed meanwhile. Your change was not made; below is the plan as it is now.</span>
            </p>
          )}
          {error !== null && !conflict && (
            <p className="quiet bad" role="alert">
              <Ring state="failed" label="" />
              <span>
                <Refusal error={error}> The plan is as it was.</Refusal>
              </span>
            </p>
          )}
          <ol className={styles.ptasks}>
            {plan.plan.tasks.map((task, index) => (
              <li key={task.id}>
                {open === task.id ? (
                  <TaskEditor
                    plan={plan.plan}
                    task={task}
                    busy={busy}
                    draft={draftOf(task.id)}
                    checks={checks}
                    save={(next) => change([{ kind: "change", id: task.id, task: next }], () => close(task.id))}
                    onCancel={() => close(task.id)}
                  />
                ) : (
                  <TaskCard
                    task={task}
                    number={index + 1}
                    plan={plan}
                    unsaved={unsaved[task.id] !== undefined}
                    can={can && !begun.has(task.id)}
                    busy={busy}
                    edit={() => setOpen(task.id)}
                    remove={() => change([{ kind: "remove", id: task.id }], () => draftOf(task.id).keep(undefined))}
                    move={(by) => {
                      const ids = moveTask(plan.plan, task.id, by);
                      if (ids) change([{ kind: "reorder", ids }]);
                    }}
                  />
                )}
              </li>
            ))}
            {open === freshTask && (
              <li>
                <TaskEditor
                  plan={plan.plan}
                  task={{ id: newTaskId(plan.plan) }}
                  busy={busy}
                  draft={draftOf(freshTask)}
                  checks={checks}
                  save={(next) => change([{ kind: "add", task: next }], () => close(freshTask))}
                  onCancel={() => close(freshTask)}
                />
              </li>
            )}
          </ol>
          {can && open !== freshTask && (
            <button type="button" className="btn" onClick={() => setOpen(freshTask)}>
              <Plus className="i s14" aria-hidden="true" /> {unsaved[freshTask] ? "Go on with the new task" : "Add a task"}
            </button>
          )}
        </div>
      </ScrollPage>
      {can && <Decide plan={plan} busy={busy} unsaved={Object.keys(unsaved).length} decide={decide} />}
      {plan.state === "done" && <Keep plan={plan} />}
    </>
  );
}

type DecideProps = { plan: PlanView; busy: boolean; unsaved: number; decide: (how: "accept" | "reject" | "cancel") => unknown };
function Decide({ plan, busy, unsaved, decide }: DecideProps) {
  const [sure, setSure] = useState(false);
  if (plan.state === "proposed")
    return (
      <div className="decide">
        <div className="fx wrap">
          <button type="button" className="btn pri" aria-disabled={busy} onClick={() => decide("accept")}>
            {unsaved > 0 ? "Start with your changes" : "Accept and start"}
          </button>
          <button type="button" className="btn" aria-disabled={busy} onClick={() => decide("reject")}>
            No
          </button>
          <span className="s12 sub">
            {unsaved > 0 ? "What you changed is kept here and saved first" : "You accept the plan as it stands here"}
          </span>
        </div>
      </div>
    );
  return (
    <div className={`decide ${styles.calm}`}>
      <button
        type="button"
        className="btn bad"
        aria-disabled={busy}
        onBlur={() => afterPress(() => setSure(false))}
        onClick={() => (sure ? decide("cancel") : setSure(true))}
      >
        {sure ? "Really cancel the plan" : "Cancel the plan"}
      </button>
    </div>
  );
}

/** Keeps a plan that worked in memory, to be offered for a similar wish. */
function Keep({ plan }: { plan: PlanView }) {
  const keep = useAction("planAct");
  return (
    <div className={`decide ${styles.calm}`}>
      <div className="fx wrap">
        {keep.isSuccess ? (
          <span className="s13" role="status">
            Kept as a pattern. It is in <Link to="/memories">memory</Link>, and will be offered when a wish resembles it.
          </span>
        ) : (
          <button
            type="button"
            className="btn"
            aria-disabled={keep.isPending}
            onClick={() => !keep.isPending && keep.mutate({ planId: plan.id, act: "keep" })}
          >
            Keep as a pattern
          </button>
        )}
        {keep.isError && (
          <span className="s12 c-bad" role="alert">
            {failureText(keep.error)}
          </span>
        )}
      </div>
    </div>
  );
}
