import { innerPath } from "./path.ts";
import type { Word } from "./shell.ts";
import { box } from "./stack.ts";

/**
 * Whether a command that a type allows by its first words goes beyond the workspace all the same: another machine, another remote, files outside.
 * Undefined: it stays inside, as far as its words tell; else the reason why it is asked. Directory and walls hold besides, this is about needless risk.
 */
export function outward(words: readonly Word[], home: string | undefined): string | undefined {
  const [name, ...rest] = words;
  const rule = name && Object.hasOwn(rules, name.text) ? rules[name.text] : undefined;
  return rule?.(rest, home);
}

type Rule = (rest: readonly Word[], home: string | undefined) => string | undefined;
const isOption = (word: Word) => word.literal && word.text.startsWith("-");
const outside = "it changes something outside the workspace, or where can't be told";

/** A path below the workspace, the agent's own directory or its scratch folder. A glob that begins there stays there. */
export function inside({ text, literal, prefix }: Word, home: string | undefined): boolean {
  const scratch = literal ? undefined : /^"?\$(?:TMPDIR|\{TMPDIR\})"?\/([^"$`~]+)"?$/.exec(text)?.[1]; // nobody may set it without a question
  if (scratch !== undefined) return inner(scratch);
  if (!literal && (/[$`~]/.test(text) || (prefix === "" && !/^[*?[{]/.test(text)))) return false;
  const path = literal ? text : text.replace(/[*?[\]{},]/g, "x");
  for (const root of [home, home?.replace(/[^/]+$/, ".tmp"), "/tmp"])
    if (root && path.startsWith(`${root}/`)) return inner(path.slice(root.length + 1));
  return path === home || path === "." || inner(path.replace(/^(\.\/)+/, ""));
}
const inner = (path: string) => path === "" || innerPath.safeParse(path.replace(/\/+$/, "")).success;
const paths: Rule = (rest, home) => (rest.filter((word) => !isOption(word)).every((word) => inside(word, home)) ? undefined : outside);
const target: Rule = (rest, home) => {
  const last = rest.filter((word) => !isOption(word)).at(-1);
  const elsewhere = rest.some((word) =>
    !word.literal ? word.prefix === "" && /^"?\$/.test(word.text) && !inside(word, home) : /^(-t|--target-directory)/.test(word.text),
  );
  return last && inside(last, home) && !elsewhere ? undefined : outside;
};
const enter: Rule = ([to], home) =>
  !to?.literal || (to.text.startsWith("/") && !inside(to, home)) || to.text.startsWith("~") ? "it leaves the workspace" : undefined;

const here = /^(https?:\/\/)?(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?(\/|$)/;
/** Only this machine is asked, and nothing but plain options is given: a file of settings, a proxy or an upload could lead anywhere. */
const fetches: Rule = (rest, home) => {
  let place = false;
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!;
    const reach = word.literal ? word.text : word.prefix;
    if (isOption(word)) {
      if (/^-[a-zA-Z]*o$|^--output$|^-O$/.test(word.text) && word.text !== "-O") {
        const file = rest[++at];
        if (!file || !(file.text === "/dev/null" || inside(file, home))) return outside;
      } else if (withValue.test(word.text)) at += 1;
      else if (!plainOption.test(word.text)) return "how it reaches the network can't be told";
    } else if (here.test(reach) && (word.literal || /^(https?:\/\/)?[^/]+\//.test(reach))) place = true;
    else return "it reaches another machine";
  }
  return place ? undefined : "it reaches another machine";
};
const plainOption =
  /^(-[sSfiILvk46gNq]+|--(silent|show-error|fail|fail-with-body|include|head|location|verbose|compressed|no-buffer|retry-connrefused|globoff))$/;
const withValue =
  /^(-[sSfiILvkq]*[XHdmwA]|--(request|header|data|data-raw|json|max-time|connect-timeout|retry|retry-delay|write-out|user-agent|retry-max-time))$/;

/** Only where the clone came from, or where it is told by its own settings. */
const pushes: Rule = (rest) => {
  const remote = rest.find((word) => !isOption(word));
  const named = rest.some((word) => /^(--repo|--receive-pack|--exec)/.test(word.text));
  if (rest.some((word) => /^["']?[+:]/.test(word.text))) return "it rewrites or deletes a branch";
  return named || (remote && !(remote.literal && remote.text === "origin")) ? "it pushes somewhere else than to the project" : undefined;
};
/** Only what the project's own Gitea has, with options that do no more than choose from it: `--upload-pack` would run a program. */
const lists: Rule = (rest) => {
  const [remote] = rest.filter((word) => !isOption(word));
  const options = rest.filter(isOption).every(({ text }) => /^(-[htq]+|--(heads|branches|tags|refs|quiet|exit-code|symref))$/.test(text));
  const here =
    !remote || (remote.literal && (remote.text === "origin" || remote.text.startsWith(`http://${box.gitHost}:${box.giteaPort}/`)));
  return options && here ? undefined : "it asks another place than the project";
};
/** Options by which a command that only looks runs a program or writes a file. */
const looks =
  (acting: RegExp): Rule =>
  (rest) =>
    rest.some((word) => acting.test(word.text)) ? "with such an option it does more than look" : undefined;
const gitRules: Record<string, Rule> = { push: pushes, "ls-remote": lists, grep: looks(/^["']?(-[a-zA-Z]*O|--op)/) };
const git: Rule = ([name, ...rest], home) => (name && Object.hasOwn(gitRules, name.text) ? gitRules[name.text]?.(rest, home) : undefined);

const line = String.raw`(?:\d+|\$|/(?:\\.|[^\\/\n])*/I?)`;
const printing = String.raw`(?:(?:s/(?:\\.|[^\\/\n])*/(?:\\.|[^\\/\n])*/[gpI0-9]*|\{?\s*[pdq=])\s*(?:[;\n}]\s*)*)`;
/** A script of `sed` that finds lines, changes them on their way and prints them. */
const plainScript = new RegExp(String.raw`^\s*(?:(?:${line}(?:,\s*(?:\+?\d+|${line}))?)?\s*!?\s*${printing})+$`);
/** A script may run programs (`e`) and write files (`w`): with `-n`, by which agents look, it is one that does no more than print. */
const prints: Rule = (rest) => {
  if (rest[0]?.text !== "-n") return undefined;
  const given = rest.flatMap((word, at) => (/^(-e|--expression)$/.test(word.text) ? [rest[at + 1]] : []));
  const scripts = given.length > 0 ? given : [rest.find((word) => !isOption(word))];
  const options = rest.every((word) => !/^["']?-/.test(word.text) || /^(-n|-[Er]|-e|--expression)$/.test(word.text));
  const plain = options && scripts.every((word) => word?.literal && word.text.length <= 500 && plainScript.test(word.text));
  return plain ? undefined : "what its script does besides printing can't be told";
};

const rules: Record<string, Rule> = {
  rm: paths,
  rmdir: paths,
  mv: paths,
  mkdir: paths,
  touch: paths,
  chmod: paths,
  tee: paths,
  cp: target,
  ln: target,
  cd: enter,
  sed: prints,
  rg: looks(/^["']?--(pre|hostname-bin)\b(?!-)/),
  sort: looks(/^["']?(-[a-zA-Z]*o|--(o|co))/),
  curl: fetches,
  wget: fetches,
  git,
};
