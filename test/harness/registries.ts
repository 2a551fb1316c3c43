import { lookup } from "node:dns/promises";
import { readFileSync, writeFileSync } from "node:fs";
import { publicEgressNames } from "../../schema/stack/egress-names.ts";
import { isPublicAddress } from "../../schema/wire/public-address.ts";

/** Programs of this machine trust these authorities; so do the boxes, then. */
const machineAuthorities = process.env.NODE_EXTRA_CA_CERTS ?? "/etc/ssl/certs/ca-certificates.crt";

/** One file with the authorities of this machine and those of another file. */
export function joinAuthorities(target: string, others: string): string {
  writeFileSync(target, [machineAuthorities, others].map((file) => readFileSync(file, "utf8")).join("\n"));
  return target;
}

/**
 * Settings by which boxes reach the package registries as this machine does: a machine behind a mirror has
 * inner addresses and an authority of its own for them.
 */
export async function reachRegistries(): Promise<Record<string, string>> {
  const names = publicEgressNames.map(({ name }) => name).filter((name) => !name.startsWith("."));
  const found = await Promise.all(names.map((name) => lookup(name, { family: 4, all: true }).catch(() => [])));
  const inner = found.flat().flatMap(({ address }) => (isPublicAddress(address) ? [] : [address]));
  return { EGRESS_TRUSTED: [...new Set(inner)].join(","), BOX_AUTHORITIES: machineAuthorities };
}
