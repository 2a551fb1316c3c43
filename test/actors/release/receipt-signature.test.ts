import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, test } from "vitest";
import { record } from "../../../actors/kernel/transaction.ts";
import { queueReceipts } from "../../../actors/receipt/receipt-restore.ts";
import { proofTable } from "../../../schema/proof/proof.table.ts";
import { releaseTable } from "../../../schema/release/release.table.ts";
import { newId } from "../../../schema/wire/id.ts";
import { publicPart } from "../../../schema/wire/key.ts";
import type { TestActor } from "../../harness/actor-fixture.ts";
import { newReceiptKey } from "../../harness/receipt-sample.ts";
import { AppMachine, moveMain, openProject, project, startDeployer, testReceiptKey } from "./deployer.ts";

/** Whether who signed a receipt is looked at before it is believed. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "signature-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const published = publicPart(testReceiptKey);
const revokedAt = (at: number) => ({ ...published, revoked: { revoked_at: at / 1_000, reason: "compromised" as const } });
const proven = 1_800_000_060_000; // when the checks of the sample receipt ended
const newestOf = async (actor: TestActor) => (await actor.act("releases", { project })).releases[0];
async function press(machine: AppMachine, signs = testReceiptKey): Promise<TestActor> {
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor, { signs });
  await actor.act("deploy", { project });
  await actor.settle();
  return actor;
}

test("a receipt that was signed by a key that was revoked by then deploys nothing, and one of before it does", async () => {
  const machine = new AppMachine();
  machine.published = [revokedAt(proven)];
  const actor = await press(machine);
  const reason = expect.stringContaining("a key that was revoked by then");
  expect(await newestOf(actor)).toMatchObject({ state: "failed", reason });
  expect(machine.puts).toEqual([]);
  machine.published = [revokedAt(proven + 1_000)];
  await actor.act("deploy", { project });
  await actor.settle();
  expect(await newestOf(actor)).toMatchObject({ state: "serving" });
});

test("a receipt whose key is newer than those that are remembered is believed, and keys of other kinds are no trouble", async () => {
  const machine = new AppMachine();
  machine.remembered = [];
  machine.published = [{ kid: "of-tomorrow", class: "post", alg: "Ed448" } as never, published];
  const actor = await press(machine);
  expect(await newestOf(actor)).toMatchObject({ state: "serving" });
});

test("a receipt that is kept no more deploys nothing, and says so", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  machine.published = undefined;
  await actor.act("deploy", { project });
  await actor.settle();
  await actor.db.update(releaseTable).set({ receipt: newId("rct") });
  machine.published = [published];
  await actor.settle(Date.now() + 10_000);
  expect(await newestOf(actor)).toMatchObject({ state: "failed", reason: expect.stringContaining("not kept any more") });
});

test("a receipt of a key that was never published, or whose text was changed, deploys nothing", async () => {
  const machine = new AppMachine();
  const actor = await press(machine, await newReceiptKey("receipt-stranger"));
  expect(await newestOf(actor)).toMatchObject({ state: "failed", reason: expect.stringContaining("never published") });
  const { task, commit } = await moveMain(actor);
  const [kept] = await actor.db.select().from(proofTable).where(eq(proofTable.task, task));
  const [header = "", payload = "", signature = ""] = kept!.receipt.split(".");
  const said = Buffer.from(payload, "base64url").toString().replace('"exitCode":0', '"exitCode":1');
  const forged = `${header}.${Buffer.from(said).toString("base64url")}.${signature}`;
  await actor.db.update(proofTable).set({ receipt: forged }).where(eq(proofTable.task, task));
  await actor.act("deploy", { project });
  await actor.settle();
  expect(await newestOf(actor)).toMatchObject({ commit, state: "failed", reason: expect.stringContaining("does not hold") });
  expect(machine.puts).toEqual([]);
});

test("a release waits while the keys can't be asked for, says so, and goes on by itself", async () => {
  const machine = new AppMachine();
  machine.published = undefined;
  const actor = await press(machine);
  for (let tries = 0; tries < 3; tries++) await actor.settle(Date.now() + 1_500);
  expect(await newestOf(actor)).toMatchObject({ state: "queued", reason: expect.stringContaining("The platform does not answer.") });
  expect(machine.puts).toEqual([]);
  machine.published = [published];
  await actor.settle(Date.now() + 3_000);
  expect(await newestOf(actor)).toMatchObject({ state: "serving" });
});

test("a receipt of a note is taken up again only where its signature holds", async () => {
  const machine = new AppMachine();
  const notes = new Map<string, string>();
  const answer = machine.answer;
  machine.answer = (method, at, body) => {
    if (at.includes("/git/refs/notes/receipts"))
      return { status: 200, body: [{ ref: "refs/notes/receipts", object: { sha: "9".repeat(40) } }] };
    if (at.includes(`/git/trees/${"9".repeat(40)}`))
      return { status: 200, body: { tree: [...notes.keys()].map((name) => ({ path: name, type: "blob", sha: name })) } };
    const [, name = ""] = /\/contents-ext\/([0-9a-f]{40})\?/.exec(at) ?? [];
    const content = Buffer.from(`${notes.get(name)}\n`).toString("base64");
    const file = { name, path: name, sha: name, type: "file", size: content.length, encoding: "base64", content };
    return notes.has(name) ? { status: 200, body: { file_contents: file } } : answer(method, at, body);
  };
  const actor = await startDeployer(folder, machine, { runs: ["receipts"] });
  await openProject(actor);
  for (const signs of [testReceiptKey, await newReceiptKey("receipt-stranger")]) {
    const { commit, task } = await moveMain(actor, { signs });
    const [row] = await actor.db.select().from(proofTable).where(eq(proofTable.task, task));
    notes.set(commit, row!.receipt);
  }
  const [held] = await actor.db.select().from(proofTable).orderBy(proofTable.at);
  await actor.db.delete(proofTable);
  await record(actor.self, newId("req"), (writer) => queueReceipts(writer));
  await actor.settle();
  expect((await actor.db.select().from(proofTable)).map(({ id }) => id)).toEqual([held!.id]);
});
