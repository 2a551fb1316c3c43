import { innerPath } from "../wire/path.ts";
import { unwrapPackageUse } from "./package-command.ts";
import type { ShellWord } from "./shell-word.ts";

/** Commands that run other commands: what they run is judged as well. */
export type InnerCommands = {
  commands: ShellWord[][];
  scripts: string[];
  unclear?: string /** It runs nothing, and says something. */;
  only?: true;
};

const unclear = (why: string): InnerCommands => ({ commands: [], scripts: [], unclear: why });
const runs = (words: readonly ShellWord[]): InnerCommands =>
  words.length > 0 ? { commands: [[...words]], scripts: [] } : unclear("it runs nothing that can be told");
const isOption = (word: ShellWord | undefined) => word !== undefined && (!word.literal || word.text.startsWith("-"));
const dynamic: ShellWord = { text: "…", literal: false, prefix: "" };

type Unwrap = (rest: ShellWord[]) => InnerCommands;
/** `nohup command …`: with options it is not read further. */
const withoutOptions: Unwrap = (rest) => (isOption(rest[0]) ? unclear("how it is run can't be told") : runs(rest));
/** `command -v name` only says where it is. */
const unwrapNamed: Unwrap = (rest) =>
  rest[0]?.literal && /^-[vV]$/.test(rest[0].text) && rest.every((word) => word.literal)
    ? { commands: [], scripts: [], only: true }
    : withoutOptions(rest);
const afterDuration: Unwrap = (rest) =>
  rest[0]?.literal && /^[0-9.]+[smhd]?$/.test(rest[0].text) ? withoutOptions(rest.slice(1)) : unclear("how it is run can't be told");
const nice: Unwrap = (rest) => (rest[0]?.text === "-n" && rest[1]?.literal ? withoutOptions(rest.slice(2)) : withoutOptions(rest));
const elevated: Unwrap = (rest) => ({ ...withoutOptions(rest), unclear: "it runs as somebody else, somewhere else or by other rules" });

/**
 * `bash -c 'commands'`, with no more than the letters by which it
 * stops at mistakes, prints what it does, or minds what is not set.
 */
const shell: Unwrap = (rest) => {
  const [how, script] = rest;
  if (how?.literal && /^-[eux]*c[eux]*$/.test(how.text))
    return script?.literal ? { commands: [], scripts: [script.text] } : unclear("what the shell runs is known only then");
  return unclear("what the shell runs can't be told");
};
const evaluate: Unwrap = (rest) =>
  rest.every((word) => word.literal)
    ? { commands: [], scripts: [rest.map((word) => word.text).join(" ")] }
    : unclear("what it evaluates is known only then");

/** `trap 'commands' SIGNAL`: they run later; an empty one only turns the signal off. */
const trap: Unwrap = (rest) => {
  const [first] = rest;
  if (!first || (rest.length < 2 && !isOption(first))) return { commands: [], scripts: [] };
  if (!first.literal || /^-./.test(first.text)) return unclear("what it runs on a signal is known only then");
  return { commands: [], scripts: first.text.trim() === "" || first.text === "-" ? [] : [first.text] };
};
const unwrapEnv: Unwrap = (rest) => {
  const at = rest.findIndex((word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word.text));
  const inner = at < 0 || isOption(rest[at]) ? unclear("how it is run can't be told") : runs(rest.slice(at));
  return at > 0 ? { ...inner, unclear: "it sets variables" } : inner;
};
const xargs: Unwrap = (rest) => {
  let at = 0;
  while (isOption(rest[at])) {
    const option = rest[at]!;
    const wanted = option.literal && /^-[nPL]$/.test(option.text) && rest[at + 1]?.literal && /^[0-9]+$/.test(rest[at + 1]!.text);
    if (!wanted && (!option.literal || !/^-(0|r|t|[nPL][0-9]+)$|^--(null|no-run-if-empty)$/.test(option.text)))
      return { ...withoutOptions(rest.slice(at + 1).filter((word) => !isOption(word))), unclear: "how it is run can't be told" };
    at += wanted ? 2 : 1;
  }
  return runs(rest.length > at ? [...rest.slice(at), dynamic] : []);
};

const unwrapFind: (rest: ShellWord[]) => InnerCommands | undefined = (rest) => {
  const commands: ShellWord[][] = [];
  for (const [at, word] of rest.entries()) {
    if (!/^-(exec|execdir|ok|okdir)$/.test(word.text)) continue;
    // up to the next one: all of them are judged, so what is nested needs no second look
    const end = rest.findIndex((other, index) => index > at && /^(;|\+|-(exec|execdir|ok|okdir))$/.test(other.text));
    commands.push(rest.slice(at + 1, end < 0 ? undefined : end));
  }
  return commands.length === 0
    ? undefined
    : { commands: commands.filter((command) => command.length > 0), scripts: [], unclear: "find runs other programs" };
};
/**
 * Options before the subcommand would hide it from rules; those that
 * run programs are asked. A folder below the workspace is no detour.
 */
const unwrapGit: (rest: ShellWord[], name: ShellWord) => InnerCommands | undefined = (rest, name) => {
  let at = 0;
  let risky = false;
  if (rest.length === 1 && rest[0]?.text === "--version") return undefined;
  if (rest[at]?.literal && rest[at]!.text === "--no-pager") at++;
  while (rest[at]?.text === "-C" && rest[at + 1]?.literal && innerPath.safeParse(rest[at + 1]?.text).success) at += 2;
  if (at > 0 && at < rest.length && !rest[at]!.text.startsWith("-")) return runs([name, ...rest.slice(at)]);
  at = 0;
  while (rest[at]?.text.startsWith("-")) {
    const option = rest[at]!.text;
    risky ||= /^(-c|--config-env|--exec-path)/.test(option);
    at += /^(-C|-c|--git-dir|--work-tree|--namespace|--config-env)$/.test(option) ? 2 : 1;
  }
  if (at === 0) return undefined;
  return {
    commands: at < rest.length ? [[name, ...rest.slice(at)]] : [],
    scripts: [],
    unclear: risky ? "git is given settings that can run programs" : "git is sent elsewhere or given options first",
  };
};

const wrappers: Record<string, Unwrap> = {
  nohup: withoutOptions,
  setsid: withoutOptions,
  time: withoutOptions,
  command: unwrapNamed,
  builtin: withoutOptions,
  exec: withoutOptions,
  timeout: afterDuration,
  nice,
  env: unwrapEnv,
  xargs,
  eval: evaluate,
  trap,
  sudo: elevated,
  doas: elevated,
  su: elevated,
  busybox: elevated,
  stdbuf: elevated,
  watch: elevated,
  parallel: elevated,
  chroot: elevated,
  unshare: elevated,
  nsenter: elevated,
  strace: elevated,
  ...Object.fromEntries(["sh", "bash", "dash"].map((name) => [name, shell])),
  ...Object.fromEntries(["zsh", "ash", "ksh", "mksh", "fish"].map((name) => [name, elevated])),
};

/** Whether `unwrapCommand` knows what this program runs. */
export function wrapsCommands(name: string): boolean {
  return Object.hasOwn(wrappers, name);
}
/** What a command runs besides itself, or undefined when it is only itself. */
export function unwrapCommand(words: readonly ShellWord[], home?: string): InnerCommands | undefined {
  const [name, ...rest] = words;
  if (!name) return undefined;
  const used = unwrapPackageUse(words, home);
  if (used) return { ...used, scripts: [] };
  const base = name.text.slice(name.text.lastIndexOf("/") + 1);
  const inner =
    base === "find"
      ? unwrapFind(rest)
      : base === "git"
        ? unwrapGit(rest, name)
        : Object.hasOwn(wrappers, base)
          ? wrappers[base]?.(rest)
          : undefined;
  return inner && name.text !== base ? { ...inner, unclear: "which program that is can't be told" } : inner;
}
