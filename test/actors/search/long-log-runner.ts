import { createServer } from "node:http";
import { createRemoteJWKSet } from "jose";
import { actor, setup } from "rivetkit";
import { z } from "zod";
import { Seals } from "../../../actors/kernel/seals.ts";
import type { World } from "../../../actors/kernel/self.ts";
import { Edge } from "../../../actors/runner/edge.ts";
import { Hosts } from "../../../actors/runner/host.ts";
import { log } from "../../../actors/runner/log.ts";
import { loadMachine } from "../../../actors/runner/machine.ts";
import { peerTickets } from "../../../actors/runner/peer.ts";
import { search } from "../../../actors/search/search.ts";
import { Services } from "../../../actors/service/service.ts";
import type { saidOut } from "../../../schema/search/search.ts";
import { idleStopMs } from "../../../schema/stack/stack.ts";
import { siblingId } from "../../../schema/wire/id.ts";
import { limits } from "../../../schema/wire/limits.ts";
import { ticketKeysPath } from "../../../schema/wire/ticket.ts";
import { textOf } from "../../harness/sample-text.ts";

/**
 * A runner with the real search actor beside a growAgent that has said a great deal: the same words for the
 * same sequence, always.
 */
const env = z
  .object({
    STATE_FOLDER: z.string(),
    RIVET_ENDPOINT: z.string(),
    EDGE_URL: z.string(),
    RELAY_PORT: z.coerce.number(),
    SAID: z.coerce.number(),
  })
  .parse(process.env);
const page = 2_000;

function said(seq: number): z.infer<typeof saidOut> {
  const last = Math.min(env.SAID, seq + page);
  const events = Array.from({ length: last - seq }, (_, i) => {
    const at = seq + i + 1;
    const [messageId, turnId] = [siblingId("msg", "trn_01ARZ3NDEKTSV4RRFFQ69G5FAV"), "trn_01ARZ3NDEKTSV4RRFFQ69G5FAV" as const];
    return {
      seq: at,
      at: at * 1_000,
      channel: "chn",
      kind: "message.sent" as const,
      body: { messageId, clientId: `c${at}`, text: textOf(at), turnId },
    };
  });
  return { events, next: last };
}

const machine = loadMachine(env.STATE_FOLDER, env.EDGE_URL);
const world: World = {
  edge: new Edge(machine),
  hosts: new Hosts(machine),
  keys: createRemoteJWKSet(new URL(ticketKeysPath, machine.edge)),
  peers: peerTickets(machine),
  types: new Map(),
  services: new Services([]),
  seals: new Seals(async () => ({ key: new Uint8Array(32).fill(7), name: "Grow Agent", memberName: "Ada" })),
  remindAfter: 120_000,
  hostPatience: limits.hostPatience,
  idleAfter: idleStopMs,
  mostBytes: limits.actorBytes,
  full: () => false,
  log,
};
const asked = z.object({ input: z.object({ seq: z.coerce.number() }) });
const growAgent = actor({ actions: { said: (_c: unknown, argument: unknown) => said(asked.parse(argument).input.seq) } });
const actors = setup({
  use: { growAgent, search: search(world) },
  endpoint: env.RIVET_ENDPOINT,
  startServices: false,
  noWelcome: true,
  logging: { level: "warn" },
  maxOutgoingMessageSize: 4 * 1024 * 1024,
});
await actors.startAndWait();
const server = createServer((_, response) => response.end("ok")).listen(env.RELAY_PORT, "127.0.0.1");
process.once("SIGTERM", () => server.close());
