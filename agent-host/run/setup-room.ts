import { listPackageVariables, packagesFolder } from "../../schema/environment/install.ts";
import type { CheckFailure, RunIn } from "../../schema/proof/proof.ts";
import { registryNames } from "../../schema/stack/egress-names.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Host } from "../host.ts";
import { authorityEnv } from "../network/box-authorities.ts";
import { applyHostRules, limitToProxy } from "../network/network.ts";
import { proxyEnv } from "../opencode/opencode-config.ts";
import { listOwnChanges } from "./own-changes.ts";
import { fetchBranches, gitInRoom, makeGitEnvironment, readCommitFacts } from "./run-clone.ts";
import { leaveOutDecided } from "./run-merge.ts";
import { type CleanRoom, execInRoom, mustExecInRoom, type RoomResult, roomFolders, roomUsers, runInRoom, sweepRoom } from "./run-room.ts";
import type { EmitLine } from "./run-step.ts";
import { failSetup, type WantedSetup } from "./setup-files.ts";
import { refuseUndeclared, refuseUnfit } from "./undeclared.ts";

export const mostInstalledMb = 3 * 1024;
/** What a setup may have written before it is stopped in the middle, and what in one file. */
const [mostWrittenMb, mostFileMb] = [2 * mostInstalledMb, mostInstalledMb];

/** How long the names of a commit's files may be in all. */
const mostListedBytes = 8 * 1024 * 1024;

/** What stands in these folders afterwards: their names, a hash over all that is in them, and its size. */
export type Installed = { digest: string; folders: string[]; mb: number };

/** Of the names that the environment file asks for those that the member lets the project's agent reach. */
export const listOpenNames = ({ reach = [] }: RunIn, { environment }: WantedSetup): string[] =>
  (environment?.is.network ?? []).filter((name) => reach.includes(name)).sort();

/** Installs in a clean checkout, with no way out but to registries and open names; keeps that alone. */
export async function installInRoom(
  room: CleanRoom,
  input: RunIn,
  address: string,
  wanted: WantedSetup,
  emit: EmitLine,
): Promise<CheckFailure | Installed> {
  await fetchBranches(room, input);
  const undeclared = await findUndeclaredSettings(room, input);
  if (undeclared) return undeclared;
  const unfit = await checkOut(room, input.commit, wanted);
  if (unfit) return unfit;
  const { State } = await room.host.engine.call("run inspect", room.host.engine.docker.getContainer(room.name).inspect());
  await limitToProxy(State.Pid, room.host.instance.gateway);
  const installation = {
    row: room.row,
    asks: wanted.environment?.is.network ?? [],
    open: listOpenNames(input, wanted),
    refused: new Set<string>(),
  };
  room.host.installs.set(address, installation);
  await applyHostRules(room.host);
  try {
    const failure = await runSteps(room, wanted, emit, installation.refused);
    if (failure) return failure;
  } finally {
    room.host.installs.delete(address);
    await applyHostRules(room.host);
  }
  return keepInstalled(room);
}

/** What decides what is installed is never the task's own, unless it is declared. */
async function findUndeclaredSettings(room: CleanRoom, input: RunIn): Promise<CheckFailure | undefined> {
  if (
    input.checks.length + input.outputs.length === 0 ||
    (await gitInRoom(room, ["cat-file", "-e", `${input.commit}^{commit}`])).code !== 0
  )
    return undefined;
  const facts = await readCommitFacts(room, input);
  if (!facts) return undefined; // it is too large: the checkout says so
  const { known } = await leaveOutDecided(room, input, facts);
  const ownChanges = await listOwnChanges(room, input, known);
  const failures = [
    ...(await refuseUnfit(room, input, known, ownChanges.changes)),
    ...(await refuseUndeclared(room, input, known, ownChanges)),
  ];
  const [first] = failures;
  return (
    first && {
      ...first,
      reason: failures
        .map(({ reason }) => reason)
        .join("\n")
        .slice(0, 4_000),
    }
  );
}

/** One step after the other, all within the time that a setup may take. */
async function runSteps(
  room: CleanRoom,
  { plan, environment }: WantedSetup,
  emit: EmitLine,
  refused: ReadonlySet<string>,
): Promise<CheckFailure | undefined> {
  const { host } = room;
  const ends = performance.now() + host.setupSeconds * 1_000;
  for (const { title, script } of plan.steps) {
    const disk = watchDisk(room);
    try {
      const result = await runInRoom(room, {
        cmd: ["bash", "-c", `cd ${roomFolders.work} && ulimit -f ${mostFileMb * 1024} && set -e -o pipefail\n${script}`],
        uid: roomUsers.setup,
        env: setupEnvironment(host),
        ms: Math.max(1, ends - performance.now()),
        onText: (text) => emit({ type: "output", check: "setup", text }),
      });
      const swept = await sweepSetup(room);
      if (disk.over())
        return failSetup(`\`${title}\` wrote more than a setup may and was stopped: ${mostInstalledMb / 1024} GB are kept of it.`);
      // The sweep of a step that was late meets the one that has ended it, and either may end the other.
      if (!swept && result.ended !== "late")
        return failSetup(`\`${title}\` used up what a setup may have (memory, processes or space) and was stopped.`);
      if (host.full()) throw new AppError("storage_full", { what: "host" });
      const failure = judgeSetup(title, result, host.setupSeconds, environment?.is.network ?? []);
      if (failure) return addClosedNames(failure, [...refused].sort());
    } finally {
      disk.end();
    }
  }
  return undefined;
}
/** Ends what a step has left running. False where nothing more can be started in the room. */
export async function sweepSetup(room: CleanRoom): Promise<boolean> {
  try {
    await sweepRoom(room, roomUsers.setup);
    return true;
  } catch (error) {
    await room.host.engine.call("run inspect", room.host.engine.docker.getContainer(room.name).inspect()); // Docker itself answers
    room.host.log("warn", "a setup broke its room", { room: room.name, error });
    return false;
  }
}

/** Stops a step that writes much more than what is kept of it, and any step once the disk is full. */
export function watchDisk(room: CleanRoom): { over: () => boolean; end: () => void } {
  const before = room.host.free();
  let [over, looking] = [false, false];
  const stop = () => sweepRoom(room, roomUsers.setup).catch(() => undefined); // the step ends by its own deadline
  const look = async () => {
    const full = room.host.full();
    if (!full && before - room.host.free() < mostWrittenMb * 1024 ** 2) return;
    over = (await readWrittenMb(room)) > (full ? mostInstalledMb : mostWrittenMb);
    if (full || over) await stop();
  };
  const timer = setInterval(() => {
    if (looking || over) return;
    looking = true;
    void look().finally(() => (looking = false));
  }, 1_000);
  return { over: () => over, end: () => clearInterval(timer) };
}
/** How much lies in the room's volume. A room in which that can't be asked has used up something else. */
async function readWrittenMb(room: CleanRoom): Promise<number> {
  const asked = execInRoom(room, { cmd: ["du", "-sm", roomFolders.work], uid: roomUsers.setup });
  const { out } = await asked.catch(() => ({ out: "" }));
  return Number(out.split("\t")[0]) || 0;
}

// npm and pnpm ask again after 1, 4 and 8 s, not after 10 and 60: the platform tries a setup again anyway.
const npmPatience = [
  "npm_config_fetch_retries=3",
  "npm_config_fetch_retry_factor=4",
  "npm_config_fetch_retry_mintimeout=1000",
  "npm_config_fetch_retry_maxtimeout=8000",
];
const setupEnvironment = (host: Host) => [
  ...Object.entries({ ...proxyEnv, ...authorityEnv(host.authorities) }).map(([name, text]) => `${name}=${text}`),
  ...listPackageVariables(roomFolders.work),
  ...npmPatience,
  ...[`HOME=${roomFolders.home}`, "LANG=C.UTF-8", "CI=1", "TMPDIR=/tmp", "PATH=/usr/local/bin:/usr/bin:/bin"],
];

// Links of the commit are not followed: a path below node_modules that is tracked is one of the commit's own.
// With a base, that is what is checked out, with the files of the commit that decide what is installed and
// without those that it has removed. Scripts of a package.json run while it is installed: they are those of
// the base. A package.json that is no object is npm's to complain about, and has none.
const checkOutScript = `set -e -o pipefail; cd "$1"; commit=$2 base=$3; shift 3
git cat-file -e "$commit^{commit}" 2>/dev/null || exit 44
{ git ls-tree -r --name-only -z "$commit" || [ $? = 141 ]; } | head -c ${mostListedBytes} >/tmp/names
[ "$(stat -c %s /tmp/names)" -lt ${mostListedBytes} ] || exit 47
tr '\\0' '\\n' </tmp/names | grep -m1 -E '(^|/)(node_modules|\\.venv|\\.packages)(/|$)' || true
git checkout -q --detach "\${base:-$commit}"
[ -n "$base" ] || exit 0
gone=$1; shift; rm -f -- "\${@:1:gone}"; shift "$gone"
[ $# = 0 ] || git --literal-pathspecs checkout -q "$commit" -- "$@"
for path; do
  [ "\${path##*/}" = package.json ] || continue
  was=$(git cat-file blob "$base:$path" 2>/dev/null | jq -c 'if type == "object" then .scripts else null end' 2>/dev/null | head -n1) || was=
  now=$(jq -c --argjson was "\${was:-null}" 'if type == "object" then . + {scripts: ($was // {})} else error("no object") end' "$path") || { echo "$path"; exit 46; }
  printf '%s\\n' "$now" >"$path"
done`;
/** Checks out what the installing user works with. Answers why that can't be done. */
async function checkOut(room: CleanRoom, commit: string, { base }: WantedSetup): Promise<CheckFailure | undefined> {
  const parts = base ? [base.commit, String(base.gone.length), ...base.gone, ...base.files] : [""];
  const { code, out, err } = await execInRoom(room, {
    cmd: ["bash", "-c", checkOutScript, "checkout", roomFolders.source, commit, ...parts],
    ...{ uid: roomUsers.clone, env: makeGitEnvironment(), ms: 60_000 },
  });
  if (code === 44) return failSetup(`Commit ${commit.slice(0, 10)} is not in the repository.`);
  if (code === 46) return failSetup(`${out.trim().split("\n").at(-1)} can't be read: ${err.slice(-300)}`);
  if (code === 47) return failSetup(`Commit ${commit.slice(0, 10)} holds more files than a clean room can take.`);
  if (code !== 0) throw new AppError("internal", { what: "checkout for a setup", err: err.slice(-300) });
  await mustExecInRoom(room, { cmd: ["chmod", "1777", roomFolders.work], uid: 0 });
  const copy = `set -e; mkdir -m 0700 ${roomFolders.home}; find "$1" -mindepth 1 -maxdepth 1 ! -name .git -exec cp -a -t "$2" {} +`;
  await mustExecInRoom(room, {
    cmd: ["bash", "-c", copy, "copy", roomFolders.source, roomFolders.work],
    uid: roomUsers.setup,
    ms: 120_000,
  });
  const tracked = out.trim().split("\n")[0] ?? "";
  if (tracked === "") return undefined;
  return failSetup(`${tracked} is in the repository. Take it out: what the lockfile names is installed by the platform.`);
}

/**
 * How package managers say that a registry, or the way to it, is away: the work is not at fault, and it is
 * tried again. `Error: aborted` is yarn's word for a file that was cut, the one on a body is uv's.
 */
const awayPatterns = [
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|E50[0-9]|ERR_PNPM_FETCH_50[0-9])\b/,
  /Temporary failure|[Cc]onnection (refused|reset)|Read timed out|i\/o timeout|TLS handshake timeout|\bError: aborted$/m,
  /too many 50[0-9] error|50[0-9] (Internal )?Server Error|50[234] (Bad Gateway|Service Unavailable|Gateway Time)/,
  /\berror (decoding response body|reading a body from connection|sending request for url)|": unexpected EOF$/m,
];
function judgeSetup(
  title: string,
  { code, ended, out }: RoomResult,
  seconds: number,
  network: readonly string[],
): CheckFailure | undefined {
  const text = out.toString("utf8");
  if (ended === "too_much") return failSetup(`\`${title}\` printed too much and was stopped.`);
  if (ended === "late") return failSetup(`\`${title}\` did not end: a setup may take ${seconds} s.`);
  if (code === 0) return undefined;
  const named = network.some((name) => text.includes(name) && !registryNames.includes(name));
  if (!named && awayPatterns.some((pattern) => pattern.test(text)))
    throw new AppError("unavailable", { what: "registry" }, { message: `A package registry did not answer ${title}.` });
  return failSetup(`\`${title}\` ended with ${code}. It said: ${tellingLines(text)}`);
}
/** A setup that failed says which names it asked for that its member has not allowed. */
function addClosedNames(failure: CheckFailure, closed: string[]): CheckFailure {
  if (closed.length === 0) return failure;
  const are = closed.length === 1 ? "is" : "are";
  return {
    ...failure,
    reason: `${failure.reason} ${closed.join(", ")} of its environment file ${are} open after its member's yes alone.`,
    closed,
  };
}
/** What it complained of first; where nothing reads like a complaint, its last words. */
function tellingLines(text: string): string {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && line !== "npm error");
  const complaints = lines.filter((line) => /\b(error|ERR_|ERR!|cause:|mismatch)/i.test(line)).slice(0, 6);
  return (complaints.length > 0 ? complaints : lines.slice(-12)).join("\n").slice(0, 1_500);
}

const keepScript = `set -e -o pipefail; cd "$1"
[ "$(du -sm . | cut -f1)" -le ${mostInstalledMb} ] || exit 45
find . \\( -name node_modules -o -name .venv -o -path ./${packagesFolder} \\) -type d -prune -print0 >"$2/folders"
mkdir .kept; while IFS= read -r -d '' at; do mkdir -p ".kept/$(dirname "$at")"; mv "$at" ".kept/$at"; done <"$2/folders"
find . -mindepth 1 -maxdepth 1 ! -name .kept -exec rm -rf {} +
find .kept -mindepth 1 -maxdepth 1 -exec mv -t . {} +
rmdir .kept; find . -mindepth 1 -maxdepth 1 -exec chmod -R u+rwX,go+rX,go-w {} +
cat "$2/folders"; printf '\\0\\0'
{ find . -type f -print0 | sort -z | xargs -0 -r sha256sum; find . -type l -printf '%p -> %l\\n' | sort; } | sha256sum`;
async function keepInstalled(room: CleanRoom): Promise<CheckFailure | Installed> {
  const { code, out, err } = await execInRoom(room, {
    cmd: ["bash", "-c", keepScript, "keep", roomFolders.work, roomFolders.home],
    uid: roomUsers.setup,
    env: ["LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin"],
    ms: 300_000,
  });
  if (code === 45) return failSetup(`What was installed is more than ${mostInstalledMb / 1024} GB.`);
  if (code !== 0) return failSetup(`What was installed could not be kept: ${err.slice(-300)}`);
  const [folders = "", digest = ""] = out.split("\0\0");
  return {
    folders: folders
      .split("\0")
      .filter(Boolean)
      .map((at) => at.replace(/^\.\//, "")),
    digest: digest.replace("\0", "").slice(0, 64),
    mb: await readWrittenMb(room),
  };
}
