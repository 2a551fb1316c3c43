import { useEffect, useRef, useState } from "react";
import { listProvisionSteps, type ProvisionStep, stepTitles } from "../../../schema/stack/stack.ts";
import { Composer } from "../conversation/composer.tsx";
import { PendingMessage } from "../conversation/message.tsx";
import { describeError } from "../live/api.ts";
import type { StackRun, StepLine } from "../live/log-view.ts";
import { useMutationOf } from "../live/use-action.ts";
import { useLive, useServerSkew } from "../live/use-live.ts";
import { useServices, useSpace } from "../live/workspace.ts";
import { useTitle } from "../shell/page-title.ts";
import { formatDuration, formatElapsed } from "../ui/format.ts";
import { Ring, type RingState } from "../ui/ring.tsx";
import { useClock } from "../ui/use-clock.ts";
import styles from "./first-run.module.css";
import { describeStep } from "./stack-log.ts";
import { StackStopped } from "./stack-notices.tsx";
import { mayRun } from "./stack-words.ts";

const stepTexts: Record<ProvisionStep, string> = {
  entitlement: "What your plan allows.",
  placement: "The machine your stack lives on.",
  agent: "The one you talk to.",
  network: "A network only your stack is on.",
  image: "Builds what stacks are started from. Once, for all of them.",
  gitea: "Keeps every version of your files.",
  memory: "What your agent knows and decides.",
  opencode: "Where helpers edit and run things.",
  ready: "Opens its first session.",
};

/** Suggestions teach what can be asked; each is a whole message. */
export const suggestions = [
  { title: "I want to open a bakery. Build me a website for it.", about: "You see the plan and what it costs first" },
  { title: "Make me a page that says hello", about: "You see it here in a few seconds" },
  { title: "What do you remember about me?", about: "What it knows, and who told it" },
];

/** Whether the start was stopped, as by whoever leaves the line: no step goes on until it is started anew. */
const useStandsStill = (): boolean => useLive(({ view }) => view.stack?.tier === "stopped");

/** The first provision, step by step as its events come. */
export function FirstRun() {
  const run = useLive(({ view }) => view.run);
  const still = useStandsStill();
  const failed = run?.steps.find((step) => step.state === "failed");
  return (
    <>
      <div className="page">
        <div className="fr col">
          <header>
            <h2>Setting up your own workshop</h2>
            <p className="sub">{still ? "It goes on when you start it, or write." : "You can close this page. It goes on without you."}</p>
          </header>
          <ProvisionSteps run={run} />
          {failed && run ? <Failure step={failed} /> : <Progress run={run} />}
          <ProvisionWaiting />
        </div>
      </div>
      <div className={`dock ${styles.mid}`}>
        <StackStopped />
        <Composer placeholder="Write now. Sent when your agent wakes." hint="" />
      </div>
    </>
  );
}

function ProvisionSteps({ run }: { run: StackRun | undefined }) {
  const skew = useServerSkew();
  const now = useClock(true);
  const steps = new Map(run?.steps.map((step) => [step.step, step]));
  const all = listProvisionSteps(new Set(steps.keys()));
  const still = useStandsStill();
  const next = all.find((name) => !steps.has(name) || (still && steps.get(name)?.state === "started"));
  return (
    <ol className={`framed ${styles.prov}`} aria-label="Steps">
      {all.map((name) => (
        <StepRow key={name} name={name} step={steps.get(name)} next={name === next} still={still} now={now + skew} />
      ))}
    </ol>
  );
}

const stepRings: Record<StepLine["state"], { ring: RingState; label: string }> = {
  started: { ring: "working", label: "Working" },
  done: { ring: "done", label: "Done" },
  failed: { ring: "failed", label: "Failed" },
};

type StepRowProps = { name: ProvisionStep; step: StepLine | undefined; next?: boolean; still?: boolean; now: number };
function StepRow({ name, step: told, next = false, still = false, now }: StepRowProps) {
  const step = still && told?.state === "started" ? undefined : told; // it is begun anew with the next start
  const { ring, label } = step ? stepRings[step.state] : ({ ring: "idle", label: "Not yet" } as const);
  const title = step?.state === "started" ? "b" : step ? "med" : "sub med";
  const detail = step && describeStep(step, now);
  return (
    <li aria-current={step?.state === "started" ? "step" : undefined}>
      <Ring state={ring} size={20} label={label} />
      <div>
        <div className={title}>{stepTitles[name]}</div>
        <p className="s13 sub">{stepTexts[name]}</p>
        {detail && <code className={`${styles.last} num`}>{detail}</code>}
      </div>
      <StepTime step={step} next={next} now={now} />
    </li>
  );
}

function StepTime({ step, next, now }: { step: StepLine | undefined; next: boolean; now: number }) {
  if (!step) return <span className="sub s13">{next ? "next" : ""}</span>;
  if (step.state === "started") return <span className="c-run med num s13">{formatElapsed(now - step.at)}</span>;
  return <span className="sub num s13">{step.ms !== undefined && formatDuration(step.ms)}</span>;
}

function Progress({ run }: { run: StackRun | undefined }) {
  const skew = useServerSkew();
  const now = useClock(true);
  const done = run?.steps.filter((step) => step.state === "done").length ?? 0;
  const all = listProvisionSteps(new Set(run?.steps.map((step) => step.step))).length;
  const image = run?.steps.find((step) => step.step === "image");
  const waits = useLive(({ view }) => Boolean(view.stack?.place));
  const still = useStandsStill();
  return (
    <div className="fx s13 sub num">
      <progress className="meter grow" max={all} value={done + 0.5} aria-label={`Step ${Math.min(all, done + 1)} of ${all}`} />
      <span>
        Step {Math.min(all, done + 1)} of {all}
        {still && ", not going on"}
        {run &&
          !still &&
          `, ${formatElapsed(now + skew - run.at)} so far${waits ? "" : image ? ", the first start on a machine takes a few minutes" : ", usually under 30 s"}`}
      </span>
    </div>
  );
}

/** What happened, what was kept, what to do. */
function Failure({ step }: { step: StepLine }) {
  const { api } = useServices();
  const [again] = useState(() => () => api.provision(crypto.randomUUID()));
  const retry = useMutationOf(again);
  return (
    <div className="quiet bad" role="alert">
      <Ring state="failed" label="" />
      <div>
        <b className="b">{stepTitles[step.step]} failed</b>
        <p className="sub">{step.detail ?? "It gave no reason."} What was done before it is kept, and so is your message.</p>
        {retry.error && <p className="c-bad">{describeError(retry.error).message}</p>}
        <button type="button" className="btn" style={{ marginTop: 8 }} onClick={retry.run} aria-disabled={retry.pending}>
          {retry.pending ? "Trying again" : "Try again"}
        </button>
      </div>
    </div>
  );
}

function ProvisionWaiting() {
  const outbox = useLive((state) => state.outbox);
  const end = useRef<HTMLDivElement>(null);
  const said = outbox.length;
  useEffect(() => {
    if (said > 0) end.current?.scrollIntoView({ block: "end" }); // what was just said lies below the steps
  }, [said]);
  return (
    <div className="col" style={{ gap: 8, marginTop: "auto" }} ref={end}>
      {outbox.length > 0 ? (
        outbox.map((entry) => <PendingMessage key={entry.clientId} entry={entry} held offline={false} />)
      ) : (
        <>
          <p className="s13 sub">These become active when your agent is awake.</p>
          <Suggestions off />
        </>
      )}
    </div>
  );
}

export function Suggestions({ off = false }: { off?: boolean }) {
  const { live } = useSpace();
  return (
    <div className={styles.sug}>
      {suggestions.map(({ title, about }) => (
        <button key={title} type="button" className={off ? "off" : ""} aria-disabled={off} onClick={() => !off && live.send(title)}>
          <b>{title}</b>
          <span>{about}</span>
        </button>
      ))}
    </div>
  );
}

const describeTook = (ms: number) => (ms < 90_000 ? `${Math.max(1, Math.round(ms / 1000))} seconds` : formatDuration(ms));

/** The stack is ready: how long it took, and three suggestions; what was set up is folded. */
export function Ready() {
  const run = useLive(({ view }) => view.run);
  const { agentName, me } = useSpace();
  const { model } = useServices().sessions.config ?? {};
  const last = run?.steps.at(-1);
  const took = run && last ? last.at + (last.ms ?? 0) - run.at : undefined;
  const may = mayRun(me);
  useTitle(agentName);
  return (
    <>
      <div className="page">
        <div className="fr col">
          <header>
            <h2>{!may ? "Your stack is stopped" : took ? `Ready in ${describeTook(took)}` : "Ready"}</h2>
            <p className="sub">
              {may
                ? `Hello ${me.member.name.split(" ")[0]}. Tell your agent what you need, or pick one of these.`
                : "Your agent works again once your plan is active. These become active then."}
              {may && model?.includes("demo") ? " What answers here is a demo: it makes small sites and pages." : ""}
            </p>
          </header>
          <Suggestions off={!may} />
          {run && (
            <details className="s13 sub only-d">
              <summary>What was set up for you, and for nobody else</summary>
              <ol className={`framed ${styles.prov}`} style={{ marginTop: 8 }} aria-label="Steps">
                {run.steps.map((step) => (
                  <StepRow key={step.step} name={step.step} step={step} now={0} />
                ))}
              </ol>
            </details>
          )}
        </div>
      </div>
      <div className={`dock ${styles.mid}`}>
        <StackStopped />
        <Composer placeholder={may ? `Message ${agentName}` : "Nobody can answer until your plan is active"} />
      </div>
    </>
  );
}
