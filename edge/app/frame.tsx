import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { ActorView, MeOut } from "../../schema/account.ts";
import { startOut, stopOut } from "../../schema/agent.ts";
import { Announcer } from "./announcer.tsx";
import { type Space, useDeed, useDoors, useMedia, Workspace } from "./context.ts";
import { Help } from "./help.tsx";
import { type KeyName, useKeys } from "./keys.ts";
import { Live } from "./live.ts";
import { Palette } from "./palette.tsx";
import { Panel } from "./panel.tsx";
import { Rail } from "./rail.tsx";
import { Screen } from "./screen.ts";
import { talked } from "./status.ts";
import { TabBar } from "./tab-bar.tsx";
import { nextTheme } from "./theme.ts";

const LiveSocket = lazy(() => import("./live-socket.tsx"));

/** The workspace: rail, page, panel, and the one live connection below all of them. */
export default function Frame({ me, agent }: { me: MeOut; agent: ActorView }) {
  const live = useLive(agent.id);
  const space = useSpaceOf(live, me, agent);
  const wide = useMedia("(min-width: 1101px)");
  const phone = useMedia("(max-width: 760px)");
  const [panel, setPanel] = useState<boolean>();
  const [sheet, setSheet] = useState<"palette" | "help" | "more">();
  const path = useRouterState({ select: (state) => state.location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: going to another page closes what lies over it on a phone
  useEffect(() => {
    setSheet(undefined);
    setPanel(undefined);
  }, [path]);
  const busy = useSyncExternalStore(live.subscribe, () => talked(live.now()));
  const side = path === "/" && (panel ?? (wide && busy));
  const screen = useMemo(
    () => ({ side, phone, showPanel: setPanel, sheet, open: setSheet, close: () => setSheet(undefined) }),
    [side, phone, sheet],
  );
  useKeys(useCommands(space, screen));
  return (
    <Workspace value={space}>
      <Screen value={screen}>
        <a className="skip" href="#main">
          Skip to the conversation
        </a>
        <div className={["app", side && "side", sheet === "more" && "more"].filter(Boolean).join(" ")}>
          <Rail />
          <main className="main" id="main" tabIndex={-1}>
            <Outlet />
          </main>
          {path === "/" && <Panel />}
          {phone && <TabBar />}
        </div>
        {sheet === "palette" && <Palette />}
        {sheet === "help" && <Help />}
        <Announcer />
        <Suspense>
          <LiveSocket link={live.link} member={agent.member} />
        </Suspense>
      </Screen>
    </Workspace>
  );
}

function useLive(agent: string): Live {
  const { api } = useDoors();
  const live = useMemo(
    () =>
      new Live({
        agent,
        ticket: () => api.ticket(agent),
        large: (clientId, text) => api.message(agent, clientId, text),
        storage: localStorage,
      }),
    [agent, api],
  );
  useEffect(() => {
    const stored = (event: StorageEvent) => event.key === live.outbox.key && live.outboxChanged();
    window.addEventListener("storage", stored);
    window.addEventListener("online", live.link.retryNow);
    return () => {
      window.removeEventListener("storage", stored);
      window.removeEventListener("online", live.link.retryNow);
    };
  }, [live]);
  return live;
}

function useSpaceOf(live: Live, me: MeOut, agent: ActorView): Space {
  const stop = useDeed(useCallback(() => live.link.call("stop", { scope: "turn" }, stopOut), [live]));
  const stopStack = useDeed(useCallback(() => live.link.call("stop", { scope: "stack" }, stopOut), [live]));
  const startStack = useDeed(useCallback(() => live.link.call("start", {}, startOut), [live]));
  return useMemo(
    () => ({ live, me, agent, agentName: agent.name, stop, stopStack, startStack }),
    [live, me, agent, stop, stopStack, startStack],
  );
}

/** What each key does here; true when it did something. */
function useCommands(space: Space, screen: Screen) {
  const navigate = useNavigate();
  const now = useRef({ space, screen });
  now.current = { space, screen };
  return useCallback(
    (name: KeyName): boolean => {
      const { space, screen } = now.current;
      const deeds: Record<KeyName, () => unknown> = {
        palette: () => screen.open("palette"),
        help: () => screen.open("help"),
        close: () => (screen.sheet ? screen.close() : false),
        compose: () => document.getElementById("message")?.focus(),
        stop: () => space.stop.run(),
        latest: () => window.dispatchEvent(new Event("growqr:latest")),
        channel: () => void navigate({ to: "/" }),
        task: () => screen.showPanel(!screen.side),
        files: () => void navigate({ to: "/files" }),
        theme: () => nextTheme(),
      };
      return deeds[name]() !== false;
    },
    [navigate],
  );
}
