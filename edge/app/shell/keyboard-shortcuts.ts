import { useEffect } from "react";

/** Every key the app answers to. The help sheet, the palette and the listener all read this one table. */
export const keys = {
  palette: { keys: ["mod+k"], title: "Find or run a command", group: "Everywhere" },
  switch: { keys: ["mod+j"], title: "Switch to a channel", group: "Everywhere" },
  help: { keys: ["?"], title: "Show all keys", group: "Everywhere" },
  close: { keys: ["Escape"], title: "Close what is on top", group: "Everywhere" },
  theme: { keys: ["g d"], title: "Switch between light and dark", group: "Everywhere" },
  compose: { keys: ["/"], title: "Write a message", group: "Conversation" },
  stop: { keys: ["mod+."], title: "Stop the running turn", group: "Conversation" },
  latest: { keys: ["g l"], title: "Go to the latest message", group: "Conversation" },
  find: { keys: ["mod+f"], title: "Find in this channel", group: "Conversation" },
  task: { keys: ["g p"], title: "Show the task panel", group: "Conversation" },
  terminal: { keys: ["g x"], title: "Open your terminal", group: "Conversation" },
  allow: { keys: ["a"], title: "Allow once, pressed twice", group: "Approvals" },
  allowTask: { keys: ["t"], title: "Allow in this task, pressed twice", group: "Approvals" },
  deny: { keys: ["d"], title: "Deny with a note, pressed twice", group: "Approvals" },
  channel: { keys: ["g c"], title: "Go to the conversation", group: "Go to" },
  approvals: { keys: ["g a"], title: "Go to approvals", group: "Go to" },
  timeline: { keys: ["g t"], title: "Go to the timeline", group: "Go to" },
  memory: { keys: ["g m"], title: "Go to memory", group: "Go to" },
  files: { keys: ["g f"], title: "Go to files", group: "Go to" },
  projects: { keys: ["g r"], title: "Go to projects", group: "Go to" },
  quests: { keys: ["g q"], title: "Go to quests", group: "Go to" },
  goals: { keys: ["g o"], title: "Go to goals", group: "Go to" },
  secrets: { keys: ["g s"], title: "Go to secrets of your services", group: "Go to" },
  up: { keys: ["alt+ArrowUp"], title: "Previous channel", group: "Go to" },
  down: { keys: ["alt+ArrowDown"], title: "Next channel", group: "Go to" },
} as const satisfies Record<string, { keys: readonly string[]; title: string; group: string }>;
export type KeyName = keyof typeof keys;
export const keyNames = Object.keys(keys) as KeyName[];
/** Keys that the composer itself answers to, for the help sheet. */
export const composerKeys = [
  { keys: ["Enter"], title: "Send" },
  { keys: ["Shift+Enter"], title: "New line" },
];

export const mac = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** A key press as the table writes it. */
export function pressed(event: Pick<KeyboardEvent, "key" | "metaKey" | "ctrlKey" | "altKey">): string {
  const mod = event.metaKey || event.ctrlKey ? "mod+" : "";
  return `${mod}${event.altKey ? "alt+" : ""}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`;
}

/** The name of a key or of the second key of a sequence; `first` is the key pressed before, if any. */
export function nameOf(press: string, first: string | undefined): KeyName | undefined {
  const written = first ? `${first} ${press}` : press;
  return keyNames.find((name) => (keys[name].keys as readonly string[]).includes(written));
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

const sequence = 1_200;

/** Runs handlers by name. Single letters do nothing while typing; a handler that answers false passes. */
export function useKeys(run: (name: KeyName) => boolean): void {
  useEffect(() => {
    let first: { key: string; at: number } | undefined;
    const listen = (event: KeyboardEvent) => {
      // A held key counts once: leaning on it must not decide.
      if (event.defaultPrevented || event.isComposing || event.repeat) return;
      const press = pressed(event);
      if (typing(event.target) && !/^(mod|alt)\+./.test(press) && press !== "Escape") return;
      const name = nameOf(press, first && event.timeStamp - first.at < sequence ? first.key : undefined);
      first = press === "g" && !name ? { key: "g", at: event.timeStamp } : undefined;
      if (name && run(name)) event.preventDefault();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [run]);
}
