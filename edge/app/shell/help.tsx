import { ArrowDown, ArrowUp, Command, X } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import styles from "./dialogs.module.css";
import { composerKeys, keyNames, keys, mac } from "./keyboard-shortcuts.ts";
import { useScreen } from "./screen.ts";

type SheetProps = { label: string; className: string | undefined; children: ReactNode; close?: () => void };
/** A modal sheet by `showModal`. Radix's dialog would add 14.8 kB gzip and a focus trap by script. */
export function Sheet({ label, className, children, close: onClose }: SheetProps) {
  const screen = useScreen();
  const close = onClose ?? screen.close;
  const sheet = useRef<HTMLDialogElement>(null);
  const [before] = useState(() => document.activeElement); // an effect that runs a second time would find a field of the sheet
  useEffect(() => {
    sheet.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, [before]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click is on the backdrop; the keyboard has Esc
    <dialog
      ref={sheet}
      className={className}
      aria-label={label}
      onClose={close}
      onClick={(event) => event.target === sheet.current && close()}
    >
      {children}
    </dialog>
  );
}

const keySymbols: Record<string, ReactNode> = {
  mod: mac ? <Command className="i s10" aria-label="Command" /> : "Ctrl",
  Escape: "Esc",
  alt: "Alt",
  shift: "Shift",
  ArrowUp: <ArrowUp className="i s10" aria-label="Up" />,
  ArrowDown: <ArrowDown className="i s10" aria-label="Down" />,
};
export function KeyCaps({ presses }: { presses: string }) {
  return presses
    .split(" ")
    .flatMap((press) => press.split("+"))
    .map((key) => <kbd key={key}>{keySymbols[key] ?? (key.length === 1 ? key.toUpperCase() : key)}</kbd>);
}

export function KeysHelp() {
  const { close } = useScreen();
  const groups = [...new Set(keyNames.map((name) => keys[name].group))];
  return (
    <Sheet label="Keys" className={styles.help}>
      <h2>
        <span className="grow">Keys</span>
        <button type="button" className="ib" onClick={close} aria-label="Close">
          <X className="i" aria-hidden="true" />
        </button>
      </h2>
      {groups.map((group) => (
        <section key={group}>
          <h3>{group}</h3>
          <dl>
            {keyNames
              .filter((name) => keys[name].group === group)
              .map((name) => (
                <KeyRow key={name} title={keys[name].title} presses={keys[name].keys[0]} />
              ))}
            {group === "Conversation" && composerKeys.map((key) => <KeyRow key={key.title} title={key.title} presses={key.keys[0]!} />)}
          </dl>
        </section>
      ))}
    </Sheet>
  );
}

function KeyRow({ title, presses }: { title: string; presses: string }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        <KeyCaps presses={presses} />
      </dd>
    </div>
  );
}
