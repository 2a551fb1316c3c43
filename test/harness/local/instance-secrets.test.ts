import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { openSecrets } from "../../local/secrets.ts";

const folder = mkdtempSync(path.join(tmpdir(), "growqr-secrets-"));
const file = path.join(folder, "secrets.json");
afterAll(() => rmSync(folder, { recursive: true }));

test("an instance's secrets are made once; those of an older version keep what they have and get what they lack", async () => {
  const made = await openSecrets(folder);
  expect(await openSecrets(folder)).toEqual(made);
  const { mailKey: _, pushKey: __, paymentKey: ___, paymentSecret: ____, ...older } = made;
  writeFileSync(file, JSON.stringify(older));
  const now = await openSecrets(folder);
  expect(now).toMatchObject(older);
  expect([now.mailKey === made.mailKey, now.pushKey.d === made.pushKey.d]).toEqual([false, false]);
  expect(await openSecrets(folder)).toEqual(now);
  expect([statSync(file).mode & 0o077, JSON.parse(readFileSync(file, "utf8"))]).toEqual([0, now]);
});
