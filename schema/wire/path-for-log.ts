/** Ids, numbers and commits: what is no name that a person gave. */
const nameless = /^(?:[a-z]{3}_[0-9A-Z]{26}|\d{1,13}|[0-9a-f]{40})$/;

/**
 * A path fit for a log: the words of the route that answered it, and what is nameless. Whatever else stands
 * there is a name, a file of somebody's or a secret. `rest` says what is kept where the route says nothing,
 * by its place.
 */
export function pathForLog(path: string, route: string, rest: (part: string, place: number) => boolean = () => false): string {
  const plain = route.replace(/:\w+\{((?:[^{}]|\{[^{}]*\})*)\}/g, (_, shape: string) => (shape === ".*" ? "*" : ":"));
  const words = plain.split("/");
  const open = words.indexOf("*");
  const parts = path.split("/").map((part, at) => {
    if (part === "" || nameless.test(part)) return part;
    return (open < 0 || at < open ? words[at] === part : rest(part, at - open)) ? part : "…";
  });
  return parts.join("/").slice(0, 300);
}
/** The key of a row of work, or of another thing that has none but its first word: without names. */
export const keyForLog = (key: string): string => key.replace(/[^:/]+/g, (part, at) => (at === 0 || nameless.test(part) ? part : "…"));
