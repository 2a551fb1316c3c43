import type { CheckResult, RoomCheck } from "../../schema/proof/proof.ts";
import { type CheckSetting, checkText, runCheck } from "./run-check.ts";
import { makeFreshCopy, type ProofRoom } from "./workplace.ts";

/** A check that breaks its room has failed; the platform is not at fault. */
export async function runCheckSafely(
  room: ProofRoom,
  check: RoomCheck,
  setting: CheckSetting,
  said: (text: string) => void,
): Promise<CheckResult> {
  try {
    return await runCheck(room, check, setting, said);
  } catch (error) {
    room.host.log("warn", "a check broke its room", { room: room.name, check: check.name, error });
    const reason = "It used up what a run may have (memory, processes or space), and the run was stopped.";
    const none = { ms: 0, outputBytes: 0, outputHash: "0".repeat(64), tail: "" };
    return { name: check.name, kind: check.kind, what: checkText(check), passed: false, why: "broken_room", reason, ...none };
  }
}

/**
 * Checks that have passed, with time for so many times what they took then and for some seconds more, but no
 * more than they have.
 */
export function limitToTaken(
  checks: readonly RoomCheck[],
  passed: readonly CheckResult[],
  { times, more }: { times: number; more: number },
): RoomCheck[] {
  const took = new Map(passed.map(({ name, ms }) => [name, ms]));
  return checks.map((check) => {
    const enough = Math.ceil(((took.get(check.name) ?? 0) * times) / 1_000) + more;
    return { ...check, seconds: Math.min(check.seconds, enough) };
  });
}

/** Runs each check in a fresh copy, whatever comes of those before. Answers which of them so ended. */
export async function runEachCheck(
  room: ProofRoom,
  checks: readonly RoomCheck[],
  way: string,
  ended: "passed" | "failed",
): Promise<Set<string>> {
  await makeFreshCopy(room, way);
  const names = new Set<string>();
  for (const check of checks) {
    const { passed } = await runCheckSafely(room, check, { all: checks, written: [] }, () => undefined);
    if (passed === (ended === "passed")) names.add(check.name);
  }
  return names;
}

/**
 * Runs checks one after the other in a fresh copy, as they are run for a verdict: what one builds the next
 * finds. Answers the first that does not pass. `way`: a folder with what is otherwise in the copy; `clock`:
 * `laterEnvironment`, where it is to be another day.
 */
export async function findFailingCheck(
  room: ProofRoom,
  checks: readonly RoomCheck[],
  { way, clock = [], env = [] }: { way?: string; clock?: readonly string[]; env?: readonly string[] } = {},
): Promise<CheckResult | undefined> {
  await makeFreshCopy(room, way, clock);
  const setting = { all: checks, written: [], more: [...clock, ...env] };
  for (const check of checks) {
    const result = await runCheckSafely(room, check, setting, () => undefined);
    if (!result.passed) return result;
  }
  return undefined;
}
