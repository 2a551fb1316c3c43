import type Docker from "dockerode";
import { dockerName, pairAddresses } from "../../schema/machine/instance.ts";
import { box, type StackLimits, type StackLine } from "../../schema/stack/stack.ts";
import { already, answered, type HostConfig, hardened, maybe, own } from "../docker.ts";
import { ensureWriter, putSecrets, waitHealthy } from "../gitea/gitea.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { applyRules, ensureNetwork, labels, removeNetwork } from "../network/network.ts";
import type { Part, StackAction } from "./stack-plan.ts";

export type Step = Extract<StackLine, { type: "step" }>;
export type Emit = (step: Step) => void;
type Side = "gitea" | "opencode";
const sides = ["gitea", "opencode"] as const;

/** How each action is told to the member; `network`, `gitea` and `opencode` are steps of a provision. */
const stepOf: Record<StackAction, Step["step"]> = {
  network: "network",
  gitea: "gitea",
  opencode: "opencode",
  wake: "wake",
  pause: "pause",
  stop: "stop",
  drop: "stop",
  erase: "stop",
};

/** Does one action of a plan. Each may be done again at any point, also after a crash in its middle. */
export async function apply(host: Host, row: LedgerStackRow, action: StackAction, emit: Emit): Promise<void> {
  const step = stepOf[action];
  const started = performance.now();
  emit({ type: "step", step, state: "started" });
  await doing[action](host, row);
  emit({ type: "step", step, state: "done", ms: Math.round(performance.now() - started) });
}

const doing: Record<StackAction, (host: Host, row: LedgerStackRow) => Promise<void>> = {
  network: async (host, row) => {
    // The walls stand before anything is behind them.
    await applyRules(
      host.instance,
      host.ledger.stacks().map((each) => each.slot),
    );
    await host.engine.heavy(() => ensureNetwork(host.engine, host.instance, row.member, row.stack, row.slot));
    await Promise.all([ensureVolume(host, row, "gitea-data"), ensureVolume(host, row, "workspace")]);
  },
  gitea: async (host, row) => {
    await ensureStarted(host, row, "gitea");
    await waitHealthy(host, row);
    await ensureWriter(host, row);
  },
  opencode: (host, row) => ensureStarted(host, row, "opencode"),
  wake: (host, row) => each(host, row, async (of, state) => state === "paused" && already(of.unpause(), 409)),
  pause: (host, row) => each(host, row, async (of, state) => state === "running" && already(of.pause(), 409)),
  stop: (host, row) => each(host, row, stopOne(host)),
  drop: async (host, row) => {
    await each(host, row, (of) => maybe(of.remove({ force: true })));
    await removeNetwork(host.engine, host.instance, row.member);
  },
  erase: async (host, row) => {
    for (const part of ["gitea-data", "workspace"] as const) await removeVolume(host, row, part);
  },
};

function stopOne(host: Host) {
  return async (of: Docker.Container, state: Part): Promise<void> => {
    if (state === "paused") await host.engine.call("unpause", already(of.unpause(), 409));
    if (state === "running" || state === "paused") await host.engine.call("stop", already(of.stop({ t: 5 })), 20_000);
  };
}

/** Both containers side by side, each only when it is there and ours. */
async function each(host: Host, row: LedgerStackRow, work: (of: Docker.Container, state: Part) => Promise<unknown>): Promise<void> {
  const results = await Promise.allSettled(
    sides.map(async (side) => {
      const there = await found(host, row, side);
      if (there) await host.engine.heavy(() => host.engine.call(side, work(there.container, there.state), 30_000));
    }),
  );
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

type Found = { container: Docker.Container; state: Part; image: string };
/** The member's container of that side. One by that name without our label is not ours: it stays untouched and the work fails. */
async function found(host: Host, row: LedgerStackRow, side: Side): Promise<Found | undefined> {
  const container = host.engine.docker.getContainer(dockerName(host.instance, side, row.member));
  const info = await host.engine.call("inspect", maybe(container.inspect()));
  if (!info) return undefined;
  own(info.Config.Labels, host.instance.label, info.Name);
  return { container, state: partOf(info.State.Paused ? "paused" : info.State.Status), image: info.Config.Image };
}

/** Docker's word for a container's state as ours. */
export function partOf(status: string): Part {
  if (status === "running" || status === "paused" || status === "created") return status;
  return status === "restarting" || status === "removing" ? "created" : "exited";
}

async function ensureStarted(host: Host, row: LedgerStackRow, side: Side): Promise<void> {
  const there = await found(host, row, side);
  if (there?.state === "running") return;
  // A container of another image or other limits is made anew: all it holds lies in its volume.
  if (there) await host.engine.call("remove", maybe(there.container.remove({ force: true })));
  await host.engine.heavy(async () => {
    const create = host.engine.docker.createContainer(spec(host, row, side));
    await host.engine.call("create", create).catch((error: unknown) => {
      if (!answered(error, 409)) throw error; // a try that was cut off made it
    });
    if (side === "gitea") await putSecrets(host, row);
    else await lookIntoBox(host, row);
    const container = host.engine.docker.getContainer(dockerName(host.instance, side, row.member));
    await host.engine.call("start", already(container.start()), 30_000);
  });
}

/** Before anything runs in a box: where its volume holds none of the homes that were made in it, it is another volume, or was emptied. */
async function lookIntoBox(host: Host, row: LedgerStackRow): Promise<void> {
  const target = host.engine.docker.getContainer(dockerName(host.instance, "opencode", row.member));
  if (await host.engine.call("homes", maybe(target.infoArchive({ path: agentHomes })))) return;
  if (host.ledger.loseBox(row.member, host.now())) host.log("error", "a box was found empty", { member: row.member });
}
const agentHomes = "/workspace/agents";

type Volume = "gitea-data" | "workspace";
async function ensureVolume(host: Host, row: LedgerStackRow, part: Volume): Promise<void> {
  const options = { Name: dockerName(host.instance, part, row.member), Labels: labels(host.instance, row.stack, part) };
  await host.engine.call("volume create", host.engine.docker.createVolume(options)); // the same name twice is one volume
  const info = await host.engine.call("volume inspect", host.engine.docker.getVolume(options.Name).inspect());
  own(info.Labels, host.instance.label, info.Name);
}
async function removeVolume(host: Host, row: LedgerStackRow, part: Volume): Promise<void> {
  const volume = host.engine.docker.getVolume(dockerName(host.instance, part, row.member));
  const info = await host.engine.call("volume inspect", maybe(volume.inspect()));
  if (!info) return;
  own(info.Labels, host.instance.label, info.Name);
  await host.engine.call("volume remove", maybe(volume.remove()));
}

const giteaMemoryMb = 512;
/** What the agents of a stack share. */
export const boxMemoryMb = (limits: Pick<StackLimits, "memoryMb">): number => Math.max(1024, limits.memoryMb - giteaMemoryMb);
/** Nobody's: what would be shared between agents in memory is there, and takes nothing. */
const closed = "rw,nosuid,nodev,noexec,size=4k,mode=0755";
function walls(host: Host, row: LedgerStackRow, side: Side, limits: StackLimits): HostConfig {
  const { gitea } = pairAddresses(host.instance, row.slot);
  const network = dockerName(host.instance, "network", row.member);
  if (side === "gitea")
    return hardened({
      network,
      memoryMb: giteaMemoryMb,
      cpus: Math.min(1, limits.cpus),
      pids: 256,
      tmpfs: { "/tmp": "rw,nosuid,nodev,noexec,size=64m,mode=1777" },
      volume: `${dockerName(host.instance, "gitea-data", row.member)}:/var/lib/gitea`,
      hosts: {},
    });
  return hardened({
    network,
    memoryMb: boxMemoryMb(limits),
    cpus: limits.cpus,
    pids: limits.pids,
    // No /tmp, no /dev/shm: agents would share them. Each has a TMPDIR of its own, where OpenCode unpacks and runs.
    tmpfs: { "/dev/shm": closed, "/dev/mqueue": closed },
    volume: `${dockerName(host.instance, "workspace", row.member)}:/workspace`,
    hosts: { [box.gitHost]: gitea, [box.gatewayHost]: host.instance.gateway.address },
  });
}

function spec(host: Host, row: LedgerStackRow, side: Side): Docker.ContainerCreateOptions {
  const network = dockerName(host.instance, "network", row.member);
  return {
    name: dockerName(host.instance, side, row.member),
    Hostname: side,
    Image: host.images[side],
    User: side === "gitea" ? "1000:1000" : "20000:20000",
    Labels: labels(host.instance, row.stack, side),
    HostConfig: walls(host, row, side, row.limits),
    NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: pairAddresses(host.instance, row.slot)[side] } } } },
  };
}
