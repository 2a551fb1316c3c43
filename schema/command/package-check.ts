import { parseOptions, readOptions } from "./options.ts";
import { isInWorkspace, outsideWorkspace } from "./shell-scope.ts";
import type { ShellWord } from "./shell-word.ts";

/** Why a member is asked about a command of a package manager, whatever sets its agent has. */
export const packageReasons = {
  publish: "it publishes: others can get it at once, and it may not be possible to take it back",
  account: "it signs in where packages are published, or changes an account there",
  global: "it installs outside of the project, where it stays and is in no list of what the project needs",
  registry: "it gets packages from another place than usual, or changes where they come from",
  download: "it downloads a program that is not part of the project and runs it at once",
  address: "it installs from an address, or from outside of the workspace, instead of by a package's name",
} as const;

/** Why it is asked; undefined: it is not. `words` are those after the subcommand. */
export type PackageCheck = (words: readonly ShellWord[], home: string | undefined) => string | undefined;
export const anyPackageUse: PackageCheck = () => undefined;
export const askPackageUse =
  (why: string): PackageCheck =>
  () =>
    why;

/** How one package manager is told what to install. */
export type InstallForm = {
  options: string;
  /** A package by its name, with its version if any. */
  named: RegExp;
  /** What it takes for a path. */
  located: RegExp;
  /** Options whose value is a path, or a package. */
  paths?: string;
  packages?: string;
  /** What options mean that are not on the list: only the reason is read from it. */
  meaning: readonly (readonly [RegExp, string])[];
};
/** Installs packages by name into the project, and takes options that change nothing about that. */
export function checkInstall({ options, named, located, paths = "", packages = "", meaning }: InstallForm): PackageCheck {
  const list = parseOptions(options);
  return (given, home) => {
    const words = given.map(withExtras);
    const read = readOptions(words, list);
    if (typeof read === "string") return meaningOf(words, meaning) ?? read;
    const valuesOf = (names: string) => read.given.flatMap(({ name, value }) => (value && names.split(" ").includes(name) ? [value] : []));
    const outside = valuesOf(paths).find((path) => !isInWorkspace(path, home));
    if (outside) return outside.text.includes("://") ? packageReasons.address : outsideWorkspace;
    const wanted = [...read.operands, ...valuesOf(packages)];
    return wanted.every((word) => isPackage(word, named, located, home)) ? undefined : packageReasons.address;
  };
}
function meaningOf(words: readonly ShellWord[], meaning: InstallForm["meaning"]): string | undefined {
  for (const { text, literal } of words)
    for (const [option, why] of meaning) if (literal && text.startsWith("-") && option.test(text)) return why;
  return undefined;
}
/** Bash takes `.[dev]` and `a==1.*` for patterns: the files they may become lie in the same folder. */
function withExtras(word: ShellWord): ShellWord {
  const { text } = word;
  return word.literal || !/^[\w.][\w./-]*(\[[\w,-]+\])?(==[\w.]*\*)?$/.test(text.slice(0, 300))
    ? word
    : { text, literal: true, prefix: text };
}
function isPackage({ text, literal }: ShellWord, named: RegExp, located: RegExp, home: string | undefined): boolean {
  if (!literal || text.length > 300) return false;
  if (named.test(text)) return true;
  const path = text.replace(/\[[\w,-]*\]$/, "");
  return located.test(path) && /^[\w.@+/-]+$/.test(path) && isInWorkspace({ text: path, literal: true, prefix: path }, home);
}

/** The words that are the program's own: what follows `--` is handed on. */
export function untilDashes(words: readonly ShellWord[]): readonly ShellWord[] {
  const end = words.findIndex((word) => word.literal && word.text === "--");
  return end < 0 ? words : words.slice(0, end);
}
const startsOption = ({ prefix }: ShellWord) => prefix.startsWith("-");
const publishes = /^(?:publish|release|deploy|upload)(?:[:._-]|$)/;
/** A script or target of the project, by its name: some are named after what they publish. */
export const checkScript: PackageCheck = (words) => {
  const heard = untilDashes(words);
  const script = heard.find((word) => !startsOption(word));
  if (script && !script.literal) return "which script it runs is known only then";
  return heard.some((word) => publishes.test(word.text)) ? packageReasons.publish : undefined;
};

/** Programs that write the first files of a new project, known by many. */
const starters = new Set("vite next-app astro svelte vue hono expo-app react-router".split(" "));
/** `npm init` writes a file; `npm init x` and `npm create x` download `create-x` and run it. */
export function checkStart(options: string, handsOn: boolean): PackageCheck {
  const list = parseOptions(options);
  return (words) => {
    const read = readOptions(words, list, handsOn);
    if (typeof read === "string") return read;
    const [starter] = read.operands;
    return !starter || (starter.literal && starters.has(starter.text.replace(/@[\w.^~-]*$/, ""))) ? undefined : packageReasons.download;
  };
}
/** Runs a tool that the project has; any other would be downloaded first. */
export const checkRunner =
  (tools: ReadonlySet<string>): PackageCheck =>
  ([tool]) =>
    tool?.literal && tools.has(tool.text) ? undefined : packageReasons.download;
/** `npm exec` reads options behind the tool's name too, up to `--`. */
export const checkNpmExec =
  (tools: ReadonlySet<string>): PackageCheck =>
  (words) => {
    const heard = untilDashes(words);
    if (heard.some((word) => startsOption(word) && !/^(--no|--yes|-y|-s|--silent)$/.test(word.text))) return packageReasons.download;
    const tool = heard.find((word) => !startsOption(word)) ?? words[heard.length + 1];
    return tool?.literal && tools.has(tool.text) ? undefined : packageReasons.download;
  };

/** `go run x@latest` is a download. Behind the path of a package stand words of its own. */
export const checkGoRun: PackageCheck = (words) => {
  for (const [at, { text, literal, prefix }] of words.entries()) {
    const isPath = /^\.{1,2}(\/|$)/.test(prefix) || (literal && text.endsWith(".go"));
    if (isPath && !words[at - 1]?.text.startsWith("-")) return undefined;
    if (literal ? /^[\w.-]+(\/[^/@]*)*@/.test(text) : !isPath) return packageReasons.download;
  }
  return undefined;
};
/** `-w` writes settings, among them where modules come from; `-u` takes them back. */
export const checkGoEnv: PackageCheck = (words) =>
  words.some(({ text }) => /^--?[wu](=|$)/.test(text)) ? packageReasons.registry : undefined;
/** Goals and options of Maven stand in any order. */
export const checkMaven: PackageCheck = (words) => {
  for (const { text, literal } of words) {
    if (!literal && !/^-[DP]/.test(text)) return "what it does is known only then";
    if (/^(-g?s|--(global-)?settings|-D(remoteRepositories|maven\.repo\.remote))/.test(text)) return packageReasons.registry;
    if (/^(deploy|site-deploy|(deploy|release|jib|scm|wagon|nexus-staging|central-publishing):.*)$/.test(text))
      return packageReasons.publish;
    if (/^[\w.-]+:[\w.-]+:/.test(text)) return packageReasons.download;
  }
  return undefined;
};
/** Gradle takes the beginning of each part of a task's name for the task: `pTML` is `publishToMavenLocal`. */
export const checkGradle: PackageCheck = (words) => {
  for (const { text, literal } of words) {
    if (!literal && !/^-[DP]/.test(text)) return "what it does is known only then";
    const task = text.slice(text.lastIndexOf(":") + 1);
    const begin = `${task.charAt(0).toLowerCase()}${/^[a-z]*/.exec(task.slice(1))?.[0] ?? ""}`;
    const named =
      /^[a-z]/.test(begin) && ["publish", "upload", "release", "deploy"].some((verb) => verb.startsWith(begin) || begin.startsWith(verb));
    if (named) return packageReasons.publish;
  }
  return undefined;
};
