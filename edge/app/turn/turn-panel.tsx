import * as Tabs from "@radix-ui/react-tabs";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowLeft, ChevronRight, X } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { conversationStatus, findCurrentTurn, findRunningTurn, isSameButText } from "../agent/agent-status.ts";
import { Team, usePlansAtWork } from "../agent/team-panel.tsx";
import { useConversation, useConversationLive } from "../conversation/conversation.ts";
import { ChangedFilesTab, FileList, listChangedFiles, useChanges } from "../git/changed-files.tsx";
import { LineCounts, sumChanges } from "../git/diff.tsx";
import { promptShown } from "../live/team-log.ts";
import { useServerSkew } from "../live/use-live.ts";
import { useSpace } from "../live/workspace.ts";
import { describePlan } from "../plan/plans-at-work.ts";
import { useScreen } from "../shell/screen.ts";
import { mayRun } from "../stack/stack-words.ts";
import { TaskHeading } from "../task/task-head.tsx";
import { formatCost, formatCount, formatDuration, formatElapsed, formatTime } from "../ui/format.ts";
import { Ring, type RingState, Segments } from "../ui/ring.tsx";
import { useClock } from "../ui/use-clock.ts";
import styles from "./turn.module.css";
import type { Turn } from "./turn.ts";
import { listSteps } from "./turn-steps.ts";

const TerminalPanel = lazy(() => import("../terminal/terminal-panel.tsx"));

/** The tab of the panel. The terminal's is in the address: it is there again after a reload. */
function useTab() {
  const [kept, setKept] = useState("task");
  const { panel } = useSearch({ strict: false });
  const navigate = useNavigate();
  const choose = (tab: string) => {
    if (tab !== "terminal") setKept(tab);
    if ((tab === "terminal") !== (panel === "terminal"))
      void navigate({ to: ".", search: tab === "terminal" ? { panel: "terminal" } : {}, replace: true });
  };
  return [panel ?? kept, choose] as const;
}

/** Beside the conversation: the current turn's steps, what it changed, and the member's own terminal. */
export function TurnPanel() {
  const { showPanel, phone } = useScreen();
  const { home } = useConversation();
  const running = useConversationLive((state) => findRunningTurn(state) !== undefined);
  const [tab, setTab] = useTab();
  const changes = useChanges();
  const tabs = [
    { id: "task", title: "Task", count: 0 },
    { id: "files", title: "Files", count: changes.data?.total ?? 0 },
    { id: "terminal", title: "Terminal", count: 0 },
  ] as const;
  // on a phone it takes the page's place
  const Place = phone ? "main" : "aside";
  return (
    <Tabs.Root asChild value={tab} onValueChange={setTab}>
      <Place className="panel" aria-label="Task">
        {phone && <h1 className="vh">Task</h1>}
        <div className="bar">
          {phone && (
            <button type="button" className="ib" aria-label="Back to the conversation" onClick={() => showPanel(false)}>
              <ArrowLeft className="i s20" aria-hidden="true" />
            </button>
          )}
          <Tabs.List aria-label="Panel" className="tabs">
            {tabs.map(({ id, title, count }) => (
              <Tabs.Trigger key={id} value={id}>
                {title} {count > 0 && <span className="sub num">{count}</span>}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          <span className="grow" />
          {!phone && (
            <button type="button" className="ib" aria-label="Close the panel" onClick={() => showPanel(false)}>
              <X className="i" aria-hidden="true" />
            </button>
          )}
        </div>
        <Tabs.Content className="scroll" value="task">
          {home && <ConversationStanding />}
          <TaskHeading />
          {running && <CurrentTurn />}
          <Team />
          {!running && <CurrentTurn />}
        </Tabs.Content>
        <Tabs.Content className="scroll" value="files">
          <ChangedFilesTab query={changes} />
        </Tabs.Content>
        <Tabs.Content className={styles.terminal} value="terminal" tabIndex={-1}>
          <Suspense>
            <TerminalPanel />
          </Suspense>
        </Tabs.Content>
      </Place>
    </Tabs.Root>
  );
}

/** The conversation's status, in the words of the header. */
function ConversationStanding() {
  const { me } = useSpace();
  const conversation = useConversation();
  const { ring, text } = useConversationLive((state) => conversationStatus(state, conversation, mayRun(me)));
  return (
    <p className="sec fx s13" role="status">
      <Ring state={ring} label="" />
      <b className="med t">{text}</b>
    </p>
  );
}

/** The message that a turn answers, as its title. */
function useTitle(turn: Turn | undefined): string {
  return useConversationLive(({ view }) => {
    const sent = view.rows.findLast((row) => (row.type === "member" || row.type === "prompt") && row.body.turnId === turn?.turnId);
    if (sent?.type === "prompt") return promptShown(sent.body, view.tasks);
    return sent?.type === "member" ? sent.body.text.split("\n")[0]!.slice(0, 120) : "This turn";
  });
}

const stateText: Record<Turn["state"], string> = {
  queued: "Queued",
  running: "Running",
  done: "Done",
  interrupted: "Interrupted",
  failed: "Failed",
  stopped: "Stopped",
};

function CurrentTurn() {
  const turn = useConversationLive(findCurrentTurn, isSameButText);
  const title = useTitle(turn);
  const { agent } = useConversation();
  if (!turn && agent?.taskId) return null;
  if (!turn)
    return (
      <div className="sec">
        <div className="empty s13">
          <b className="b">No task yet</b>
          <p className="sub">Ask for something. Each step, its time and its cost appear here.</p>
        </div>
      </div>
    );
  const steps = listSteps(turn);
  const done = steps.filter((step) => step.state !== "working").length;
  return (
    <>
      <div className="sec">
        <div className="fx" style={{ gap: 12 }}>
          {turn.state === "running" && <Segments steps={Math.max(1, steps.length)} done={done} working />}
          <div className="grow">
            <h2 className="t" style={{ fontSize: 15 }}>
              {title}
            </h2>
            <p className="s12 sub num">
              {turn.state === "running" ? "" : "Last answer · "}
              {stateText[turn.state]} · {formatTime(turn.startedAt ?? turn.at)}
            </p>
          </div>
        </div>
        <TurnFacts turn={turn} />
      </div>
      {turn.state === "running" ? (
        <div className="sec">
          <h2>Steps</h2>
          {steps.length === 0 ? <p className="sub s13">Nothing done yet.</p> : <TurnSteps turn={turn} />}
        </div>
      ) : (
        steps.length > 0 && (
          <details className="sec fold">
            <summary>
              {steps.length} {steps.length === 1 ? "step" : "steps"}
            </summary>
            <TurnSteps turn={turn} />
          </details>
        )
      )}
      <TurnFiles turn={turn} />
    </>
  );
}

function TurnFacts({ turn }: { turn: Turn }) {
  const skew = useServerSkew();
  const now = useClock(turn.state === "running", 500);
  const time =
    turn.state === "running"
      ? formatElapsed(now + skew - (turn.startedAt ?? turn.at))
      : turn.ms === undefined
        ? "–"
        : formatDuration(turn.ms);
  const { usage } = turn;
  return (
    <>
      <dl className="facts3" style={{ marginTop: 14 }}>
        <div>
          <dt>Time</dt>
          <dd>{time}</dd>
        </div>
        <div>
          <dt>Tokens</dt>
          <dd>{usage ? formatCount(usage.inputTokens + usage.outputTokens) : "–"}</dd>
        </div>
        <div>
          <dt>Cost</dt>
          <dd>{usage ? formatCost(usage.costMicros) : "–"}</dd>
        </div>
      </dl>
      {usage && (
        <p className="s12 sub" style={{ marginTop: 8 }}>
          Model: {usage.models.join(", ")}
        </p>
      )}
    </>
  );
}

const stepRing: Record<"working" | "done" | "failed" | "cancelled", RingState> = {
  working: "working",
  done: "done",
  failed: "failed",
  cancelled: "cancelled",
};
const stepLabel = { working: "Working", done: "Done", failed: "Failed", cancelled: "Stopped" } as const;

function TurnSteps({ turn }: { turn: Turn }) {
  const skew = useServerSkew();
  const now = useClock(turn.state === "running", 250);
  return (
    <ol className="steps s13">
      {listSteps(turn).map((step) => (
        <li key={step.key}>
          <Ring state={stepRing[step.state]} label={stepLabel[step.state]} />
          <span className={step.state === "working" ? "b t" : "t"} title={step.title}>
            {step.title}
          </span>
          <span className={step.state === "working" ? "c-run med num" : "sub num"}>
            {step.ms !== undefined
              ? formatDuration(step.ms)
              : step.state === "working" && step.at
                ? formatElapsed(now + skew - step.at)
                : ""}
          </span>
        </li>
      ))}
    </ol>
  );
}

function TurnFiles({ turn }: { turn: Turn }) {
  const commits = turn.parts.flatMap((part) => (part.type === "commit" ? [{ ...part.commit, seq: 0, at: part.at }] : []));
  const files = listChangedFiles(commits);
  if (files.length === 0) return null;
  return (
    <div className="sec">
      <h2>
        Changed files <LineCounts {...sumChanges(files)} />
      </h2>
      <FileList files={files} />
    </div>
  );
}

/** The panel as a strip on a phone, which opens the whole. */
export function TaskStrip() {
  const { home } = useConversation();
  const turn = useConversationLive(findRunningTurn, isSameButText);
  const [plan] = usePlansAtWork();
  if (turn) return <TurnStrip turn={turn} />;
  if (!home || !plan) return null;
  return <Strip steps={plan.total} done={plan.done} working={plan.working > 0} counts title={plan.title} text={describePlan(plan)} />;
}
function TurnStrip({ turn }: { turn: Turn }) {
  const title = useTitle(turn);
  const skew = useServerSkew();
  const clock = useClock(true, 500);
  const steps = listSteps(turn);
  const done = steps.filter((step) => step.state !== "working").length;
  const text = `Step ${Math.max(1, Math.min(steps.length, done + 1))} · ${formatElapsed(clock + skew - (turn.startedAt ?? turn.at))}`;
  return <Strip steps={Math.max(1, steps.length)} done={done} working title={title} text={text} />;
}
type StripProps = { steps: number; done: number; working: boolean; counts?: boolean; title: string; text: string };
function Strip({ steps, done, working, counts = false, title, text }: StripProps) {
  const { name } = useConversation();
  const { showPanel } = useScreen();
  return (
    <button type="button" className={styles.mtask} onClick={() => showPanel(true)} aria-label={`Open the task of ${name}`}>
      <Segments steps={steps} done={done} working={working} counts={counts} />
      <span className="grow t">
        <b className="b t" style={{ display: "block" }}>
          {title}
        </b>
        <span className="sub s13 num">{text}</span>
      </span>
      <ChevronRight className="i" aria-hidden="true" />
    </button>
  );
}
