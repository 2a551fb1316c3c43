import { isIPv4 } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { dockerName, type Instance, pairAddresses, readInstance } from "../../../schema/machine/instance.ts";

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,19}$/);
const index = fc.integer({ min: 0, max: 255 * 32 - 1 });
const number = (address: string) => address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);

/** Everything on the machine that would clash when two instances had it. */
const owned = (instance: Instance) => [
  ...Object.values(instance.ports),
  instance.prefix,
  instance.table,
  instance.bridge,
  instance.gateway.link,
];

test("instances in different slots share no port, address range, table, bridge or link", () => {
  fc.assert(
    fc.property(name, name, (a, b) => {
      const [x, y] = [readInstance(a), readInstance(b)];
      if (x.slot === y.slot) return;
      const shared = owned(x).filter((value) => owned(y).includes(value));
      expect(shared).toEqual([]);
    }),
  );
});

test("no test instance meets the main one or another test instance", () => {
  const twice = ["test-edge", "test-actors", "test-host", "test-faults"].flatMap((name) => [name, `${name}-2`]);
  const names = ["main", "test-e2e", "test-doubles", "bench", ...twice];
  expect(new Set(names.map((name) => readInstance(name).slot)).size).toBe(names.length);
});

test("all ports are distinct and below 32768, where the kernel hands out its own", () => {
  fc.assert(
    fc.property(name, (name) => {
      const ports = Object.values(readInstance(name).ports);
      expect(new Set(ports).size).toBe(ports.length);
      expect(Math.max(...ports)).toBeLessThan(32_768);
      expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
    }),
  );
});

test("names that could not be a folder, label and bridge are refused", () => {
  for (const bad of ["", "Main", "a b", "../x", "-a", "1a", "a".repeat(21), "a_b"]) expect(() => readInstance(bad)).toThrow();
});

test("every pair has a /29 of its own, with all its addresses inside it and none of them the gateway's", () => {
  fc.assert(
    fc.property(name, index, (name, at) => {
      const [here, numbered] = [readInstance(name), pairAddresses(readInstance(name), at)];
      const [network = "", bits] = numbered.subnet.split("/");
      expect(bits).toBe("29");
      expect(number(network) % 8).toBe(0);
      const all = [numbered.bridgeAddress, numbered.gitea, numbered.opencode, ...numbered.runs];
      expect(new Set(all).size).toBe(6);
      for (const address of all) {
        expect(isIPv4(address)).toBe(true);
        expect(Math.floor(number(address) / 8)).toBe(number(network) / 8);
        expect(address).not.toBe(here.gateway.address);
      }
    }),
  );
});

test("two pairs of one instance never share an address or a bridge, and a bridge name fits the kernel's 15 characters", () => {
  fc.assert(
    fc.property(name, index, index, (name, a, b) => {
      const here = readInstance(name);
      const [x, y] = [pairAddresses(here, a), pairAddresses(here, b)];
      expect(x.bridge.length).toBeLessThanOrEqual(15);
      expect(x.subnet === y.subnet).toBe(a === b);
      expect(x.bridge === y.bridge).toBe(a === b);
    }),
  );
});

test("a pair index outside the range is refused", () => {
  for (const bad of [-1, 0.5, 255 * 32, Number.NaN]) expect(() => pairAddresses(readInstance("main"), bad)).toThrow(RangeError);
});

test("main carries the plain container names, every other instance its own name inside", () => {
  expect(dockerName(readInstance("main"), "gitea", "mem_1")).toBe("growqr-gitea-mem_1");
  expect(dockerName(readInstance("test-host"), "gitea", "mem_1")).toBe("growqr-test-host-gitea-mem_1");
});
