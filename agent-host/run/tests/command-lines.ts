import { packageScriptsIn, readScripts } from "../../../schema/proof/check-file.ts";
import type { CommandCheck, RoomCheck } from "../../../schema/proof/proof.ts";
import type { ProofRoom } from "../room/workplace.ts";
import { readTextAt } from "../run-clone.ts";

const mostScripts = 20;
/** What commands that are to end with 0 run: their own lines, and those of scripts that they name. */
export async function readCommandLines(
  room: ProofRoom,
  commit: string,
  checks: readonly RoomCheck[],
): Promise<{ check: CommandCheck; line: string }[]> {
  const scripts = readScripts((await readTextAt(room, commit, "package.json")) ?? undefined);
  return checks.flatMap((check) => {
    if (check.kind !== "command" || check.exitCode !== 0) return [];
    const names = new Set(packageScriptsIn(check.command));
    for (const name of names) for (const more of packageScriptsIn(scripts.get(name) ?? "")) if (names.size < mostScripts) names.add(more);
    return [{ check, line: [check.command, ...[...names].map((name) => scripts.get(name) ?? "")].join("\n") }];
  });
}
