import { Link } from "@tanstack/react-router";
import { BookOpen, Command, Keyboard, LogOut, Moon, Play, Power, Search, Sun, SunMoon } from "lucide-react";
import { told } from "./api.ts";
import { useDoors, useNow, useSpace } from "./context.ts";
import { mac } from "./keys.ts";
import { Logo, Ring } from "./ring.tsx";
import { useScreen } from "./screen.ts";
import { agentStatus, settingUp, stackStatus } from "./status.ts";
import { nextTheme, useTheme } from "./theme.ts";
import { initials } from "./time.ts";

export function Rail() {
  const { agentName } = useSpace();
  const { open, close } = useScreen();
  const now = useNow();
  const agent = agentStatus(now);
  return (
    <nav className="rail" aria-label="Workspace">
      <Link className="ws" to="/" onClick={close} aria-label="GrowQR, to the conversation">
        <Logo />
        <span className="grow t">GrowQR</span>
      </Link>
      <button type="button" className="find only-d" onClick={() => open("palette")} aria-label="Find or run">
        <Search className="i s14" aria-hidden="true" />
        <span className="grow t">Find or run</span>
        <kbd>{mac ? <Command className="i s10" aria-hidden="true" /> : "Ctrl"} K</kbd>
      </button>
      <Link className="row" to="/files" activeProps={{ className: "row on" }} onClick={close} aria-label="Memory and files">
        <BookOpen className="i" aria-hidden="true" />
        <span className="t grow">Memory and files</span>
      </Link>
      <h2>Channels</h2>
      <Link
        className="row"
        to="/"
        activeOptions={{ exact: true }}
        activeProps={{ className: "row on" }}
        onClick={close}
        aria-label={`${agentName}, ${agent.text}`}
      >
        <Ring state={agent.ring} label="" />
        <span className="t grow">{agentName}</span>
      </Link>
      {settingUp(now) && (
        <p className="sub s13" style={{ padding: "4px 8px 0 34px" }}>
          Helpers appear here when your agent starts them.
        </p>
      )}
      <Foot />
    </nav>
  );
}

function Foot() {
  const { me, agent } = useSpace();
  const { sessions } = useDoors();
  const { open } = useScreen();
  return (
    <div className="foot">
      <StackRow host={agent.host?.name} />
      <ThemeRow />
      <button type="button" className="row" onClick={() => open("help")} aria-label="Keys">
        <Keyboard className="i" aria-hidden="true" />
        <span className="t grow">Keys</span>
        <kbd>?</kbd>
      </button>
      <button type="button" className="row" onClick={() => sessions.signOut()} aria-label={`Sign out ${me.member.name}`}>
        <span className="av me s20" aria-hidden="true">
          {initials(me.member.name)}
        </span>
        <span className="grow t">{me.member.name}</span>
        <LogOut className="i stk" aria-hidden="true" />
      </button>
    </div>
  );
}

/** The stack: what it does, and the one thing that can be done about it. */
function StackRow({ host }: { host: string | undefined }) {
  const { startStack, stopStack } = useSpace();
  const now = useNow();
  const { ring, text } = stackStatus(now);
  const live = now.link.status === "live";
  const running = now.view.stack?.observed === "running";
  const deed = running ? stopStack : startStack;
  const can = live && !settingUp(now) && ring !== "working";
  return (
    <>
      <div className="row">
        <Ring state={ring} label="" />
        <span className="grow t s13 sub">
          {text}
          {host && <span className="s12"> · {host}</span>}
        </span>
        {can && (
          <button
            type="button"
            className="ib stk"
            style={{ width: 24, height: 24 }}
            onClick={deed.run}
            aria-label={running ? "Stop the stack" : "Start the stack"}
            title={running ? "Stop the stack" : "Start the stack"}
          >
            {running ? <Power className="i s14" aria-hidden="true" /> : <Play className="i s14" aria-hidden="true" />}
          </button>
        )}
      </div>
      {deed.state === "failed" && (
        <p className="s12 c-bad" style={{ padding: "0 8px 4px 34px" }} role="alert">
          {told(deed.error).message}{" "}
          <button type="button" className="link" onClick={deed.run}>
            Retry
          </button>
        </p>
      )}
    </>
  );
}

function ThemeRow() {
  const theme = useTheme();
  const Icon = theme === "system" ? SunMoon : theme === "dark" ? Moon : Sun;
  const name = { system: "System theme", light: "Light theme", dark: "Dark theme" }[theme];
  return (
    <button type="button" className="row" onClick={nextTheme} aria-label={`${name}, switch`}>
      <Icon className="i" aria-hidden="true" />
      <span className="t grow">{name}</span>
    </button>
  );
}
