import dns from "node:dns";
import { isIP, type Socket } from "node:net";
import { RequestError, Server } from "proxy-chain";
import { type AddressRange, choosePublicAddress } from "../../schema/wire/public-address.ts";
import type { Host } from "../host.ts";
import { Admission, admissionLimits, admissionTimeouts, admitConnections, findStackAt, logUnreadable } from "./admission.ts";

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

/**
 * The CONNECT proxy for package and Git traffic of the boxes: only names on the list, every refusal logged.
 */
export async function startEgress(host: Host, list: EgressList): Promise<Server> {
  const server = new Server({
    host: host.instance.gateway.address,
    port: host.instance.gateway.proxyPort,
    prepareRequestFunction: ({ request, hostname, port }) => {
      const stack = findStackAt(host, request.socket.remoteAddress?.replace(/^::ffff:/, ""));
      if (stack && isAllowedName(list.names, hostname) && (port === 443 || port === 80)) return { dnsLookup: list.lookup };
      host.log("warn", "egress refused", { member: stack?.member, target: `${hostname}:${port}` });
      throw new RequestError(`${hostname}:${port} is not on the list of this box.`, 403);
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
