import { createHash } from "node:crypto";
import { findTellingLine } from "../../schema/proof/error-line.ts";
import type { CheckResult, CommandCheck, FailureCause, RoomCheck } from "../../schema/proof/proof.ts";
import { readTestCounts } from "../../schema/proof/test-counts.ts";
import { AppError } from "../../schema/wire/error.ts";
import { exec } from "../docker.ts";
import { as, at, type Ran, type Room, ran, runLimits, sweep, users } from "./run-room.ts";

export type UrlCheck = Extract<RoomCheck, { kind: "url" }>;
type Said = (text: string) => void;
type Ended = Omit<CheckResult, "name" | "kind" | "what">;
/** What a check finds: an empty home, no secrets, the time as it is (or moved, for the trial of the clock). */
const environment = [`HOME=${at.home}`, "LANG=C.UTF-8", "CI=1", "TMPDIR=/tmp", "PATH=/usr/local/bin:/usr/bin:/bin:/opt/growqr/bin"];
const clockDays = 400;
export const later = [
  "LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
  `FAKETIME=+${clockDays}d`,
  "FAKETIME_DONT_FAKE_MONOTONIC=1",
];

const hash = (of: Buffer | string) => createHash("sha256").update(of).digest("hex");
const tail = (text: string) => text.slice(-2_000);
const wrong = (why: FailureCause, reason: string) => ({ passed: false, why, reason });

/** A fresh copy of the clone for checks to run in: theirs, so that what they build can be written; the clone itself stays as it is. */
export async function freshCopy(room: Room): Promise<void> {
  const script = `rm -rf ${at.work} ${at.home} && mkdir -m 0700 ${at.work} ${at.home} && cp -a ${at.source}/. ${at.work}/`;
  const made = await exec(room.host.engine, room.name, { cmd: ["bash", "-c", script], user: as(users.check), ms: 60_000 });
  if (made.code !== 0) throw new AppError("too_large", { what: "clean checkout", err: made.err.slice(-300) });
}

/** All checks of the spec, and the check files that the task's author wrote or changed. */
export type Setting = { all: readonly RoomCheck[]; written: readonly string[] };
export function whatOf(check: RoomCheck): string {
  return check.kind === "command" ? check.command : check.kind === "url" ? check.url : check.file;
}
/** Runs one check to its end in the copy; nothing that it started outlives it. */
export async function runCheck(room: Room, check: RoomCheck, of: Setting, said: Said): Promise<CheckResult> {
  const what = whatOf(check);
  const ended =
    check.kind === "command"
      ? await runCommand(room, check, of, said)
      : check.kind === "url"
        ? await runUrl(room, check, of.all, said)
        : await runFile(room, check);
  return { name: check.name, kind: check.kind, what, ...ended };
}

// Whatever the command left running is killed before its exit code counts, so that the next check meets nothing of it.
const wrapper =
  'cd "$1" || exit 125; for=$2 line=$3; shift 3; timeout -k 1 "$for" env "$@" sh -c "$line" </dev/null; code=$?; /opt/growqr/bin/sweep $$ >/dev/null; exit $code';
export async function commandRan(room: Room, line: string, seconds: number, said: Said, more: readonly string[] = []): Promise<Ran> {
  const cmd = ["bash", "-c", wrapper, "check", at.work, String(seconds), line, ...more];
  const result = await ran(room, { cmd, uid: users.check, env: environment, ms: (seconds + 5) * 1_000, onText: said });
  // The wrapper has swept, unless it was killed itself.
  if (result.ended !== "itself" || result.code > 128 || result.code < 0) await sweep(room, users.check);
  return result.ended === "itself" && result.ms >= seconds * 1_000 && [124, 137].includes(result.code)
    ? { ...result, ended: "late" }
    : result;
}

async function runCommand(room: Room, check: CommandCheck, of: Setting, said: Said): Promise<Ended> {
  const result = await commandRan(room, check.command, check.seconds, said);
  const text = result.out.toString("utf8");
  const base = { ms: result.ms, outputBytes: result.bytes, outputHash: hash(result.out), tail: tail(text), exitCode: result.code };
  return { ...base, ...judged(check, result, text, of.written.length > 0) };
}
/** What its exit code, its words and its bounds say of a command. `bendable`: tests that were left out may have been left out by the author. */
export function judged(
  check: CommandCheck,
  result: Ran,
  text: string,
  bendable = false,
): { passed: boolean; why?: FailureCause; reason?: string } {
  if (result.ended === "too_much")
    return wrong("too_much_output", `It printed more than ${runLimits.output / 1024 / 1024} MB and was stopped.`);
  if (result.ended === "late") return wrong("timeout", `It did not end within ${check.seconds} s.`);
  if (result.code !== check.exitCode)
    return wrong("exit_code", `\`${check.command}\` ended with ${result.code}, not ${check.exitCode}.${said(text)}`);
  if (check.contains !== undefined && !text.includes(check.contains))
    return wrong("text_missing", `\`${check.command}\` did not print ${JSON.stringify(check.contains.slice(0, 200))}.${said(text)}`);
  const tests = readTestCounts(text);
  if (check.name.startsWith("tests.") && tests?.ran === 0) return wrong("skipped", `\`${check.command}\` ran no test at all.`);
  if (bendable && tests && tests.skipped > 0)
    return wrong("skipped", `\`${check.command}\` left out ${tests.skipped} test${tests.skipped === 1 ? "" : "s"}.`);
  return { passed: true };
}
function said(text: string): string {
  const line = findTellingLine(text);
  return line ? ` It said: ${line}` : "";
}

async function runFile(room: Room, check: Extract<RoomCheck, { kind: "file" }>): Promise<Ended> {
  const began = performance.now();
  // Read as the checks' own user: a link leads it nowhere that the checks could not go, and links are not followed at all.
  const script = 'p=$(realpath -e -- "$1/$2") && [ "$p" = "$(realpath -e -- "$1")/$2" ] && [ -f "$p" ] && head -c 4194304 -- "$p"';
  const cmd = ["bash", "-c", script, "file", at.work, check.file];
  const result = await ran(room, { cmd, uid: users.check, env: environment, ms: check.seconds * 1_000 });
  const text = result.out.toString("utf8");
  const base = { ms: Math.round(performance.now() - began), outputBytes: result.bytes, outputHash: hash(result.out), tail: "" };
  if (result.ended !== "itself" || result.code !== 0)
    return { ...base, ...wrong("file_missing", `${check.file} is not there as a plain file inside the checkout.`) };
  if (check.contains !== undefined && !text.includes(check.contains))
    return { ...base, ...wrong("text_missing", `${check.file} does not contain ${JSON.stringify(check.contains.slice(0, 200))}.`) };
  return { ...base, passed: true };
}

// Prints "uid" of who listens on the port, over either version of IP; nothing when nobody does.
const listening = `awk -v p="$(printf ':%04X' "$1")" '$4 == "0A" && substr($2, length($2) - 4) == p { print $8; exit }' /proc/net/tcp /proc/net/tcp6 2>/dev/null`;
// Waits until somebody listens or the server has ended, then asks; again a few times, for a server may need a moment after it listens.
const probe = `end=$((SECONDS + $2)); owner() { set -- "$1"; ${listening}; }
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
function serveOf(check: UrlCheck, all: readonly RoomCheck[]): string | undefined {
  const port = new URL(check.url).port;
  const same = all.find((other) => other.kind === "url" && other.serve !== undefined && new URL(other.url).port === port);
  return check.serve ?? (same?.kind === "url" ? same.serve : undefined);
}

/** Starts the server, asks it from the same loopback as another user, and stops it: whoever answers was started by this run, for there is nobody else. */
async function runUrl(room: Room, check: UrlCheck, all: readonly RoomCheck[], said: Said): Promise<Ended> {
  const began = performance.now();
  const port = new URL(check.url).port || "80";
  const serve = serveOf(check, all);
  const ended = (fields: Partial<Ended> & { passed: boolean }, body = ""): Ended => ({
    ms: Math.round(performance.now() - began),
    outputBytes: Buffer.byteLength(body),
    outputHash: hash(body),
    tail: "",
    ...fields,
  });
  if (serve === undefined)
    return ended(wrong("no_server", `Nothing serves ${check.url} in a clean checkout: the spec gives no command that does (\`serve\`).`));
  const before = await exec(room.host.engine, room.name, { cmd: ["bash", "-c", listening, "port", port], user: as(users.probe) });
  if (before.out.trim() !== "") return ended(wrong("other_server", `Port ${port} was taken before \`${serve}\` was started.`));
  const server = ran(room, {
    cmd: ["bash", "-c", wrapper, "serve", at.work, String(check.seconds + 10), serve],
    uid: users.check,
    env: environment,
    ms: (check.seconds + 15) * 1_000,
    onText: said,
  });
  const asked = await ran(room, {
    cmd: ["bash", "-c", probe, "probe", port, String(check.seconds), check.url, String(check.status), String(users.check)],
    uid: users.probe,
    ms: (check.seconds + 10) * 1_000,
  });
  await sweep(room, users.check);
  const spoke = await server;
  return ended(...answered(check, port, serve, asked, spoke));
}
/** What the asker and the server said of an address. */
export function answered(
  check: UrlCheck,
  port: string,
  serve: string,
  asked: Ran,
  spoke: Ran,
): [Partial<Ended> & { passed: boolean }, string?] {
  const [, uid, status, body = ""] = /^uid (\d+)\nstatus (\d+)\n([\s\S]*)$/.exec(asked.out.toString("utf8")) ?? [];
  const log = spoke.out.toString("utf8");
  const more = { tail: tail(log), status: Number(status ?? 0) };
  if (uid === undefined || status === undefined || Number(status) === 0)
    return [{ ...more, ...wrong("no_server", `\`${serve}\` did not answer on port ${port} within ${check.seconds} s.${said(log)}`) }];
  if (Number(uid) !== users.check)
    return [{ ...more, ...wrong("other_server", `Port ${port} is held by another process than \`${serve}\`.`) }];
  if (Number(status) !== check.status)
    return [{ ...more, ...wrong("status", `${check.url} answered ${status}, not ${check.status}.`) }, body];
  if (check.contains !== undefined && !body.includes(check.contains))
    return [
      { ...more, ...wrong("text_missing", `${check.url} did not answer with ${JSON.stringify(check.contains.slice(0, 200))}.`) },
      body,
    ];
  return [{ ...more, passed: true }, body];
}
