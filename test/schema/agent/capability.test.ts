import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  capabilityCovers,
  capabilityShape,
  describeCapability,
  findExcessCapabilities,
  holdsCapability,
  intersectCapabilities,
} from "../../../schema/agent/capability.ts";

describe("capabilities", () => {
  const some = fc.constantFrom(
    "files:read",
    "files:*",
    "network:a.org",
    "network:a*",
    "network:*",
    "git:push",
    "service:x/get",
    "service:x/*",
    "service:*",
  );
  test("of an agent never exceed its owner's, and are compared part by part", () => {
    expect(findExcessCapabilities(["files:read", "network:b.org", "network:*"], ["files:*", "network:b*"])).toEqual([
      { index: 2, capability: "network:*" },
    ]);
    expect(capabilityShape.safeParse("network:*.org").success).toBe(false);
    expect(capabilityShape.safeParse("*").success).toBe(false);
    expect(describeCapability("network:registry.npmjs.org")).toBe("reach registry.npmjs.org on the internet");
    expect(describeCapability("shell:workspace")).toBe("run commands in its own workspace");
  });
  test("form an order: reflexive, transitive, and what is bounded is within both", () => {
    fc.assert(
      fc.property(some, some, some, (a, b, c) => {
        expect(capabilityCovers(a, a)).toBe(true);
        if (capabilityCovers(a, b) && capabilityCovers(b, c)) expect(capabilityCovers(a, c)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.array(some), fc.array(some), some, (a, b, wanted) => {
        expect(holdsCapability(intersectCapabilities(a, b), wanted)).toBe(holdsCapability(a, wanted) && holdsCapability(b, wanted));
        expect(findExcessCapabilities(intersectCapabilities(a, b), a)).toEqual([]);
      }),
    );
  });
});
