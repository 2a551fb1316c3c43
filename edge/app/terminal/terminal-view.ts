import { FitAddon } from "@xterm/addon-fit";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { type ITheme, Terminal } from "@xterm/xterm";
import type { TerminalSize } from "../../../schema/terminal/terminal.ts";
import { adoptBaseSheet } from "./terminal-styles.ts";

const colours = {
  background: "--bg",
  foreground: "--ink",
  cursor: "--accent",
  cursorAccent: "--bg",
  selectionBackground: "--wait-line",
} as const;
/** The page's own colours, as they are just now. */
export function readTheme(place: HTMLElement): ITheme {
  const probe = document.createElement("span");
  place.append(probe);
  const theme = Object.fromEntries(
    Object.entries(colours).map(([name, token]) => {
      probe.style.color = `var(${token})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return theme;
}

/** A program in the box prints addresses of its own machine too: in a browser they would lead to another. */
const isOfTheBox = ({ hostname }: URL) =>
  hostname === "localhost" || hostname.endsWith(".localhost") || /^(?:(?:127|0)(?:\.\d+){3}|\[::1?\])$/.test(hostname);
/** Opens what was pressed in a tab of its own, which knows nothing of this one. */
function openLink(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || isOfTheBox(url)) return;
  window.open(url, "_blank", "noopener,noreferrer");
}

export type TerminalView = {
  terminal: Terminal;
  size: () => TerminalSize;
  close: () => void;
};
/** A terminal that fills its place. Shift+Escape leaves it; all other keys are the shell's. */
export function openView(place: HTMLElement, { phone, leave }: { phone: boolean; leave: () => void }): TerminalView {
  const dropSheet = adoptBaseSheet();
  const terminal = new Terminal({
    fontFamily: getComputedStyle(place).fontFamily,
    fontSize: phone ? 12 : 13,
    lineHeight: 1.2,
    scrollback: 5_000,
    minimumContrastRatio: 4.5,
    cursorBlink: false,
    screenReaderMode: false,
    theme: readTheme(place),
    linkHandler: { activate: (_event, text) => openLink(text) }, // what a program marks as a link
  });
  const fitting = new FitAddon();
  terminal.loadAddon(fitting);
  terminal.loadAddon(new WebLinksAddon((_event, text) => openLink(text)));
  terminal.open(place);
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.type !== "keydown") return true;
    if (event.key === "Escape" && event.shiftKey) {
      leave();
      return false;
    }
    const letter = event.key.toLowerCase();
    const chord = event.ctrlKey || event.metaKey;
    // What is marked is copied, and the clipboard is pasted, by the browser itself.
    if (chord && letter === "c" && terminal.hasSelection()) return false;
    if (event.ctrlKey && event.shiftKey && letter === "c") return false;
    return !(chord && letter === "v");
  });
  const fill = () => {
    if (place.clientWidth > 0 && place.clientHeight > 0) fitting.fit();
  };
  fill();
  const watched = new ResizeObserver(fill);
  watched.observe(place);
  return {
    terminal,
    size: () => ({ columns: terminal.cols, rows: terminal.rows }),
    close: () => {
      watched.disconnect();
      terminal.dispose();
      dropSheet();
    },
  };
}

/** What is marked; with nothing marked, as on a phone, what is on the screen. */
export function copyText(terminal: Terminal): string {
  if (terminal.hasSelection()) return terminal.getSelection();
  const { active } = terminal.buffer;
  const rows = Array.from({ length: terminal.rows }, (_, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? "");
  return rows.join("\n").trimEnd();
}

const arrows = { up: "A", down: "B", right: "C", left: "D" } as const;
export type Arrow = keyof typeof arrows;
/** An arrow as the program wants it: full screen programs may ask for another form. */
export const writeArrow = (terminal: Terminal, arrow: Arrow): string =>
  `\x1b${terminal.modes.applicationCursorKeysMode ? "O" : "["}${arrows[arrow]}`;
/** A letter with the control key; undefined where there is none. */
export function withControl(key: string): string | undefined {
  const code = key.toUpperCase().charCodeAt(0);
  if (key.length !== 1) return undefined;
  if (key === " ") return "\0";
  return code >= 64 && code < 96 ? String.fromCharCode(code - 64) : undefined;
}
