import { createHash, randomBytes } from "node:crypto";
import { environmentPath } from "../../schema/environment/environment.ts";
import { listPackageVariables, offlineVariables, packagesFolder } from "../../schema/environment/install.ts";
import { findTellingLine } from "../../schema/proof/error-line.ts";
import type { CheckResult, CommandCheck, FailureCause, RoomCheck } from "../../schema/proof/proof.ts";
import { readTestCounts } from "../../schema/proof/test-counts.ts";
import { findServeCommand } from "./default-server.ts";
import { execInRoom, type OnRoomText, type RoomResult, roomUsers, runInRoom, runLimits, sweepRoom } from "./room/run-room.ts";
import type { ProofRoom } from "./room/workplace.ts";

export type UrlCheck = Extract<RoomCheck, { kind: "url" }>;
type CheckEnd = Omit<CheckResult, "name" | "kind" | "what">;
// What is installed comes last: it puts itself in no program's place.
const withInstalled = ({ place, installed }: ProofRoom) => {
  const programs = installed.filter((folder) => folder !== packagesFolder).map((folder) => `:${place.work}/${programsIn(folder)}`);
  const python = installed.filter((folder) => programsIn(folder).endsWith("/bin")).sort((a, b) => a.length - b.length)[0];
  return [
    ...place.env.map((each) => (each.startsWith("PATH=") ? `${each}${programs.join("")}` : each)),
    ...(python ? [`VIRTUAL_ENV=${place.work}/${python}`] : []),
    ...(installed.includes(packagesFolder) ? [...listPackageVariables(place.work), ...offlineVariables] : []),
  ];
};
const programsIn = (folder: string) => (/(?:^|\/)\.venv$/.test(folder) ? `${folder}/bin` : `${folder}/.bin`);
const checkEnvironment = (room: ProofRoom) => [...withInstalled(room), ...(room.services?.env ?? [])];

const sha256 = (data: Buffer | string) => createHash("sha256").update(data).digest("hex");
const tailOf = (text: string) => text.slice(-2_000);
const failCheck = (why: FailureCause, reason: string) => ({ passed: false, why, reason });

/** All checks of the spec, and more environment. */
export type CheckSetting = { all: readonly RoomCheck[]; more?: readonly string[] };
export function checkText(check: RoomCheck): string {
  return check.kind === "command" ? check.command : check.kind === "url" ? check.url : check.file;
}
/** Runs one check to its end in the copy; nothing that it started outlives it. */
export async function runCheck(room: ProofRoom, check: RoomCheck, setting: CheckSetting, said: OnRoomText): Promise<CheckResult> {
  const text = checkText(check);
  const ended =
    check.kind === "command"
      ? await runCommandCheck(room, check, setting, said)
      : check.kind === "url"
        ? await runUrlCheck(room, check, setting, said)
        : await runFileCheck(room, check);
  return { name: check.name, kind: check.kind, what: text, ...ended };
}

const wrapperScript =
  'cd "$1" || exit 125; shell=$2 line=$3; umask "$4"; [ -z "$5" ] || taskset -p -c "$5" $$ >/dev/null; shift 5; unset SHLVL OLDPWD; [ "$shell" != sh ] || { env "$@" sh -c "$line"; exit $?; }; exec env -u _ "$@" "$shell" -c "$line"';
/**
 * A line of the project's as it is started in the room's place, for so many seconds at most. Whatever it
 * left running is killed before its exit code counts (`sweep`), so that the next check meets nothing of it.
 */
function startLine(room: ProofRoom, line: string, { seconds, more }: { seconds: number; more: readonly string[] }) {
  const { work, shell, umask, cpus = "", uid } = room.place;
  const cmd = ["bash", "-c", wrapperScript, "bash", work, shell, line, umask, cpus, ...more];
  return { cmd, uid, env: checkEnvironment(room), sweep: true as const, seconds };
}
export async function runCheckCommand(
  room: ProofRoom,
  line: string,
  seconds: number,
  said: OnRoomText,
  more: readonly string[] = [],
): Promise<RoomResult> {
  const result = await runInRoom(room, { ...startLine(room, line, { seconds, more }), ms: (seconds + 5) * 1_000, onText: said });
  if (result.ended !== "itself") await sweepRoom(room, room.place.uid); // it may not have come to its end
  return result.ended === "itself" && result.ms >= seconds * 1_000 && result.code === 124 ? { ...result, ended: "late" } : result;
}

async function runCommandCheck(room: ProofRoom, check: CommandCheck, setting: CheckSetting, said: OnRoomText): Promise<CheckEnd> {
  const result = await runCheckCommand(room, check.command, check.seconds, said, setting.more);
  const text = result.out.toString("utf8");
  const counts = readTestCounts(text);
  const tests = counts?.ran === undefined ? null : { runner: "", ran: counts.ran, skipped: counts.skipped, names: [] };
  const base = { ms: result.ms, outputBytes: result.bytes, outputHash: sha256(result.out), tail: tailOf(text), exitCode: result.code };
  return { ...base, tests, ...judgeResult(check, result, text) };
}
/** Judges a command by exit code, output and limits. */
export function judgeResult(
  check: CommandCheck,
  result: RoomResult,
  text: string,
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
  return { passed: true };
}
export function quoteError(text: string): string {
  const line = findTellingLine(text);
  return line ? ` It said: ${line}` : "";
}

async function runFileCheck(room: ProofRoom, check: Extract<RoomCheck, { kind: "file" }>): Promise<CheckEnd> {
  const began = performance.now();
  // Read as the checks' own user, and links are not followed.
  const script = 'p=$(realpath -e -- "$1/$2") && [ "$p" = "$(realpath -e -- "$1")/$2" ] && [ -f "$p" ] && head -c 4194304 -- "$p"';
  const cmd = ["bash", "-c", script, "file", room.place.work, check.file];
  const result = await runInRoom(room, { cmd, uid: room.place.uid, env: checkEnvironment(room), ms: check.seconds * 1_000 });
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
// Waits until somebody listens or the server has ended (then a file says so), then asks a few times: a server
// may need a moment after it listens.
const probeScript = `end=$((SECONDS + $2)); owner() { set -- "$1"; ${listenerScript}; }
until uid=$(owner "$1") && [ -n "$uid" ]; do
  [ $SECONDS -lt $end ] || exit 3
  [ -e "$5" ] && exit 3
  sleep 0.1
done
echo "uid $uid"
for try in 1 2 3 4 5 6 7 8; do
  code=$(curl -s --noproxy '*' --max-time "$2" --max-filesize 4194304 -o "$5.answer" -w '%{http_code}' -- "$3")
  [ "$code" = "$4" ] && break
  [ $SECONDS -lt $end ] || break
  sleep 0.25
done
echo "status $code"
head -c 4194304 "$5.answer" 2>/dev/null`;

/**
 * Starts the server, asks it over loopback as another user, and stops it. Only this run's processes can
 * answer.
 */
async function runUrlCheck(room: ProofRoom, check: UrlCheck, setting: CheckSetting, said: OnRoomText): Promise<CheckEnd> {
  const began = performance.now();
  const { place } = room;
  const port = new URL(check.url).port || "80";
  const serve = findServeCommand(check, setting.all);
  const ended = (fields: Partial<CheckEnd> & { passed: boolean }, body = ""): CheckEnd => ({
    ms: Math.round(performance.now() - began),
    outputBytes: Buffer.byteLength(body),
    outputHash: sha256(body),
    tail: "",
    ...(serve === undefined ? {} : { serve }),
    ...fields,
  });
  if (serve === undefined)
    return ended(
      failCheck(
        "no_server",
        `Nothing serves ${check.url} in a clean checkout: neither the spec (\`serve\`) nor the project (\`start\` in ${environmentPath}, a script \`start\`, an index.html) says what does.`,
      ),
    );
  const before = await execInRoom(room, {
    cmd: ["bash", "-c", listenerScript, "port", port],
    uid: roomUsers.probe,
  });
  if (before.out.trim() !== "") return ended(failCheck("other_server", `Port ${port} was taken before \`${serve}\` was started.`));
  const over = `/tmp/.${randomBytes(12).toString("hex")}`;
  const saysOver = { cmd: ["touch", over], uid: roomUsers.probe };
  let asking = true;
  const server = runInRoom(room, {
    ...startLine(room, serve, { seconds: check.seconds + 10, more: setting.more ?? [] }),
    ms: (check.seconds + 15) * 1_000,
    onText: said,
  }).then(async (result) => {
    if (asking) await execInRoom(room, saysOver);
    return result;
  });
  server.catch(() => undefined); // who awaits it below has the error
  const asked = await runInRoom(room, {
    cmd: ["bash", "-c", probeScript, "probe", port, String(check.seconds), check.url, String(check.status), over],
    uid: roomUsers.probe,
    ms: (check.seconds + 10) * 1_000,
  });
  asking = false;
  await sweepRoom(room, room.place.uid);
  const spoke = await server;
  await execInRoom(room, { cmd: ["rm", "-f", over, `${over}.answer`], uid: roomUsers.probe });
  return ended(...judgeAnswer(check, { port, serve, uid: place.uid }, asked, spoke));
}
/** Judges a URL by the answer and by what the server printed. */
export function judgeAnswer(
  check: UrlCheck,
  { port, serve, uid: owner }: { port: string; serve: string; uid: number },
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
  if (Number(uid) !== owner)
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
