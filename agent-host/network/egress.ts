import dns from "node:dns";
import type { IncomingMessage } from "node:http";
import { isIP, type Socket } from "node:net";
import path from "node:path";
import { RequestError, Server } from "proxy-chain";
import { limitReached } from "../../schema/billing/limit-reached.ts";
import type { EgressRefusal } from "../../schema/stack/egress-refusal.ts";
import { box } from "../../schema/stack/stack.ts";
import { type AddressRange, choosePublicAddress } from "../../schema/wire/public-address.ts";
import type { Host, Installation } from "../host.ts";
import type { LedgerAgentRow, LedgerStackRow } from "../ledger.ts";
import { findNearEnd, type NearEnd } from "../opencode/box-process.ts";
import { findBox } from "../opencode/server-process.ts";
import { Admission, admissionLimits, admissionTimeouts, admitConnections, findStackAt, logUnreadable, remoteAddress } from "./admission.ts";
import type { AppCaller } from "./app-ways.ts";
import type { Refusals } from "./refusals.ts";
import { normalName, type Traffic } from "./traffic.ts";

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

/** Where boxes may go, where rooms that install packages may go, and how names become addresses. */
export type EgressList = { names: readonly string[]; registries: readonly string[]; lookup: Lookup };
export function makeEgressList(list: { names: string[]; registries: string[]; trusted: AddressRange[] }): EgressList {
  return { names: list.names, registries: list.registries, lookup: makeLookup(list.trusted) };
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

/** What an environment file asks for, and what of it the member allows. */
type AskedNames = { asks: readonly string[]; open: readonly string[] };
/** Of what an environment file asks for that is open which boxes reach, and what the member allows. */
const isOpenToAsking = ({ names }: EgressList, { asks, open }: AskedNames, hostname: string): boolean =>
  isAllowedName(asks, hostname) && (isAllowedName(names, hostname) || isAllowedName(open, hostname));
/** A setup reaches the registries too. */
const isOpenToSetup = (list: EgressList, installation: Installation, hostname: string): boolean =>
  isAllowedName(list.registries, hostname) || isOpenToAsking(list, installation, hostname);
/** What the release of an app asks for and may reach just now: the ledger says it at each request. */
function readAppAsking({ ledger }: Host, { member, release }: AppCaller): AskedNames {
  const row = ledger.releases.release(member, release);
  return { asks: row?.plan?.network ?? [], open: row?.reach ?? [] };
}

type Egress = { host: Host; list: EgressList; refusals: Refusals; traffic: Traffic };
type AskedName = { request: IncomingMessage; hostname: string; port: number };
/** Lets a request out where its name is open to who asks and the day's volume is not used up; else throws. */
async function admitRequest(egress: Egress, asked: AskedName): Promise<{ dnsLookup: Lookup }> {
  const app = egress.host.ways.findCaller(asked.request.socket);
  return app ? admitApp(egress, app, asked) : admitBox(egress, asked);
}
/** An app reaches what its environment file names and its member allows, and no registry beside that. */
function admitApp({ host, list, traffic }: Egress, app: AppCaller, { request: { socket }, hostname, port }: AskedName) {
  const row = host.ledger.stack(app.member);
  const asking = readAppAsking(host, app);
  const name = normalName(hostname);
  const isOpen = row !== undefined && (port === 443 || port === 80) && isOpenToAsking(list, asking, name);
  if (isOpen && !traffic.isUsedUp(row)) {
    traffic.count(row, name, socket, app.project);
    host.openNames.note(socket, app.member, () => isOpenToAsking(list, readAppAsking(host, app), name));
    return { dnsLookup: list.lookup };
  }
  const refusal = { name, port, asked: isAllowedName(asking.asks, name), ...(isOpen ? { usedUp: true as const } : {}) };
  if (host.ways.noteRefusal(app, refusal)) host.log("warn", "egress refused", { ...app, target: `${name}:${port}` });
  if (isOpen) throw new RequestError(limitReached.egress, 429);
  throw new RequestError(`${name}:${port} is not among the names that this app may reach. Its member is told of it.`, 403);
}
async function admitBox(egress: Egress, { request: { socket }, hostname, port }: AskedName): Promise<{ dnsLookup: Lookup }> {
  const { host, list, refusals, traffic } = egress;
  const installing = host.installs.get(remoteAddress(socket));
  const stack = findStackAt(host, remoteAddress(socket));
  const row = installing?.row ?? stack;
  const findCaller = async () => stack && (await findCallingAgent(host, stack, socket).catch(() => undefined)); // its box may be ending
  const isOpen = port === 443 || port === 80;
  const isListed = installing ? isOpenToSetup(list, installing, hostname) : isAllowedName(list.names, hostname);
  const toAll = row !== undefined && isOpen && isListed;
  const caller = toAll ? undefined : await findCaller();
  const isReached = () => caller !== undefined && isAllowedName(host.ledger.reach(caller.agent.member, caller.agent.agent), hostname);
  if (toAll || (row && isOpen && isReached())) {
    if (!traffic.isUsedUp(row)) {
      traffic.count(row, hostname, socket);
      if (toAll) host.openNames.forget(socket);
      else host.openNames.note(socket, row.member, isReached);
      return { dnsLookup: list.lookup };
    }
    const asks = caller ?? (await findCaller());
    if (asks) await tellRefusal(refusals, asks, { name: hostname, port, usedUp: true });
    throw new RequestError(limitReached.egress, 429);
  }
  if (installing && isOpen && isAllowedName(installing.asks, hostname)) installing.refused.add(normalName(hostname));
  host.log("warn", "egress refused", { member: row?.member, agent: caller?.agent.agent, target: `${hostname}:${port}` });
  if (caller) await tellRefusal(refusals, caller, { name: hostname, port });
  throw new RequestError(`${hostname}:${port} is not among the names that this box may reach. Its member is told of it.`, 403);
}

/**
 * The CONNECT proxy for package and Git traffic of the boxes, and for what apps ask for: only names on the
 * list, and those that its member let an agent or an app reach. Every refusal is logged, and said to who
 * follows the agent.
 */
export async function startEgress(host: Host, list: EgressList, refusals: Refusals, traffic: Traffic): Promise<Server> {
  const server = new Server({
    host: host.instance.gateway.address,
    port: host.instance.gateway.proxyPort,
    prepareRequestFunction: (asked) => admitRequest({ host, list, refusals, traffic }, asked),
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
  host.ways.serveBy((socket) => void server.server.emit("connection", socket));
  return server;
}

async function tellRefusal(
  refusals: Refusals,
  { agent, findProgram }: CallingAgent,
  { name: hostname, port, ...more }: Omit<EgressRefusal, "program">,
): Promise<void> {
  const name = normalName(hostname);
  if (!refusals.isNew(agent.agent, name, port)) return;
  const program = (await findProgram().catch(() => undefined)) ?? "";
  refusals.add(agent.agent, { ...more, name, port, program: path.basename(program).slice(0, 60) });
}
