import { useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate, useRouterState, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ActorView, MeOut } from "../../../schema/account/account.ts";
import { hasConversation } from "../agent/agent-status.ts";
import { PhoneApprovals } from "../approval/phone-approvals.tsx";
import { LazyAwayLine } from "../away/lazy-away-line.ts";
import { LazyAccountWatch } from "../billing/plan/lazy-account-watch.ts";
import { LazyPlanBanner } from "../billing/plan/lazy-plan-banner.ts";
import { findNeighbour, useChannels } from "../conversation/channel-list.ts";
import { type ChannelConversation, OpenConversation, useConversationWith } from "../conversation/conversation.ts";
import { Live } from "../live/live.ts";
import { refreshQueries } from "../live/query-topics.ts";
import { useMutationOf } from "../live/use-action.ts";
import { useLive, useOffline } from "../live/use-live.ts";
import { type AppSpace, useServices, useSpace, Workspace } from "../live/workspace.ts";
import { TurnPanel } from "../turn/turn-panel.tsx";
import { useMedia } from "../ui/use-media.ts";
import { Announcer } from "./announcer.tsx";
import { Sure } from "./confirm-dialog.tsx";
import styles from "./frame.module.css";
import { useKeptFocus } from "./keep-focus.ts";
import { type KeyName, useKeys } from "./keyboard-shortcuts.ts";
import { runPageAction } from "./page-action.ts";
import { Palette } from "./palette.tsx";
import { Rail } from "./rail.tsx";
import { type ConfirmQuestion, Screen } from "./screen.ts";
import { TabBar } from "./tab-bar.tsx";
import { takeFirst } from "./take-first-call.ts";
import { switchTheme } from "./theme.ts";
import { useBackCloses } from "./use-back-closes.ts";
import { useSeenHeight } from "./use-visible-height.ts";

const TaskPane = lazy(() => import("../task/task-pane.tsx").then((part) => ({ default: part.TaskPane })));
const PreviewPane = lazy(() => import("../preview/preview-pane.tsx").then((part) => ({ default: part.PreviewPane })));
const NewPreview = lazy(() => import("../preview/new-preview.tsx").catch(() => ({ default: (): undefined => undefined })));
const KeysHelp = lazy(() => import("./keys-help.tsx").then((part) => ({ default: part.KeysHelp })));
const LiveSocket = lazy(() => import("../live/live-socket.tsx"));

/** The workspace: rail, page, panel, and the one live connection below all of them. */
export default function Frame({ me, agent }: { me: MeOut; agent: ActorView }) {
  const live = useConnection(agent.id, agent.channel);
  const space = useSpaceOf(live, me, agent);
  return (
    <Workspace value={space}>
      <WorkspacePage />
      <Suspense>
        <LiveSocket link={live.link} member={agent.member} />
      </Suspense>
      <Suspense>
        <LazyAccountWatch />
      </Suspense>
    </Workspace>
  );
}

/** The sub-agent whose channel is open. */
const agentInPath = (path: string) => /^\/c\/([^/]+)$/.exec(path)?.[1];

function WorkspacePage() {
  const wide = useMedia("(min-width: 1101px)");
  const phone = useMedia("(max-width: 760px)");
  const [panel, setPanel] = useState<boolean>();
  const [sheet, setSheet] = useState<Screen["sheet"]>();
  const [question, ask] = useState<ConfirmQuestion>();
  const [finding, find] = useState(false);
  useKeptFocus();
  useSeenHeight();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const conversation = useConversationWith(agentInPath(path));
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the sheets
  useEffect(() => {
    setSheet(undefined);
    setPanel(undefined);
    find(false);
  }, [path]);
  const { entitlement } = useSpace().me;
  const goesOn = entitlement === "active" || entitlement === "trialing";
  const busy = useLive(hasConversation);
  const offline = useOffline();
  const talking = path === "/" || agentInPath(path) !== undefined;
  const beside = useBeside();
  const side = talking && (beside.shown || beside.terminal || (panel ?? (wide && busy)));
  const { hideTerminal } = beside;
  const showPanel = useCallback(
    (shown: boolean) => {
      setPanel(shown);
      if (!shown) hideTerminal();
    },
    [hideTerminal],
  );
  const screen = useMemo(
    () => ({ side, phone, showPanel, sheet, open: setSheet, close: () => setSheet(undefined), ask, finding, find }),
    [side, phone, showPanel, sheet, finding],
  );
  useBackCloses(phone && talking && panel === true, () => showPanel(false));
  useBackCloses(phone && sheet === "more", () => setSheet(undefined));
  useBackCloses(question !== undefined, () => ask(undefined));
  useKeys(useCommands(conversation, screen));
  return (
    <Screen value={screen}>
      <OpenConversation value={conversation}>
        <a className={styles.skip} href="#main">
          Skip to the page
        </a>
        <div
          className={[
            styles.app,
            side && styles.side,
            (beside.preview || beside.terminal) && talking && styles.preview,
            phone && sheet === "more" && styles.more,
          ]
            .filter(Boolean)
            .join(" ")}
        >
          {!phone && <Rail />}
          {phone && sheet === "more" && (
            <main className={`main ${styles.sheet}`}>
              <h1 className="vh">More</h1>
              <Rail />
            </main>
          )}
          <main className={`main ${styles.pageMain}`} id="main" tabIndex={-1}>
            <Suspense>
              <LazyAwayLine linkLost={offline} />
              {goesOn || <LazyPlanBanner />}
            </Suspense>
            <Outlet />
          </main>
          {talking && (beside.shown ? <Suspense>{beside.pane(phone)}</Suspense> : <TurnPanel />)}
          <Suspense>{talking && <NewPreview room={wide && beside.task === undefined} />}</Suspense>
          {phone && !talking && sheet !== "more" && path !== "/inbox" && <PhoneApprovals />}
          {phone && <TabBar />}
        </div>
        {(sheet === "palette" || sheet === "switch") && <Palette key={sheet} channels={sheet === "switch"} />}
        <Suspense>{sheet === "help" && <KeysHelp />}</Suspense>
        {question && <Sure question={question} close={() => ask(undefined)} />}
        <Announcer />
      </OpenConversation>
    </Screen>
  );
}

/** What stands beside the conversation: a task, a preview, or the panel with the terminal. */
function useBeside() {
  const { task, view, preview, panel } = useSearch({ strict: false });
  const navigate = useNavigate();
  const shown = task !== undefined || preview !== undefined;
  const terminal = panel === "terminal" && !shown;
  const hideTerminal = useCallback(() => {
    if (terminal) void navigate({ to: ".", search: {}, replace: true });
  }, [terminal, navigate]);
  const show = (shown: { task?: string | undefined; view?: "thread" | undefined }) => void navigate({ to: ".", search: shown });
  const pane = (phone: boolean) =>
    task === undefined ? (
      preview !== undefined && <PreviewPane id={preview} close={() => show({})} back={phone} />
    ) : (
      <TaskPane
        key={task}
        id={task}
        view={view === "thread" ? view : undefined}
        show={(shown) => show({ task, view: shown })}
        close={() => show({})}
        back={phone}
        alone={phone}
      />
    );
  return { task, preview: task === undefined ? preview : undefined, shown, terminal, hideTerminal, pane };
}

function useConnection(agent: string, channel: string): Live {
  const queries = useQueryClient();
  const { api } = useServices();
  const live = useMemo(
    () =>
      new Live({
        agent,
        early: { channel, page: takeFirst("page") },
        ticket: () => api.ticket(agent),
        large: (message) => api.message(agent, message),
        storage: localStorage,
        news: refreshQueries(queries),
      }),
    [agent, channel, api, queries],
  );
  useEffect(() => {
    const stored = (event: StorageEvent) => event.key === live.outbox.key && live.outboxChanged();
    window.addEventListener("storage", stored);
    window.addEventListener("online", live.link.retryNow);
    window.addEventListener("offline", live.link.drop); // the socket itself notices much later
    return () => {
      window.removeEventListener("storage", stored);
      window.removeEventListener("online", live.link.retryNow);
      window.removeEventListener("offline", live.link.drop);
    };
  }, [live]);
  return live;
}

function useSpaceOf(live: Live, me: MeOut, agent: ActorView): AppSpace {
  const stopStack = useMutationOf(useCallback(() => live.link.press("stop", { scope: "stack" }), [live]));
  const startStack = useMutationOf(useCallback(() => live.link.press("start", {}), [live]));
  return useMemo(() => ({ live, me, agent, agentName: agent.name, stopStack, startStack }), [live, me, agent, stopStack, startStack]);
}

/** The command of each key; it answers false when it did nothing. */
function useCommands(conversation: ChannelConversation, screen: Screen) {
  const navigate = useNavigate();
  const lines = useChannels();
  const now = useRef({ conversation, screen, lines });
  now.current = { conversation, screen, lines };
  return useCallback(
    (name: KeyName): boolean => {
      const { conversation, screen, lines } = now.current;
      const go = (by: 1 | -1) => {
        const next = findNeighbour(lines, conversation.id, by);
        if (next) void navigate(next.home ? { to: "/" } : { to: "/c/$agent", params: { agent: next.id } });
      };
      const commands: Record<KeyName, () => unknown> = {
        palette: () => screen.open("palette"),
        switch: () => screen.open("switch"),
        help: () => screen.open("help"),
        close: () => (screen.sheet ? screen.close() : screen.phone && screen.side ? screen.showPanel(false) : false),
        compose: () => runPageAction("focusMessage") || true, // the key is ours even without a field
        stop: () => conversation.stop.run(),
        latest: () => runPageAction("showLatest") || true,
        channel: () => void navigate({ to: "/" }),
        find: () => runPageAction("openFind"),
        task: () => screen.showPanel(!screen.side),
        terminal: () => void navigate({ to: "/", search: { panel: "terminal" } }),
        approvals: () => void navigate({ to: "/inbox" }),
        timeline: () => void navigate({ to: "/timeline" }),
        memory: () => void navigate({ to: "/memories" }),
        files: () => void navigate({ to: "/files" }),
        projects: () => void navigate({ to: "/project" }),
        quests: () => void navigate({ to: "/quest" }),
        goals: () => void navigate({ to: "/goal" }),
        secrets: () => void navigate({ to: "/secret" }),
        up: () => go(-1),
        down: () => go(1),
        allow: () => runPageAction("armAnswer", "allow"),
        allowTask: () => runPageAction("armAnswer", "task"),
        deny: () => runPageAction("armAnswer", "deny"),
        theme: () => switchTheme(),
      };
      return commands[name]() !== false;
    },
    [navigate],
  );
}
