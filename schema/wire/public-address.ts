import ipaddr from "ipaddr.js";

/**
 * Whether an address may be dialled for a member: a public IPv4 address in its
 * plain form. IPv6 is refused as a whole: nothing here dials it, and the library
 * takes `::7f00:1`, which is 127.0.0.1 in an old form, for a public address.
 */
export function isPublicAddress(address: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(address) && ipaddr.IPv4.parse(address).range() === "unicast";
}

/**
 * The address to dial among those that a name resolves to. A
 * name with a single inner address is not dialled at all.
 */
export function choosePublicAddress(addresses: readonly string[]): string | undefined {
  return addresses.every(isPublicAddress) ? addresses[0] : undefined;
}
