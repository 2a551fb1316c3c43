import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { z } from "zod";
import type { Logger } from "../../schema/wire/log.ts";
import type { HostSettings } from "../config.ts";
import { waitUntil } from "../deadline.ts";
import { isDiskFull, isNoRoomError, readDiskSpaces } from "../disk.ts";
import { connectDocker } from "../docker.ts";
import { startGateway } from "../gateway/gateway.ts";
import { ReceiptNotes } from "../gitea/receipt-notes.ts";
import type { Host } from "../host.ts";
import { HostImages, type ImageSource, imageBackoff } from "../host-images.ts";
import { hasImage, prepareImage, readImageTags } from "../images.ts";
import { Ledger } from "../ledger.ts";
import { Heartbeat } from "../machine/heartbeat.ts";
import { type HostMachine, readHostMachine, writeStateFile } from "../machine/machine.ts";
import { startRenewal } from "../machine/renewal.ts";
import { RevokedMachines } from "../machine/revoked.ts";
import { writeBoxAuthorities } from "../network/box-authorities.ts";
import { makeEgressList, startEgress } from "../network/egress.ts";
import { applyHostRules, ensureLink } from "../network/network.ts";
import { Refusals } from "../network/refusals.ts";
import { AgentServers } from "../opencode/opencode.ts";
import { QuestPackages } from "../quest/quest-package.ts";
import { Runs } from "../run/run.ts";
import { startHostServer } from "../server.ts";
import { Stacks } from "../stack/stack.ts";

export class NotJoined extends Error {}

export function requireHostMachine(settings: HostSettings): HostMachine {
  const machine = readHostMachine(settings.state);
  if (!machine) throw new NotJoined(`${settings.state} belongs to no machine yet: run agent-host join <token> first`);
  return { ...machine, edge: settings.edgeUrl ?? machine.edge, address: settings.address ?? machine.address };
}

/** Where images come from, if not from Docker and this machine, and the wait after so many failures. */
type ImageOptions = { source?: ImageSource; backoff?: (attempts: number) => number };

/**
 * The daemon. Stopping it leaves every container as it is; starting it again takes them over. It serves at
 * once, images that are missing are prepared beside that.
 */
export async function startDaemon(settings: HostSettings, log: Logger, images: ImageOptions = {}): Promise<{ stop: () => Promise<void> }> {
  const state = { machine: requireHostMachine(settings), folder: settings.state, log, now: Date.now };
  const readyFile = path.join(settings.state, "ready.json");
  rmSync(readyFile, { force: true });
  const host = await openHost(settings, log, images);
  const { stacks, runs } = await takeOver(host);
  const machine = () => state.machine;
  const gateway = await startGateway(host, machine);
  const egressList = makeEgressList(settings.egress);
  const refusals = new Refusals();
  const egress = await startEgress(host, egressList, refusals);
  const revoked = new RevokedMachines(host);
  const heartbeat = new Heartbeat(host, stacks, machine, settings.stacks, revoked);
  const at = { address: state.machine.address, port: settings.port };
  const services = {
    ...{ host, stacks, runs, machine, heartbeat, revoked },
    agents: new AgentServers(host, stacks),
    notes: new ReceiptNotes(host),
    refusals,
    packages: new QuestPackages(runs, egressList),
  };
  const server = await startHostServer(services, at);
  const stopRenewal = startRenewal(Object.assign(state, { server }));
  await waitForHeartbeat(heartbeat, log);
  log("info", "serving", { id: state.machine.id, ...at, gateway: host.instance.gateway });
  let ready = false;
  const markReady = () => {
    if (ready || heartbeat.last() === 0) return;
    writeStateFile(settings.state, "ready.json", JSON.stringify({ pid: process.pid, id: state.machine.id }));
    ready = true;
  };
  const stopClock = startClock(host, stacks, runs, markReady);
  const stop = async () => {
    stopClock();
    heartbeat.stop();
    stopRenewal();
    rmSync(readyFile, { force: true });
    for (const each of [server, gateway]) {
      each.close();
      each.closeAllConnections();
    }
    await egress.close(true);
    await host.images.stop(); // whoever waits for an image waits no longer
    await runs.settle();
    await stacks.settle();
    host.ledger.close();
  };
  return { stop };
}

async function openHost(settings: HostSettings, log: Logger, given: ImageOptions): Promise<Host> {
  const engine = connectDocker(settings.dockerSocket);
  await engine.call("docker", engine.docker.version(), 5_000);
  const ledger = await openLedger(settings.state, log);
  const source: ImageSource = given.source ?? {
    has: (name) => engine.call("image", hasImage(engine.docker, readImageTags()[name])),
    prepare: (name, heard, signal) => prepareImage(engine.docker, name, { ...settings.images, log: heard, signal }),
  };
  const images = new HostImages(source, { folder: settings.state, log, backoff: given.backoff ?? imageBackoff });
  await images.begin();
  const authorities = writeBoxAuthorities(settings.state, settings.authorities);
  const { DockerRootDir } = dockerInfo.parse(await engine.call("docker info", engine.docker.info(), 10_000));
  const full = () => isDiskFull(readDiskSpaces([settings.state, DockerRootDir]));
  return {
    instance: settings.instance,
    engine,
    ledger,
    images,
    authorities,
    installs: new Map(),
    log,
    now: Date.now,
    elapsed: readUptime,
    full,
  };
}

/**
 * Takes over what an earlier daemon left: its rooms go, its stacks are adopted, the network's rules are set.
 */
async function takeOver(host: Host): Promise<{ stacks: Stacks; runs: Runs }> {
  const runs = new Runs(host);
  const left = await runs.removeStrayRooms();
  if (left > 0) host.log("warn", "runs of an earlier daemon removed", { left });
  await runs.removeStraySnapshots();
  const stacks = new Stacks(host);
  const adopted = await stacks.adopt();
  if (adopted.length > 0) host.log("warn", "stacks adopted that the ledger did not know", { members: adopted });
  await ensureLink(host.instance);
  await applyHostRules(host);
  await stacks.refresh();
  return { stacks, runs };
}

/** Gets the leases before the clock runs: a restart must not pause what may run. */
async function waitForHeartbeat(heartbeat: Heartbeat, log: Logger): Promise<void> {
  const taken = async () => ((await heartbeat.send()) ? true : undefined);
  await waitUntil(taken, { deadline: 8_000, every: 250, what: "first heartbeat" }).catch((error: unknown) =>
    log("warn", "the edge has not taken a heartbeat yet", { error }),
  );
}

const dockerInfo = z.looseObject({ DockerRootDir: z.string() });
/** Milliseconds since this machine started, its sleep included. Nobody can set this clock. */
function readUptime(): number {
  return Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 1000;
}

/**
 * Opens the ledger as soon as the disk has room: a daemon that ended for want of room would only be started
 * again.
 */
async function openLedger(folder: string, log: Logger): Promise<Ledger> {
  for (let told = false; ; told = true) {
    try {
      return new Ledger(folder);
    } catch (error) {
      if (!isNoRoomError(error)) throw error;
      if (!told) log("error", "the disk of the state folder is full; waiting for room", { folder });
      await after(1_000);
    }
  }
}

/**
 * Plans every second. Observes Docker every five seconds, to see what ended by itself, and removes stray
 * rooms every minute.
 */
function startClock(host: Host, stacks: Stacks, runs: Runs, each: () => void): () => void {
  let beat = 0;
  let looking = false;
  const timer = setInterval(() => {
    beat += 1;
    try {
      each();
      stacks.tick();
      if (beat % 60 === 0) host.ledger.reserve();
    } catch (error) {
      host.log("warn", "the clock's work failed", { error });
    }
    if (beat % 60 === 0) runs.removeStrayRooms().catch((error: unknown) => host.log("warn", "runs were not swept", { error }));
    if (beat % 5 !== 0 || looking) return;
    looking = true;
    stacks
      .refresh()
      .catch((error: unknown) => host.log("warn", "docker was not observed", { error }))
      .finally(() => {
        looking = false;
      });
  }, 1_000);
  return () => clearInterval(timer);
}
