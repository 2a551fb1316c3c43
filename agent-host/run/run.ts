import { pairAddresses } from "../../schema/machine/instance.ts";
import {
  type CheckFailure,
  type CheckResult,
  changesOfWork,
  type FailureCause,
  findEditedChecks,
  findEditedScripts,
  findSuspectChecks,
  isCheckFile,
  type RoomCheck,
  type RunIn,
  type RunLine,
  type RunResult,
} from "../../schema/proof/proof.ts";
import { AppError, errorTable } from "../../schema/wire/error.ts";
import { fairQueue } from "../deadline.ts";
import { exec } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { commandRan, freshCopy, judged, later, runCheck, type Setting, whatOf } from "./run-check.ts";
import { type Facts, facts, fetchAll, headFailure, outputs, textAt } from "./run-clone.ts";
import { decidedIn, mergeFailure } from "./run-merge.ts";
import { as, at, openRoom, type Room, removeRoom, runLimits, seal, users } from "./run-room.ts";

type Emit = (line: RunLine) => void;
export type Runs = ReturnType<typeof openRuns>;
type Going = { id: string; address: string | undefined; name: string | undefined; stop: AbortController; ended: Promise<unknown> };

/** The clean rooms of this machine: at most four at once, three per pair, fairly between members; each is removed whatever happens. */
export function openRuns(host: Host) {
  const going = new Map<string, Going>();
  const few = fairQueue({ width: 4, each: 3, waiting: 32 });

  const freeAddress = (row: LedgerStackRow): string => {
    const used = new Set([...going.values()].map((each) => each.address));
    const free = pairAddresses(host.instance, row.slot).runs.find((address) => !used.has(address));
    if (!free) throw new AppError("no_capacity", { what: "runs" });
    return free;
  };
  /** Runs to a verdict. Throws where the platform, not the work, is at fault. `left` ends it early: its caller is gone. */
  const run = async (row: LedgerStackRow, of: RunIn, emit: Emit, left: AbortSignal): Promise<RunResult> => {
    const key = `${row.member} ${of.id}`;
    const before = going.get(key);
    before?.stop.abort();
    await before?.ended;
    const stop = new AbortController();
    const entry: Going = { id: of.id, address: undefined, name: undefined, stop, ended: Promise.resolve() };
    going.set(key, entry);
    const work = few(row.member, () => {
      entry.address = freeAddress(row);
      const signal = AbortSignal.any([left, stop.signal, AbortSignal.timeout(runLimits.all)]); // the clock starts with the run
      return inRoom(host, row, of, entry, emit, signal).finally(() => (entry.address = undefined)); // the next in the queue takes it
    });
    entry.ended = work.then(
      () => undefined,
      () => undefined,
    );
    return work.finally(() => going.get(key) === entry && going.delete(key));
  };

  /** Something of the platform's own in a room without any network. */
  const apart = <T>(row: LedgerStackRow, id: string, work: (room: Room) => Promise<T>): Promise<T> =>
    few(row.member, async () => {
      const key = `${row.member} ${id}`;
      const name = roomName(host, id);
      const entry: Going = { id, address: undefined, name, stop: new AbortController(), ended: Promise.resolve() };
      if (going.has(key)) throw new AppError("conflict", { what: "room", id });
      going.set(key, entry);
      try {
        return await work(await openRoom(host, row, id, undefined));
      } finally {
        await removeRoom(host, name).finally(() => going.delete(key));
      }
    });

  /** Removes rooms that no run of this process is in: a daemon that crashed left them. */
  const sweepRooms = async (): Promise<number> => {
    const filters = { label: [`growqr.instance=${host.instance.label}`, "growqr.part=run"] };
    const listed = await host.engine.call("list runs", host.engine.docker.listContainers({ all: true, filters }));
    const mine = new Set([...going.values()].map((each) => each.name));
    const left = listed.map((each) => (each.Names[0] ?? "").slice(1)).filter((name) => name !== "" && !mine.has(name));
    for (const name of left) await removeRoom(host, name);
    return left.length;
  };
  const settle = async (): Promise<void> => {
    for (const each of going.values()) each.stop.abort();
    await Promise.all([...going.values()].map((each) => each.ended));
  };
  return { run, apart, sweepRooms, settle };
}

async function inRoom(host: Host, row: LedgerStackRow, of: RunIn, entry: Going, emit: Emit, signal: AbortSignal): Promise<RunResult> {
  const startedAt = host.now();
  const gone = () => new AppError(signal.reason?.name === "TimeoutError" ? "timeout" : "unavailable", { what: "run was ended" });
  if (signal.aborted) throw gone();
  entry.name = roomName(host, of.id);
  try {
    const cut = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(gone()), { once: true }));
    const work = (async () => {
      const began = performance.now();
      const room = await openRoom(host, row, of.id, entry.address);
      emit({ type: "step", step: "room", ms: Math.round(performance.now() - began) });
      return { ...(await proven(room, of, emit)), image: room.image };
    })();
    work.catch(() => undefined); // once cut, what it still says is of no interest
    const { image, ...rest } = await Promise.race([work, cut]);
    const { id, repo, branch, commit } = of;
    return { id, repo, branch, commit, image, passed: rest.failures.length === 0, startedAt, endedAt: host.now(), ...rest };
  } finally {
    await removeRoom(host, entry.name);
  }
}
const roomName = (host: Host, id: string) =>
  host.instance.name === "main" ? `growqr-run-${id}` : `growqr-${host.instance.name}-run-${id}`;

type Proof = Pick<RunResult, "failures" | "checks" | "outputs"> & { tree?: string; base?: string };

async function timed<T>(emit: Emit, step: "clone" | "sealed" | "control" | "clock", work: Promise<T>): Promise<T> {
  const began = performance.now();
  const value = await work;
  emit({ type: "step", step, ms: Math.round(performance.now() - began) });
  return value;
}

async function proven(room: Room, of: RunIn, emit: Emit): Promise<Proof> {
  await timed(emit, "clone", fetchAll(room, of));
  await timed(emit, "sealed", seal(room));
  const head = (await headFailure(room, of)) ?? (await mergeFailure(room, of));
  if (head) return { failures: [head], checks: [], outputs: [] };
  const read = await facts(room, of);
  if (!read)
    return { failures: [failed("commit", "broken_room", "It holds more files than a clean room can take.")], checks: [], outputs: [] };
  const { known, failures: strays } = await decidedIn(room, of, read);
  const found = await outputs(room, of, known);
  emit({ type: "outputs", outputs: found.seen });
  if (known.diff) emit({ type: "diff", text: known.diff });
  const about = { tree: known.tree, ...(known.base ? { base: known.base } : {}), outputs: found.seen };
  const early = [...strays, ...found.failures, ...(await bent(room, of, known))];
  // What the commit lacks is said at once: its checks would only say it again, later and worse.
  if (early.length > 0) return { ...about, failures: early, checks: [] };
  const { checks, failures } = await runAll(room, of, known, emit);
  if (failures.length > 0) return { ...about, failures, checks };
  return { ...about, checks, failures: await tried(room, of, known, emit) };
}

/** Checks that were there before the task, and that its author changed. */
async function bent(room: Room, of: RunIn, known: Facts): Promise<CheckFailure[]> {
  const at = known.behind?.slice(0, 10);
  const behind = at === undefined ? "" : ` The branch does not hold main as it was when the task was begun (${at}): merge main into it.`;
  const edited = findEditedChecks(known.changes, of.checks, of.outputs).map(({ path, status }) => ({
    check: "checks",
    why: "checks_edited" as const,
    reason: `${path} was there before the task and was ${status === "deleted" ? "removed" : "changed"}; restore it, or have it listed in the spec's outputs.${behind}`,
  }));
  const parts = of.merged?.decided.includes("package.json") ? [of.merged.into, ...of.merged.from] : [];
  const own = known.changes.some(({ path }) => path === "package.json")
    ? [known.base, known.behind].filter((each) => each !== undefined)
    : [];
  const bases = parts.length > 0 ? parts : own;
  if (bases.length === 0 || of.outputs.includes("package.json")) return edited;
  const [after, ...befores] = await Promise.all([of.commit, ...bases].map((commit) => textAt(room, commit, "package.json")));
  if (after === null || befores.includes(null))
    return [
      ...edited,
      failed("checks", "checks_edited", "package.json is so large that its scripts can't be compared with those of before."),
    ];
  const texts = befores.map((before) => before ?? undefined);
  const names = findEditedScripts(texts, after, of.checks); // where the member decided, a script may be as it was on either side
  const scripts = names.map((name) => ({
    check: "checks",
    why: "checks_edited" as const,
    reason: `The script "${name}" of package.json was there before the task and was changed; a check runs it.${behind}`,
  }));
  return [...edited, ...scripts];
}

async function runAll(room: Room, of: RunIn, known: Facts, emit: Emit): Promise<{ checks: CheckResult[]; failures: CheckFailure[] }> {
  const written = known.changes.filter(({ path, status }) => status !== "deleted" && isCheckFile(path)).map(({ path }) => path);
  const checks: CheckResult[] = [];
  const failures: CheckFailure[] = [];
  await freshCopy(room);
  for (const check of of.checks) {
    const result = await checked(room, check, { all: of.checks, written }, (text) => emit({ type: "output", check: check.name, text }));
    checks.push(result);
    emit({ type: "check", result });
    if (!result.passed) failures.push({ check: check.name, why: result.why ?? "exit_code", reason: result.reason ?? "It failed." });
    if (result.why === "broken_room") break;
  }
  return { checks, failures };
}
/** A check that takes the room down with it has failed; that is no fault of the platform. */
async function checked(room: Room, check: RoomCheck, of: Setting, said: (text: string) => void): Promise<CheckResult> {
  try {
    return await runCheck(room, check, of, said);
  } catch (error) {
    room.host.log("warn", "a check broke its room", { room: room.name, check: check.name, error });
    const reason = "It used up what a run may have (memory, processes or space), and the run was stopped.";
    const none = { ms: 0, outputBytes: 0, outputHash: "0".repeat(64), tail: "" };
    return { name: check.name, kind: check.kind, what: whatOf(check), passed: false, why: "broken_room", reason, ...none };
  }
}

const failed = (check: string, why: FailureCause, reason: string): CheckFailure => ({ check, why, reason });
/** The trials of checks that the task's author wrote: without the work they must fail, and on another day they must not. */
async function tried(room: Room, of: RunIn, known: Facts, emit: Emit): Promise<CheckFailure[]> {
  const list = findSuspectChecks(known.changes, of.checks);
  if (list.length === 0) return [];
  const empty = await timed(emit, "control", withoutWork(room, of, known, list));
  return empty.length > 0 ? empty : timed(emit, "clock", onAnotherDay(room, list));
}

type Suspects = ReturnType<typeof findSuspectChecks>;
async function withoutWork(room: Room, of: RunIn, known: Facts, list: Suspects): Promise<CheckFailure[]> {
  const work = changesOfWork(known.changes, of.checks);
  if (work.length === 0 || !known.base) return [];
  await freshCopy(room);
  await takeAway(room, known.base, work);
  const passing: Suspects = [];
  for (const each of list) {
    const result = await commandRan(room, each.check.command, each.check.seconds, () => undefined);
    if (judged(each.check, result, result.out.toString("utf8")).passed) passing.push(each);
  }
  const what = `${work
    .slice(0, 3)
    .map(({ path }) => path)
    .join(", ")}${work.length > 3 ? " …" : ""}`;
  const blind = passing.filter(({ alone }) => alone || passing.length === list.length);
  return blind.map(({ check }) =>
    failed(check.name, "proves_nothing", `\`${check.command}\` passes as well without the work (${what}): it proves nothing about it.`),
  );
}
/** Puts the copy's files back to what they were before the task. */
async function takeAway(room: Room, base: string, work: Facts["changes"]): Promise<void> {
  const script =
    'cd "$1"; shift; base=$1; shift; for p in "$@"; do git checkout -q "$base" -- ":(literal)$p" 2>/dev/null || rm -rf -- "./$p"; done';
  for (let from = 0; from < work.length; from += 200) {
    const paths = work.slice(from, from + 200).map(({ path }) => path);
    const cmd = ["bash", "-c", script, "away", at.work, base, ...paths];
    const env = ["GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "HOME=/nonexistent"];
    const { code, err } = await exec(room.host.engine, room.name, { cmd, user: as(users.check), env, ms: 60_000 });
    if (code !== 0) throw new AppError("internal", { what: "control run", err: err.slice(-300) });
  }
}

async function onAnotherDay(room: Room, list: Suspects): Promise<CheckFailure[]> {
  const failures: CheckFailure[] = [];
  for (const { check } of list) {
    const again = async (env: readonly string[]) => {
      await freshCopy(room);
      const result = await commandRan(room, check.command, check.seconds, () => undefined, env);
      return result.ended === "itself" ? judged(check, result, result.out.toString("utf8")).passed : undefined;
    };
    if ((await again(later)) !== false) continue;
    if ((await again([])) === false)
      failures.push(failed(check.name, "flaky", `\`${check.command}\` passed once and failed once at the same commit.`));
    else failures.push(failed(check.name, "time_bomb", `\`${check.command}\` passes today and fails with the clock 400 days on.`));
  }
  return failures;
}

/** A failure of the platform as the last line says it. */
export function notRun(error: unknown): Extract<RunLine, { type: "error" }> {
  const known = error instanceof AppError;
  return { type: "error", code: known ? error.code : "internal", message: known ? error.message : errorTable.internal.message };
}
