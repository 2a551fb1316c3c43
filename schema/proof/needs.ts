import { fullPrograms } from "../environment/describe-environment.ts";
import { environmentPath } from "../environment/environment.ts";
import { registryNames } from "../stack/egress-names.ts";
import { capText } from "../wire/foreign-text.ts";
import { findTellingLine } from "./error-line.ts";

/**
 * What a check lacked that failed in a clean room: the network, or a package. Told with what to declare, for
 * its author can act on that alone.
 */

/** A name that somebody wanted to reach; `program`: who most likely did, "" where nobody knows. */
export type AskedName = { name: string; program: string };

const mostToldNames = 3;
/** Names that never lead anywhere: who asks for one tries out what happens then. */
const leadsNowhere = /(?:^|\.)(?:invalid|test|example|localhost|local|arpa)$/i;
/** In sentences; "" where nobody asked. */
export function describeAsked(asked: readonly AskedName[]): string {
  const names = new Map(asked.map(({ name, program }) => [name, program] as const).toReversed());
  const meant = [...names].toReversed().filter(([name]) => !leadsNowhere.test(name));
  const list = meant.slice(0, mostToldNames);
  if (list.length === 0) return "";
  const told = list.map(([name, program]) => (program === "" ? name : `${name} (\`${program}\`)`)).join(", ");
  const isRegistry = list.every(([name]) => registryNames.includes(name));
  const more = meant.length > list.length ? ` and ${meant.length - list.length} more` : "";
  const declare = isRegistry
    ? `What it needs from there, name in ${packageLists}: that is installed before the checks.`
    : `What it needs from there is fetched by \`setup\` in ${environmentPath}, with the name under \`network\`, or stands in the repository.`;
  return ` On its way it wanted to reach ${told}${more}, and checks run without a network. ${declare}`;
}
const packageLists = "package.json, requirements.txt or another list of packages of the project";

const packagePattern = "[A-Za-z0-9@][\\w@.+-]{0,80}(?:/[\\w.+-]{1,80})?";
const pythonModule = /\bNo module named '?([A-Za-z_]\w{0,80})(?=['.\n]|$)/;
const nodePackage = new RegExp(`\\bCannot find (?:module|package) '(${packagePattern})'`);
const pipPackage = new RegExp(`\\bNo matching distribution found for (${packagePattern})`);
const shellProgram = new RegExp(
  `(?:^|\\n)(?:(?:/bin/)?(?:ba)?sh: )(?:line )?[0-9]{0,6}:? ?(${packagePattern}): (?:command )?not found(?:\\n|$)|(?:^|\\n)make(?:\\[[0-9]{1,3}\\])?: (${packagePattern}): No such file`,
);

/**
 * What is not there, by a command's output, in a sentence, or "". `isOwn`: whether the project itself has a
 * file or folder of that name.
 */
export function describeMissing(output: string, isOwn: (name: string) => boolean): string {
  const line = findTellingLine(output);
  const unlisted = line.endsWith(": it is not installed here") ? pipPackage.exec(line)?.[1] : undefined;
  if (unlisted !== undefined) return ` ${unlisted} is installed before the checks where requirements.txt names it, or the check itself.`;
  const module = pythonModule.exec(line)?.[1];
  const needed = module ?? nodePackage.exec(line)?.[1];
  if (needed !== undefined && !isOwn(needed))
    return ` There is no \`${needed}\` here, neither in the project nor among what is installed. If it is a package, name it in ${
      module === undefined ? "package.json" : "requirements.txt, or in pyproject.toml beside a uv.lock"
    }.`;
  const text = capText(output, mostReadOutput);
  const [, ofShell, missing = ofShell] = shellProgram.exec(text) ?? [];
  if (missing === undefined || isOwn(missing)) return "";
  const bring = fullPrograms.has(missing)
    ? `Write \`image: full\` to ${environmentPath}: that image has it.`
    : `Name the package that brings it in ${packageLists}.`;
  return ` There is no program \`${missing}\` here. ${bring}`;
}
const mostReadOutput = { whole: 64 * 1024, line: 2_000 } as const;
