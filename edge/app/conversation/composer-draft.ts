import { useCallback, useSyncExternalStore } from "react";

/** What was written and not sent, by conversation. It survives a reload; a message that is edited comes into it. */
const listeners = new Set<() => void>();
const keyOf = (conversation: string) => `growqr.draft.${conversation}`;
const readDraft = (conversation: string): string => localStorage.getItem(keyOf(conversation)) ?? "";

export function writeDraft(conversation: string, text: string): void {
  if (text) localStorage.setItem(keyOf(conversation), text);
  else localStorage.removeItem(keyOf(conversation));
  for (const listener of listeners) listener();
}
/** Puts a text before what is being written: nothing of it is lost. */
export function prependDraft(conversation: string, text: string): void {
  const before = readDraft(conversation);
  writeDraft(conversation, before.trim() === "" || before === text ? text : `${text}\n\n${before}`);
}
export function useDraft(conversation: string): [string, (text: string) => void] {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => readDraft(conversation),
  );
  return [text, useCallback((next: string) => writeDraft(conversation, next), [conversation])];
}
