import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { record } from "../../../actors/kernel/transaction.ts";
import { noteMissing, takeTrouble } from "../../../actors/stack/trouble.ts";
import { growAgentTable } from "../../../schema/agent/grow-agent.table.ts";
import { newId } from "../../../schema/wire/id.ts";
import { startActor, type TestActor } from "../../harness/actor-fixture.ts";

const folder = mkdtempSync(path.join(tmpdir(), "trouble-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let actor: TestActor;
beforeEach(async () => {
  actor = await startActor(folder);
  await record(actor.self, newId("req"), (writer) => noteMissing(writer));
});
const commit = { sha: "1".repeat(40), commit: { message: "Begin", author: { name: "x", date: "2026-11-21T00:00:00Z" } }, parents: [] };
/** What Gitea says when its commits are asked for. */
function gitSays(status: number, body: unknown): void {
  actor.host.answer = () => ({ status, body });
}
const trouble = async () => (await actor.db.select().from(growAgentTable))[0]?.trouble;
const allIsWell = () => takeTrouble(actor.self, { trouble: null }, newId("req"));

test("a memory that is seen to be gone stays missing, whatever the edge knew before", async () => {
  gitSays(404, { message: "not found" });
  expect([await allIsWell(), await trouble()]).toEqual([{ changed: false }, "memory_missing"]);
});

test("a memory that is there again, or can't be asked for yet, is no longer missing when the edge says so", async () => {
  gitSays(200, [commit]);
  expect([await allIsWell(), await trouble()]).toEqual([{ changed: true }, null]);
  await record(actor.self, newId("req"), (writer) => noteMissing(writer));
  actor.host.answer = () => undefined;
  expect([await allIsWell(), await trouble()]).toEqual([{ changed: true }, null]);
});
