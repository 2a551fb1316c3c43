import type { Terminal } from "@xterm/xterm";
import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp } from "lucide-react";
import styles from "./terminal.module.css";
import type { TerminalLine } from "./terminal-line.ts";
import { type Arrow, copyText, writeArrow } from "./terminal-view.ts";

const plain = [
  ["Esc", "\x1b"],
  ["Tab", "\t"],
] as const;
const signs = ["|", "/", "-", "~"] as const;
const arrowKeys = [
  ["left", "Left", ArrowLeft],
  ["up", "Up", ArrowUp],
  ["down", "Down", ArrowDown],
  ["right", "Right", ArrowRight],
] as const satisfies readonly (readonly [Arrow, string, typeof ArrowUp])[];

/** Keys that a phone's keyboard does not have. The keyboard stays open when one is pressed. */
type KeysProps = {
  terminal: Terminal;
  line: TerminalLine;
  held: boolean;
  hold: (on: boolean) => void;
  /** Says what the browser did not allow, or that something was done. */
  tell: (words: string) => void;
};
export function TerminalKeys({ terminal, line, held, hold, tell }: KeysProps) {
  const press = (text: string) => {
    line.type(text);
    terminal.scrollToBottom();
  };
  const refused = () => tell("The browser does not give the clipboard to this page.");
  // Outside of HTTPS and localhost there is no clipboard at all.
  const { clipboard } = navigator as { clipboard?: Clipboard };
  const paste = async () => {
    if (!clipboard) return refused();
    await clipboard.readText().then((text) => {
      terminal.paste(text);
      terminal.scrollToBottom();
    }, refused);
  };
  const copy = async () => (clipboard ? clipboard.writeText(copyText(terminal)).then(() => tell("Copied"), refused) : refused());
  return (
    <div className={styles.keys} role="toolbar" aria-label="Keys" onPointerDown={(event) => event.preventDefault()}>
      {plain.map(([name, text]) => (
        <button key={name} type="button" onClick={() => press(text)}>
          {name}
        </button>
      ))}
      <button type="button" aria-pressed={held} onClick={() => hold(!held)}>
        Ctrl
      </button>
      {arrowKeys.map(([arrow, name, Icon]) => (
        <button key={arrow} type="button" aria-label={name} onClick={() => press(writeArrow(terminal, arrow))}>
          <Icon className="i s14" aria-hidden="true" />
        </button>
      ))}
      {signs.map((sign) => (
        <button key={sign} type="button" onClick={() => press(sign)}>
          {sign}
        </button>
      ))}
      <button type="button" onClick={() => void paste()}>
        Paste
      </button>
      <button type="button" onClick={() => void copy()}>
        Copy
      </button>
    </div>
  );
}
