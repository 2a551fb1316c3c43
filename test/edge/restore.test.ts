import { rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { restoreBackup } from "../../edge/deploy/backup/restore-backup.ts";
import { takeBackup } from "../../edge/deploy/backup/take-backup.ts";
import { id, newId } from "../../schema/wire/id.ts";
import { type EdgeUp, freshFolder, joinEmptyHost, joinRunner, startParts } from "../harness/edge-parts.ts";
import { eventually } from "../harness/eventually.ts";
import { limit } from "../harness/suite/limit.ts";
import { startEngine } from "../local/engine.ts";
import type { Started } from "../local/process.ts";
import { startRunner } from "../local/runner.ts";
import { openSecrets } from "../local/secrets.ts";
import { ask, beside, eraseAccount, newMember, newPerson, refusal, signed, sql, type TestMember } from "./client.ts";
import { listen, textsOf } from "./event/sse-reader.ts";

/** Parts of its own: the control plane is lost, and put back from an archive that was taken as it served. */
const instance = beside(60);
const folder = freshFolder(instance, "restore");
const store = path.join(folder, "engine");
let edge: EdgeUp;
let parts: Started[] = [];
let engine: Awaited<ReturnType<typeof startEngine>>;
let runner: Started;
let token: string;

const bringRunner = () => startRunner(instance, folder, { edgeUrl: edge.url, endpoint: engine.endpoint });
beforeAll(async () => {
  token = (await openSecrets(folder)).engineToken;
  engine = await startEngine(instance, folder, token);
  const others = {
    rivetUrl: engine.url,
    rivetToken: token,
    modelUrl: `http://127.0.0.1:${instance.ports.model}/v1`,
    modelKey: "nobody-needs-this",
  };
  ({ up: edge, parts } = await startParts(instance, folder, others));
  await joinRunner(instance, edge);
  runner = await bringRunner();
  edge = { ...edge, host: await joinEmptyHost(instance, edge) };
});
afterAll(async () => {
  for (const part of [runner, ...parts, engine]) await part?.stop();
});

const say = async (member: TestMember, text: string) =>
  (
    await ask("POST", `/actors/${member.actor.id}/message`, {
      body: { clientId: crypto.randomUUID(), text },
      token: await member.token(),
      edge,
    })
  ).status;
/** All texts of a member's log, and its last place. */
async function readLog(member: TestMember, enough: (texts: string[]) => boolean, after?: number) {
  const said = await listen(`/actors/${member.actor.id}/events${after === undefined ? "" : `?after=${after}`}`, {
    token: await member.token(),
    edge,
    ms: 20_000,
    enough: (all) => enough(textsOf(all)),
  });
  return { texts: textsOf(said), last: Math.max(...said.flatMap((each) => each.id ?? [])) };
}
const beat = () => {
  const host = { id: id("hst").parse(edge.host?.id), keyPem: edge.host?.keyPem ?? "" };
  const body = { sequence: Date.now(), capacity: { cpus: 64, memoryMb: 262_144, stacks: 4_000 }, stacks: [] };
  return signed(host, "POST", `/hosts/${host.id}/heartbeat`, body, edge);
};

test("what was there at the moment of a backup is there after a restore, in both stores, and members go on from it", {
  timeout: limit(240_000),
}, async () => {
  const [ann, ben] = [await newMember(edge), await newMember(edge)];
  for (let n = 0; n < 5; n++) expect(await say(ann, `before ${n}`)).toBe(202);
  expect(await say(ben, "ben's")).toBe(202);

  // Members write while it is taken.
  let isOver = false;
  const written: string[] = [];
  const writing = (async () => {
    for (let n = 0; !isOver; n++) if ((await say(ann, `meanwhile ${n}`)) === 202) written.push(`meanwhile ${n}`);
  })();
  await eventually("somebody writes", async () => written.length > 3 || undefined);
  const database = { url: edge.libsqlUrl, token: undefined };
  const certainly = [...written];
  const { archive } = await takeBackup({ folder: path.join(folder, "archives"), database, store, log: () => undefined });
  isOver = true;
  await writing;

  expect(await say(ann, "after")).toBe(202);
  const { last } = await readLog(ann, (texts) => texts.includes("after"));
  const cid = await newMember(edge);
  expect(await say(cid, "cid's")).toBe(202);
  expect((await eraseAccount(await ben.token(), edge)).status).toBe(202);

  await runner.stop();
  await engine.kill();
  rmSync(store, { recursive: true });
  // Of what a stack may do since, its host knows later counts than the archive.
  const later = 50;
  await sql("update stack set ceiling_rev = ? where member = ?", [later, ann.actor.member], edge);
  const said: string[] = [];
  await restoreBackup({ archive, database, store, over: true, sealingKeys: ["k1"], log: (line) => said.push(line) });
  expect(said).toContainEqual(expect.stringContaining("erased again"));
  const revs = await sql("select member, ceiling, ceiling_rev from stack order by ceiling_rev", [], edge);
  expect(revs.filter(({ ceiling_rev }) => Number(ceiling_rev) <= later)).toEqual([]);
  expect(revs).toContainEqual(expect.objectContaining({ member: ben.actor.member, ceiling: "erased" }));
  engine = await startEngine(instance, folder, token);
  runner = await bringRunner();

  // Whoever reads from a place that the log has not reached yet reads it from its beginning.
  const text = `again ${newId("req")}`;
  await eventually("a message is taken", async () => (await say(ann, text)) === 202 || undefined, 60_000);
  const { texts } = await readLog(ann, (all) => all.includes(text), last + 1_000);
  expect(texts.filter((each) => each.startsWith("before"))).toEqual([0, 1, 2, 3, 4].map((n) => `before ${n}`));
  expect(texts).toEqual(expect.arrayContaining(certainly)); // all that was acknowledged before it began
  expect(texts).not.toContain("after");
  expect(new Set(texts).size).toBe(texts.length);

  const closed = await ask("GET", "/me", { token: await ben.token(), edge });
  expect([closed.status, refusal(closed).code]).toEqual([410, "erased"]);
  // Who came since is a new person here: they begin anew, with another agent.
  const begun = await ask("GET", "/me", { token: await cid.token(), edge });
  expect(begun.status).toBe(200);
  expect((await sql("select 1 from agent where id = ?", [cid.actor.id], edge)).length).toBe(0);
  expect((await beat()).status).toBe(200); // machines are known as before
  const dan = await newPerson(edge);
  expect((await ask("GET", "/me", { token: await dan.token(), edge })).status).toBe(200);
});

/** What both stores say of one member is of different moments: it is how one of them alone is put back. */
test.each(["the database", "the engine"])(
  "where %s alone is older, members go on, and their log is whole up to its moment",
  {
    timeout: limit(240_000),
  },
  async (part) => {
    const ann = await newMember(edge);
    expect(await say(ann, "before")).toBe(202);
    const database = { url: edge.libsqlUrl, token: undefined };
    const { archive } = await takeBackup({ folder: path.join(folder, `of ${part}`), database, store, log: () => undefined });
    expect(await say(ann, "after")).toBe(202);
    const { last } = await readLog(ann, (texts) => texts.includes("after"));
    await runner.stop();
    await engine.stop();
    const isDatabase = part === "the database";
    if (!isDatabase) rmSync(store, { recursive: true });
    const put = isDatabase ? { database, store: undefined } : { database, store, onlyEngine: true };
    const restore = () => restoreBackup({ archive, ...put, over: true, sealingKeys: ["k1"], log: () => undefined });
    if (!isDatabase) {
      const gone = newId("mem");
      const [columns, values] = ["subject_hash, member, by, asked_at, step, due_at, ended_at", "?, ?, 'member', 0, 'rows', 0, ?"];
      await sql(`insert into erasure (${columns}) values (${values})`, [gone, gone, Date.now()], edge);
      await expect(restore()).rejects.toThrow("1 had themselves erased");
      await sql("delete from erasure where member = ?", [gone], edge);
    }
    await restore();
    engine = await startEngine(instance, folder, token);
    runner = await bringRunner();
    const text = `again ${newId("req")}`;
    await eventually("a message is taken", async () => (await say(ann, text)) === 202 || undefined, 60_000);
    const { texts } = await readLog(ann, (all) => all.includes(text), isDatabase ? undefined : last + 1_000);
    expect(texts).toEqual(isDatabase ? ["before", "after", text] : ["before", text]);
    const place = async () => Number((await sql("select status_seq from agent where id = ?", [ann.actor.id], edge))[0]?.status_seq);
    await eventually("what the agent says of itself is heard", async () => (await place()) > 0 || undefined, 60_000);
  },
);
