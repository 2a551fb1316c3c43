import { listPackageVariables } from "../../../schema/environment/install.ts";
import type { JudgedRun } from "../../../schema/proof/outputs.ts";
import type { CheckFailure, RunIn } from "../../../schema/proof/proof.ts";
import { AppError } from "../../../schema/wire/error.ts";
import type { Host } from "../../host.ts";
import { authorityEnv } from "../../network/box-authorities.ts";
import { applyHostRules, limitToProxy } from "../../network/network.ts";
import { proxyEnv } from "../../opencode/opencode-config.ts";
import { listOwnChanges } from "../own-changes.ts";
import { type CleanRoom, roomFolders, roomUsers, runInRoom, sweepRoom } from "../room/run-room.ts";
import { fetchBranches, gitInRoom, readCommitFacts } from "../run-clone.ts";
import { leaveOutDecided } from "../run-merge.ts";
import type { EmitLine } from "../run-step.ts";
import { refuseUndeclared, refuseUnfit } from "../undeclared.ts";
import { failSetup } from "./failure.ts";
import { type Installed, keepInstalled, mostInstalledMb, readWrittenMb } from "./installed.ts";
import { layOut } from "./layout.ts";
import { addClosedNames, judgeSetup } from "./verdict.ts";
import type { WantedSetup } from "./wanted.ts";

/** What a setup may have written before it is stopped in the middle, and what in one file. */
const [mostWrittenMb, mostFileMb] = [2 * mostInstalledMb, mostInstalledMb];

/** Of the names that the environment file asks for those that the member lets the project's agent reach. */
export const listOpenNames = ({ reach = [] }: RunIn, { environment }: WantedSetup): string[] =>
  (environment?.is.network ?? []).filter((name) => reach.includes(name)).sort();

/** Installs what a commit declares, with no way out but to registries and open names; keeps that alone. */
export async function installInRoom(
  room: CleanRoom,
  input: RunIn,
  address: string,
  wanted: WantedSetup,
  emit: EmitLine,
): Promise<CheckFailure | Installed> {
  await fetchBranches(room, input);
  const undeclared = await findUndeclaredSettings(room, { ...input, installs: [...wanted.plan.files, ...wanted.plan.copied] });
  if (undeclared) return undeclared;
  const unfit = await layOut(room, input.commit, wanted);
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
async function findUndeclaredSettings(room: CleanRoom, input: JudgedRun): Promise<CheckFailure | undefined> {
  if (
    input.checksOnly || // nothing is proven by it
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
  ...["PIP_CONFIG_FILE=/dev/null", "UV_PYTHON_DOWNLOADS=never", "npm_config_manage_package_manager_versions=false"],
  ...[`HOME=${roomFolders.home}`, "LANG=C.UTF-8", "CI=1", "TMPDIR=/tmp", "PATH=/usr/local/bin:/usr/bin:/bin"],
];
