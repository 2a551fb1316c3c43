import { ArrowLeft, PanelRight, Search, WifiOff } from "lucide-react";
import { lazy, Suspense } from "react";
import { errorTable } from "../../../schema/wire/error.ts";
import { AgentAct, AgentEmpty } from "../agent/agent-actions.tsx";
import { conversationStatus, hasConversation, isSettingUp } from "../agent/agent-status.ts";
import { ApprovalDock } from "../approval/approval-dock.tsx";
import { offlineAfter } from "../live/live-link.ts";
import { useLive } from "../live/use-live.ts";
import { useSpace } from "../live/workspace.ts";
import { findFinishedPlan } from "../plan/find-finished-plan.ts";
import { useTitle } from "../shell/page-title.ts";
import { useScreen } from "../shell/screen.ts";
import { StackStopped } from "../stack/stack-notices.tsx";
import { mayRun } from "../stack/stack-words.ts";
import { TaskStrip } from "../turn/turn-panel.tsx";
import { Ring } from "../ui/ring.tsx";
import { useClock } from "../ui/use-clock.ts";
import { Composer } from "./composer.tsx";
import { useConversation, useConversationLive } from "./conversation.ts";
import { Feed } from "./feed.tsx";
import { PendingMessage } from "./message.tsx";

const firstRun = () => import("../stack/first-run.tsx");
const FirstRun = lazy(() => firstRun().then((part) => ({ default: part.FirstRun })));
const Ready = lazy(() => firstRun().then((part) => ({ default: part.Ready })));
const FinishedPlan = lazy(() => import("../plan/finished-plan.tsx").then((part) => ({ default: part.FinishedPlan })));

/** A conversation: the Grow Agent's, with the first run before it, or a sub-agent's. */
export function Channel() {
  const conversation = useConversation();
  const { me } = useSpace();
  const { home, id, name } = conversation;
  const status = useConversationLive((state) => conversationStatus(state, conversation, mayRun(me)));
  useTitle(`${name}, ${status.text}`);
  const { opened, setup, shown } = useConversationLive((state) => {
    const { view, outbox } = state;
    const told = (view.counts.get(conversation.channel ?? "")?.lastSeq ?? 0) > 0; // counts rows older than the loaded pages too
    const begun = home ? hasConversation(state) : told || view.rows.some((row) => row.type !== "run" && row.type !== "stack");
    return { opened: view.begun, setup: isSettingUp(state), shown: begun || outbox.length > 0 };
  });
  const finished = useConversationLive(({ view }) => (home ? findFinishedPlan(view.rows) : undefined));
  return (
    <>
      <Bar />
      {!opened ? (
        <Opening />
      ) : setup ? (
        <Suspense fallback={<Opening />}>
          <FirstRun />
        </Suspense>
      ) : shown || !home ? (
        <>
          <TaskStrip />
          {shown || home ? <Feed key={id} /> : <AgentEmpty />}
          <div className="dock">
            <Offline />
            <ApprovalDock agent={home ? undefined : id} />
            <StackStopped />
            {finished && (
              <Suspense>
                <FinishedPlan body={finished.body} />
              </Suspense>
            )}
            <Composer
              key={id}
              {...(mayRun(me)
                ? { placeholder: `Message ${name}` }
                : { placeholder: "Nobody can answer until your plan is active", hint: "" })}
            />
          </div>
        </>
      ) : (
        <Suspense fallback={<Opening />}>
          <Ready />
        </Suspense>
      )}
    </>
  );
}

function Bar() {
  const { me } = useSpace();
  const { side, phone, showPanel, open } = useScreen();
  const conversation = useConversation();
  const status = useConversationLive((state) => conversationStatus(state, conversation, mayRun(me)));
  return (
    <div className="bar">
      {phone && (
        <button type="button" className="ib" aria-label="All channels" onClick={() => open("more")}>
          <ArrowLeft className="i s20" aria-hidden="true" />
        </button>
      )}
      <Ring state={status.ring} label="" />
      <h1 className="t">{conversation.name}</h1>
      <span className="sub s13 t only-d">{status.text}</span>
      <span className="grow" />
      {conversation.agent && <AgentAct agent={conversation.agent} />}
      {phone && (
        <button type="button" className="ib" aria-label="Find or run" onClick={() => open("palette")}>
          <Search className="i s20" aria-hidden="true" />
        </button>
      )}
      <button
        type="button"
        className="ib"
        aria-label={side ? "Hide task panel" : "Show task panel"}
        aria-pressed={side}
        onClick={() => showPanel(!side)}
      >
        <PanelRight className="i" aria-hidden="true" />
      </button>
    </div>
  );
}

/** Before the first page of the log has come. */
function Opening() {
  const { lostAt, offline } = useLive(({ link }) => link);
  const outbox = useLive((state) => state.outbox);
  const clock = useClock(true, 500);
  const late = clock - (lostAt ?? clock) > 1_000;
  return (
    <div className="page">
      <div className="fr col" style={{ justifyContent: "flex-end" }}>
        <div className="grow" />
        {late && <p className="sub s13">Opening your channel</p>}
        {outbox.map((entry) => (
          <PendingMessage key={entry.clientId} entry={entry} held={false} offline={offline} />
        ))}
        <Offline />
        <Composer placeholder="Write now. Sent when the channel is open." />
      </div>
    </div>
  );
}

/** Shown when the connection has been away for 5 s, not for every blink. */
function Offline() {
  const { live } = useSpace();
  const link = useLive((state) => state.link);
  const clock = useClock(link.offline, 500);
  if (!link.offline || link.lostAt === undefined) return null;
  const away = Math.max(offlineAfter, clock - link.lostAt);
  const next = link.retryAt !== undefined ? Math.max(0, Math.ceil((link.retryAt - clock) / 1000)) : 0;
  return (
    <div className="offline" role="status">
      <WifiOff className="i" aria-hidden="true" />
      <span className="grow">
        {link.refused ? (
          errorTable[link.refused].message
        ) : (
          <>
            {link.status === "live" ? "No answer" : "Offline"} for {Math.floor(away / 1000)} s. Your messages are sent once you are back
            online.
          </>
        )}
      </span>
      {next > 0 && <span className="sub num">retry in {next} s</span>}
      <button type="button" className="btn xs" onClick={live.link.retryNow}>
        Retry now
      </button>
    </div>
  );
}
