const idPattern = "[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}";
const inBrackets = new RegExp(` ?\\(${idPattern}(?:, ([^()]*))?\\)`, "g");
const bare = new RegExp(`(?: as)? ?\\b${idPattern}\\b`, "g");
const branch = new RegExp(`\\b(?:refs/heads/)?agent/${idPattern}/([\\w.-]+)`, "g");
const innerAddress = /https?:\/\/gitea:3000\/(?:projects|growqr)\/([\w-]+)(?:\.git)?/g;

/** Takes ids and inner addresses out of a text for people. */
export function hideIds(text: string): string {
  return text
    .replace(innerAddress, "$1")
    .replace(branch, "$1")
    .replace(inBrackets, (_all, rest?: string) => (rest ? ` (${rest})` : ""))
    .replace(bare, "");
}
