import ipaddr from "ipaddr.js";

/** Inner addresses that may be dialled all the same: an IPv4 address and how many of its bits count. */
export type AddressRange = [ipaddr.IPv4, number];
/** Reads `10.1.2.0/24` or `10.1.2.3`; undefined where it is neither. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [address = "", bits = "32"] = text.split("/");
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return undefined;
  return [ipaddr.IPv4.parse(address), Number(bits)];
}

/**
 * Whether an address may be dialled for a member: a public IPv4 address in its
 * plain form. IPv6 is refused as a whole: nothing here dials it, and the library
 * takes `::7f00:1`, which is 127.0.0.1 in an old form, for a public address.
 */
export function isPublicAddress(address: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(address) && ipaddr.IPv4.parse(address).range() === "unicast";
}
const isTrustedAddress = (address: string, trusted: readonly AddressRange[]) =>
  ipaddr.IPv4.isValidFourPartDecimal(address) && trusted.some((range) => ipaddr.IPv4.parse(address).match(range));

/**
 * The address to dial among those that a name resolves to. A name with a single
 * inner address is not dialled at all, unless its operator trusts that range.
 */
export function choosePublicAddress(addresses: readonly string[], trusted: readonly AddressRange[] = []): string | undefined {
  return addresses.every((address) => isPublicAddress(address) || isTrustedAddress(address, trusted)) ? addresses[0] : undefined;
}
