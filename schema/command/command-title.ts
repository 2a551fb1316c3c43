import { trimTail } from "../wire/foreign-text.ts";
import { parseShell } from "./shell.ts";

/**
 * What a command would do, as a short line for people: “Push v1.0.0 to blog”. `asked` are the
 * parts that are asked about, as `judgeCommand` names them. It says less than the command, which
 * always stands beside it, and never anything else: what it does not know for sure is “Run …”.
 */
export function commandTitle(command: string, asked: readonly string[]): string {
  const [first = ""] = asked;
  const words = first.split(" ").filter((word) => word !== "");
  const base = (words[0] ?? "").split("/").at(-1) ?? "";
  const known = (Object.hasOwn(phrases, base) ? phrases[base] : undefined)?.(words.slice(1), titlePlace(command));
  const more = asked.length - 1;
  return `${known ?? runTitle(base, words.slice(1))}${more > 0 ? `, and ${more} more ${more === 1 ? "command" : "commands"}` : ""}`;
}

const plainName = /^[A-Za-z0-9][A-Za-z0-9._/@-]{0,79}$/;
function runTitle(base: string, [object = ""]: readonly string[]): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._+-]{0,39}$/.test(base)) return "Run a command";
  return `Run ${base}${plainName.test(object) ? ` ${object}` : ""}`;
}

type TitlePlace = { folder: string | undefined; tags: string[] };
/** The one folder the command line goes to, and which tags it makes. */
function titlePlace(command: string): TitlePlace {
  const folders = new Set<string>();
  const tags: string[] = [];
  for (const { words } of parseShell(command).commands) {
    const [program, ...rest] = words.map(({ text, literal }) => (literal ? text : ""));
    const to = program === "cd" ? rest[0] : program === "git" && rest[0] === "-C" ? rest[1] : undefined;
    if (to !== undefined) folders.add(trimTail(to, "/").split("/").at(-1) ?? "");
    const makes = program === "git" && rest[0] === "tag" && !rest.some((word) => /^(-d|--delete)$/.test(word));
    if (makes) tags.push(...rest.slice(1).filter((word) => /^v?\d[\w.-]*$/.test(word)));
  }
  const [folder = ""] = folders;
  return { folder: folders.size === 1 && plainName.test(folder) ? folder : undefined, tags };
}

type Phrase = (rest: readonly string[], place: TitlePlace) => string | undefined;
const joinNames = (words: readonly string[]) =>
  words.length > 3 ? `${words.slice(0, 3).join(", ")} and ${words.length - 3} more` : words.join(", ");
/** The words that are no options, if all options are of those that change nothing about what is said. */
function plainOperands(rest: readonly string[], options: RegExp): string[] | undefined {
  const named = rest.filter((word) => !word.startsWith("-"));
  return rest.every((word) => options.test(word) || named.includes(word)) && named.every((word) => plainName.test(word))
    ? named
    : undefined;
}

function push(rest: readonly string[], { folder, tags }: TitlePlace): string | undefined {
  const refs = plainOperands(
    rest.map((word) => word.replace(/^[A-Za-z0-9._/-]+:(?=.)/, "").replace(/^refs\/(heads|tags)\//, "")),
    /^(-q|-u|-v|--quiet|--set-upstream|--verbose|--tags|--follow-tags)$/,
  );
  if (!refs || (refs.length > 0 && refs[0] !== "origin")) return undefined;
  const all = rest.some((word) => /tags$/.test(word) && word.startsWith("--"));
  const objects = refs.slice(1).map((ref) => (ref === "HEAD" ? "its branch" : ref));
  const which = [joinNames(objects), all ? `its tags${tags.length > 0 ? ` (${joinNames(tags)})` : ""}` : ""].filter(Boolean).join(" and ");
  return `Push ${which || "its branch"} to ${folder ?? "its project"}`;
}
function install(rest: readonly string[]): string | undefined {
  const [verb, ...objects] = plainOperands(rest, /^(-D|--save-dev|--save|--no-audit|--no-fund|--silent|-q|--quiet)$/) ?? [];
  if (!["install", "i", "add"].includes(verb ?? "")) return undefined;
  return objects.length > 0 ? `Install ${joinNames(objects)}` : "Install what the project names";
}
function remove(rest: readonly string[]): string | undefined {
  const paths = plainOperands(rest, /^-[rf]+$/);
  return paths && paths.length > 0 ? `Remove ${joinNames(paths)}` : undefined;
}
const phrases: Record<string, Phrase> = {
  git: (rest, place) => (rest[0] === "push" ? push(rest.slice(1), place) : undefined),
  npm: install,
  pnpm: install,
  yarn: install,
  pip: install,
  pip3: install,
  rm: remove,
};
