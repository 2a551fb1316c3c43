/** Addresses that are not the internet's: this machine, private networks, link-local with the metadata services, multicast. `network/bits`. */
const inside = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/3",
].map((range) => {
  const [network = "", bits = ""] = range.split("/");
  return { network: numberOf(network) ?? 0, size: 2 ** (32 - Number(bits)) };
});

function numberOf(address: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number);
  if (!parts || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** Whether an address may be dialled for a member: public IPv4 in its plain form, and nothing else. */
export function isPublic(address: string): boolean {
  const number = numberOf(address);
  return number !== undefined && !inside.some(({ network, size }) => number >= network && number < network + size);
}
