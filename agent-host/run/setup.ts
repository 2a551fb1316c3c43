import { z } from "zod";
import { dockerName } from "../../schema/machine/instance.ts";
import type { CheckFailure, RunIn } from "../../schema/proof/proof.ts";
import { makeSetupKey, planSetup, type SetupPlan, type SetupSeen, type SetupTexts, setupFiles } from "../../schema/proof/setup.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import { AppError } from "../../schema/wire/error.ts";
import { openLanes } from "../deadline.ts";
import { execInContainer, hasDockerStatus, ifFound, removeVolume, requireOurs, runInContainer } from "../docker.ts";
import { giteaUrl } from "../gitea/gitea.ts";
import type { Host } from "../host.ts";
import type { LedgerSnapshotRow, LedgerStackRow } from "../ledger.ts";
import { authorityEnv } from "../network/box-authorities.ts";
import { applyHostRules, limitToProxy, objectLabels } from "../network/network.ts";
import { proxyEnv } from "../opencode/opencode-config.ts";
import { fetchBranches, makeGitEnvironment } from "./run-clone.ts";
import {
  type CleanRoom,
  openCleanRoom,
  readRoomImage,
  removeCleanRoom,
  roomFolders,
  roomUsers,
  runInRoom,
  sweepRoom,
  userAndGroup,
} from "./run-room.ts";
import { type EmitLine, makeFailure, timeStep } from "./run-step.ts";

/** So many snapshots a member keeps; the one that was used longest ago goes first. */
const mostSnapshots = 4;
const setupSeconds = 900;
const removeMs = 60_000; // thousands of small files
const mostFileBytes = 16 * 1024 * 1024;
const mostInstalledMb = 3 * 1024;
const failSetup = (reason: string): CheckFailure => makeFailure("setup", "setup_failed", reason);
const isFailure = (found: object): found is CheckFailure => "why" in found;

export type Prepared = { snapshot?: LedgerSnapshotRow; failure?: CheckFailure };
type Wanted = { plan: SetupPlan; texts: SetupTexts; key: string };
const rootNames = z.array(z.looseObject({ name: z.string(), type: z.string(), size: z.number() }));

/** The files of the commit's root that decide what is installed. None where the commit is not there. */
async function readSetupTexts(host: Host, row: LedgerStackRow, { repo, commit }: RunIn): Promise<SetupTexts | CheckFailure> {
  const ask = async (path: string) => {
    const headers = { authorization: `token ${host.ledger.secret(row.member, "writer")}` };
    const url = `${giteaUrl(host, row)}/api/v1/repos/${repo}${path}`;
    const asked = fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(15_000) });
    const answer = await asked.catch((cause: unknown) => {
      throw new AppError("unavailable", { what: "reading a project" }, { cause });
    });
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new AppError("unavailable", { what: "reading a project", status: answer.status });
    return answer;
  };
  const listed = await ask(`/contents?ref=${commit}`);
  const names = rootNames.parse(listed === undefined ? [] : await listed.json()).filter(({ type }) => type === "file");
  const found = setupFiles.filter((name) => names.some((each) => each.name === name));
  const large = names.find(({ name, size }) => size > mostFileBytes && setupFiles.some((each) => each === name));
  if (large) return failSetup(`${large.name} is larger than ${mostFileBytes / 1024 / 1024} MB.`);
  const texts = await Promise.all(found.map(async (name) => (await ask(`/raw/${name}?ref=${commit}`))?.text()));
  return Object.fromEntries(found.map((name, index) => [name, texts[index] ?? ""]));
}

/** What clean rooms of this machine find installed, kept by what decides it. */
export class Snapshots {
  private readonly host: Host;
  private readonly lanes = openLanes();

  constructor(host: Host) {
    this.host = host;
  }
  /** Finds or makes what this commit needs; nothing where it needs nothing. `enter` hears a room's name. */
  async prepare(row: LedgerStackRow, input: RunIn, address: string, emit: EmitLine, enter: (name: string) => void): Promise<Prepared> {
    const texts = await readSetupTexts(this.host, row, input);
    if (isFailure(texts)) return { failure: texts };
    const plan = planSetup(texts);
    if (!plan) return {};
    if (this.host.full()) throw new AppError("storage_full", { what: "host" });
    const key = await makeSetupKey(plan, texts, (await readRoomImage(this.host)).sha256);
    return this.lanes(`${row.member} ${key}`, async () => {
      const known = await this.find(row, key);
      if (known) return { snapshot: known };
      return timeStep(emit, "setup", this.make(row, input, address, { plan, texts, key }, emit, enter));
    });
  }
  private async find(row: LedgerStackRow, key: string): Promise<LedgerSnapshotRow | undefined> {
    const known = this.host.ledger.snapshot(row.member, key);
    if (!known) return undefined;
    const { engine, instance } = this.host;
    const volume = await engine.call("volume inspect", ifFound(engine.docker.getVolume(known.volume).inspect()));
    if (!volume) return void this.host.ledger.dropSnapshot(row.member, key);
    requireOurs(volume.Labels, instance.label, known.volume);
    this.host.ledger.touchSnapshot(row.member, key, this.host.now());
    return known;
  }
  private async make(
    row: LedgerStackRow,
    input: RunIn,
    address: string,
    wanted: Wanted,
    emit: EmitLine,
    enter: (name: string) => void,
  ): Promise<Prepared> {
    const { engine, instance, ledger, now } = this.host;
    const volume = dockerName(instance, "snapshot", `${row.member}-${wanted.key.slice(0, 16)}`);
    const id = `${input.id}-setup`;
    enter(dockerName(instance, "run", id));
    await removeVolume(this.host, volume, removeMs); // of a try that was cut off
    await engine.call("volume create", engine.docker.createVolume({ Name: volume, Labels: objectLabels(instance, row.stack, "snapshot") }));
    let kept = false;
    try {
      const room = await openCleanRoom(this.host, row, id, address, { name: volume, to: roomFolders.work });
      const installed = await this.install(room, input, address, wanted, emit);
      if (isFailure(installed)) return { failure: installed };
      const seen: SetupSeen = {
        commands: wanted.plan.steps.map(({ title }) => title),
        files: await Promise.all(wanted.plan.files.map(async (name) => ({ name, sha256: await hashSha256(wanted.texts[name] ?? "") }))),
        unpinned: wanted.plan.unpinned,
        snapshot: installed.digest,
      };
      const snapshot = { member: row.member, key: wanted.key, volume, seen, folders: installed.folders, used_at: now() };
      ledger.saveSnapshot(snapshot);
      kept = true;
      return { snapshot };
    } finally {
      await removeCleanRoom(this.host, dockerName(instance, "run", id));
      if (!kept) await removeVolume(this.host, volume, removeMs);
      else await this.evict(row);
    }
  }
  /** Installs in a clean checkout, the registries as the only way out; keeps what was installed alone. */
  private async install(
    room: CleanRoom,
    input: RunIn,
    address: string,
    { plan }: Wanted,
    emit: EmitLine,
  ): Promise<CheckFailure | { digest: string; folders: string[] }> {
    await fetchBranches(room, input);
    const tracked = await checkOut(room, input.commit);
    if (tracked === undefined) return failSetup(`Commit ${input.commit.slice(0, 10)} is not in the repository.`);
    if (tracked !== "")
      return failSetup(`${tracked} is in the repository. Take it out: what the lockfile names is installed by the platform.`);
    const { State } = await this.host.engine.call("run inspect", this.host.engine.docker.getContainer(room.name).inspect());
    await limitToProxy(State.Pid, this.host.instance.gateway);
    this.host.installs.set(address, room.row);
    await applyHostRules(this.host);
    let full = false;
    const watch = setInterval(() => {
      if (full || !this.host.full()) return;
      full = true;
      sweepRoom(room, roomUsers.setup).catch(() => undefined); // the step ends by its own deadline
    }, 1_000);
    try {
      for (const { title, script } of plan.steps) {
        const result = await runInRoom(room, {
          cmd: ["bash", "-c", `cd ${roomFolders.work} && set -e -o pipefail\n${script}`],
          uid: roomUsers.setup,
          env: setupEnvironment(this.host),
          ms: setupSeconds * 1_000,
          onText: (text) => emit({ type: "output", check: "setup", text }),
        });
        await sweepRoom(room, roomUsers.setup);
        if (full) throw new AppError("storage_full", { what: "host" });
        const failure = judgeSetup(title, result);
        if (failure) return failure;
      }
    } finally {
      clearInterval(watch);
      this.host.installs.delete(address);
      await applyHostRules(this.host);
    }
    return keepInstalled(room);
  }
  /** Removes what a daemon that was killed has left half made. Answers how many. */
  async removeStray(): Promise<number> {
    const { engine, instance, ledger } = this.host;
    const filters = JSON.stringify({ label: [`growqr.instance=${instance.label}`, "growqr.part=snapshot"] });
    const { Volumes } = await engine.call("list snapshots", engine.docker.listVolumes({ filters }));
    const known = new Set(ledger.stacks().flatMap(({ member }) => ledger.snapshots(member).map(({ volume }) => volume)));
    const stray = (Volumes ?? []).map(({ Name }) => Name).filter((name) => !known.has(name));
    for (const name of stray) await removeVolume(this.host, name, removeMs);
    return stray.length;
  }
  /** Keeps the newest. One in which a check runs just now stays until the next time. */
  private async evict(row: LedgerStackRow): Promise<void> {
    for (const old of this.host.ledger.snapshots(row.member).slice(mostSnapshots)) {
      try {
        await removeVolume(this.host, old.volume, removeMs);
        this.host.ledger.dropSnapshot(row.member, old.key);
      } catch (error) {
        if (!hasDockerStatus(error, 409)) this.host.log("warn", "a snapshot was not removed", { member: row.member, error });
      }
    }
  }
}

const setupEnvironment = (host: Host) => [
  ...Object.entries({ ...proxyEnv, ...authorityEnv(host.authorities) }).map(([name, text]) => `${name}=${text}`),
  ...[`HOME=${roomFolders.home}`, "LANG=C.UTF-8", "CI=1", "TMPDIR=/tmp", "PATH=/usr/local/bin:/usr/bin:/bin"],
];

// Links of the commit are not followed: a path below node_modules that is tracked is one of the commit's own.
const checkOutScript = `cd "$1" && git cat-file -e "$2^{commit}" 2>/dev/null || exit 44
git ls-tree -r --name-only -z "$2" | tr '\\0' '\\n' | grep -m1 -E '(^|/)(node_modules|\\.venv)(/|$)' || true
git checkout -q --detach "$2"`;
/** Checks the commit out for the installing user. Answers a tracked path among what is installed, or "". */
async function checkOut(room: CleanRoom, commit: string): Promise<string | undefined> {
  const cmd = ["bash", "-c", checkOutScript, "checkout", roomFolders.source, commit];
  const { code, out, err } = await execInContainer(room.host.engine, room.name, {
    ...{ cmd, user: userAndGroup(roomUsers.clone), env: makeGitEnvironment(), ms: 60_000 },
  });
  if (code === 44) return undefined;
  if (code !== 0) throw new AppError("internal", { what: "checkout for a setup", err: err.slice(-300) });
  await runInContainer(room.host.engine, room.name, { cmd: ["chmod", "1777", roomFolders.work], user: "0:0" });
  const copy = `set -e; mkdir -m 0700 ${roomFolders.home}; find "$1" -mindepth 1 -maxdepth 1 ! -name .git -exec cp -a -t "$2" {} +`;
  await runInContainer(room.host.engine, room.name, {
    cmd: ["bash", "-c", copy, "copy", roomFolders.source, roomFolders.work],
    user: userAndGroup(roomUsers.setup),
    ms: 120_000,
  });
  return out.trim().split("\n")[0] ?? "";
}

/** Where the registries, or the way to them, are away, the work is not at fault: it is tried again. */
const awayPattern =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|E50[0-9])\b|Temporary failure|Connection (refused|reset)|Read timed out|50[234] (Bad Gateway|Service Unavailable|Gateway Time)/;
function judgeSetup(title: string, { code, ended, out }: Awaited<ReturnType<typeof runInRoom>>): CheckFailure | undefined {
  const text = out.toString("utf8");
  if (ended === "too_much") return failSetup(`\`${title}\` printed too much and was stopped.`);
  if (ended === "late") return failSetup(`\`${title}\` did not end within ${setupSeconds} s.`);
  if (code === 0) return undefined;
  if (awayPattern.test(text))
    throw new AppError("unavailable", { what: "registry" }, { message: `A package registry did not answer ${title}.` });
  return failSetup(`\`${title}\` ended with ${code}. It said: ${tellingLines(text)}`);
}
/** What it complained of first; where nothing reads like a complaint, its last words. */
function tellingLines(text: string): string {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && line !== "npm error");
  const complaints = lines.filter((line) => /\b(error|ERR_|ERR!)/i.test(line)).slice(0, 6);
  return (complaints.length > 0 ? complaints : lines.slice(-12)).join("\n").slice(0, 1_500);
}

const keepScript = `set -e -o pipefail; cd "$1"
[ "$(du -sm . | cut -f1)" -le ${mostInstalledMb} ] || exit 45
find . \\( -name node_modules -o -name .venv \\) -type d -prune -print0 >"$2/folders"
mkdir .kept; while IFS= read -r -d '' at; do mkdir -p ".kept/$(dirname "$at")"; mv "$at" ".kept/$at"; done <"$2/folders"
find . -mindepth 1 -maxdepth 1 ! -name .kept -exec rm -rf {} +
find .kept -mindepth 1 -maxdepth 1 -exec mv -t . {} +
rmdir .kept; find . -mindepth 1 -maxdepth 1 -exec chmod -R u+rwX,go+rX,go-w {} +
cat "$2/folders"; printf '\\0\\0'
{ find . -type f -print0 | sort -z | xargs -0 -r sha256sum; find . -type l -printf '%p -> %l\\n' | sort; } | sha256sum`;
async function keepInstalled(room: CleanRoom): Promise<CheckFailure | { digest: string; folders: string[] }> {
  const { code, out, err } = await execInContainer(room.host.engine, room.name, {
    cmd: ["bash", "-c", keepScript, "keep", roomFolders.work, roomFolders.home],
    user: userAndGroup(roomUsers.setup),
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
  };
}
