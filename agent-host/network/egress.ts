import dns from "node:dns";
import { isIP, type Socket } from "node:net";
import path from "node:path";
import { RequestError, Server } from "proxy-chain";
import { box } from "../../schema/stack/stack.ts";
import { type AddressRange, choosePublicAddress } from "../../schema/wire/public-address.ts";
import type { Host } from "../host.ts";
import type { LedgerAgentRow, LedgerStackRow } from "../ledger.ts";
import { findNearEnd, type NearEnd } from "../opencode/box-process.ts";
import { findBox } from "../opencode/opencode.ts";
import { Admission, admissionLimits, admissionTimeouts, admitConnections, findStackAt, logUnreadable, remoteAddress } from "./admission.ts";
import type { Refusals } from "./refusals.ts";

/** Whether a name is on the list: `example.org` itself, `.example.org` all below it. Addresses never are. */
export function isAllowedName(list: readonly string[], hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, "");
  if (isIP(name.replace(/^\[|\]$/g, "")) !== 0) return false;
  return list.some((entry) => (entry.startsWith(".") ? name.endsWith(entry) : name === entry));
}
type Lookup = typeof dns.lookup;
/**
 * Resolves names outside the boxes. A name with even one address that is neither public nor trusted is
 * refused.
 */
function makeLookup(trusted: readonly AddressRange[]): Lookup {
  return ((name: string, _options: unknown, done: (error: Error | null, address?: unknown, family?: number) => void) => {
    dns.lookup(name, { family: 4, all: true }, (error, found) => {
      if (error) return done(error);
      const addresses = found.map((each) => each.address);
      const address = choosePublicAddress(addresses, trusted);
      if (!address) return done(new Error(`${name} has no public address`));
      const all = typeof _options === "object" && _options !== null && "all" in _options && _options.all === true;
      return all ? done(null, [{ address, family: 4 }]) : done(null, address, 4);
    });
  }) as Lookup;
}

/** Where boxes may go, and how its names become addresses. */
export type EgressList = { names: readonly string[]; lookup: Lookup };
export function makeEgressList(names: readonly string[], trusted: readonly AddressRange[]): EgressList {
  return { names, lookup: makeLookup(trusted) };
}

type CallingAgent = { agent: LedgerAgentRow; findProgram: NearEnd["findProgram"] };
/** The agent whose process has the other end of a connection; undefined where the kernel does not know it. */
async function findCallingAgent(host: Host, stack: LedgerStackRow, socket: Socket): Promise<CallingAgent | undefined> {
  const near = { address: remoteAddress(socket), port: socket.remotePort ?? 0 };
  const { address, proxyPort } = host.instance.gateway;
  const end = await findNearEnd((await findBox(host, stack.member)).pid, near, { address, port: proxyPort });
  const agent = end && host.ledger.agents(stack.member).find((row) => box.uid(row.seat) === end.uid);
  return agent && { agent, findProgram: end.findProgram };
}

/**
 * The CONNECT proxy for package and Git traffic of the boxes: only names on the list, and those that its
 * member let an agent reach. Every refusal is logged, and said to who follows the agent.
 */
export async function startEgress(host: Host, list: EgressList, refusals: Refusals): Promise<Server> {
  const server = new Server({
    host: host.instance.gateway.address,
    port: host.instance.gateway.proxyPort,
    prepareRequestFunction: async ({ request, hostname, port }) => {
      const stack = findStackAt(host, remoteAddress(request.socket));
      const open = port === 443 || port === 80;
      if (stack && open && isAllowedName(list.names, hostname)) return { dnsLookup: list.lookup };
      const caller = stack && (await findCallingAgent(host, stack, request.socket).catch(() => undefined)); // its box may be ending
      if (stack && caller && open && isAllowedName(host.ledger.reach(stack.member, caller.agent.agent), hostname))
        return { dnsLookup: list.lookup };
      host.log("warn", "egress refused", { member: stack?.member, agent: caller?.agent.agent, target: `${hostname}:${port}` });
      if (caller) await tellRefusal(refusals, caller, hostname, port);
      throw new RequestError(`${hostname}:${port} is not among the names that this box may reach. Its member is told of it.`, 403);
    },
  });
  server.on("requestFailed", ({ error }: { error: unknown }) => host.log("warn", "egress failed", { error }));
  const admission = new Admission(host, "egress");
  Object.assign(server.server, admissionTimeouts, { requestTimeout: 0 }); // an upload through a plain request may take long
  server.server.on("clientError", (error: Error, socket: Socket) => logUnreadable(error, socket, admission));
  server.server.prependListener("connection", (socket: Socket) => {
    socket.setTimeout(admissionLimits.idleTunnel, () => socket.destroy());
  });
  admitConnections(server.server, admission);
  await server.listen();
  return server;
}

async function tellRefusal(refusals: Refusals, { agent, findProgram }: CallingAgent, hostname: string, port: number): Promise<void> {
  const name = hostname.toLowerCase().replace(/\.$/, "").slice(0, 253);
  if (!refusals.isNew(agent.agent, name, port)) return;
  const program = (await findProgram().catch(() => undefined)) ?? "";
  refusals.add(agent.agent, { name, port, program: path.basename(program).slice(0, 60) });
}
