import { ArrowDown, ArrowUp, Command } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { mac } from "./keyboard-shortcuts.ts";
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
