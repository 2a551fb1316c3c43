import { max } from "drizzle-orm";
import { createRemoteJWKSet } from "jose";
import { actor, setup } from "rivetkit";
import { readPlatformTypes } from "../../../actors/agent/agent-type.ts";
import { readRunnerConfig } from "../../../actors/config.ts";
import { growAgent } from "../../../actors/grow-agent.ts";
import { mendInput } from "../../../actors/kernel/context.ts";
import { Seals } from "../../../actors/kernel/seals.ts";
import type { World } from "../../../actors/kernel/self.ts";
import type { Db } from "../../../actors/kernel/tables.ts";
import { Edge } from "../../../actors/runner/edge.ts";
import { Hosts } from "../../../actors/runner/host.ts";
import { log } from "../../../actors/runner/log.ts";
import { loadMachine } from "../../../actors/runner/machine.ts";
import { peerTickets } from "../../../actors/runner/peer.ts";
import { relay } from "../../../actors/runner/relay.ts";
import { search } from "../../../actors/search/search.ts";
import { Services } from "../../../actors/service/service.ts";
import { subAgent } from "../../../actors/sub-agent.ts";
import { eventTable } from "../../../schema/event.table.ts";
import { newId } from "../../../schema/wire/id.ts";
import { limits } from "../../../schema/wire/limits.ts";
import { ticketKeysPath } from "../../../schema/wire/ticket.ts";
import { makeSeededEvent, seedIn } from "./seeded-event.ts";

/**
 * A runner whose growAgent has one more action: it writes years of events into its own log. It replaces the
 * product's runner while a bench prepares.
 */
const settings = readRunnerConfig(process.env);
const machine = loadMachine(settings.stateFolder, settings.edgeUrl);
const edge = new Edge(machine);
const world: World = {
  edge,
  hosts: new Hosts(machine),
  keys: createRemoteJWKSet(new URL(ticketKeysPath, machine.edge)),
  peers: peerTickets(machine),
  types: readPlatformTypes(),
  services: new Services(settings.local),
  seals: new Seals((member) => edge.memberKey(member, newId("req"))),
  remindAfter: settings.remindAfter,
  hostPatience: settings.hostPatience,
  idleAfter: settings.idleAfter,
  mostBytes: limits.actorBytes,
  full: () => false,
  log,
};

async function seed(c: unknown, argument: unknown): Promise<{ last: number }> {
  const { db } = c as { db: Db };
  const input = seedIn.parse(mendInput((argument as { input?: unknown }).input));
  const [row] = await db.select({ last: max(eventTable.seq) }).from(eventTable);
  let seq = row?.last ?? 0;
  for (const end = Math.min(input.until, seq + input.most); seq < end; ) {
    const some = Array.from({ length: Math.min(500, end - seq) }, (_, index) => makeSeededEvent(seq + index + 1, input));
    await db.insert(eventTable).values(some);
    seq += some.length;
  }
  return { last: seq };
}

const real = growAgent(world);
// biome-ignore lint/suspicious/noExplicitAny: Rivet Kit can't type an actor made from another's configuration
const more: any = { ...real.config, actions: { ...real.config.actions, seed } };
const actors = setup({
  use: { growAgent: actor(more), subAgent: subAgent(world), search: search(world) },
  endpoint: settings.rivetEndpoint,
  startServices: false,
  noWelcome: true,
  logging: { level: "warn" },
});
await actors.startAndWait();
const server = relay(world).listen(settings.relayPort, "127.0.0.1");
process.once("SIGTERM", () => server.close());
