const id = "[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}";
const inBrackets = new RegExp(` ?\\(${id}(?:, ([^()]*))?\\)`, "g");
const bare = new RegExp(`(?: as)? ?\\b${id}\\b`, "g");
const branch = new RegExp(`\\b(?:refs/heads/)?agent/${id}/([\\w.-]+)`, "g");
const inside = /https?:\/\/gitea:3000\/(?:projects|growqr)\/([\w-]+)(?:\.git)?/g;

/** A line of the platform or of a command for people: ids and addresses of the inside say nothing to them. */
export function plainWords(text: string): string {
  return text
    .replace(inside, "$1")
    .replace(branch, "$1")
    .replace(inBrackets, (_all, rest?: string) => (rest ? ` (${rest})` : ""))
    .replace(bare, "");
}
