import { Link, useRouterState } from "@tanstack/react-router";
import {
  AppWindow,
  BookOpen,
  ChartGantt,
  ChevronRight,
  Command,
  Compass,
  CreditCard,
  FolderOpen,
  Inbox,
  Keyboard,
  LogOut,
  type LucideIcon,
  Moon,
  Play,
  Power,
  Search,
  Server,
  Settings,
  SquareTerminal,
  Sun,
  SunMoon,
  Target,
  X,
} from "lucide-react";
import { useState } from "react";
import type { MeOut } from "../../../schema/account/account.ts";
import { isSettingUp, stackStatus } from "../agent/agent-status.ts";
import { useWaiting } from "../approval/pending.ts";
import { type ChannelLine, useChannels } from "../conversation/channel-list.ts";
import { describeError } from "../live/api.ts";
import { useConnected, useLive } from "../live/use-live.ts";
import { useServices, useSpace } from "../live/workspace.ts";
import { mayRun } from "../stack/stack-words.ts";
import { useStackLine } from "../stack/use-stack-line.ts";
import { takeInitials } from "../ui/format.ts";
import { Logo, Ring } from "../ui/ring.tsx";
import { signOutQuestion, stopQuestion } from "./confirm-dialog.tsx";
import { mac } from "./keyboard-shortcuts.ts";
import styles from "./rail.module.css";
import { useScreen } from "./screen.ts";
import { settingPages } from "./setting-pages.ts";
import { switchTheme, useTheme } from "./theme.ts";

export function Rail() {
  const { open, close } = useScreen();
  const setup = useLive(isSettingUp);
  const lines = useChannels();
  const here = useRouterState({ select: ({ location }) => location.pathname });
  const isShown = (line: ChannelLine) => !line.rests || here === `/c/${line.id}`;
  const resting = lines.filter((line) => !isShown(line));
  return (
    <nav className={styles.rail} aria-label="Workspace">
      <Link className={styles.ws} to="/" onClick={close} aria-label="GrowQR, to the conversation">
        <Logo />
        <span className="grow t">GrowQR</span>
      </Link>
      <button type="button" className={styles.find} onClick={() => open("palette")} aria-label="Find or run">
        <Search className="i s14" aria-hidden="true" />
        <span className="grow t">Find or run</span>
        <kbd className="only-d">{mac ? <Command className="i s10" aria-hidden="true" /> : "Ctrl"} K</kbd>
      </button>
      <Pin />
      <PageRow to="/project" name="Projects" icon={AppWindow} />
      <PageRow to="/quest" name="Quests" icon={Compass} />
      <PageRow to="/goal" name="Goals" icon={Target} />
      <PageRow to="/timeline" name="Timeline" icon={ChartGantt} also={["/receipt/", "/plan/"]} />
      <PageRow to="/memories" name="Memory" icon={BookOpen} />
      <PageRow to="/files" name="Files" icon={FolderOpen} also={["/commit/"]} />
      <TerminalRow />
      <h2>Channels</h2>
      {lines.filter(isShown).map((line) => (
        <ChannelRow key={line.id} line={line} />
      ))}
      {setup && (
        <p className="sub s13" style={{ padding: "4px 8px 0 34px" }}>
          Helpers appear here when your agent starts them.
        </p>
      )}
      {resting.length > 0 && <RestingChannels lines={resting} />}
      <Foot />
    </nav>
  );
}

/**
 * What needs the person now, always in the same place; the way to it when nothing does. While the account
 * does not let the stack run that is the plan: nothing else can go on, and the Inbox is below it.
 */
function Pin() {
  const { me } = useSpace();
  const { close } = useScreen();
  const waiting = useWaiting();
  const may = mayRun(me);
  const n = may ? waiting.n : 0;
  const text = may ? waiting.text : (stops[me.entitlement] ?? "Your stack is stopped");
  const inbox = n === 0 && <PageRow to="/inbox" name="Inbox" icon={Inbox} />;
  if (may && inbox) return inbox;
  return (
    <>
      <Link className="pin" to={may ? "/inbox" : "/plan-usage"} onClick={close} aria-label={text} title={text}>
        <Ring state="waiting" label="" />
        {may && <b className={`${styles.onlyN} num`}>{n}</b>}
        <span className="grow t">{text}</span>
        <ChevronRight className={`i s14 ${styles.stk}`} aria-hidden="true" />
      </Link>
      {inbox}
    </>
  );
}

const stops: { [Standing in MeOut["entitlement"]]?: string } = { none: "There is no plan", archived: "Your stack is archived" };

type Page = {
  to: "/project" | "/quest" | "/goal" | "/timeline" | "/memories" | "/files" | "/inbox" | "/settings" | "/machine" | "/payment-desk";
  name: string;
  icon: LucideIcon;
  /** How the paths of its other pages begin. */
  also?: readonly string[];
};
function PageRow({ to, name, icon: Icon, also = [] }: Page) {
  const { close } = useScreen();
  const within = useRouterState({ select: ({ location }) => also.some((path) => location.pathname.startsWith(path)) });
  const shown = `${styles.row} on`;
  return (
    <Link className={within ? shown : styles.row} to={to} activeProps={{ className: shown }} onClick={close} aria-label={name} title={name}>
      <Icon className="i" aria-hidden="true" />
      <span className="t grow">{name}</span>
    </Link>
  );
}
function TerminalRow() {
  const { close } = useScreen();
  return (
    <Link className={styles.row} to="/" search={{ panel: "terminal" }} onClick={close} aria-label="Terminal" title="Terminal">
      <SquareTerminal className="i" aria-hidden="true" />
      <span className="t grow">Terminal</span>
    </Link>
  );
}
function ChannelRow({ line }: { line: ChannelLine }) {
  const { close } = useScreen();
  const unread = line.unread > 0;
  const name = unread ? `${styles.row} ${styles.un}` : styles.row;
  const label = `${line.name}, ${line.text}${unread ? `, ${line.unread} new` : ""}`;
  const inside = (
    <>
      <Ring state={line.ring} label="" />
      <span className="t grow">{line.name}</span>
      {unread && <span className="badge">{line.unread > 99 ? "99" : line.unread}</span>}
    </>
  );
  return line.home ? (
    <Link
      className={name}
      to="/"
      activeOptions={{ exact: true }}
      activeProps={{ className: `${name} on` }}
      onClick={close}
      aria-label={label}
      title={label}
    >
      {inside}
    </Link>
  ) : (
    <Link
      className={name}
      to="/c/$agent"
      params={{ agent: line.id }}
      activeProps={{ className: `${name} on` }}
      onClick={close}
      aria-label={label}
      title={label}
    >
      {inside}
    </Link>
  );
}

/** Helpers whose work is done: what they said needs nobody now. */
function RestingChannels({ lines }: { lines: readonly ChannelLine[] }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className={`${styles.row} sub`}
        aria-label={`Helpers at rest, ${lines.length}`}
        title="Helpers at rest"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <ChevronRight className={open ? `i s14 ${styles.down}` : "i s14"} aria-hidden="true" />
        <span className="t grow s13">At rest</span>
        <span className="s12 num">{lines.length}</span>
      </button>
      {open && lines.map((line) => <ChannelRow key={line.id} line={line} />)}
    </>
  );
}

function Foot() {
  const { me, agent } = useSpace();
  const { sessions } = useServices();
  const { open, ask, close } = useScreen();
  return (
    <div className={styles.foot}>
      <StackRow host={agent.host?.name} />
      <PageRow to="/settings" name="Settings" icon={Settings} also={settingPages} />
      {me.roles.includes("operator") && (
        <>
          <PageRow to="/machine" name="Machines" icon={Server} />
          <PageRow to="/payment-desk" name="Payments" icon={CreditCard} />
        </>
      )}
      <ThemeRow />
      <button type="button" className={styles.row} onClick={() => open("help")} aria-label="Keys" title="Keys">
        <Keyboard className="i" aria-hidden="true" />
        <span className="t grow">Keys</span>
        <kbd>?</kbd>
      </button>
      <Link className={styles.row} to="/profile" onClick={close} aria-label={`Your account, ${me.member.name}`} title="Your account">
        <span className="av me s20" aria-hidden="true">
          {takeInitials(me.member.name)}
        </span>
        <span className="grow t">{me.member.name}</span>
      </Link>
      <button
        type="button"
        className={styles.row}
        onClick={() => ask(signOutQuestion(() => sessions.signOut()))}
        aria-label="Sign out"
        title="Sign out"
      >
        <LogOut className="i" aria-hidden="true" />
        <span className="grow t">Sign out</span>
      </button>
    </div>
  );
}

/** The stack's state, and its one action. */
function StackRow({ host }: { host: string | undefined }) {
  const { me, startStack, stopStack } = useSpace();
  const { ask } = useScreen();
  const may = mayRun(me);
  const { ring, text } = useLive((now) => stackStatus(now, may));
  const connected = useConnected();
  const running = useLive(({ view }) => view.stack?.observed === "running");
  const asleep = useLive(({ view }) => view.stack?.asleep ?? false);
  const setup = useLive(isSettingUp);
  const { place, leave } = useStackLine();
  const mutation = running || place ? stopStack : startStack;
  const can = connected && may && (place !== undefined || (!setup && ring !== "working"));
  const [name, Icon, press] = place
    ? ["Leave the line", X, leave]
    : running
      ? ["Stop the stack", Power, () => ask(stopQuestion(stopStack.run))]
      : [asleep ? "Wake the stack" : "Start the stack", Play, startStack.run];
  return (
    <>
      <div className={`${styles.row} ${styles.stack}`} title={text}>
        <Ring state={ring} label="" />
        <span className="grow t s13 sub">
          {text}
          {host && !place && <span className="s12"> · {host}</span>}
        </span>
        {can && (
          <button
            type="button"
            className={`ib ${styles.stk}`}
            style={{ width: 24, height: 24 }}
            onClick={press}
            aria-label={name}
            title={name}
          >
            <Icon className="i s14" aria-hidden="true" />
          </button>
        )}
      </div>
      {mutation.error && (
        <p className="s12 c-bad" style={{ padding: "0 8px 4px 34px" }} role="alert">
          {describeError(mutation.error).message}{" "}
          <button type="button" className="link" onClick={mutation.run}>
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
    <button type="button" className={styles.row} onClick={switchTheme} aria-label={`${name}, switch`} title={name}>
      <Icon className="i" aria-hidden="true" />
      <span className="t grow">{name}</span>
    </button>
  );
}
