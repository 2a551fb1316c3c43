import { commandsOfChecks } from "../../schema/proof/check-file.ts";
import { listMadeExecutable } from "../../schema/proof/kept.ts";
import type { CheckResult, RoomCheck } from "../../schema/proof/proof.ts";
import { type CopyWish, isUntouched, makeFreshCopy } from "./room/fresh-copy.ts";
import type { ProofRoom } from "./room/workplace.ts";
import { type CheckSetting, checkText, runCheck } from "./run-check.ts";

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

/** Kept files that these checks make executable. */
export const findMadeExecutable = ({ kept = [], scripts = [] }: ProofRoom, checks: readonly RoomCheck[]): string[] =>
  listMadeExecutable([...commandsOfChecks(checks), ...scripts], kept);
/**
 * Runs checks one after the other, each in a copy in which nothing of those before it is. `run`: of one
 * check, with when its copy was made; it answers whether to go on. A copy that a check has left as it was
 * serves the next too, but where `unread` asks for files that nothing has read.
 */
export async function runInFreshCopies<C extends RoomCheck>(
  room: ProofRoom,
  checks: readonly C[],
  { unread = false, ...wish }: CopyWish & { unread?: boolean },
  run: (check: C, since: string) => Promise<boolean>,
): Promise<void> {
  let since = "";
  let before: string | undefined;
  for (const check of checks) {
    const executable = findMadeExecutable(room, [check]);
    const isFresh = !unread && before === executable.join() && (await isUntouched(room, since, wish));
    if (!isFresh) since = await makeFreshCopy(room, { ...wish, executable });
    if (!(await run(check, since))) return;
    before = executable.join();
  }
}

/** Runs each check, whatever comes of those before. Answers which of them so ended. */
export async function runEachCheck(
  room: ProofRoom,
  checks: readonly RoomCheck[],
  way: string,
  ended: "passed" | "failed",
): Promise<Set<string>> {
  const names = new Set<string>();
  await runInFreshCopies(room, checks, { way }, async (check) => {
    const { passed } = await runCheckSafely(room, check, { all: checks }, () => undefined);
    if (passed === (ended === "passed")) names.add(check.name);
    return true;
  });
  return names;
}

/**
 * The first check that does not pass, as they are run for a verdict. `clock`: `laterEnvironment`, where it is
 * to be another day. `all`: the checks of the spec, of which a server may be another's.
 */
export async function findFailingCheck(
  room: ProofRoom,
  checks: readonly RoomCheck[],
  { env = [], all = checks, ...wish }: CopyWish & { env?: readonly string[]; all?: readonly RoomCheck[] } = {},
): Promise<CheckResult | undefined> {
  const setting = { all, more: [...(wish.clock ?? []), ...env] };
  let failing: CheckResult | undefined;
  await runInFreshCopies(room, checks, wish, async (check) => {
    const result = await runCheckSafely(room, check, setting, () => undefined);
    if (!result.passed) failing = result;
    return result.passed;
  });
  return failing;
}

/** Whether the last of these checks passes in a copy in which the others ran before it. */
export async function passesAfterOthers(room: ProofRoom, checks: readonly RoomCheck[]): Promise<boolean> {
  await makeFreshCopy(room, { executable: findMadeExecutable(room, checks) });
  let passed = false;
  for (const check of checks) ({ passed } = await runCheckSafely(room, check, { all: checks }, () => undefined));
  return passed;
}
