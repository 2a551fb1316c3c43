import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeEach, expect, test } from "vitest";
import { record } from "../../../actors/kernel/transaction.ts";
import { noteMissing, takeTrouble } from "../../../actors/stack/trouble.ts";
import { growAgentTable } from "../../../schema/agent/grow-agent.table.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { newId } from "../../../schema/wire/id.ts";
import { type Alone, alone } from "../../harness/actor-fixture.ts";

const folder = mkdtempSync(path.join(tmpdir(), "trouble-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let of: Alone;
beforeEach(async () => {
  of = await alone(folder);
  await record(of.self, newId("req"), (writer) => noteMissing(writer));
});
const commit = { sha: "1".repeat(40), commit: { message: "Begin", author: { name: "x", date: "2026-11-21T00:00:00Z" } }, parents: [] };
/** What Gitea says when its commits are asked for. */
function gitSays(status: number, body: unknown): void {
  const open = async () => ({ status, headers: {}, body: Readable.from([Buffer.from(JSON.stringify(body))]) });
  Object.assign(of.self.vars.stack, { open });
}
const trouble = async () => (await of.db.select().from(growAgentTable))[0]?.trouble;
const allIsWell = () => takeTrouble(of.self, { trouble: null }, newId("req"));

test("a memory that is seen to be gone stays missing, whatever the edge knew before", async () => {
  gitSays(404, { message: "not found" });
  expect([await allIsWell(), await trouble()]).toEqual([{ changed: false }, "memory_missing"]);
});

test("a memory that is there again, or can't be asked for yet, is no longer missing when the edge says so", async () => {
  gitSays(200, [commit]);
  expect([await allIsWell(), await trouble()]).toEqual([{ changed: true }, null]);
  await record(of.self, newId("req"), (writer) => noteMissing(writer));
  Object.assign(of.self.vars.stack, { open: () => Promise.reject(new AppError("unavailable")) });
  expect([await allIsWell(), await trouble()]).toEqual([{ changed: true }, null]);
});
