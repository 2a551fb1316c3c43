import { environmentPath } from "../../schema/environment/environment.ts";
import type { JudgedRun } from "../../schema/proof/outputs.ts";
import type { CheckResult } from "../../schema/proof/proof.ts";
import type { RoomRule } from "../../schema/proof/room-rules.ts";
import type { Strength } from "../../schema/proof/strength.ts";
import { isWithin } from "../../schema/wire/path.ts";
import type { OwnChanges } from "./own-changes.ts";

/**
 * What a proof that holds has seen. `written`: files of before in which checks write. `fewer`: a processor
 * could be taken away. `falseTests`: each of its runners had plainly false tests laid in.
 */
export type ProofSeen = {
  checks: readonly CheckResult[];
  strength: Strength | undefined;
  ownChanges: OwnChanges;
  installed: readonly string[];
  written: readonly string[];
  fewer: boolean;
  falseTests: boolean;
};
/** The rules that took effect for it. */
export function nameHeldRules(input: JudgedRun, seen: ProofSeen): RoomRule[] {
  const { merged, byMember, anywhere } = input;
  const ran = seen.checks.some(({ kind }) => kind !== "file");
  const installs = seen.installed.length > 0;
  const asBefore = installs && !merged && !changesSetup(input, seen.ownChanges);
  const held: [RoomRule, boolean][] = [
    ["base-and-outputs", !anywhere && !merged],
    ["merge-and-outputs", merged !== undefined],
    ["setup-from-base", asBefore],
    ["setup-agreed", installs && !asBefore],
    ["fresh-copies", ran],
    ["kept-apart", ran && (seen.written.length === 0 || !(merged || byMember))], // there a file that is written in is not judged
    ["member-agreed", true],
    ["two-places", ran],
    ["later-day", ran],
    ["fewer-processors", ran && seen.fewer],
    ["judges-unbent", seen.checks.some(({ kind }) => kind === "command")],
    ["made-as-it-ran", ran && !(merged || byMember)], // there it is not tried
    ["tests-reported", seen.checks.some(({ tests }) => tests && tests.runner !== "")],
    ["false-tests", seen.falseTests],
    ["work-taken-out", seen.strength !== undefined && seen.strength.tried > 0],
  ];
  return held.flatMap(([name, holds]) => (holds ? [name] : []));
}
/** Whether the work has a word in what is installed, or the project's own commands install it. */
function changesSetup({ installs = [], byFile = false }: JudgedRun, { changes }: OwnChanges): boolean {
  return byFile || changes.some(({ path }) => path === environmentPath || installs.some((each) => isWithin(each, path)));
}
