import { innerPath } from "../wire/path.ts";
import { parseOptions, readOptions } from "./options.ts";
import { checkInstall, type PackageCheck, packageReasons } from "./package-check.ts";
import { type PackageTool, packageTools, projectTools, uvRunForm } from "./package-tools.ts";
import { isInWorkspace, parentFolder } from "./shell-scope.ts";
import type { ShellWord } from "./shell-word.ts";

type PackageWords = readonly ShellWord[];
const literalWord = (text: string): ShellWord => ({ text, literal: true, prefix: text });
const programName = (path: string) => path.slice(parentFolder(path).length);
const startsOption = (word: ShellWord | undefined) => word?.prefix.startsWith("-");
function findTool(word: ShellWord | undefined): PackageTool | undefined {
  const name = word?.literal ? programName(word.text) : "";
  return Object.hasOwn(packageTools, name) ? packageTools[name] : undefined;
}

/**
 * Why a command of a package manager is asked, whatever set its agent has: it publishes, signs in, installs
 * outside of the project or gets packages from elsewhere. Undefined: nothing of that, or no package manager.
 */
export function askedPackageUse([name, ...rest]: PackageWords, home: string | undefined): string | undefined {
  const tool = findTool(name);
  if (!tool) return name?.literal && /^python[0-9.]*$/.test(programName(name.text)) ? askedSetup(rest) : undefined;
  const exact = findVerb(tool, rest);
  if (exact) return exact.check(exact.words, home);
  const meant = guessVerb(tool, rest);
  const why = meant?.check(meant.words, home);
  if (why) return why;
  return tool.other ? tool.other(rest, home) : `what ${programName(name!.text)} does there is not known to be harmless`;
}
type FoundVerb = { check: PackageCheck; words: PackageWords };
/** By the first two words, or one, or by none. */
function findVerb({ verbs }: PackageTool, rest: PackageWords): FoundVerb | undefined {
  for (const count of [2, 1]) {
    const words = rest.slice(0, count);
    const text = words.map((word) => word.text).join(" ");
    if (words.every((word) => word.literal) && Object.hasOwn(verbs, text)) return { check: verbs[text]!, words: rest.slice(count) };
  }
  return (rest.length === 0 || startsOption(rest[0])) && Object.hasOwn(verbs, "") ? { check: verbs[""]!, words: rest } : undefined;
}
/** What is likely meant, by a word's beginning or behind options: only a reason to ask is taken from it. */
function guessVerb(tool: PackageTool, rest: PackageWords): FoundVerb | undefined {
  const at = rest.findIndex((word) => !startsOption(word));
  const word = at < 0 ? "" : rest[at]!.text;
  const behind = at > 0 ? findVerb(tool, rest.slice(at)) : undefined;
  if (behind) return { ...behind, words: [...rest.slice(0, at), ...behind.words] };
  const begun = word.length > 1 ? Object.keys(tool.verbs).find((verb) => verb.startsWith(word)) : undefined;
  return begun === undefined ? undefined : { check: tool.verbs[begun]!, words: rest.slice(at + 1) };
}
/** The way in which packages of Python were uploaded once. */
function askedSetup(words: PackageWords): string | undefined {
  const uploads = words.some(({ text }) => /(^|\/)setup\.py$/.test(text)) && words.some(({ text }) => /^(upload|register)$/.test(text));
  return uploads ? packageReasons.publish : undefined;
}
/** Whether these words, of one simple command, publish a package. */
export function publishesPackage(words: readonly string[]): boolean {
  return askedPackageUse(words.map(literalWord), undefined) === packageReasons.publish;
}

/**
 * What is run by a command that only says which program, where, or with which environment: a tool by its path
 * in the project, `python3 -m pip`, `npm --prefix web install`, `uv run`, which begins with `uv sync`.
 */
export function unwrapPackageUse(words: PackageWords, home: string | undefined): { commands: ShellWord[][]; unclear?: string } | undefined {
  const [name, ...rest] = words;
  if (!name?.literal) return undefined;
  const owned = projectTool(name, home);
  if (owned) return { commands: [[owned, ...rest]] };
  if (/^python[0-9.]*$/.test(name.text)) {
    const module = pythonModule(rest);
    return module && findTool(module[0]) ? { commands: [module] } : undefined;
  }
  const tool = name.text.includes("/") ? undefined : findTool(name);
  if (!tool) return undefined;
  const at = skipOptions(tool, rest, home);
  if (at > 0 && rest[at] && !startsOption(rest[at])) return { commands: [[name, ...rest.slice(at)]] };
  return name.text === "uv" && rest[0]?.text === "run" ? unwrapUvRun(name, rest.slice(1), home) : undefined;
}
function projectTool(word: ShellWord, home: string | undefined): ShellWord | undefined {
  const name = programName(word.text);
  const folder = parentFolder(word.text).slice(0, -1);
  const known = Object.entries(projectTools).some(
    ([place, tools]) => (folder === place || folder.endsWith(`/${place}`)) && tools.has(name),
  );
  return known && isInWorkspace(word, home) ? literalWord(name) : undefined;
}
/** The module of `python -m module …` and its words. */
function pythonModule(words: PackageWords): ShellWord[] | undefined {
  for (const [at, { text, literal }] of words.entries()) {
    const given = /^-[bBdEhiIOPqRsSuvVx]*m(.*)$/.exec(text);
    if (literal && given) return given[1] ? [literalWord(given[1]), ...words.slice(at + 1)] : words.slice(at + 1);
    if (!literal || !/^-([bBdEhiIOPqRsSuvVx]+|[WX].+)$/.test(text)) return undefined;
  }
  return undefined;
}
/** How many words before the subcommand only say where, and how much is printed. */
function skipOptions({ before = "", folders = "" }: PackageTool, words: PackageWords, home: string | undefined): number {
  const [plain, placed] = [before.split(" "), folders.split(" ")];
  const isFolder = (text: string | undefined) =>
    text !== undefined && (innerPath.safeParse(text).success || (text.startsWith("/") && isInWorkspace(literalWord(text), home)));
  let at = 0;
  for (; words[at]?.literal && startsOption(words[at]); at++) {
    const { text } = words[at]!;
    if (plain.includes(text)) continue;
    const [option = "", value] = text.startsWith("--") ? text.split(/=(.*)/s, 2) : [text];
    if (!placed.includes(option)) return 0;
    if (value === undefined) at++;
    const folder = value ?? (words[at]?.literal ? words[at]!.text : undefined);
    if (!isFolder(folder)) return 0;
  }
  return at;
}

const uvRunOptions = parseOptions(uvRunForm.options);
const checkUvRun = checkInstall(uvRunForm);
function unwrapUvRun(name: ShellWord, words: PackageWords, home: string | undefined): { commands: ShellWord[][]; unclear?: string } {
  const sync = [name, literalWord("sync")];
  const read = readOptions(words, uvRunOptions, true);
  if (typeof read === "string") return { commands: [sync], unclear: checkUvRun(words, home) ?? read };
  const why = checkUvRun(words.slice(0, words.length - read.operands.length), home);
  const [program] = read.operands;
  if (why || !program) return { commands: [sync, ...(program ? [read.operands] : [])], unclear: why ?? "what it runs can't be told" };
  const script = program.literal && /^[^:]*\.py$/.test(program.text);
  return { commands: [sync, script ? [literalWord("python3"), ...read.operands] : read.operands] };
}
