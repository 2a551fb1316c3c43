import { execFile } from "node:child_process";
import { dockerName, type Instance, type PairAddresses, pairAddresses } from "../../schema/machine/instance.ts";
import { box } from "../../schema/stack/stack.ts";
import { answered, type Engine, maybe, own } from "../docker.ts";

/** Runs a program with a text on its standard input; throws with what it said. */
function pipe(command: string, args: string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { timeout: 10_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command} ${args.slice(0, 4).join(" ")}: ${stderr.trim() || error.message}`, { cause: error }));
      else resolve(stdout);
    });
    child.stdin?.on("error", () => child.stdin?.destroy()); // it ended without reading; its exit code says why
    child.stdin?.end(input);
  });
}

/** The rules of one instance. Only what is named in the sets gets through; both sets are filled from the ledger. */
export function rules(of: Instance, slots: readonly number[]): string {
  const pairs = slots.map((slot) => pairAddresses(of, slot));
  const set = (name: string, type: string, elements: string[]) =>
    `  set ${name} { type ${type};${elements.length ? ` elements = { ${elements.join(", ")} };` : ""} }`;
  const bridges = `"${of.bridge}*"`;
  return [
    `table inet ${of.table} {}`,
    `delete table inet ${of.table}`,
    `table inet ${of.table} {`,
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
    "  set pace { type ipv4_addr; size 65535; flags dynamic; timeout 1m; }",
    "  chain input { type filter hook input priority -5; policy accept;",
    `    iifname != ${bridges} return`,
    "    ct state established,related accept",
    // Above what the doors of this machine refuse with words (`admission.ts`), so that they stay free for the other pairs.
    "    tcp flags syn add @pace { ip saddr limit rate over 300/second burst 600 packets } counter reject with tcp reset",
    `    ip saddr . iifname @agents ip daddr ${of.gateway.address} tcp dport { ${of.gateway.port}, ${of.gateway.proxyPort} } counter accept`,
    "    counter drop",
    "  }",
    "  chain forward { type filter hook forward priority -5; policy accept;",
    `    iifname != ${bridges} oifname != ${bridges} return`,
    // A run fetches its commit from its own Gitea and talks to nobody else, nor is it talked to.
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

/** Replaces the instance's table in one step; the same slots give the same table. */
export async function applyRules(of: Instance, slots: readonly number[]): Promise<void> {
  await pipe("nft", ["-f", "-"], rules(of, slots));
}

/** Where agents' servers listen in a box. */
const serverPorts = `${box.opencodePort(0)}-${box.opencodePort(box.seats - 1)}`;
/**
 * A wall inside the box's own network namespace: only this machine, by the pair's bridge, reaches a server. What runs in the box does not,
 * not even with a password: not by loopback, not by the box's own address, not from Gitea. No process of the box has the right to change it.
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
/** Sets that wall up in the box whose first process this is; it ends with the box, so each start of a server sets it up again. */
export async function wallServers(containerPid: number, pair: Pick<PairAddresses, "bridgeAddress">): Promise<void> {
  await pipe("nsenter", [`--net=/proc/${containerPid}/ns/net`, "nft", "-f", "-"], serverRules(pair));
}

/** The link that carries the gateway's address: a bridge without ports, which every kernel that runs Docker has. */
export async function ensureLink(of: Instance): Promise<void> {
  const { link, address } = of.gateway;
  const there = await pipe("ip", ["link", "show", "dev", link]).then(
    () => true,
    () => false,
  );
  if (!there) await pipe("ip", ["link", "add", link, "type", "bridge"]);
  await pipe("ip", ["addr", "replace", `${address}/32`, "dev", link]);
  await pipe("ip", ["link", "set", link, "up"]);
}

/** Takes link and table away; only for a machine that leaves, or a test that ends. */
export async function removeLinkAndRules(of: Instance): Promise<void> {
  await pipe("nft", ["-f", "-"], `table inet ${of.table} {}\ndelete table inet ${of.table}\n`);
  const there = await pipe("ip", ["link", "show", "dev", of.gateway.link]).then(
    () => true,
    () => false,
  );
  if (there) await pipe("ip", ["link", "del", of.gateway.link]);
}

export type Labels = Record<string, string>;
export function labels(of: Instance, stack: string, part: string): Labels {
  return { "growqr.instance": of.label, "growqr.stack": stack, "growqr.part": part };
}

/** The pair's own bridge with its fixed /29. Docker's pools end after thirty networks, so every network names its own. */
export async function ensureNetwork(engine: Engine, of: Instance, member: string, stack: string, slot: number): Promise<void> {
  const name = dockerName(of, "network", member);
  const { subnet, bridgeAddress, bridge } = pairAddresses(of, slot);
  const there = await engine.call("network inspect", maybe(engine.docker.getNetwork(name).inspect()));
  if (there) return own(there.Labels, of.label, name);
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
    Labels: labels(of, stack, "network"),
  });
  await engine.call("network create", create).catch((error: unknown) => {
    if (!answered(error, 409)) throw error; // another try of ours made it meanwhile
  });
}

/** Removes the pair's network when it is there and ours. */
export async function removeNetwork(engine: Engine, of: Instance, member: string): Promise<void> {
  const name = dockerName(of, "network", member);
  const network = engine.docker.getNetwork(name);
  const info = await engine.call("network inspect", maybe(network.inspect()));
  if (!info) return;
  own(info.Labels, of.label, name);
  await engine.call("network remove", maybe(network.remove()));
}
