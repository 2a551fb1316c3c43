import { parseShell } from "../command/shell.ts";
import type { AskedPackages } from "../environment/install-plan.ts";
import { resolveInside } from "../environment/setup-paths.ts";
import { trimTail } from "../wire/foreign-text.ts";
import { commandsOfChecks } from "./check-file.ts";
import type { RoomCheck } from "./proof.ts";

/**
 * Checks as people write them install what they need first: `npm ci && npm test`, `pip install x && pytest`.
 * A clean room has no network by then: what they ask for joins the setup, and the commands find it done
 * (`images/opencode/checks`).
 */

const mostAskedFolders = 40;
/** What the checks ask package managers for, by the folder in which they do. */
export function listAskedPackages(checks: readonly RoomCheck[]): AskedPackages[] {
  return commandsOfChecks(checks).flatMap(readAskedPackages).slice(0, mostAskedFolders);
}

/** For a shell a pattern, which stays as it is where no file is called so: `.[test]`, `uvicorn[standard]`. */
const extras = /^[\w./-]*\[[\w,-]+\]$/;
const quotedOrBracket = /'[^']*'|"(?:[^"\\]|\\.)*"|\\.|\$\(|[()]/gs;
/**
 * The parts of a line that share a folder: what stands in brackets changes it for itself alone. Undefined
 * where brackets lie in each other.
 */
function splitScopes(line: string): { text: string; within: boolean }[] | undefined {
  const brackets = [...line.matchAll(quotedOrBracket)].filter(([mark]) => /^\$?[()]$/.test(mark));
  if (!brackets.every(([mark], at) => mark === "()"[at % 2]) || brackets.length % 2 > 0) return undefined;
  const ends = [...brackets.map(({ index }) => index), line.length];
  return ends.map((end, at) => {
    const text = line.slice(at === 0 ? 0 : ends[at - 1]! + 1, end);
    return { text: trimTail(text.replace(/^[\s;&|]+/, ""), " \t;&|"), within: at % 2 === 1 };
  });
}
export function readAskedPackages(line: string): AskedPackages[] {
  const asked: AskedPackages[] = [];
  let around: string | undefined = "";
  for (const { text, within } of splitScopes(line) ?? []) {
    let folder: string | undefined = around;
    for (const { words } of parseShell(text).commands) {
      const plain = words.filter((word) => word.literal || extras.test(word.text)).map((word) => word.text);
      if (plain[0] === "cd") folder = words.length === 2 ? enter(folder, plain[1]) : undefined;
      if (folder === undefined) break; // where the rest runs is known only then
      if (plain.length < words.length) continue;
      const found = readNode(plain, folder) ?? readPip(plain, folder);
      if (found) asked.push(found);
    }
    if (!within) around = folder;
    if (around === undefined) break;
  }
  return asked;
}
const enter = (folder: string | undefined, named = "-") =>
  folder === undefined || /^[-~]/.test(named) ? undefined : resolveInside(folder, named);

/** Programs that install all that the manifest or lockfile of their folder names. */
const nodeManagers = new Set(["npm", "pnpm", "yarn"]);
const folderOption = /^(?:--prefix|-C|--dir|--cwd)$/;
/** Other options whose value is a word of its own. */
const valueOption =
  /^--(?:loglevel|cache|registry|omit|include|network-timeout|reporter|install-strategy|fetch-timeout|fetch-retries|maxsockets)$/;
/** What it is named besides, it does not hear. */
const cleanInstall = /^(?:ci|ic|clean-install|install-clean|cit|clean-install-test|install-ci-test)$/;
function readNode(words: readonly string[], folder: string): AskedPackages | undefined {
  const [manager = "", ...written] = words;
  if (!nodeManagers.has(manager)) return undefined;
  const rest = written.flatMap((word) => /^(--(?:prefix|dir|cwd))=(.+)$/.exec(word)?.slice(1) ?? [word]);
  const at = rest.findIndex((word) => folderOption.test(word));
  const inside = at < 0 ? folder : resolveInside(folder, rest[at + 1] ?? "..");
  const others = at < 0 ? rest : rest.toSpliced(at, 2);
  const named = others.filter((word, index) => !word.startsWith("-") && !valueOption.test(others[index - 1] ?? ""));
  const [command = manager === "yarn" ? "install" : "", ...packages] = named;
  const installs = cleanInstall.test(command) || (packages.length === 0 && /^(?:i|install|it|install-test)$/.test(command));
  return inside !== undefined && installs ? { folder: inside, lines: [] } : undefined;
}

const pip = /^(?:[\w./-]*\/)?pip3?$/;
const python = /^(?:[\w./-]*\/)?python3?$/;
/** The words behind `pip install`, in each of the ways in which it is written. */
function afterPipInstall(words: readonly string[]): readonly string[] | undefined {
  const manager = pip.test(words[0] ?? "") ? 1 : python.test(words[0] ?? "") && words[1] === "-m" && words[2] === "pip" ? 3 : 0;
  const start = manager === 0 && words[0] === "uv" && words[1] === "pip" ? 2 : manager;
  return start > 0 && words[start] === "install" ? words.slice(start + 1) : undefined;
}
/** Options of a list of requirements, with their value. */
const listOption = /^(?:-[rceif]|--(?:requirement|constraint|editable|index-url|extra-index-url|find-links))$/;
/** Options that say nothing about which packages come; those of the second pattern have a value. */
const besideOption =
  /^(?:-[qvU]+|-y|--(?:quiet|verbose|upgrade|no-cache-dir|no-cache|disable-pip-version-check|no-input|user|break-system-packages|system|no-color|ignore-installed|force-reinstall|no-warn-script-location|no-build-isolation|prefer-binary|progress-bar=\w+))$/;
const besideValue = /^--(?:progress-bar|timeout|retries|trusted-host|cache-dir|log|proxy|cert|python|root-user-action|upgrade-strategy)$/;
/** Packages that the setup has in a version of its own. */
const ownTools = new Set(["pip", "setuptools", "wheel"]);
/**
 * Undefined where it is no such command, or has an option that is not known: then nothing is read into it.
 */
function readPip(words: readonly string[], folder: string): AskedPackages | undefined {
  const rest = afterPipInstall(words)?.map((word) => word.replace(/^-[qvU]+r$/, "-r"));
  if (!rest) return undefined;
  const lines: string[] = [];
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!;
    if (listOption.test(word)) lines.push(`${word} ${rest[++at] ?? ""}`);
    else if (/^-[rce][^-\s]/.test(word) || listOption.test(word.split("=", 1)[0]!)) lines.push(word);
    else if (besideValue.test(word)) at++;
    else if (word.startsWith("-") && !besideOption.test(word)) return undefined;
    else if (!word.startsWith("-") && !ownTools.has(word)) lines.push(word);
  }
  return { folder, lines };
}
