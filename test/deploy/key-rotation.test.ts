import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createClient } from "@libsql/client";
import { afterAll, expect, test } from "vitest";
import { cellFolderOf, ensureKeys, rotateKey } from "../../edge/deploy/keys.ts";
import { readSettingsFile } from "../../edge/deploy/settings-file.ts";
import { limit } from "../harness/suite/limit.ts";
import { testInstance } from "../harness/suite/test-instance.ts";
import { type Libsql, startLibsql } from "../local/libsql.ts";

/** The database's own server, by the file that the cell gets. */
const shared = testInstance("doubles");
const instance = { ...shared, ports: { ...shared.ports, libsql: shared.ports.libsql + 42 } };
const folder = mkdtempSync(path.join(tmpdir(), "growqr-rotation-"));
const file = path.join(folder, "settings.env");
let libsql: Libsql | undefined;
afterAll(async () => {
  await libsql?.stop();
  rmSync(folder, { recursive: true, force: true });
});
async function startAnew(): Promise<void> {
  await libsql?.stop();
  libsql = await startLibsql(instance, folder, { jwtKey: readFileSync(path.join(cellFolderOf(file), "libsql-jwt-key"), "utf8") });
}
const token = () => readSettingsFile(file).LIBSQL_TOKEN ?? "";
/** Whether who has this token may write. */
async function isTaken(authToken: string): Promise<boolean> {
  const client = createClient({ url: libsql?.url ?? "", authToken });
  const write = client.execute("create table if not exists note (text)");
  return write
    .then(
      () => true,
      () => false,
    )
    .finally(() => client.close());
}

test("the database's new token counts beside the one before, until it is rotated once more", { timeout: limit(60_000) }, async () => {
  await ensureKeys(file);
  const tokens = [token()];
  const seen = [];
  for (let time = 0; time < 3; time++) {
    await startAnew();
    seen.push(await Promise.all(tokens.map(isTaken)));
    await rotateKey(file, "LIBSQL_TOKEN");
    tokens.push(token());
  }
  expect(seen).toEqual([[true], [true, true], [false, true, true]]);
  expect(await isTaken("")).toBe(false);
});
