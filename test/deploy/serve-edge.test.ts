import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { recallClerkKey } from "../../edge/deploy/serve-edge.ts";
import { readSettingsFile } from "../../edge/deploy/settings-file.ts";

const state = mkdtempSync(path.join(tmpdir(), "growqr-serve-edge-"));
afterAll(() => rmSync(state, { recursive: true, force: true }));

test("while Clerk is away an edge serves by the key that it said last, and by none of another instance", () => {
  const [ours, other] = ["https://clerk.growqr.example", "https://clerk.other.example"];
  const [first, second] = ["1", "2"].map((name) => ({ IDENTITY_JWT_KEY: `key ${name}`, IDENTITY_KEY_ID: name }));
  expect(recallClerkKey(state, ours, undefined)).toBeUndefined();
  for (const said of [first, second]) expect(recallClerkKey(state, ours, said)).toEqual(said);
  expect(recallClerkKey(state, ours, undefined)).toEqual(second);
  expect(recallClerkKey(state, other, undefined)).toBeUndefined();
});

test("a file of settings that others can read, and that can't be changed from here, is told with what to do", () => {
  expect(() => readSettingsFile("/proc/self/status")).toThrow(/Others can read \/proc\/self\/status.*chmod 600/);
});
