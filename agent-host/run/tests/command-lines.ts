import { packageScriptsIn, readScripts } from "../../../schema/proof/check-file.ts";
import type { CommandCheck, RoomCheck } from "../../../schema/proof/proof.ts";
import { startOfText } from "../../../schema/wire/foreign-text.ts";
import type { ProofRoom } from "../room/workplace.ts";
import { readTextAt } from "../run-clone.ts";
import { readMakeTargets, readRecipes } from "./make-file.ts";

const mostScripts = 20;
const mostScriptText = 20_000;
const scriptName = /^[\w@+-][\w.@+/-]{0,200}\.(?:sh|bash)$/;
/** In the order in which `make` looks for them. */
const makeFiles = ["GNUmakefile", "makefile", "Makefile"];
const wordsIn = (text: string) => text.split(/[\s"'`=;|&()<>]+/).map((word) => (word.startsWith("./") ? word.slice(2) : word));
/** `line`: the command with the scripts of package.json that it names. `wide`: with all that it may run. */
export type CommandLines = { check: CommandCheck; line: string; wide: string };
/**
 * What commands that are to end with 0 run. What they may run: scripts of the shell and the make file that
 * they name, and what these name; not all of it needs to be run.
 */
export async function readCommandLines(room: ProofRoom, commit: string, checks: readonly RoomCheck[]): Promise<CommandLines[]> {
  const texts = new Map<string, Promise<string>>();
  const read = (path: string) => {
    const text = texts.get(path) ?? readTextAt(room, commit, path).then((text) => startOfText(text ?? "", mostScriptText));
    texts.set(path, text);
    return text;
  };
  const scripts = readScripts((await readTextAt(room, commit, "package.json")) ?? undefined);
  const found: CommandLines[] = [];
  for (const check of checks) {
    if (check.kind !== "command" || check.exitCode !== 0) continue;
    const line = [check.command];
    const wide = [check.command];
    await followLines(line, scripts);
    await followLines(wide, scripts, read);
    found.push({ check, line: line.join("\n"), wide: wide.join("\n") });
  }
  return found;
}
/** Adds to these lines what they name. */
async function followLines(lines: string[], scripts: ReadonlyMap<string, string>, read?: (path: string) => Promise<string>): Promise<void> {
  const seen = new Set<string>();
  const isNew = (name: string) => seen.size < mostScripts && !seen.has(name) && seen.add(name);
  for (const line of lines) {
    for (const name of packageScriptsIn(line)) if (isNew(`npm run ${name}`)) lines.push(scripts.get(name) ?? "");
    if (!read) continue;
    for (const word of wordsIn(line)) if (scriptName.test(word) && isNew(word)) lines.push(await read(word));
    for (const targets of readMakeTargets(line)) {
      for (const path of makeFiles) {
        const text = await read(path);
        if (text === "") continue;
        for (const recipe of readRecipes(text, targets)) if (isNew(`make ${recipe.target}`)) lines.push(recipe.text);
        break;
      }
    }
  }
}
