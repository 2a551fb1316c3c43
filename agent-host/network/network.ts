import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import pLimit from "p-limit";
import { dockerName, type Instance, type PairAddresses, pairAddresses } from "../../schema/machine/instance.ts";
import { box } from "../../schema/stack/stack.ts";
import { type Engine, hasDockerStatus, ifFound, requireOurs } from "../docker.ts";
import type { Host } from "../host.ts";

/** Runs a program with a text on its standard input; throws with what it said. */
function runWithInput(command: string, args: string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { timeout: 10_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command} ${args.slice(0, 4).join(" ")}: ${stderr.trim() || error.message}`, { cause: error }));
      else resolve(stdout);
    });
    child.stdin?.on("error", () => child.stdin?.destroy()); // it ended without reading; its exit code says why
    child.stdin?.end(input);
  });
}
/** Applies nft rules in the network namespace of this process. */
const applyRulesIn = (pid: number, rules: string): Promise<string> =>
  runWithInput("nsenter", [`--net=/proc/${pid}/ns/net`, "nft", "-f", "-"], rules);

/** The nft rules of one instance. Only what its sets name gets through; the sets come from the ledger. */
export function hostRules(instance: Instance, slots: readonly number[], installs: readonly string[] = []): string {
  const pairs = slots.map((slot) => pairAddresses(instance, slot));
  const set = (name: string, type: string, elements: string[]) =>
    `  set ${name} { type ${type};${elements.length ? ` elements = { ${elements.join(", ")} };` : ""} }`;
  const bridges = `"${instance.bridge}*"`;
  return [
    `table inet ${instance.table} {}`,
    `delete table inet ${instance.table}`,
    `table inet ${instance.table} {`,
    set(
      "agents",
      "ipv4_addr . ifname",
      pairs.map((p) => `${p.opencode} . "${p.bridge}"`),
    ),
    set(
      "pairs",
      "ifname . ifname",
      pairs.map((p) => `"${p.bridge}" . "${p.bridge}"`),
    ),
    set(
      "runs",
      "ipv4_addr",
      pairs.flatMap((p) => p.runs),
    ),
    set(
      "reads",
      "ipv4_addr . ipv4_addr",
      pairs.flatMap((p) => p.runs.map((run) => `${run} . ${p.gitea}`)),
    ),
    set("installs", "ipv4_addr", [...installs]),
    "  set pace { type ipv4_addr; size 65535; flags dynamic; timeout 1m; }",
    "  chain input { type filter hook input priority -5; policy accept;",
    `    iifname != ${bridges} return`,
    "    ct state established,related accept",
    // Above the limits that are refused with an answer (`admission.ts`), so that gateway and proxy stay free
    // for other pairs.
    "    tcp flags syn add @pace { ip saddr limit rate over 300/second burst 600 packets } counter reject with tcp reset",
    `    ip saddr . iifname @agents ip daddr ${instance.gateway.address} tcp dport { ${instance.gateway.port}, ${instance.gateway.proxyPort} } counter accept`,
    `    ip saddr @installs ip daddr ${instance.gateway.address} tcp dport ${instance.gateway.proxyPort} counter accept`,
    "    counter drop",
    "  }",
    "  chain forward { type filter hook forward priority -5; policy accept;",
    `    iifname != ${bridges} oifname != ${bridges} return`,
    // A run fetches its commit from its pair's Gitea. No other connection leads to it or from it.
    `    ip saddr . ip daddr @reads tcp dport ${box.giteaPort} counter accept`,
    "    ip daddr @runs ct state established counter accept",
    "    ip saddr @runs counter drop",
    "    ip daddr @runs counter drop",
    "    iifname . oifname @pairs meta nfproto ipv4 counter accept",
    "    counter drop",
    "  }",
    "}",
    "",
  ].join("\n");
}

/** One table after the other: the last that is set is made from what holds then. */
const ruleSteps = pLimit(1);
/** Replaces the instance's table in one step; the same stacks and installs give the same table. */
export function applyHostRules({ instance, ledger, installs }: Pick<Host, "instance" | "ledger" | "installs">): Promise<string> {
  return ruleSteps(() => {
    const slots = ledger.stacks().map(({ slot }) => slot);
    return runWithInput("nft", ["-f", "-"], hostRules(instance, slots, [...installs.keys()]));
  });
}

/** Where agents' servers listen in a box. */
const serverPorts = `${box.opencodePort(0)}-${box.opencodePort(box.seats - 1)}`;
/**
 * Rules inside the box's own network namespace: only this machine, by the pair's bridge, reaches a server.
 * What runs in the box does not, not even with a password: not by loopback, not by the box's own address, not
 * from Gitea. No process of the box may change them.
 */
export function serverRules({ bridgeAddress }: Pick<PairAddresses, "bridgeAddress">): string {
  return [
    "table inet growqr {}",
    "delete table inet growqr",
    "table inet growqr {",
    "  chain input { type filter hook input priority 0; policy accept;",
    `    tcp dport ${serverPorts} iifname "lo" counter reject with tcp reset`,
    `    tcp dport ${serverPorts} ip saddr != ${bridgeAddress} counter reject with tcp reset`,
    `    tcp dport ${serverPorts} meta nfproto ipv6 counter drop`,
    "  }",
    "}",
    "",
  ].join("\n");
}
/**
 * Sets these rules in the box with this first process. They end with the box, so each start of a server sets
 * them again.
 */
export async function wallServers(containerPid: number, pair: Pick<PairAddresses, "bridgeAddress">): Promise<void> {
  await applyRulesIn(containerPid, serverRules(pair));
}

/**
 * Leaves a room, by rules in its own network namespace, nothing but the proxy, not even its pair's Gitea.
 */
export async function limitToProxy(containerPid: number, { address, proxyPort }: Instance["gateway"]): Promise<void> {
  const rules = [
    "table inet growqr {",
    "  chain output { type filter hook output priority 0; policy drop;",
    '    oifname "lo" accept',
    `    ip daddr ${address} tcp dport ${proxyPort} accept`,
    "  }",
    "}",
    "",
  ];
  await applyRulesIn(containerPid, rules.join("\n"));
}

/**
 * In a room that is on no network the gateway's address is one of its own, and the proxy's port there leads
 * to one of its loopback.
 */
export async function leadToDoor(containerPid: number, { address, proxyPort }: Instance["gateway"], port: number): Promise<void> {
  const rules = [
    "table ip growqr_door {",
    "  chain output { type nat hook output priority -100;",
    `    ip daddr ${address} tcp dport ${proxyPort} dnat to 127.0.0.1:${port}`,
    "  }",
    "}",
    "",
  ];
  const inRoom = [`--net=/proc/${containerPid}/ns/net`, "ip", "address", "add", `${address}/32`, "dev", "lo"];
  await Promise.all([applyRulesIn(containerPid, rules.join("\n")), runWithInput("nsenter", inRoom)]);
}

/** Rules on new connections to a port of the loopback, in the network namespace of this process. */
async function ruleConnections(pid: number, port: number, verdict: string): Promise<void> {
  const rules = [
    "table inet growqr_way {}",
    "delete table inet growqr_way",
    "table inet growqr_way {",
    "  chain input { type filter hook input priority 0; policy accept;",
    `    tcp dport ${port} tcp flags & (syn | ack) == syn ${verdict} counter reject with tcp reset`,
    "  }",
    "}",
    "",
  ];
  await applyRulesIn(pid, rules.join("\n"));
}
/** Nobody gets in there. */
export const closePort = (pid: number, port: number): Promise<void> => ruleConnections(pid, port, "");
/** So many connections a second get in there: what is above that costs the daemon nothing. */
export const limitConnections = (pid: number, port: number): Promise<void> =>
  ruleConnections(pid, port, "limit rate over 100/second burst 300 packets");

/**
 * The link that carries the gateway's address: a bridge without ports, which every kernel that runs Docker
 * has.
 */
export async function ensureLink(instance: Instance): Promise<void> {
  const { link, address } = instance.gateway;
  const there = await runWithInput("ip", ["link", "show", "dev", link]).then(
    () => true,
    () => false,
  );
  if (!there) await runWithInput("ip", ["link", "add", link, "type", "bridge"]);
  await runWithInput("ip", ["addr", "replace", `${address}/32`, "dev", link]);
  await runWithInput("ip", ["link", "set", link, "up"]);
}

const tableSetting = "/proc/sys/net/ipv4/tcp_child_ehash_entries";
/** Connections that a box's table has places for; more of them share places. */
export const connectionPlaces = 8_192;
/**
 * Each network namespace that Docker makes from here on has a table of connections of its own. Otherwise all
 * share the machine's, and each look at the sockets of a box goes through every place of it: on a machine of
 * 24 GB 7 ms of processor time, some twenty times a second. What the machine's owner has set stays.
 */
export function separateConnectionTables(log: Host["log"]): void {
  try {
    if (Number(readFileSync(tableSetting, "utf8")) === 0) writeFileSync(tableSetting, String(connectionPlaces));
  } catch (error) {
    log("info", "network namespaces share one table of connections", { error }); // Linux before 6.1, or not ours to set
  }
}

/** Removes link and table, for a machine that leaves or a test that ends. */
export async function removeLinkAndRules(instance: Instance): Promise<void> {
  await runWithInput("nft", ["-f", "-"], `table inet ${instance.table} {}\ndelete table inet ${instance.table}\n`);
  const there = await runWithInput("ip", ["link", "show", "dev", instance.gateway.link]).then(
    () => true,
    () => false,
  );
  if (there) await runWithInput("ip", ["link", "del", instance.gateway.link]);
}

export type Labels = Record<string, string>;
export function objectLabels(instance: Instance, stack: string, part: string): Labels {
  return { "growqr.instance": instance.label, "growqr.stack": stack, "growqr.part": part };
}

/**
 * The pair's own bridge with its fixed /29. Docker's pools end after thirty networks, so every network names
 * its own.
 */
export async function ensureNetwork(engine: Engine, instance: Instance, member: string, stack: string, slot: number): Promise<void> {
  const name = dockerName(instance, "network", member);
  const { subnet, bridgeAddress, bridge } = pairAddresses(instance, slot);
  const there = await engine.call("network inspect", ifFound(engine.docker.getNetwork(name).inspect()));
  if (there) return requireOurs(there.Labels, instance.label, name);
  const create = engine.docker.createNetwork({
    Name: name,
    CheckDuplicate: true,
    Driver: "bridge",
    EnableIPv6: false,
    IPAM: { Driver: "default", Config: [{ Subnet: subnet, Gateway: bridgeAddress }] },
    Options: {
      "com.docker.network.bridge.name": bridge,
      "com.docker.network.bridge.enable_ip_masquerade": "false",
      "com.docker.network.bridge.enable_icc": "true",
    },
    Labels: objectLabels(instance, stack, "network"),
  });
  await engine.call("network create", create).catch((error: unknown) => {
    if (!hasDockerStatus(error, 409)) throw error; // another try of ours made it meanwhile
  });
}

/** Removes the pair's network when it is there and ours. */
export async function removeNetwork(engine: Engine, instance: Instance, member: string): Promise<void> {
  const name = dockerName(instance, "network", member);
  const network = engine.docker.getNetwork(name);
  const info = await engine.call("network inspect", ifFound(network.inspect()));
  if (!info) return;
  requireOurs(info.Labels, instance.label, name);
  await engine.call("network remove", ifFound(network.remove()));
}
