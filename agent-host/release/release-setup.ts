import { chooseImage } from "../../schema/environment/describe-environment.ts";
import { describeEnvironmentIssues, environmentPath, environmentShape, readEnvironment } from "../../schema/environment/environment.ts";
import { listPackageVariables, offlineVariables } from "../../schema/environment/install.ts";
import { chooseServing } from "../../schema/environment/serving.ts";
import type { RunIn } from "../../schema/proof/proof.ts";
import type { SetupSeen } from "../../schema/proof/setup.ts";
import type { ProvenPackages } from "../../schema/release/release-host.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import { AppError } from "../../schema/wire/error.ts";
import { siblingId } from "../../schema/wire/id.ts";
import { removeVolume } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import {
  type CleanRoom,
  cutNetwork,
  execInRoom,
  openCleanRoom,
  readRoomImage,
  roomFolders,
  roomUsers,
  runInRoom,
} from "../run/room/run-room.ts";
import type { InstalledGround, Runs } from "../run/run.ts";
import { fetchBranches, gitInRoom, makeGitEnvironment } from "../run/run-clone.ts";
import type { EmitLine } from "../run/run-step.ts";
import { isSetupFailure } from "../run/setup/failure.ts";
import { sweepSetup, watchDisk } from "../run/setup/install.ts";
import { mostInstalledMb, requireIntact } from "../run/setup/installed.ts";
import { readProject } from "../run/setup/wanted.ts";
import { appLabels, releaseVolume } from "./app-container.ts";
import type { ReleaseRow, ServePlan } from "./release-ledger.ts";

const removeMs = 60_000; // thousands of small files
const defaultPort = 8080;
const installedFolder = "/room/installed";

/** Why a release can't be served, in words, with the end of what was printed. */
export class ReleaseError extends Error {
  readonly log: string;
  /** Names of its environment file that its setup asked for, and that the member has not allowed. */
  readonly closed: string[];
  constructor(reason: string, log = "", closed: string[] = []) {
    super(reason);
    this.log = log;
    this.closed = closed;
  }
}

/** How the commit is served: as its environment file says, else as its files show. */
export async function readServePlan(host: Host, row: LedgerStackRow, { repo, commit_hash, expects }: ReleaseRow): Promise<ServePlan> {
  const project = await readProject(host, row, repo, commit_hash);
  if (!project) throw new ReleaseError(`Commit ${commit_hash.slice(0, 10)} is not in ${repo}.`);
  if (isSetupFailure(project)) throw new ReleaseError(project.reason);
  const read = project.said === undefined ? undefined : readEnvironment(project.said);
  if (read && !read.ok) throw new ReleaseError(describeEnvironmentIssues(read.issues).join("\n"));
  const said = read?.value;
  const serving = chooseServing(project.paths, project.texts, said);
  if (serving === undefined) throw new ReleaseError(`How it starts is not known; \`start\` in ${environmentPath} says it.`);
  const image = chooseImage(project.paths, said);
  const isProgram = serving.start !== undefined; // a static site has none that could ask
  const [services, network] = isProgram ? [said?.services ?? [], said?.network ?? []] : [[], []];
  const port = said?.port ?? defaultPort;
  const health = said?.health ?? chooseHealth(port, expects);
  const made = project.said === undefined ? {} : { environment: await hashSha256(project.said) };
  return { build: said?.build, image, ...serving, migrate: said?.migrate, services, network, port, health, made };
}

/** Without a word of its file: what its specification says of its answers on this port, else 200 at `/`. */
export function chooseHealth(port: number, expects: ReleaseRow["expects"]): ServePlan["health"] {
  const { health } = environmentShape.shape;
  const { port: asked, ...answer } = expects ?? { port: undefined };
  const read = asked === port ? health.safeParse(answer) : undefined; // an address may be one that no health may have
  return read?.data ?? health.unwrap().parse({});
}

/** What a clean room is told of a release: the commit as main's own. */
const inputOf = ({ release, repo, commit_hash: commit, reach }: ReleaseRow): RunIn => ({
  ...{ id: siblingId("wrk", release), repo, commit, branch: "main" },
  ...{ begun: { main: commit, handed: [] }, outputs: [], checks: [], reach },
});

type Heard = { say: (text: string) => void; wait: (detail: string) => void };
type SetupGround = Heard & { host: Host; runs: Runs; row: LedgerStackRow; signal: AbortSignal };
/** That a release is made of the packages that its receipt names. */
async function requireProven(host: Host, { proven }: ReleaseRow, { image, snapshot }: InstalledGround): Promise<void> {
  if (!proven || !snapshot) return;
  const refusal = refuseOtherPackages(proven, snapshot.seen, (await readRoomImage(host, image)).sha256);
  if (refusal !== undefined) throw new ReleaseError(refusal);
}
/**
 * Why packages are not those of the receipt. Another image, what checks had asked for themselves, and
 * commands of the environment file, which a proof runs in the project as it was before its task, make other
 * ones without anybody's doing; and by lockfiles the same come again, if not to the byte: pip writes the time
 * into what it compiles.
 */
export function refuseOtherPackages(proven: ProvenPackages, seen: SetupSeen, image: string): string | undefined {
  const settled = seen.unpinned.length === 0 || seen.environment !== undefined;
  if (seen.snapshot === proven.snapshot || proven.more || proven.image !== image || settled) return undefined;
  const why = ` ${seen.unpinned.join(" and ")} leaves open which versions come; a lockfile settles them.`;
  const named = `what its receipt was given with (${proven.snapshot.slice(0, 12)})`;
  return `What was installed for it is not ${named}, which its machine does not keep any more.${why} Have a task run its checks again, and put that online.`;
}
/**
 * Makes the volume of a release anew: a clean checkout of its commit, installed and built. Answers which
 * packages it was made of.
 */
export async function setUpRelease(
  { host, runs, row, say, wait, signal }: SetupGround,
  release: ReleaseRow,
  plan: ServePlan,
): Promise<NonNullable<ServePlan["made"]>> {
  const volume = releaseVolume(host, release);
  await removeVolume(host, volume, removeMs); // of a try that was cut off
  const { docker, call } = host.engine;
  const input = inputOf(release);
  const emit: EmitLine = (line) => (line.type === "output" ? say(line.text) : line.type === "waits" && wait(line.detail));
  const wanted = { input, proven: release.proven ?? undefined };
  return runs.install(row, wanted, emit, signal, async (ground, requireRoom) => {
    if (ground.failure) throw new ReleaseError(ground.failure.reason, "", ground.failure.closed);
    await requireProven(host, release, ground);
    const Labels = appLabels(host, row.stack, "app-release", { project: release.project, release: release.release });
    await call("volume create", docker.createVolume({ Name: volume, Labels }));
    const { snapshot, address } = ground;
    const installed = snapshot ? [{ name: snapshot.volume, to: installedFolder, readOnly: { folders: snapshot.folders } }] : [];
    const volumes = [{ name: volume, to: roomFolders.work }, ...installed];
    const room = await openCleanRoom(host, row, input.id, { address, image: ground.image, volumes });
    requireRoom();
    await Promise.all([fetchBranches(room, input), snapshot && requireIntact(room, installedFolder, snapshot)]);
    await fillVolume(room, input.commit);
    await cutNetwork(room);
    if (plan.build !== undefined) await build(room, plan.build, say);
    await closeVolume(room);
    return snapshot ? { snapshot: snapshot.seen.snapshot } : {};
  });
}

async function mustRun(room: CleanRoom, cmd: string[], uid: number, ms = 300_000): Promise<void> {
  const { code, err } = await execInRoom(room, { cmd, uid, env: makeGitEnvironment(), ms });
  if (code !== 0) throw new AppError("internal", { what: "files of a release", command: cmd[0], code, err: err.slice(-300) });
}
const fillScript = `set -e -o pipefail; umask 022; cd "$1"
find "$2" -mindepth 1 -maxdepth 1 ! -name .git -exec cp -a -t . {} +
installed=$3; shift 3
for folder; do rm -rf -- "./$folder"; mkdir -p -- "$(dirname -- "$folder")"; cp -a -- "$installed/$folder" "$folder"; done`;
async function fillVolume(room: CleanRoom, commit: string): Promise<void> {
  const known = await gitInRoom(room, ["cat-file", "-e", `${commit}^{commit}`]);
  if (known.code !== 0) throw new ReleaseError(`Commit ${commit.slice(0, 10)} is on no branch of the repository.`);
  await mustRun(room, ["git", "-C", room.source, "checkout", "-q", "--detach", commit], roomUsers.clone);
  await mustRun(room, ["chmod", "1777", roomFolders.work], 0);
  const folders = [roomFolders.work, room.source, installedFolder, ...room.installed];
  await mustRun(room, ["bash", "-c", fillScript, "fill", ...folders], roomUsers.setup);
}
const closeScript = 'cd "$1" && find . -mindepth 1 ! -type l -exec chmod u+rwX,go+rX,go-w,a-st {} +';
/** From now on nobody but root may write in it; the app reads all of it. */
async function closeVolume(room: CleanRoom): Promise<void> {
  await mustRun(room, ["bash", "-c", closeScript, "close", roomFolders.work], roomUsers.setup);
  await mustRun(room, ["chmod", "0755", roomFolders.work], 0);
}

/** The project's own command, as the user that installed it; nothing but its folder is kept of it. */
async function build(room: CleanRoom, line: string, say: (text: string) => void): Promise<void> {
  const { host } = room;
  const disk = watchDisk(room);
  try {
    const { code, ended, out } = await runInRoom(room, {
      cmd: ["bash", "-c", `cd ${roomFolders.work} && ulimit -f ${mostInstalledMb * 1024} && umask 022\n${line}`],
      uid: roomUsers.setup,
      env: [
        "HOME=/tmp",
        "LANG=C.UTF-8",
        "CI=1",
        "TMPDIR=/tmp",
        "PATH=/usr/local/bin:/usr/bin:/bin",
        ...listPackageVariables(roomFolders.work),
        ...offlineVariables,
      ],
      ms: host.setupSeconds * 1_000,
      onText: say,
    });
    const swept = await sweepSetup(room);
    const log = out.toString("utf8").slice(-4_000);
    const fail = (why: string) => new ReleaseError(`\`${line}\` ${why}`, log);
    if (disk.over()) throw fail("wrote more than a build may and was stopped.");
    if (ended === "too_much") throw fail("printed too much and was stopped.");
    if (ended === "late") throw fail(`did not end: a build may take ${host.setupSeconds} s.`);
    if (!swept) throw fail("used up what a build may have (memory, processes or space) and was stopped.");
    if (code !== 0) throw fail(`ended with ${code}.`);
  } finally {
    disk.end();
  }
}
