import { describeKept, type KeptFiles, listKept } from "../../schema/proof/kept.ts";
import { type AskedName, describeAsked, describeMissing } from "../../schema/proof/needs.ts";
import type { JudgedRun } from "../../schema/proof/outputs.ts";
import type { CheckFailure, CheckResult, RoomCheck, RunIn } from "../../schema/proof/proof.ts";
import {
  findFailingCheck,
  findMadeExecutable,
  limitToTaken,
  passesAfterOthers,
  runCheckSafely,
  runInFreshCopies,
} from "./check-sequence.ts";
import { type MadeFiles, readMade } from "./made-files.ts";
import { makeFreshCopy, readTraces, type Traces } from "./room/fresh-copy.ts";
import type { ProofRoom } from "./room/workplace.ts";
import type { CheckSetting } from "./run-check.ts";
import type { CommitFacts } from "./run-clone.ts";
import type { EmitLine } from "./run-step.ts";
import type { CheckTraces } from "./tests/canary.ts";

/** What a check lacked that failed: the network, what is not installed, or the right to change a file. */
export function describeLack(
  { tail }: CheckResult,
  asked: readonly AskedName[],
  kept: readonly string[],
  { entries }: CommitFacts,
): string {
  const parts = new Set([...entries.keys()].flatMap((path) => path.replace(/\.\w+$/, "").split("/")));
  return describeAsked(asked) || describeKept(tail, kept) || describeMissing(tail, (name) => parts.has(name.split("/")[0]!));
}
const mostRunAgain = 2;
/** A check that needs what an earlier one makes. */
async function describeNeededBefore(
  room: ProofRoom,
  { checks }: RunIn,
  failed: CheckResult,
  { checks: before, failures }: ChecksTold,
): Promise<string> {
  const passed = before.filter((each) => each.passed && each.kind === "command");
  const check = checks.find(({ name }) => name === failed.name);
  if (!check || check.kind === "file" || passed.length === 0 || failures.length >= mostRunAgain) return "";
  const earlier = checks.filter(({ name }) => passed.some((each) => each.name === name));
  const brief = limitToTaken(earlier, passed, { times: 2, more: 5 });
  if (!(await passesAfterOthers(room, [...brief, check])) || !(await findFailingCheck(room, [check]))) return "";
  const made = passed.map(({ what: command }) => `\`${command}\``).join(", ");
  return ` It passes where it runs after ${made}, but each check begins with a fresh checkout: put what it needs of that into the same command.`;
}
export function addToReason(result: CheckResult, more: string): CheckResult {
  if (more === "") return result;
  const reason = result.reason ?? "It failed.";
  return { ...result, reason: `${reason}${/[.!?]$/.test(reason) ? "" : "."}${more}` };
}
export const failCheck = ({ name, why = "exit_code", reason = "It failed." }: CheckResult): CheckFailure => ({ check: name, why, reason });

/**
 * `made`: what each has made beside the commit. `kept`: files that the checks can do without changing.
 * `written`: those of before, beside the outputs, that they need to write in.
 */
export type ChecksTold = {
  checks: CheckResult[];
  failures: CheckFailure[];
  traces: CheckTraces;
  made: Map<string, MadeFiles>;
  kept: string[];
  written: string[];
};
const saysMore = ({ passed, why }: CheckResult) => !passed && why !== "broken_room" && why !== "timeout" && why !== "too_much_output";
/** Runs the checks of a commit, each by itself, and says why those that fail do. */
export async function runChecks(room: ProofRoom, input: JudgedRun, known: CommitFacts, emit: EmitLine): Promise<ChecksTold> {
  const setting = { all: input.checks };
  const { always, before } = listKept([...known.entries.keys()], input);
  const told: ChecksTold = { checks: [], failures: [], traces: new Map(), made: new Map(), kept: [...always, ...before], written: [] };
  const strict = { ...room, kept: told.kept };
  await runInFreshCopies(strict, input.checks, { unread: true }, async (check, since) => {
    room.door?.take();
    let ended = await runCheckSafely(room, check, setting, (text) => emit({ type: "output", check: check.name, text }));
    if (ended.passed) {
      told.traces.set(check.name, await readTraces(room, since, known));
      told.made.set(check.name, await readMade(room, since, known));
    } else if (saysMore(ended) && check.kind !== "file" && before.length > 0) {
      const freely = await runFreely(room, check, setting, known, { always, before });
      ended = freely.result;
      if (freely.traces) told.traces.set(check.name, freely.traces);
      if (freely.made) told.made.set(check.name, freely.made);
      told.written.push(...freely.written);
    }
    const lack = saysMore(ended) ? describeLack(ended, room.door?.take() ?? [], [...always, ...room.installed], known) : "";
    const more = lack === "" && saysMore(ended) ? await describeNeededBefore(strict, input, ended, told) : "";
    const result = addToReason(ended, `${lack}${more}`);
    told.checks.push(result);
    emit({ type: "check", result });
    if (!result.passed) told.failures.push(failCheck(result));
    return result.why !== "broken_room";
  });
  const needs = new Set(told.written);
  return { ...told, kept: told.kept.filter((path) => !needs.has(path)), written: [...needs] };
}
/**
 * Runs a check that failed once more, where files of before that don't settle it can be written in. If it
 * passes then, it must pass too where nothing can be written in but what it was seen to write.
 */
async function runFreely(
  room: ProofRoom,
  check: RoomCheck,
  setting: CheckSetting,
  known: CommitFacts,
  { always, before }: KeptFiles,
): Promise<{ result: CheckResult; traces?: Traces; made?: MadeFiles; written: string[] }> {
  const run = async (kept: readonly string[]) => {
    const keeping = { ...room, kept };
    const since = await makeFreshCopy(keeping, { executable: findMadeExecutable(keeping, [check]) });
    const result = await runCheckSafely(keeping, check, setting, () => undefined);
    return { result, traces: await readTraces(keeping, since, known), made: await readMade(keeping, since, known) };
  };
  const { result, traces, made } = await run(always);
  if (!result.passed) return { result, written: [] };
  const written = before.filter((path) => traces.written.has(path));
  if ((await run([...always, ...before.filter((path) => !traces.written.has(path))])).result.passed)
    return { result, traces, made, written };
  const reason = "It passes only where files can be written in that were there before the task, without a trace of that.";
  return { result: { ...result, passed: false, why: "checks_edited", reason }, written: [] };
}
