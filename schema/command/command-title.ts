import { trimTail } from "../wire/foreign-text.ts";
import { currentVersionStart, pushTitleStart } from "./push-title.ts";
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

const plainName = /^@?[A-Za-z0-9][A-Za-z0-9._/@-]{0,79}$/;
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
  if (objects.length === 1 && objects[0] === "main")
    return `${currentVersionStart}${folder ?? "its project"}${tags.length > 0 && all ? `, ${joinNames(tags)}` : all ? ", with its version numbers" : ""}`;
  return `${pushTitleStart}${which || "its branch"} to ${folder ?? "its project"}`;
}
const wider = /^(-g|--global|--location=global|--user|--break-system-packages|--system)$/;
const quiet = /^(-D|-U|-E|--dev|--save-dev|--save|--save-exact|--upgrade|--no-audit|--no-fund|--silent|-q|--quiet)$/;
/** `verbs` install into the project; `wide` ones, and options that are `wider`, outside of it. */
const install =
  (verbs: readonly string[], wide: readonly string[] = []): Phrase =>
  (rest) => {
    const words = plainOperands(
      rest.filter((word) => !wider.test(word)),
      quiet,
    );
    const said = words?.slice(0, 8).join(" ");
    const verb = [...wide, ...verbs].find((each) => said === each || said?.startsWith(`${each} `));
    if (!words || verb === undefined) return undefined;
    const objects = words.slice(verb.split(" ").length);
    const outside = wide.includes(verb) || rest.some((word) => wider.test(word));
    if (objects.length === 0) return outside ? undefined : "Install what the project names";
    return `Install ${joinNames(objects)}${outside ? " outside of the project" : ""}`;
  };
/** Which place that is, the project's settings say; an option may lead to another. */
const publish =
  (verb = "publish"): Phrase =>
  (rest) => {
    const words = plainOperands(rest, /^(-r|--recursive|--provenance|--access=(public|restricted)|-q|--quiet|--silent)$/);
    if (words?.[0] === verb && words.length < 3) return "Publish a package";
    return rest.length === 1 && /^(login|adduser)$/.test(rest[0]!) ? "Sign in where packages are published" : undefined;
  };
const download: Phrase = (rest) => {
  const [program] = rest.filter((word) => !/^(-y|--yes|-q|--quiet)$/.test(word));
  return program !== undefined && plainName.test(program) ? `Download and run ${program}` : undefined;
};
/** What projects call their own usual steps. */
const step: Phrase = (rest) => {
  const [name, more] = rest[0] === "run" ? rest.slice(1) : rest;
  if (name === undefined || more !== undefined) return undefined;
  return Object.hasOwn(steps, name) ? steps[name] : undefined;
};
const steps: Record<string, string> = {
  build: "Build",
  package: "Build",
  test: "Run the tests",
  lint: "Check the code",
  format: "Format the code",
};
const firstOf =
  (...all: Phrase[]): Phrase =>
  (rest, place) => {
    for (const phrase of all) {
      const title = phrase(rest, place);
      if (title !== undefined) return title;
    }
    return undefined;
  };
function remove(rest: readonly string[]): string | undefined {
  const paths = plainOperands(rest, /^-[rf]+$/);
  return paths && paths.length > 0 ? `Remove ${joinNames(paths)}` : undefined;
}
const phrases: Record<string, Phrase> = {
  git: (rest, place) => (rest[0] === "push" ? push(rest.slice(1), place) : undefined),
  npm: firstOf(install(["install", "i", "add"]), publish(), step),
  pnpm: firstOf(
    install(["install", "i", "add"]),
    publish(),
    ([verb, ...rest], place) => (verb === "dlx" ? download(rest, place) : undefined),
    step,
  ),
  yarn: firstOf(install(["install", "add"], ["global add"]), publish(), step),
  ...{ npx: download, pnpx: download, uvx: download, bunx: download },
  pip: install(["install"]),
  pip3: install(["install"]),
  uv: firstOf(install(["add", "pip install"], ["tool install", "python install"]), publish(), step),
  twine: publish("upload"),
  cargo: firstOf(install(["add"], ["install"]), publish(), step),
  go: firstOf(install(["get"], ["install"]), step),
  ...{ mvn: step, make: step },
  rm: remove,
};
