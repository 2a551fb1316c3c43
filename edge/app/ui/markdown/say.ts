import { createContext } from "react";

/**
 * What a person may say next, as an agent offers it: a link to `say:` whose text is the whole message, so
 * that nothing else than what is read can be said. It is put beside what they write, and never sent by
 * itself.
 */
export const sayHref = "say:";
export const longestSaying = 300;
/** Takes the words where they can be said; undefined where nothing is written. */
export const Say = createContext<((words: string) => void) | undefined>(undefined);
/** A text of an agent's without the marks of what may be said. */
export const withoutSay = (text: string): string => text.replace(/\[([^[\]]{1,300})\]\(say:\)/g, "$1");
