import { Link } from "@tanstack/react-router";
import { Pencil, Plus } from "lucide-react";
import { useRef, useState } from "react";
import type { GoalIn } from "../../../schema/goal.ts";
import type { GoalView } from "../../../schema/memory/memory-api.ts";
import { useAction, useActionQuery } from "../live/use-action.ts";
import { ProposalCard } from "../proposal.tsx";
import { describeQuest, isQuestOver } from "../quest/quest-form.ts";
import { useTitle } from "../shell/page-title.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Refusal } from "../ui/refusal.tsx";
import { Ring, type RingState } from "../ui/ring.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { GoalFields } from "./goal-form.tsx";

const goalRings: Record<GoalView["state"], RingState> = { active: "complete", paused: "cancelled", reached: "done", dropped: "cancelled" };
const goalWords: Record<GoalView["state"], string> = { active: "Active", paused: "Paused", reached: "Reached", dropped: "Dropped" };

/** What the person works towards. Each goal is a file in memory. */
export function Goals() {
  const query = useActionQuery("goals", {});
  const [adding, setAdding] = useState(false);
  const goals = [...(query.data?.goals ?? [])].sort((a, b) => Number(a.state !== "active") - Number(b.state !== "active"));
  const proposed = query.data?.proposed ?? [];
  const fresh = () => query.refetch();
  useTitle("Goals");
  return (
    <>
      <div className="bar">
        <h1>Goals</h1>
        <span className="grow" />
        <button type="button" className="btn" onClick={() => setAdding(true)}>
          <Plus className="i s14" aria-hidden="true" /> New goal
        </button>
      </div>
      <ScrollPage label="Goals">
        <div className="narrow col">
          {query.isError && <Failed error={query.error} retry={fresh} />}
          {adding && <GoalFields onSaved={() => void fresh().then(() => setAdding(false))} onCancel={() => setAdding(false)} />}
          {proposed.map((proposal) => (
            <ProposalCard key={proposal.id} proposal={proposal} onDecided={() => void fresh()} />
          ))}
          {goals.map((goal) => (
            <GoalCard key={goal.id} goal={goal} fresh={fresh} />
          ))}
          {goals.length === 0 && proposed.length === 0 && !adding && !query.isError && (
            <div className="empty">
              <b className="b">{query.isPending ? "Reading" : "No goals yet"}</b>
              <p className="sub">Say what you want to reach, and your agents plan and remember with it in mind.</p>
              <button type="button" className="btn pri" style={{ marginTop: 10 }} onClick={() => setAdding(true)}>
                Set a goal
              </button>
            </div>
          )}
        </div>
      </ScrollPage>
    </>
  );
}

type GoalChange = Pick<GoalIn, "state" | "steps">;
/** The changes of one goal, one after another. A press shows at once and waits for the one before it. */
function useGoal(goal: GoalView, fresh: () => Promise<unknown>) {
  const act = useAction("goalPut");
  const [ahead, setAhead] = useState<GoalChange>({});
  const now = useRef<{ busy: boolean; ahead: GoalChange; next: GoalChange | undefined }>({ busy: false, ahead: {}, next: undefined });
  const send = async (first: GoalChange) => {
    now.current.busy = true;
    for (let change: GoalChange | undefined = first; change; ) {
      const saved: boolean = await act.mutateAsync({ id: goal.id, ...change }).then(
        () => true,
        () => false, // its error stands on the card
      );
      change = saved ? now.current.next : undefined;
      now.current.next = undefined;
    }
    await fresh();
    now.current = { busy: false, ahead: {}, next: undefined };
    setAhead({});
  };
  const put = (change: GoalChange) => {
    const all = { ...now.current.ahead, ...change };
    now.current.ahead = all;
    setAhead(all);
    if (now.current.busy) now.current.next = { ...now.current.next, ...change };
    else void send(change);
  };
  const tick = (index: number) => {
    const steps = now.current.ahead.steps ?? goal.steps;
    put({ steps: steps.map((step, at) => (at === index ? { ...step, done: !step.done } : step)) });
  };
  return { state: ahead.state ?? goal.state, steps: ahead.steps ?? goal.steps, put, tick, error: act.error };
}

function GoalCard({ goal, fresh }: { goal: GoalView; fresh: () => Promise<unknown> }) {
  const { state, steps, put, tick, error } = useGoal(goal, fresh);
  const [changing, setChanging] = useState(false);
  const over = state === "reached" || state === "dropped";
  const close = () => setChanging(false);
  if (changing) return <GoalFields goal={goal} onSaved={() => void fresh().then(close)} onCancel={close} />;
  return (
    <article className="card goal" aria-label={`Goal ${goal.title}`}>
      <h2 className="fx">
        <Ring state={goalRings[state]} label="" />
        <span className="grow">{goal.title}</span>
        <span className="s12 sub">{goalWords[state]}</span>
      </h2>
      {goal.why && <p className="s13">{goal.why}</p>}
      {goal.done !== null && (
        <div className="fx">
          <progress className="meter" max={100} value={goal.done} aria-label={`${goal.done} percent`} />
          <span className="s12 num">{goal.done}%</span>
        </div>
      )}
      {(goal.measure || goal.by) && (
        <p className="s12 sub num">
          {goal.measure && `Reached when: ${goal.measure}. `}
          {goal.by && `By ${goal.by}. `}
        </p>
      )}
      {steps.length > 0 && (
        <ul className="gsteps s13">
          {steps.map((step, index) => (
            <li key={step.text}>
              <label className="fx">
                <input type="checkbox" checked={step.done} disabled={over} onChange={() => tick(index)} />
                <span className={step.done ? "sub" : ""}>{step.text}</span>
              </label>
            </li>
          ))}
        </ul>
      )}
      {goal.quests.length > 0 && (
        <ul className="s13" aria-label="Quests that work towards it">
          {goal.quests.map((id) => (
            <Quest key={id} id={id} />
          ))}
        </ul>
      )}
      {error !== null && (
        <p className="s13 c-bad" role="alert">
          <Refusal error={error}> It was not saved; the goal is as it was before.</Refusal>
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
            <button type="button" className="btn xs" onClick={() => put({ state: state === "paused" ? "active" : "paused" })}>
              {state === "paused" ? "Go on" : "Pause"}
            </button>
            <button type="button" className="btn xs ghost" onClick={() => put({ state: "dropped" })}>
              Drop
            </button>
          </>
        )}
        <span className="grow" />
        <Link className="btn xs ghost" to="/memories" search={{ path: goal.path }}>
          Open its file
        </Link>
        <button type="button" className="btn xs" onClick={() => setChanging(true)}>
          <Pencil className="i s14" aria-hidden="true" /> Change
        </button>
      </div>
    </article>
  );
}

/** A quest that works towards the goal, with how far it is. */
function Quest({ id }: { id: GoalView["quests"][number] }) {
  const query = useActionQuery("quest", { questId: id });
  const quest = query.data?.quest;
  if (!quest) return <li className="sub">{query.isError ? "A quest that can't be read" : "Reading"}</li>;
  const { ring, text } = describeQuest(quest);
  return (
    <li className="fx wrap">
      <Ring state={ring} size={12} label="" />
      <Link className="link" to="/quest" search={{ tab: isQuestOver(quest.state) ? "finished" : "running", id }}>
        {quest.title}
      </Link>
      <span className="s12 sub num">
        {text} · {quest.proven} of {quest.of} steps proven
      </span>
    </li>
  );
}
