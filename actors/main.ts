import { statfsSync } from "node:fs";
import { openEdgeKeys } from "../schema/wire/edge-keys.ts";
import { newId } from "../schema/wire/id.ts";
import { readPlatformTypes } from "./agent/agent-type.ts";
import { readJoinConfig, readRunnerConfig } from "./config.ts";
import { runnerTraces } from "./kernel/runner-traces.ts";
import { Seals } from "./kernel/seals.ts";
import type { World } from "./kernel/self.ts";
import { createRegistry } from "./registry.ts";
import { Edge } from "./runner/edge.ts";
import { Hosts } from "./runner/host.ts";
import { log } from "./runner/log.ts";
import { join, keepCertificate, loadMachine, waitForRunnerJoin } from "./runner/machine.ts";
import { peerTickets } from "./runner/peer.ts";
import { probe } from "./runner/probe.ts";
import { relay } from "./runner/relay.ts";
import { Services } from "./service/service.ts";

const leastFree = 4 * 1024 * 1024;
function isDiskFull(folder: string): boolean {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize < leastFree;
}

async function serveActors(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined); // a full disk loses lines of the log, no more
  const settings = readRunnerConfig(process.env);
  runnerTraces.sendTo(settings.traces);
  if (!(await waitForRunnerJoin(settings.stateFolder))) return;
  const machine = loadMachine(settings.stateFolder, settings.edgeUrl);
  const edge = new Edge(machine);
  const revoked = new Set<string>();
  const hosts = new Hosts(machine, revoked);
  const keys = openEdgeKeys(machine.edge);
  const world: World = {
    edge,
    hosts,
    keys,
    peers: peerTickets(machine, revoked),
    types: readPlatformTypes(),
    services: new Services(settings.local),
    seals: new Seals((member) => edge.memberKey(member, newId("req"))),
    remindAfter: settings.remindAfter,
    idleAfter: settings.idleAfter,
    hostPatience: settings.hostPatience,
    mostBytes: settings.mostBytes,
    full: () => isDiskFull(settings.stateFolder),
    log,
  };
  const life = new AbortController();

  const actors = createRegistry(world, settings.rivetEndpoint);
  keepCertificate(machine, settings.stateFolder, (csr) => edge.renew(csr), log, life.signal);
  probe(edge, hosts, revoked, log, life.signal);
  await actors.startAndWait();
  const server = relay(world).listen(settings.relayPort, "127.0.0.1"); // last: who can reach it may take the runner for ready
  await new Promise((resolve, reject) => server.once("listening", resolve).once("error", reject));
  log("info", "runner serves", { id: machine.id, relay: settings.relayPort });

  const end = () => {
    life.abort();
    void runnerTraces.flush();
    server.close();
    server.closeIdleConnections();
  };
  // One member's stray failure must not end the work of all the others; what it was meant for is still a work
  // row.
  process.on("unhandledRejection", (error) => log("error", "a promise failed unheard", { error }));
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
}

async function main(): Promise<void> {
  const [command, token] = process.argv.slice(2);
  if (command === "serve") return serveActors();
  if (command === "join" && token) {
    const { stateFolder, edgeUrl } = readJoinConfig(process.env);
    const machine = await join(token, stateFolder, edgeUrl);
    log("info", "joined", { id: machine.id, edge: machine.edge });
    return;
  }
  process.stderr.write("usage: main.ts serve | join <token>\n");
  process.exitCode = 2;
}

main().catch((error: unknown) => {
  if (process.argv[2] === "join") process.stderr.write(`runner: ${error instanceof Error ? error.message : String(error)}\n`);
  else log("error", "runner failed", { error });
  process.exitCode = 1;
});
