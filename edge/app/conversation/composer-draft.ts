import { useCallback, useSyncExternalStore } from "react";

/** Unsent text by conversation. It survives a reload, and takes in a message that is edited. */
const draftListeners = new Set<() => void>();
const composerDraftKey = (conversation: string) => `growqr.draft.${conversation}`;
const readComposerDraft = (conversation: string): string => localStorage.getItem(composerDraftKey(conversation)) ?? "";

export function writeComposerDraft(conversation: string, text: string): void {
  if (text) localStorage.setItem(composerDraftKey(conversation), text);
  else localStorage.removeItem(composerDraftKey(conversation));
  for (const listener of draftListeners) listener();
}
/** Puts a text before the unsent text, which stays. */
export function prependComposerDraft(conversation: string, text: string): void {
  const before = readComposerDraft(conversation);
  writeComposerDraft(conversation, before.trim() === "" || before === text ? text : `${text}\n\n${before}`);
}
export function useComposerDraft(conversation: string): [string, (text: string) => void] {
  const text = useSyncExternalStore(
    (listener) => {
      draftListeners.add(listener);
      return () => draftListeners.delete(listener);
    },
    () => readComposerDraft(conversation),
  );
  return [text, useCallback((next: string) => writeComposerDraft(conversation, next), [conversation])];
}
