import { startOfText } from "./foreign-text.ts";

/** At most `max` units, never half a character, with … when something is missing. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  return max < 1 ? "" : `${startOfText(text, max - 1)}…`;
}

/** One line without what could make it look like something else: control or invisible characters. */
export const singleLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
