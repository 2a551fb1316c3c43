import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { fillEngineStore } from "../../../edge/deploy/backup/engine-fill.ts";
import { copyEngineStore } from "../../../edge/deploy/backup/engine-store.ts";
import { restoreBackup } from "../../../edge/deploy/backup/restore-backup.ts";
import { takeBackup } from "../../../edge/deploy/backup/take-backup.ts";
import { limit } from "../../harness/suite/limit.ts";
import { testInstance } from "../../harness/suite/test-instance.ts";
import { startEngine } from "../../local/engine.ts";
import { startLibsql } from "../../local/libsql.ts";
import { bin } from "../../local/process.ts";
import { startCutting } from "./cutting-proxy.ts";

/** An engine of its own, whose namespaces stand for all that it keeps. */
const shared = testInstance("doubles");
const [engine, enginePeer, engineMetrics] = [42, 43, 44].map((at) => shared.ports.libsql + at) as [number, number, number];
const instance = { ...shared, ports: { ...shared.ports, engine, enginePeer, engineMetrics } };
const token = "engine-token-of-a-test-that-is-long-enough";
const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
const parent = mkdtempSync(path.join(tmpdir(), "growqr-engine-backup-"));
let round = 0;
let folder: string;
let store: string;
let running: Awaited<ReturnType<typeof startEngine>>;
beforeEach(async () => {
  folder = path.join(parent, `${round++}`);
  store = path.join(folder, "engine");
  running = await startEngine(instance, folder, token);
}, limit(60_000));
afterEach(() => running.stop());
afterAll(() => rmSync(parent, { recursive: true, force: true }));

async function makeNamespace(name: string): Promise<boolean> {
  const body = JSON.stringify({ name, display_name: name });
  return (await fetch(`${running.url}/namespaces`, { method: "POST", headers, body }).catch(() => undefined))?.status === 200;
}
const listed = z.object({ namespaces: z.array(z.object({ name: z.string() })) });
const listNamespaces = async () =>
  listed.parse(await (await fetch(`${running.url}/namespaces?limit=10000`, { headers })).json()).namespaces.map(({ name }) => name);
const archives = () => path.join(folder, "archives");
const backup = () => takeBackup({ folder: archives(), database: undefined, store, log: () => undefined });
const restore = (archive: string, to: string, over = false) =>
  restoreBackup({ archive, database: undefined, store: to, onlyEngine: true, over, sealingKeys: [], log: () => undefined });

test("a copy of an engine that is written to has all that it had said to be kept, and the engine goes on", async () => {
  for (let n = 0; n < 50; n++) await makeNamespace(`first-${n}`);
  await running.stop();
  running = await startEngine(instance, folder, token); // what was written before becomes tables now
  const kept: string[] = [];
  let isOver = false;
  const writers = [1, 2, 3, 4].map(async (writer) => {
    for (let n = 0; !isOver; n++) if (await makeNamespace(`w${writer}-${n}`)) kept.push(`w${writer}-${n}`);
  });
  await expect.poll(() => kept.length).toBeGreaterThan(50);
  let atMoment: string[] = [];
  const copy = await copyEngineStore(store, async () => {
    atMoment = [...kept];
  });
  const after = kept.length;
  await expect.poll(() => kept.length).toBeGreaterThan(after + 20); // it goes on
  isOver = true;
  await Promise.all(writers);
  expect(copy.files.some((name) => name.endsWith(".sst"))).toBe(true);
  expect(copy.heldMs).toBeGreaterThan(0);
  await running.stop();
  const other = path.join(folder, "other");
  fillEngineStore(path.join(other, "engine"), copy.folder, copy.files, false);
  running = await startEngine(instance, other, token);
  const there = new Set(await listNamespaces());
  expect([...atMoment, ...Array.from({ length: 50 }, (_, n) => `first-${n}`)].filter((name) => !there.has(name))).toEqual([]);
});

test("an archive of it goes back into an empty folder, and nothing is left in the one it was taken from", async () => {
  await makeNamespace("kept");
  const { archive } = await backup();
  await makeNamespace("later");
  expect(readdirSync(store)).not.toContain("growqr-backup");
  const files = readdirSync(archive, { recursive: true, encoding: "utf8" }).map((name) => path.join(archive, name));
  expect(files.filter((name) => statSync(name).mode & 0o077)).toEqual([]);
  const other = path.join(folder, "other");
  await restore(archive, path.join(other, "engine"));
  await running.stop();
  running = await startEngine(instance, other, token);
  const there = await listNamespaces();
  expect([there.includes("kept"), there.includes("later")]).toEqual([true, false]);
});

test("a backup that is killed while the engine stands still lets it go on", async () => {
  const program = `
    const { copyEngineStore } = await import(${JSON.stringify(path.resolve("edge/deploy/backup/engine-store.ts"))});
    await copyEngineStore(${JSON.stringify(store)}, () => new Promise(() => { console.log("still"); setInterval(() => undefined, 1_000); }));`;
  const child = spawn(bin("node"), ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const waiting = makeNamespace("waited");
  child.kill("SIGKILL");
  expect(await waiting).toBe(true);
  const { files } = await copyEngineStore(store, async () => undefined); // what it left is no hindrance
  expect(files).toContain("CURRENT");
});

test.each([
  ["before the engine stands still", 0],
  ["while it does", 1],
])("a database that hangs %s holds no back-up up, and the engine no longer", async (_, calls) => {
  const libsql = await startLibsql({ ...shared, ports: { ...shared.ports, libsql: shared.ports.libsql + 45 } }, folder);
  const proxy = await startCutting(new URL(libsql.url), calls, "hangs");
  const took = takeBackup({ folder: archives(), database: { url: proxy.url, token: undefined }, store, log: () => undefined });
  await expect(took).rejects.toThrow(`The database gives no answer within ${calls === 0 ? 5 : 1.5} seconds`);
  expect(proxy.seen()).toBe(calls + 1);
  expect(await makeNamespace("goes-on")).toBe(true);
  expect(existsSync(archives()) ? readdirSync(archives()) : []).toEqual([]);
  expect(readdirSync(store)).not.toContain("growqr-backup");
  await proxy.close();
  await libsql.stop();
});

test("an engine that stands is copied as it lies; what is no store, or a damaged one, is refused", async () => {
  await makeNamespace("kept");
  await running.stop();
  const { manifest } = await backup();
  expect(manifest).toMatchObject({ engine: true, database: null });
  await expect(copyEngineStore(archives(), async () => undefined)).rejects.toThrow("is no store of an engine");
  writeFileSync(path.join(store, readdirSync(store).find((name) => name.startsWith("MANIFEST"))!), "not what it was");
  await expect(copyEngineStore(store, async () => undefined)).rejects.toThrow("or none can");
  running = await startEngine(instance, path.join(folder, "other"), token);
});

test("a store is put back into no running engine and over no other; one that was broken off is begun anew", async () => {
  await makeNamespace("kept");
  const { archive } = await backup();
  await expect(restore(archive, store)).rejects.toThrow("The engine runs");
  await running.stop();
  await expect(restore(archive, store)).rejects.toThrow("is not empty");
  await restore(archive, store, true);
  const aside = readdirSync(store).filter((name) => name.startsWith("growqr-before-"));
  expect(aside.map((name) => readdirSync(path.join(store, name)).includes("CURRENT"))).toEqual([true]);
  writeFileSync(path.join(store, "growqr-restore-unfinished"), "");
  writeFileSync(path.join(store, "000999.sst"), "half");
  await expect(copyEngineStore(store, async () => undefined)).rejects.toThrow("half put back");
  await restore(archive, store);
  expect(readdirSync(store)).not.toContain("000999.sst");
  expect(readdirSync(store)).toEqual(expect.arrayContaining(aside));
  running = await startEngine(instance, folder, token);
  expect(await listNamespaces()).toContain("kept");
});
