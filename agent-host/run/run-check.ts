import { createHash } from "node:crypto";
import { findTellingLine } from "../../schema/proof/error-line.ts";
import type { CheckResult, CommandCheck, FailureCause, RoomCheck } from "../../schema/proof/proof.ts";
import { readTestCounts } from "../../schema/proof/test-counts.ts";
import { AppError } from "../../schema/wire/error.ts";
import { execInContainer } from "../docker.ts";
import { type CleanRoom, type RoomResult, roomFolders, roomUsers, runInRoom, runLimits, sweepRoom, userAndGroup } from "./run-room.ts";

export type UrlCheck = Extract<RoomCheck, { kind: "url" }>;
type OnText = (text: string) => void;
type CheckEnd = Omit<CheckResult, "name" | "kind" | "what">;
/**
 * What a check finds: an empty home, no secrets, the time as it is (or moved, for the trial of the clock).
 */
const checkEnvironment = [
  `HOME=${roomFolders.home}`,
  "LANG=C.UTF-8",
  "CI=1",
  "TMPDIR=/tmp",
  // What is installed comes last: it puts itself in no program's place.
  `PATH=/usr/local/bin:/usr/bin:/bin:/opt/growqr/bin:${roomFolders.work}/node_modules/.bin:${roomFolders.work}/.venv/bin`,
];
const clockDays = 400;
export const laterEnvironment = [
  "LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
  `FAKETIME=+${clockDays}d`,
  "FAKETIME_DONT_FAKE_MONOTONIC=1",
];

const sha256 = (data: Buffer | string) => createHash("sha256").update(data).digest("hex");
const tailOf = (text: string) => text.slice(-2_000);
const failCheck = (why: FailureCause, reason: string) => ({ passed: false, why, reason });

// What is installed is linked, entry by entry, so that its folder itself can be written in: tools keep caches
// there. Links within it (workspaces, pnpm) are made anew, for they lead to the project.
const linkScript = `set -e; from=$1 into=$2; shift 2
put() { if [ -L "$1" ]; then cp -P "$1" "$2"; else ln -s "$1" "$2"; fi; }
for folder in "$@"; do
  mkdir -p "$into/$(dirname "$folder")"
  case $folder in *.venv) put "$from/$folder" "$into/$folder"; continue ;; esac
  mkdir "$into/$folder"
  find "$from/$folder" -mindepth 1 -maxdepth 1 -print0 | while IFS= read -r -d '' at; do
    name=\${at##*/}
    case $name in
      @*) mkdir "$into/$folder/$name"; find "$at" -mindepth 1 -maxdepth 1 -print0 | while IFS= read -r -d '' in; do put "$in" "$into/$folder/$name/\${in##*/}"; done ;;
      *) put "$at" "$into/$folder/$name" ;;
    esac
  done
done`;

/** Makes a fresh copy of the clone, in which checks may write. The clone itself stays as it is. */
export async function makeFreshCopy(room: CleanRoom): Promise<void> {
  const script = `rm -rf ${roomFolders.work} ${roomFolders.home} && mkdir -m 0700 ${roomFolders.work} ${roomFolders.home} && cp -a ${roomFolders.source}/. ${roomFolders.work}/`;
  const made = await execInContainer(room.host.engine, room.name, {
    cmd: ["bash", "-c", script],
    user: userAndGroup(roomUsers.check),
    ms: 60_000,
  });
  if (made.code !== 0) throw new AppError("too_large", { what: "clean checkout", err: made.err.slice(-300) });
  if (room.installed.length === 0) return;
  const linked = await execInContainer(room.host.engine, room.name, {
    cmd: ["bash", "-c", linkScript, "link", roomFolders.setup, roomFolders.work, ...room.installed],
    user: userAndGroup(roomUsers.check),
    ms: 60_000,
  });
  if (linked.code !== 0) throw new AppError("internal", { what: "links to what is installed", err: linked.err.slice(-300) });
}

/** All checks of the spec, and the check files that the task's author wrote or changed. */
export type CheckSetting = { all: readonly RoomCheck[]; written: readonly string[] };
export function checkText(check: RoomCheck): string {
  return check.kind === "command" ? check.command : check.kind === "url" ? check.url : check.file;
}
/** Runs one check to its end in the copy; nothing that it started outlives it. */
export async function runCheck(room: CleanRoom, check: RoomCheck, setting: CheckSetting, said: OnText): Promise<CheckResult> {
  const text = checkText(check);
  const ended =
    check.kind === "command"
      ? await runCommandCheck(room, check, setting, said)
      : check.kind === "url"
        ? await runUrlCheck(room, check, setting.all, said)
        : await runFileCheck(room, check);
  return { name: check.name, kind: check.kind, what: text, ...ended };
}

// Whatever the command left running is killed before its exit code counts, so that the next check meets
// nothing of it.
const wrapperScript =
  'cd "$1" || exit 125; for=$2 line=$3; shift 3; timeout -k 1 "$for" env "$@" sh -c "$line" </dev/null; code=$?; /opt/growqr/bin/sweep $$ >/dev/null; exit $code';
export async function runCheckCommand(
  room: CleanRoom,
  line: string,
  seconds: number,
  said: OnText,
  more: readonly string[] = [],
): Promise<RoomResult> {
  const cmd = ["bash", "-c", wrapperScript, "check", roomFolders.work, String(seconds), line, ...more];
  const result = await runInRoom(room, { cmd, uid: roomUsers.check, env: checkEnvironment, ms: (seconds + 5) * 1_000, onText: said });
  // The wrapper has swept, unless it was killed itself.
  if (result.ended !== "itself" || result.code > 128 || result.code < 0) await sweepRoom(room, roomUsers.check);
  return result.ended === "itself" && result.ms >= seconds * 1_000 && [124, 137].includes(result.code)
    ? { ...result, ended: "late" }
    : result;
}

async function runCommandCheck(room: CleanRoom, check: CommandCheck, setting: CheckSetting, said: OnText): Promise<CheckEnd> {
  const result = await runCheckCommand(room, check.command, check.seconds, said);
  const text = result.out.toString("utf8");
  const base = { ms: result.ms, outputBytes: result.bytes, outputHash: sha256(result.out), tail: tailOf(text), exitCode: result.code };
  return { ...base, ...judgeResult(check, result, text, setting.written.length > 0) };
}
/** Judges a command by exit code, output and limits. `bendable`: its author may have left tests out. */
export function judgeResult(
  check: CommandCheck,
  result: RoomResult,
  text: string,
  bendable = false,
): { passed: boolean; why?: FailureCause; reason?: string } {
  if (result.ended === "too_much")
    return failCheck("too_much_output", `It printed more than ${runLimits.output / 1024 / 1024} MB and was stopped.`);
  if (result.ended === "late") return failCheck("timeout", `It did not end within ${check.seconds} s.`);
  if (result.code !== check.exitCode)
    return failCheck("exit_code", `\`${check.command}\` ended with ${result.code}, not ${check.exitCode}.${quoteError(text)}`);
  if (check.contains !== undefined && !text.includes(check.contains))
    return failCheck(
      "text_missing",
      `\`${check.command}\` did not print ${JSON.stringify(check.contains.slice(0, 200))}.${quoteError(text)}`,
    );
  const tests = readTestCounts(text);
  if (check.name.startsWith("tests.") && tests?.ran === 0) return failCheck("skipped", `\`${check.command}\` ran no test at all.`);
  if (bendable && tests && tests.skipped > 0)
    return failCheck("skipped", `\`${check.command}\` left out ${tests.skipped} test${tests.skipped === 1 ? "" : "s"}.`);
  return { passed: true };
}
function quoteError(text: string): string {
  const line = findTellingLine(text);
  return line ? ` It said: ${line}` : "";
}

async function runFileCheck(room: CleanRoom, check: Extract<RoomCheck, { kind: "file" }>): Promise<CheckEnd> {
  const began = performance.now();
  // Read as the checks' own user, and links are not followed.
  const script = 'p=$(realpath -e -- "$1/$2") && [ "$p" = "$(realpath -e -- "$1")/$2" ] && [ -f "$p" ] && head -c 4194304 -- "$p"';
  const cmd = ["bash", "-c", script, "file", roomFolders.work, check.file];
  const result = await runInRoom(room, { cmd, uid: roomUsers.check, env: checkEnvironment, ms: check.seconds * 1_000 });
  const text = result.out.toString("utf8");
  const base = { ms: Math.round(performance.now() - began), outputBytes: result.bytes, outputHash: sha256(result.out), tail: "" };
  if (result.ended !== "itself" || result.code !== 0)
    return { ...base, ...failCheck("file_missing", `${check.file} is not there as a plain file inside the checkout.`) };
  if (check.contains !== undefined && !text.includes(check.contains))
    return { ...base, ...failCheck("text_missing", `${check.file} does not contain ${JSON.stringify(check.contains.slice(0, 200))}.`) };
  return { ...base, passed: true };
}

// Prints the uid of who listens on the port, over either version of IP; nothing when nobody does.
const listenerScript = `awk -v p="$(printf ':%04X' "$1")" '$4 == "0A" && substr($2, length($2) - 4) == p { print $8; exit }' /proc/net/tcp /proc/net/tcp6 2>/dev/null`;
// Waits until somebody listens or the server has ended, then asks a few times: a server may need a moment
// after it listens.
const probeScript = `end=$((SECONDS + $2)); owner() { set -- "$1"; ${listenerScript}; }
until uid=$(owner "$1") && [ -n "$uid" ]; do
  [ $SECONDS -lt $end ] || exit 3
  [ $SECONDS -gt 1 ] && ! pgrep -u "$5" >/dev/null && exit 3
  sleep 0.1
done
echo "uid $uid"
for try in 1 2 3 4 5 6 7 8; do
  code=$(curl -s --noproxy '*' --max-time "$2" --max-filesize 4194304 -o /tmp/.answer.$$ -w '%{http_code}' -- "$3")
  [ "$code" = "$4" ] && break
  [ $SECONDS -lt $end ] || break
  sleep 0.25
done
echo "status $code"
head -c 4194304 /tmp/.answer.$$ 2>/dev/null`;

/** The check's own server, or that of another check for the same port. */
function findServeCommand(check: UrlCheck, all: readonly RoomCheck[]): string | undefined {
  const port = new URL(check.url).port;
  const same = all.find((other) => other.kind === "url" && other.serve !== undefined && new URL(other.url).port === port);
  return check.serve ?? (same?.kind === "url" ? same.serve : undefined);
}

/**
 * Starts the server, asks it over loopback as another user, and stops it. Only this run's processes can
 * answer.
 */
async function runUrlCheck(room: CleanRoom, check: UrlCheck, all: readonly RoomCheck[], said: OnText): Promise<CheckEnd> {
  const began = performance.now();
  const port = new URL(check.url).port || "80";
  const serve = findServeCommand(check, all);
  const ended = (fields: Partial<CheckEnd> & { passed: boolean }, body = ""): CheckEnd => ({
    ms: Math.round(performance.now() - began),
    outputBytes: Buffer.byteLength(body),
    outputHash: sha256(body),
    tail: "",
    ...fields,
  });
  if (serve === undefined)
    return ended(
      failCheck("no_server", `Nothing serves ${check.url} in a clean checkout: the spec gives no command that does (\`serve\`).`),
    );
  const before = await execInContainer(room.host.engine, room.name, {
    cmd: ["bash", "-c", listenerScript, "port", port],
    user: userAndGroup(roomUsers.probe),
  });
  if (before.out.trim() !== "") return ended(failCheck("other_server", `Port ${port} was taken before \`${serve}\` was started.`));
  const server = runInRoom(room, {
    cmd: ["bash", "-c", wrapperScript, "serve", roomFolders.work, String(check.seconds + 10), serve],
    uid: roomUsers.check,
    env: checkEnvironment,
    ms: (check.seconds + 15) * 1_000,
    onText: said,
  });
  const asked = await runInRoom(room, {
    cmd: ["bash", "-c", probeScript, "probe", port, String(check.seconds), check.url, String(check.status), String(roomUsers.check)],
    uid: roomUsers.probe,
    ms: (check.seconds + 10) * 1_000,
  });
  await sweepRoom(room, roomUsers.check);
  const spoke = await server;
  return ended(...judgeAnswer(check, port, serve, asked, spoke));
}
/** Judges a URL by the answer and by what the server printed. */
export function judgeAnswer(
  check: UrlCheck,
  port: string,
  serve: string,
  asked: RoomResult,
  spoke: RoomResult,
): [Partial<CheckEnd> & { passed: boolean }, string?] {
  const [, uid, status, body = ""] = /^uid (\d+)\nstatus (\d+)\n([\s\S]*)$/.exec(asked.out.toString("utf8")) ?? [];
  const log = spoke.out.toString("utf8");
  const more = { tail: tailOf(log), status: Number(status ?? 0) };
  if (uid === undefined || status === undefined || Number(status) === 0)
    return [
      { ...more, ...failCheck("no_server", `\`${serve}\` did not answer on port ${port} within ${check.seconds} s.${quoteError(log)}`) },
    ];
  if (Number(uid) !== roomUsers.check)
    return [{ ...more, ...failCheck("other_server", `Port ${port} is held by another process than \`${serve}\`.`) }];
  if (Number(status) !== check.status)
    return [{ ...more, ...failCheck("status", `${check.url} answered ${status}, not ${check.status}.`) }, body];
  if (check.contains !== undefined && !body.includes(check.contains))
    return [
      { ...more, ...failCheck("text_missing", `${check.url} did not answer with ${JSON.stringify(check.contains.slice(0, 200))}.`) },
      body,
    ];
  return [{ ...more, passed: true }, body];
}
