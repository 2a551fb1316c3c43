const id = "[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}";
const inBrackets = new RegExp(` ?\\(${id}(?:, ([^()]*))?\\)`, "g");
const bare = new RegExp(`(?: as)? ?\\b${id}\\b`, "g");

/** A text of the platform for people: ids in it say nothing to them. */
export function withoutIds(text: string): string {
  return text.replace(inBrackets, (_all, rest?: string) => (rest ? ` (${rest})` : "")).replace(bare, "");
}
