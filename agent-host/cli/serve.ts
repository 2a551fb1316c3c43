import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { z } from "zod";
import type { Logger } from "../../schema/wire/log.ts";
import type { Config } from "../config.ts";
import { until } from "../deadline.ts";
import { isFull, isNoRoom, spacesOf } from "../disk.ts";
import { connectDocker } from "../docker.ts";
import { startGateway } from "../gateway/gateway.ts";
import { openNotes } from "../gitea/receipt-notes.ts";
import type { Host } from "../host.ts";
import { ensureImages } from "../images.ts";
import { Ledger } from "../ledger.ts";
import { startHeartbeat } from "../machine/heartbeat.ts";
import { keep, type Machine, readMachine } from "../machine/machine.ts";
import { keepRenewed } from "../machine/renewal.ts";
import { openRevoked } from "../machine/revoked.ts";
import { startEgress } from "../network/egress.ts";
import { applyRules, ensureLink } from "../network/network.ts";
import { Agents } from "../opencode/opencode.ts";
import { openPackages } from "../quest/quest-package.ts";
import { openRuns, type Runs } from "../run/run.ts";
import { startServer } from "../server.ts";
import { Stacks } from "../stack/stack.ts";

export class NotJoined extends Error {}

export function joinedMachine(config: Config): Machine {
  const machine = readMachine(config.state);
  if (!machine) throw new NotJoined(`${config.state} belongs to no machine yet: run agent-host join <token> first`);
  return { ...machine, edge: config.edgeUrl ?? machine.edge, address: config.address ?? machine.address };
}

/** The daemon. Stopping it leaves every container as it is; starting it again takes them over. */
export async function serve(config: Config, log: Logger): Promise<{ stop: () => Promise<void> }> {
  const state = { machine: joinedMachine(config), folder: config.state, log, now: Date.now };
  const readyFile = path.join(config.state, "ready.json");
  rmSync(readyFile, { force: true });
  const engine = connectDocker(config.dockerSocket);
  await engine.call("docker", engine.docker.version(), 5_000);
  const images = await ensureImages(engine.docker, { ...config.images, log: (line) => log("info", line) });
  const ledger = await ledgerWithRoom(config.state, log);
  const { DockerRootDir } = rootOf.parse(await engine.call("docker info", engine.docker.info(), 10_000));
  const full = () => isFull(spacesOf([config.state, DockerRootDir]));
  const host: Host = { instance: config.instance, engine, ledger, images, log, now: Date.now, elapsed, full };
  const runs = openRuns(host);
  const left = await runs.sweepRooms();
  if (left > 0) log("warn", "runs of an earlier daemon removed", { left });
  const stacks = new Stacks(host);
  const adopted = await stacks.adopt();
  if (adopted.length > 0) log("warn", "stacks adopted that the ledger did not know", { members: adopted });
  await ensureLink(host.instance);
  await applyRules(
    host.instance,
    host.ledger.stacks().map((row) => row.slot),
  );
  await stacks.refresh();
  const agents = new Agents(host, stacks);
  const machine = () => state.machine;
  const gateway = await startGateway(host, machine);
  const egress = await startEgress(host, config.egressAllow);
  const revoked = openRevoked(host);
  const heartbeat = startHeartbeat(host, stacks, machine, config.stacks, revoked.take);
  const at = { address: state.machine.address, port: config.port };
  const packages = openPackages(host, runs, config.egressAllow);
  const api = { host, stacks, agents, runs, notes: openNotes(host), packages, machine, lastHeartbeat: heartbeat.last, revoked };
  const server = await startServer(api, at);
  const stopRenewal = keepRenewed(Object.assign(state, { server }));
  // Leases first: a restart must not pause what is rightly running.
  await until(async () => ((await heartbeat.once()) ? true : undefined), { deadline: 8_000, every: 250, what: "first heartbeat" }).catch(
    (error: unknown) => log("warn", "the edge has not taken a heartbeat yet", { error }),
  );
  log("info", "serving", { id: state.machine.id, ...at, gateway: host.instance.gateway });
  let ready = false;
  const markReady = () => {
    if (ready || heartbeat.last() === 0) return;
    keep(config.state, "ready.json", JSON.stringify({ pid: process.pid, id: state.machine.id }));
    ready = true;
  };
  const clock = startClock(host, stacks, runs, markReady);
  const stop = async () => {
    clock();
    heartbeat.stop();
    stopRenewal();
    rmSync(readyFile, { force: true });
    for (const each of [server, gateway]) {
      each.close();
      each.closeAllConnections();
    }
    await egress.close(true);
    await runs.settle();
    await stacks.settle();
    host.ledger.close();
  };
  return { stop };
}

const rootOf = z.looseObject({ DockerRootDir: z.string() });
/** Milliseconds since this machine started, its sleep included: no one sets this clock. */
function elapsed(): number {
  return Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 1000;
}

/** The ledger, as soon as the disk has room to open it: a daemon that ended for want of room would only be started again. */
async function ledgerWithRoom(folder: string, log: Logger): Promise<Ledger> {
  for (let told = false; ; told = true) {
    try {
      return new Ledger(folder);
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      if (!told) log("error", "the disk of the state folder is full; waiting for room", { folder });
      await after(1_000);
    }
  }
}

/** Plans every second; looks at Docker afresh every five, so that what ended by itself is seen, and for rooms that nobody is in every minute. */
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
    if (beat % 60 === 0) runs.sweepRooms().catch((error: unknown) => host.log("warn", "runs were not swept", { error }));
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
