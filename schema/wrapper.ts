import { innerPath } from "./path.ts";
import type { Word } from "./shell.ts";

/** Commands that run other commands: what they run is judged as well. */
export type Inner = { commands: Word[][]; scripts: string[]; unclear?: string };

const unclear = (why: string): Inner => ({ commands: [], scripts: [], unclear: why });
const runs = (words: readonly Word[]): Inner =>
  words.length > 0 ? { commands: [[...words]], scripts: [] } : unclear("it runs nothing that can be told");
const isOption = (word: Word | undefined) => word !== undefined && (!word.literal || word.text.startsWith("-"));
const dynamic: Word = { text: "…", literal: false, prefix: "" };

type Unwrap = (rest: Word[]) => Inner;
/** `nohup command …`: with options it is not read further. */
const plain: Unwrap = (rest) => (isOption(rest[0]) ? unclear("how it is run can't be told") : runs(rest));
const afterDuration: Unwrap = (rest) =>
  rest[0]?.literal && /^[0-9.]+[smhd]?$/.test(rest[0].text) ? plain(rest.slice(1)) : unclear("how it is run can't be told");
const nice: Unwrap = (rest) => (rest[0]?.text === "-n" && rest[1]?.literal ? plain(rest.slice(2)) : plain(rest));
const elevated: Unwrap = (rest) => ({ ...plain(rest), unclear: "it runs as somebody else or somewhere else" });

const shell: Unwrap = (rest) => {
  const at = rest.findIndex((word) => /^-[A-Za-z]*c[A-Za-z]*$/.test(word.text));
  if (at < 0)
    return rest.length === 0 || rest.some((word) => !word.literal)
      ? unclear("what the shell runs can't be told")
      : { commands: [], scripts: [] };
  const script = rest.slice(at + 1).find((word) => !isOption(word) || !word.literal);
  return script?.literal ? { commands: [], scripts: [script.text] } : unclear("what the shell runs is known only then");
};
const evaluate: Unwrap = (rest) =>
  rest.every((word) => word.literal)
    ? { commands: [], scripts: [rest.map((word) => word.text).join(" ")] }
    : unclear("what it evaluates is known only then");

/** `trap 'commands' SIGNAL`: they run later; an empty one only turns the signal off. */
const trap: Unwrap = (rest) => {
  const [first] = rest;
  if (!first || rest.length < 2) return { commands: [], scripts: [] };
  if (!first.literal) return unclear("what it runs on a signal is known only then");
  return { commands: [], scripts: first.text.trim() === "" || first.text === "-" ? [] : [first.text] };
};
const environment: Unwrap = (rest) => {
  const at = rest.findIndex((word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word.text));
  const inner = at < 0 || isOption(rest[at]) ? unclear("how it is run can't be told") : runs(rest.slice(at));
  return at > 0 ? { ...inner, unclear: "it sets variables" } : inner;
};
const xargs: Unwrap = (rest) => {
  let at = 0;
  while (isOption(rest[at])) {
    const option = rest[at]!;
    if (!option.literal || !/^-(0|r|t|[nPLI])$|^-[nPL][0-9]+$|^--(null|no-run-if-empty)$/.test(option.text))
      return unclear("how it is run can't be told");
    at += /^-[nPLI]$/.test(option.text) ? 2 : 1;
  }
  return runs(rest.length > at ? [...rest.slice(at), dynamic] : []);
};

const find: (rest: Word[]) => Inner | undefined = (rest) => {
  const commands: Word[][] = [];
  for (const [at, word] of rest.entries()) {
    if (!/^-(exec|execdir|ok|okdir)$/.test(word.text)) continue;
    // up to the next one: all of them are judged, so what is nested needs no second look
    const end = rest.findIndex((other, index) => index > at && /^(;|\+|-(exec|execdir|ok|okdir))$/.test(other.text));
    commands.push(rest.slice(at + 1, end < 0 ? undefined : end));
  }
  const writes = rest.some((word) => /^-(delete|fprint0?|fprintf|fls)$/.test(word.text));
  if (commands.length === 0 && !writes) return undefined;
  return {
    commands: commands.filter((command) => command.length > 0),
    scripts: [],
    ...(writes ? { unclear: "find deletes or writes" } : {}),
  };
};
/** Options before the subcommand would hide it from rules; those that run programs are asked. A folder below the workspace is no detour. */
const git: (rest: Word[], name: Word) => Inner | undefined = (rest, name) => {
  let at = 0;
  let risky = false;
  if (rest.length === 1 && rest[0]?.text === "--version") return undefined;
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
  nohup: plain,
  setsid: plain,
  time: plain,
  command: plain,
  builtin: plain,
  exec: plain,
  timeout: afterDuration,
  nice,
  env: environment,
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
  ...Object.fromEntries(["sh", "bash", "dash", "zsh", "ash", "ksh"].map((name) => [name, shell])),
};

/** What a command runs besides itself, or undefined when it is only itself. */
export function unwrap(words: readonly Word[]): Inner | undefined {
  const [name, ...rest] = words;
  if (!name) return undefined;
  const base = name.text.replace(/^.*\//, "");
  if (base === "find") return find(rest);
  if (base === "git") return git(rest, name);
  return Object.hasOwn(wrappers, base) ? wrappers[base]?.(rest) : undefined;
}
