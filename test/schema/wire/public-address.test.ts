import { describe, expect, test } from "vitest";
import { choosePublicAddress, isPublicAddress, parseAddressRange } from "../../../schema/wire/public-address.ts";

const publicAddresses = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.0.1", "172.32.0.1", "100.63.255.255", "223.255.255.255"];
const others: Record<string, string[]> = {
  "this machine": ["127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "::1", "::"],
  "a private network": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
  "a provider's own network": ["100.64.0.1", "100.127.255.255"],
  "this link, metadata services with it": ["169.254.169.254", "169.254.170.2", "fe80::1", "fe80::1%eth0", "fd00:ec2::254"],
  "a unique local network": ["fc00::1", "fd00::1"],
  "several machines at once": ["224.0.0.1", "239.255.255.255", "255.255.255.255", "ff02::1"],
  "reserved ranges": ["192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "240.0.0.1"],
  "IPv4 in IPv6": ["::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:7f00:1", "::127.0.0.1", "::7f00:1"],
  NAT64: ["64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::a9fe:a9fe"],
  "6to4 and Teredo": ["2002:7f00:1::", "2002:a9fe:a9fe::1", "2001::7f00:1"],
  "public IPv6, which nothing here dials": ["2606:4700:4700::1111", "[2606:4700:4700::1111]"],
  "no plain address": [
    "1.1.1",
    "1.1.1.256",
    "1.1.1.1.1",
    "2130706433",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "010.8.8.8",
    "08.8.8.8",
    " 8.8.8.8",
    "8.8.8.8\n",
    "",
    "a",
  ],
};

describe("an address", () => {
  test.each(publicAddresses)("%s is public", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
  test.each(Object.entries(others))("of %s is not public", (_name, addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });
});

test("a name is dialled only when every address that it has is public", () => {
  expect(choosePublicAddress(["8.8.8.8", "1.1.1.1"])).toBe("8.8.8.8");
  expect(choosePublicAddress(["8.8.8.8", "10.0.0.1"])).toBeUndefined();
  expect(choosePublicAddress(["169.254.169.254", "8.8.8.8"])).toBeUndefined();
  expect(choosePublicAddress([])).toBeUndefined();
});

test("an operator's own range is dialled too, and nothing beside it", () => {
  const trusted = ["10.1.2.0/24", "10.9.9.9"].map((text) => parseAddressRange(text)!);
  expect(choosePublicAddress(["10.1.2.77"], trusted)).toBe("10.1.2.77");
  expect(choosePublicAddress(["10.9.9.9", "8.8.8.8"], trusted)).toBe("10.9.9.9");
  for (const other of ["10.1.3.1", "10.9.9.8", "127.0.0.1", "::ffff:10.1.2.77"])
    expect(choosePublicAddress(["10.1.2.77", other], trusted)).toBeUndefined();
  for (const text of ["10.1.2.0/33", "10.1.2", "10.1.2.0/", "fd00::/8", "example.org", ""]) expect(parseAddressRange(text)).toBeUndefined();
});
