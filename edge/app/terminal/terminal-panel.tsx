import { useEffect, useRef, useState } from "react";
import { terminalIn, terminalsOut } from "../../../schema/terminal/terminal.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { type Id, id, newId } from "../../../schema/wire/id.ts";
import { restCall } from "../live/api.ts";
import { failureText } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { useServices } from "../live/workspace.ts";
import { useScreen } from "../shell/screen.ts";
import { useTheme } from "../shell/theme.ts";
import { Asleep, useAsleep } from "../stack/asleep.tsx";
import { Refusal } from "../ui/refusal.tsx";
import { useMedia } from "../ui/use-media.ts";
import styles from "./terminal.module.css";
import { TerminalKeys } from "./terminal-keys.tsx";
import { type LineState, TerminalLine } from "./terminal-line.ts";
import { openView, readTheme, type TerminalView, withControl } from "./terminal-view.ts";

const stored = "growqr.terminal";
/** This browser tab's own: after a reload it is the same one. */
function readTerminalId(): Id<"trm"> {
  const known = id("trm").safeParse(sessionStorage.getItem(stored));
  return known.success ? known.data : makeTerminalId();
}
function makeTerminalId(): Id<"trm"> {
  const made = newId("trm");
  sessionStorage.setItem(stored, made);
  return made;
}

/** Its cells are as wide as the font is: it is drawn once that is there, or can't be. */
function useFont(): boolean {
  const [ready, setReady] = useState(false);
  useEffect(() => {
    const loaded = () => setReady(true);
    document.fonts.load('13px "JetBrains Mono"').then(loaded, loaded);
  }, []);
  return ready;
}

/** A shell in the member's own box. */
export default function TerminalPanel() {
  const observed = useLive(({ view }) => view.stack?.observed);
  const [terminal, setTerminal] = useState(readTerminalId);
  const measured = useFont();
  if (useAsleep())
    return (
      <div className="grow">
        <Asleep text="the terminal can't be opened" />
      </div>
    );
  if (observed !== "running")
    return (
      <p className="sec s13" role="status">
        {observed === "unreachable"
          ? "The machine of your stack does not answer. The terminal opens when it does."
          : "Your stack is starting. The terminal opens when it runs."}
      </p>
    );
  if (!measured) return null;
  return <OpenTerminal key={terminal} id={terminal} another={() => setTerminal(makeTerminalId())} />;
}

function OpenTerminal({ id, another }: { id: Id<"trm">; another: () => void }) {
  const { api } = useServices();
  const { phone } = useScreen();
  const place = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<LineState>({ is: "connecting" });
  const [view, setView] = useState<TerminalView>();
  const [line, setLine] = useState<TerminalLine>();
  const control = useRef(false);
  const [held, setHeld] = useState(false);
  const [notice, setNotice] = useState<string>();
  const hold = (on: boolean) => {
    control.current = on;
    setHeld(on);
  };
  useEffect(() => {
    if (!place.current) return;
    const leave = () => place.current?.closest(".panel")?.querySelector<HTMLElement>("[role=tab][aria-selected=true]")?.focus();
    const opened = openView(place.current, { phone, leave });
    const { terminal } = opened;
    const connected = new TerminalLine(api, id, {
      size: opened.size,
      reset: () => terminal.reset(),
      write: (bytes, drawn) => terminal.write(bytes, drawn),
      state: setState,
    });
    terminal.onData((text) => {
      const taken = connected.type((control.current ? withControl(text) : undefined) ?? text);
      setNotice(taken ? undefined : "That is more than a terminal takes at once. Attach it to a message as a file instead.");
      if (!control.current) return;
      control.current = false;
      setHeld(false);
    });
    terminal.onResize(({ cols, rows }) => connected.resize({ columns: cols, rows }));
    setView(opened);
    setLine(connected);
    void connected.connect();
    window.addEventListener("online", connected.retryNow);
    return () => {
      window.removeEventListener("online", connected.retryNow);
      connected.close();
      opened.close();
    };
  }, [api, id, phone]);
  useThemeOf(view, place.current);
  const open = state.is === "open";
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it has opened
  useEffect(() => {
    if (open) view?.terminal.focus();
  }, [open]);
  return (
    <section className={styles.terminal} aria-label="Terminal, Shift and Escape leave it">
      <TerminalState state={state} another={another} again={() => void line?.connect()} />
      {notice !== undefined && (
        <p className={`${styles.state} s13`} role="status">
          {notice}
        </p>
      )}
      <div className={styles.place} ref={place} />
      {phone && view && line && <TerminalKeys terminal={view.terminal} line={line} held={held} hold={hold} tell={setNotice} />}
    </section>
  );
}

/** The page's colours may change while it is open. */
function useThemeOf(view: TerminalView | undefined, place: HTMLElement | null): void {
  const theme = useTheme();
  const dark = useMedia("(prefers-color-scheme: dark)");
  // biome-ignore lint/correctness/useExhaustiveDependencies: both change what the tokens are
  useEffect(() => {
    if (view && place) view.terminal.options.theme = readTheme(place);
  }, [view, place, theme, dark]);
}

type StateProps = { state: LineState; another: () => void; again: () => void };
function TerminalState({ state, another, again }: StateProps) {
  if (state.is === "open") return null;
  if (state.is === "failed" && state.error instanceof AppError && state.error.code === "quota_full")
    return <AllTaken again={again} text={state.error.message} />;
  const words = {
    connecting: "Connecting",
    lost: "The line was lost. Your terminal goes on and is shown again in a moment.",
    ended: "This terminal has ended.",
    elsewhere: "This terminal was opened in another place.",
  } as const;
  const next = {
    connecting: undefined,
    lost: undefined,
    ended: ["Start another", another],
    elsewhere: ["Show it here", again],
    failed: ["Retry", again],
  } as const;
  const [label, act] = next[state.is] ?? [];
  return (
    <p className={`${styles.state} fx s13`} role={state.is === "failed" ? "alert" : "status"}>
      <span className={state.is === "failed" ? "grow c-bad" : "grow"}>
        {state.is === "failed" ? <Refusal error={state.error} /> : words[state.is]}
      </span>
      {act && (
        <button type="button" className="btn xs" onClick={act}>
          {label}
        </button>
      )}
    </p>
  );
}

/** No place is left: those that are open, each with an end. */
function AllTaken({ text, again }: { text: string; again: () => void }) {
  const { api } = useServices();
  const [error, setError] = useState<unknown>();
  const endAll = async () => {
    const { terminals } = await api.get("/terminals", terminalsOut);
    for (const { id } of terminals)
      await api.send(restCall("DELETE", "/terminals/{terminalId}", { params: { path: { terminalId: id } } }), terminalIn);
    again();
  };
  return (
    <p className={`${styles.state} fx s13`} role="alert">
      <span className="grow">
        {text} {error !== undefined && <span className="c-bad">{failureText(error)}</span>}
      </span>
      <button type="button" className="btn xs" onClick={() => void endAll().catch(setError)}>
        End the others
      </button>
    </p>
  );
}
