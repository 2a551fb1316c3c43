import type { ImageVariant } from "../../../schema/environment/environment.ts";
import { dockerName } from "../../../schema/machine/instance.ts";
import type { CheckFailure, RunIn } from "../../../schema/proof/proof.ts";
import { makeSetupKey, type SetupSeen } from "../../../schema/proof/setup.ts";
import type { ProvenPackages } from "../../../schema/release/release-host.ts";
import { hashSha256 } from "../../../schema/wire/canonical.ts";
import { dayMs } from "../../../schema/wire/duration.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { openLanes } from "../../deadline.ts";
import { hasDockerStatus, ifFound, removeVolume, requireOurs } from "../../docker.ts";
import type { Host } from "../../host.ts";
import { imageOfVariant } from "../../images.ts";
import type { LedgerStackRow } from "../../ledger.ts";
import { objectLabels } from "../../network/network.ts";
import { openCleanRoom, readRoomImage, removeCleanRoom, roomFolders } from "../room/run-room.ts";
import { type EmitLine, timeStep } from "../run-step.ts";
import { isSetupFailure } from "./failure.ts";
import { installInRoom, listOpenNames } from "./install.ts";
import type { Installed } from "./installed.ts";
import type { LedgerSnapshotRow } from "./snapshot-ledger.ts";
import { readWantedSetup, type WantedSetup } from "./wanted.ts";

/**
 * So many snapshots a member keeps, so long after their last use, and such a part of the disk all members'
 * take together, beside what is free. The one that was used longest ago goes first.
 */
export const snapshotLimits = { ofMember: 8, unusedMs: 30 * dayMs, share: 0.25 } as const;
/**
 * Those that go, of all that are here in the order of their use, the newest first. The very newest stays: it
 * has just been made.
 */
export function chooseEvicted<T extends Pick<LedgerSnapshotRow, "used_at" | "mb"> & { member: string }>(
  all: readonly T[],
  now: number,
  freeMb: number,
): T[] {
  const held = all.reduce((sum, { mb }) => sum + mb, 0);
  const most = (held + freeMb) * snapshotLimits.share;
  const counts = new Map<string, number>();
  let taken = 0;
  return all.filter(({ member, used_at, mb }, index) => {
    const count = (counts.get(member) ?? 0) + 1;
    const stays = index === 0 || (count <= snapshotLimits.ofMember && now - used_at <= snapshotLimits.unusedMs && taken + mb <= most);
    if (stays) counts.set(member, count);
    if (stays) taken += mb;
    return !stays;
  });
}
const removeMs = 60_000; // thousands of small files

type PrepareWay = {
  address: string;
  emit: EmitLine;
  enter: (name: string) => void;
  signal: AbortSignal;
  proven?: ProvenPackages | undefined;
};
export type Prepared = { image: ImageVariant; snapshot?: LedgerSnapshotRow; failure?: CheckFailure };
/** What a run asks for, and where its rooms stand. */
type SetupRun = {
  row: LedgerStackRow;
  input: RunIn;
  address: string;
  emit: EmitLine;
  enter: (name: string) => void;
  image: ImageVariant;
  signal: AbortSignal;
};

/** What a receipt says of it. */
async function describeInstalled({ plan, texts, parts, environment }: WantedSetup, { digest }: Installed): Promise<SetupSeen> {
  const copied = parts.filter(([path]) => plan.copied.includes(path)).map(([name, hash]) => ({ name, hash }));
  return {
    commands: plan.steps.map(({ title }) => title),
    files: await Promise.all(plan.files.map(async (name) => ({ name, sha256: await hashSha256(texts[name] ?? "") }))),
    unpinned: plan.unpinned,
    snapshot: digest,
    ...(copied.length > 0 ? { copied } : {}),
    ...(plan.byFile && environment ? { environment: environment.sha256 } : {}),
  };
}

/** What clean rooms of this machine find installed, kept for one project and by what decides it. */
export class Snapshots {
  private readonly host: Host;
  private readonly lanes = openLanes();

  constructor(host: Host) {
    this.host = host;
  }
  /**
   * Finds or makes what this commit needs; nothing where it needs nothing. `enter` hears a room's name.
   * `proven`: what its receipt was given with in this image, which is taken rather than anything new.
   * Commands of the environment file see the project, and a proof's that of before its task: what they make
   * is made anew.
   */
  async prepare(row: LedgerStackRow, input: RunIn, way: PrepareWay): Promise<Prepared> {
    const { address, emit, enter, signal, proven } = way;
    const wanted = await readWantedSetup(this.host, row, input);
    if (isSetupFailure(wanted)) return { image: "workshop", failure: wanted };
    const { image, setup } = wanted;
    await this.host.images.waitFor(imageOfVariant[image], signal, { tell: (detail) => emit({ type: "waits", detail }) });
    if (image === "full") this.host.ledger.noteFullBox(row.member);
    if (!setup) return { image };
    if (this.host.full()) throw new AppError("storage_full", { what: "host" });
    const { sha256 } = await readRoomImage(this.host, image);
    const ground = { repo: input.repo, image: sha256, base: setup.base?.commit, parts: setup.parts, open: listOpenNames(input, setup) };
    const keyOf = (main: boolean) => makeSetupKey(setup.plan, setup.texts, { ...ground, main });
    const isMain = input.branch === "main";
    const key = await keyOf(isMain);
    return this.lanes(`${row.member} ${key}`, async () => {
      const known =
        (setup.base === undefined && proven?.image === sha256 ? await this.findProven(row, proven) : undefined) ??
        (await this.find(row, key)) ??
        (isMain ? undefined : await this.find(row, await keyOf(true)));
      if (known) return { image, snapshot: known };
      return { image, ...(await timeStep(emit, "setup", this.make({ row, input, address, emit, enter, image, signal }, setup, key))) };
    });
  }
  private async findProven(row: LedgerStackRow, proven: ProvenPackages): Promise<LedgerSnapshotRow | undefined> {
    const kept = this.host.ledger.snapshots.list(row.member).find(({ seen }) => seen.snapshot === proven.snapshot);
    return kept ? this.find(row, kept.key) : undefined;
  }
  private async find(row: LedgerStackRow, key: string): Promise<LedgerSnapshotRow | undefined> {
    const known = this.host.ledger.snapshots.find(row.member, key);
    if (!known) return undefined;
    const { engine, instance } = this.host;
    const volume = await engine.call("volume inspect", ifFound(engine.docker.getVolume(known.volume).inspect()));
    if (!volume) return void this.host.ledger.snapshots.remove(row.member, key);
    requireOurs(volume.Labels, instance.label, known.volume);
    this.host.ledger.snapshots.touch(row.member, key, this.host.now());
    return known;
  }
  private async make(
    { row, input, address, emit, enter, image, signal }: SetupRun,
    wanted: WantedSetup,
    key: string,
  ): Promise<Omit<Prepared, "image">> {
    const { engine, instance, ledger, now } = this.host;
    const volume = dockerName(instance, "snapshot", `${row.member}-${key.slice(0, 16)}`);
    const id = `${input.id}-setup`;
    signal.throwIfAborted();
    enter(dockerName(instance, "run", id));
    await removeVolume(this.host, volume, removeMs); // of a try that was cut off
    await engine.call("volume create", engine.docker.createVolume({ Name: volume, Labels: objectLabels(instance, row.stack, "snapshot") }));
    let kept = false;
    try {
      const room = await openCleanRoom(this.host, row, id, { address, image, volumes: [{ name: volume, to: roomFolders.work }] });
      signal.throwIfAborted(); // whoever asked has left while it was made: nobody else would end it
      const installed = await installInRoom(room, input, address, wanted, emit);
      if (isSetupFailure(installed)) return { failure: installed };
      const seen = await describeInstalled(wanted, installed);
      const snapshot = { member: row.member, key, volume, seen, folders: installed.folders, used_at: now(), mb: installed.mb };
      ledger.snapshots.save(snapshot);
      kept = true;
      return { snapshot };
    } finally {
      await removeCleanRoom(this.host, dockerName(instance, "run", id));
      if (!kept) await removeVolume(this.host, volume, removeMs);
      else await this.evict();
    }
  }
  /** Removes what a daemon that was killed has left half made. Answers how many. */
  async removeStray(): Promise<number> {
    const { engine, instance, ledger } = this.host;
    const filters = JSON.stringify({ label: [`growqr.instance=${instance.label}`, "growqr.part=snapshot"] });
    const { Volumes } = await engine.call("list snapshots", engine.docker.listVolumes({ filters }));
    const known = new Set(ledger.snapshots.list().map(({ volume }) => volume));
    const stray = (Volumes ?? []).map(({ Name }) => Name).filter((name) => !known.has(name));
    for (const name of stray) await removeVolume(this.host, name, removeMs);
    return stray.length;
  }
  /** One in which a check runs just now stays until the next time. */
  async evict(): Promise<void> {
    const { ledger, now, free, log } = this.host;
    for (const { member, key, volume } of chooseEvicted(ledger.snapshots.list(), now(), free() / 1024 ** 2)) {
      try {
        await removeVolume(this.host, volume, removeMs);
        ledger.snapshots.remove(member, key);
      } catch (error) {
        if (!hasDockerStatus(error, 409)) log("warn", "a snapshot was not removed", { member, error });
      }
    }
  }
}
