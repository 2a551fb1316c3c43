import { z } from "zod";

/** One running copy of the product on a machine. Everything it owns there derives from its name. */
export type Instance = {
  name: string;
  /** 0 for `main`, else 1…63 by a hash of the name. */
  slot: number;
  ports: {
    edge: number;
    libsql: number;
    engine: number;
    enginePeer: number;
    engineMetrics: number;
    relay: number;
    host: number;
    identity: number;
    payments: number;
    model: number;
    mail: number;
    spare: number;
  };
  /** `10.(64+slot)`: the first two bytes of every address of the instance. */
  prefix: string;
  /** The address on which the host's gateway listens for the pairs. */
  gateway: { address: string; port: number; proxyPort: number; link: string };
  /** nftables table. */
  table: string;
  /** Prefix of bridge names: at most 15 characters with the pair's index. */
  bridge: string;
  /** Value of the Docker label `growqr.instance`. */
  label: string;
  /** State folder, below the checkout. */
  folder: string;
};

export const instanceName = z.string().regex(/^[a-z][a-z0-9-]{0,19}$/, "an instance is named with a-z, 0-9 and -, at most 20 characters");

function hashName(name: string): number {
  let h = 0x811c9dc5;
  for (const char of name) h = Math.imul(h ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return h;
}

export function readInstance(name: string): Instance {
  const parsed = instanceName.parse(name);
  const slot = parsed === "main" ? 0 : (hashName(parsed) % 63) + 1;
  const base = 20_000 + 100 * slot;
  return {
    name: parsed,
    slot,
    ports: {
      edge: base,
      libsql: base + 1,
      engine: base + 2,
      enginePeer: base + 3,
      engineMetrics: base + 4,
      relay: base + 5,
      host: base + 6,
      identity: base + 7,
      payments: base + 8,
      model: base + 9,
      mail: base + 10,
      spare: base + 20,
    },
    prefix: `10.${64 + slot}`,
    gateway: { address: `10.${64 + slot}.255.1`, port: 8080, proxyPort: 8081, link: `gqgw${slot}` },
    table: `growqr_${slot}`,
    bridge: `gq${slot}b`,
    label: parsed,
    folder: `.growqr/${parsed}`,
  };
}

export type PairAddresses = { subnet: string; bridgeAddress: string; gitea: string; opencode: string; runs: string[]; bridge: string };

/** The /29 of the pair with this index (0…8159) in an instance. The last block, x.255, is the gateway's. */
export function pairAddresses(instance: Instance, index: number): PairAddresses {
  if (!Number.isInteger(index) || index < 0 || index >= 255 * 32) throw new RangeError(`pair index ${index}`);
  const start = index * 8;
  const at = (n: number) => `${instance.prefix}.${(start + n) >> 8}.${(start + n) & 255}`;
  return {
    subnet: `${at(0)}/29`,
    bridgeAddress: at(1),
    gitea: at(2),
    opencode: at(3),
    runs: [at(4), at(5), at(6)],
    bridge: `${instance.bridge}${index}`,
  };
}

type PairPart = "gitea" | "opencode" | "network" | "gitea-data" | "workspace";
type ServicePart = "services" | "service-way" | "services-data" | "services-sockets";
type DockerPart = PairPart | ServicePart | "run" | "snapshot" | "app" | "app-release" | "app-data";
/** Name of a container, network or volume: of `main` without the instance's name, of all others with it. */
export function dockerName(instance: Instance, part: DockerPart, whose: string): string {
  return instance.name === "main" ? `growqr-${part}-${whose}` : `growqr-${instance.name}-${part}-${whose}`;
}
