import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useEffect, useState } from "react";
import { type GoalView, memoryActionShapes } from "../../schema/memory-api.ts";
import { failure, useAct, useAsk } from "./ask.ts";
import { useNow } from "./context.ts";
import { Failed } from "./failed.tsx";
import { Field } from "./plan-form.tsx";
import { ProposalCard } from "./proposal-card.tsx";
import { Ring, type RingState } from "./ring.tsx";

const rings: Record<GoalView["state"], RingState> = { active: "working", paused: "cancelled", reached: "done", dropped: "cancelled" };
const words: Record<GoalView["state"], string> = { active: "Active", paused: "Paused", reached: "Reached", dropped: "Dropped" };
const { goals: goalsShape, goalPut } = memoryActionShapes;

/** What the person works towards. Each goal is a file in memory. */
export function Goals() {
  const { view } = useNow();
  const of = useAsk("goals", {}, goalsShape.out, view.topics.goals);
  const [adding, setAdding] = useState(false);
  const goals = [...(of.data?.goals ?? [])].sort((a, b) => Number(a.state !== "active") - Number(b.state !== "active"));
  const proposed = of.data?.proposed ?? [];
  const fresh = () => void of.refetch();
  useEffect(() => {
    document.title = "Goals · GrowQR";
  }, []);
  return (
    <>
      <div className="bar">
        <h1>Goals</h1>
        <span className="grow" />
        <button type="button" className="btn" onClick={() => setAdding(true)}>
          <Plus className="i s14" aria-hidden="true" /> New goal
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className="page" tabIndex={0} aria-label="Goals">
        <div className="narrow col">
          {of.isError && <Failed error={of.error} retry={fresh} />}
          {adding && <NewGoal done={() => setAdding(false)} fresh={fresh} />}
          {proposed.map((one) => (
            <ProposalCard key={one.id} of={one} onDecided={fresh} />
          ))}
          {goals.map((goal) => (
            <GoalCard key={goal.id} of={goal} fresh={fresh} />
          ))}
          {goals.length === 0 && proposed.length === 0 && !adding && !of.isError && (
            <div className="empty">
              <b className="b">{of.isPending ? "Reading" : "No goals yet"}</b>
              <p className="sub">Say what you want to reach, and your agents plan and remember with it in mind.</p>
              <button type="button" className="btn pri" style={{ marginTop: 10 }} onClick={() => setAdding(true)}>
                Set a goal
              </button>
            </div>
          )}
        </div>
      </section>
    </>
  );
}

function GoalCard({ of, fresh }: { of: GoalView; fresh: () => void }) {
  const act = useAct("goalPut", goalPut.out);
  const put = (change: object) => !act.isPending && act.mutate({ id: of.id, ...change }, { onSuccess: fresh });
  const over = of.state === "reached" || of.state === "dropped";
  return (
    <article className="card goal" aria-label={`Goal ${of.title}`}>
      <h2 className="fx">
        <Ring state={rings[of.state]} label="" />
        <span className="grow">{of.title}</span>
        <span className="s12 sub">{words[of.state]}</span>
      </h2>
      {of.why && <p className="s13">{of.why}</p>}
      {of.done !== null && (
        <div className="fx">
          <progress className="meter" max={100} value={of.done} aria-label={`${of.done} percent`} />
          <span className="s12 num">{of.done}%</span>
        </div>
      )}
      <p className="s12 sub num">
        {of.measure && `Reached when: ${of.measure}. `}
        {of.by && `By ${of.by}. `}
        <Link className="link" to="/memories" search={{ path: of.path }}>
          Its file
        </Link>
      </p>
      {of.steps.length > 0 && (
        <ul className="gsteps s13">
          {of.steps.map((step, index) => (
            <li key={step.text}>
              <label className="fx">
                <input
                  type="checkbox"
                  checked={step.done}
                  disabled={over}
                  onChange={() => put({ steps: of.steps.map((one, at) => (at === index ? { ...one, done: !one.done } : one)) })}
                />
                <span className={step.done ? "sub" : ""}>{step.text}</span>
              </label>
            </li>
          ))}
        </ul>
      )}
      {act.isError && (
        <p className="s13 c-bad" role="alert">
          {failure(act.error)} The goal is as it was.
        </p>
      )}
      <div className="fx wrap">
        {over ? (
          <button type="button" className="btn xs" onClick={() => put({ state: "active" })}>
            Take up again
          </button>
        ) : (
          <>
            <button type="button" className="btn xs" onClick={() => put({ state: "reached" })}>
              Reached
            </button>
            <button type="button" className="btn xs" onClick={() => put({ state: of.state === "paused" ? "active" : "paused" })}>
              {of.state === "paused" ? "Go on" : "Pause"}
            </button>
            <button type="button" className="btn xs ghost" onClick={() => put({ state: "dropped" })}>
              Drop
            </button>
          </>
        )}
      </div>
    </article>
  );
}

function NewGoal({ done, fresh }: { done: () => void; fresh: () => void }) {
  const [title, setTitle] = useState("");
  const [why, setWhy] = useState("");
  const [by, setBy] = useState("");
  const [steps, setSteps] = useState("");
  const act = useAct("goalPut", goalPut.out);
  const save = () => {
    if (!title.trim() || act.isPending) return;
    const list = steps
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
    const change = {
      title: title.trim(),
      ...(why.trim() ? { why: why.trim() } : {}),
      ...(by.trim() ? { by: by.trim() } : {}),
      ...(list.length > 0 ? { steps: list.map((text) => ({ text, done: false })) } : {}),
    };
    act.mutate(change, {
      onSuccess: () => {
        fresh();
        done();
      },
    });
  };
  return (
    <form
      className="ptask form"
      aria-label="New goal"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Field label="What do you want to reach" value={title} set={setTitle} focus />
      <Field label="Why it matters" value={why} set={setWhy} rows={2} />
      <Field label="Steps, one a line" value={steps} set={setSteps} rows={3} />
      <Field label="By when (2026-12-31), if there is a date" value={by} set={setBy} />
      {act.isError && (
        <p className="s13 c-bad" role="alert">
          {failure(act.error)} What you wrote is kept here.
        </p>
      )}
      <div className="fx">
        <button type="submit" className={title.trim() ? "btn pri" : "btn off"} aria-disabled={!title.trim() || act.isPending}>
          {act.isPending ? "Saving" : "Set the goal"}
        </button>
        <button type="button" className="btn ghost" onClick={done}>
          Leave it
        </button>
      </div>
    </form>
  );
}
