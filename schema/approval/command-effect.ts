import { publishesPackage } from "../command/package-command.ts";
import type { Effect } from "./effect.ts";

const mostEffects = 20;
const cutEffect = (text: string) => (text.length > 500 ? `${text.slice(0, 499)}…` : text);

/** The effects of the simple commands of a command line that are asked, as `judgeCommand` names them. */
export const effectsOfCommands = (parts: readonly string[]): Effect[] =>
  [...new Set(parts.flatMap(effectsOfCommand))].slice(0, mostEffects);
/**
 * The effects of one simple command. Where a push leads can't
 * be told from its words, it may lead to main and to tags.
 */
export function effectsOfCommand(part: string): Effect[] {
  const words = part.split(/\s+/).filter((word) => word !== "");
  const published: Effect[] = publishesPackage(words.map(withoutQuotes)) ? ["publish:package"] : [];
  const known = [...pushEffects(words), ...published, ...hostsIn(words)];
  return known.length > 0 ? known : [`run:${cutEffect(words.join(" "))}`];
}

/** `git push` wherever it stands in the words: what a wrapper hides is one part with it. */
function pushEffects(words: readonly string[]): Effect[] {
  const bare = words.map(withoutQuotes);
  const at = bare.findIndex((word, index) => word === "push" && bare.slice(0, index).some((before) => /(^|\/)git$/.test(before)));
  if (at < 0) return [];
  const rest = bare.slice(at + 1);
  const options = rest.filter((word) => word.startsWith("-"));
  const refs = rest.filter((word) => !word.startsWith("-")).slice(1);
  const tags: Effect[] = options.some((word) => /^--(tags|follow-tags|mirror)$/.test(word)) ? ["push:tags"] : [];
  if (options.some((word) => /^--(mirror|all|branches)$/.test(word))) return ["push:main", ...tags];
  if (refs.length === 0) return options.includes("--tags") ? tags : ["push:main", ...tags];
  return [...new Set([...refs.flatMap(refEffects), ...tags])];
}
/** A word of a wrapper's text without the quotes and brackets around it. */
function withoutQuotes(word: string): string {
  let [start, end] = [0, word.length];
  while (start < end && `"'(`.includes(word[start]!)) start++;
  while (end > start && `"');`.includes(word[end - 1]!)) end--;
  return word.slice(start, end);
}
function refEffects(ref: string): Effect[] {
  const to = ref.slice(ref.lastIndexOf(":") + 1).replace(/^\+/, "");
  if (/[$`*?[{\\]/.test(to)) return ["push:main", "push:tags"];
  const branch = to.replace(/^refs\/heads\//, "");
  if (branch === "main" || branch === "HEAD" || branch === "@" || branch === "") return ["push:main"];
  if (to.startsWith("refs/tags/") || to === "tag" || /^v?\d/.test(to)) return ["push:tags"];
  return [`push:${cutEffect(branch)}`];
}
function hostsIn(words: readonly string[]): Effect[] {
  const hosts = words.flatMap((word) => {
    const [, host] = /^["']?(?:https?|ftp|git|ssh):\/\/(?:[^/@\s]{0,200}@)?([A-Za-z0-9.-]{1,253})/.exec(word.slice(0, 600)) ?? [];
    return host === undefined ? [] : [`reach:${host.toLowerCase()}`];
  });
  return [...new Set(hosts)];
}
