import { expect, test } from "vitest";
import { compareSecrets } from "../../../schema/project/project-secret.ts";

test("secrets are compared with those that a release was given", () => {
  const kept = [
    { name: "KEPT", version: 2 },
    { name: "NEWER", version: 3 },
    { name: "NEW", version: 1 },
  ];
  const given = { KEPT: 2, NEWER: 1, GONE: 4 };
  expect(compareSecrets(given, kept)).toEqual({ newer: ["NEWER", "NEW"], removed: ["GONE"] });
  expect(compareSecrets({ KEPT: 2 }, kept.slice(0, 1))).toEqual({ newer: [], removed: [] });
});

test("of a release of before nothing is said", () => {
  expect(compareSecrets(undefined, [{ name: "NEW", version: 1 }])).toEqual({ newer: [], removed: [] });
});
