import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { memberKeyOut } from "../../../schema/account/member-key.ts";
import { rewrapOut, sealingOut } from "../../../schema/provider/provider-key.ts";
import type { EdgeUp } from "../../harness/edge-parts.ts";
import { startEdge } from "../../local/edge.ts";
import {
  ask,
  beside,
  joinMachine,
  newPerson,
  newSleeper,
  operatorToken,
  signed,
  sql,
  startEdgeWithoutEngine,
  type TestMachine,
  type TestPerson,
} from "../client.ts";

/**
 * A key-encryption key is taken out of use (SPEC 11.1): an edge with the new one beside it wraps all records
 * anew, and an edge that has the new one alone opens them.
 */
let edge: EdgeUp;
beforeAll(async () => {
  const started = await startEdgeWithoutEngine(60, "sealing");
  edge = started.edge;
  return started.stop;
});
const settings = z.object({ bindings: z.record(z.string(), z.string()) });
/** The same edge with other keys, at a port of its own. */
async function startWith(keks: (kept: Record<string, string>) => Record<string, string>, name: string, port: number) {
  const { bindings } = settings.parse(JSON.parse(readFileSync(path.join(edge.folder, "edge.json"), "utf8")));
  const kept = z.record(z.string(), z.string()).parse(JSON.parse(bindings.KEKS ?? ""));
  const instance = beside(60);
  const origin = `http://127.0.0.1:${port}`;
  const started = await startEdge(
    instance,
    path.join(edge.folder, name),
    { ...bindings, KEKS: JSON.stringify(keks(kept)), KEK_CURRENT: "next", IDENTITY_PARTIES: `${bindings.IDENTITY_PARTIES},${origin}` },
    port,
  );
  return { ...started, up: { ...edge, url: started.url } };
}
const next = `${"B".repeat(42)}A`;
const origin = "https://api.tracker.example";
const put = async (person: TestPerson, where: string, body: object, at = edge) => {
  const answer = await ask("PUT", where, { token: await person.token(), body, edge: at });
  expect(answer.status, answer.text).toBe(200);
};
const operate = async (method: string, where: string, at: EdgeUp) =>
  ask(method, where, { token: await operatorToken(edge), edge: at, ...(method === "POST" ? { body: {} } : {}) });
const rewrap = async (at: EdgeUp) => rewrapOut.parse((await operate("POST", "/platform/sealing/rewrap", at)).json);
const sealing = async (at: EdgeUp) => sealingOut.parse((await operate("GET", "/platform/sealing", at)).json);
const wrappers = async () =>
  (
    await sql(
      "select distinct json_extract(sealed, '$.k') as k from secret union select json_extract(sealed, '$.k') from provider_key",
      [],
      edge,
    )
  ).map(({ k }) => k);
async function keyOf(member: string, by: TestMachine, at: EdgeUp): Promise<string> {
  const answer = await signed(by, "POST", `/stacks/${member}/key`, {}, at);
  expect(answer.status, answer.text).toBe(200);
  return memberKeyOut.parse(answer.json).key;
}

test("all that an old key sealed is wrapped by the new one in several goes, and opens without the old one", async () => {
  const people = await Promise.all(Array.from({ length: 3 }, () => newPerson(edge)));
  for (const person of people) for (let n = 0; n < 40; n++) await put(person, `/secrets/key-${n}`, { value: `value ${n}`, origin });
  const [first] = people as [TestPerson];
  await put(first, "/keys/compatible", { key: edge.modelKey, baseUrl: edge.modelUrl });
  const made = { token: await operatorToken(edge), body: { role: "king" }, headers: { "idempotency-key": "made-once-0001" }, edge };
  const refused = await ask("POST", "/hosts/tokens", made);
  expect(refused.status).toBe(400);
  const spoiled = await sql("select rowid, sealed from secret order by rowid limit 1", [], edge);
  await sql('update secret set sealed = replace(sealed, \'"w":"\', \'"w":"A\') where rowid = ?', [Number(spoiled[0]?.rowid)], edge);

  const [sleeper, runner] = [await newSleeper(edge), await joinMachine("runner", 0, edge)];
  const memberKey = await keyOf(sleeper, runner, edge);

  const { spare } = beside(60).ports;
  const both = await startWith((keks) => ({ ...keks, next }), "both", spare);
  try {
    const before = await sealing(both.up);
    expect(before.wrappedBy.map(({ kek }) => kek)).toEqual(["k1"]);
    const all = before.wrappedBy[0]?.records ?? 0;
    expect(all).toBeGreaterThan(120);
    const begun = await rewrap(both.up);
    expect(begun.rewrapped).toBeGreaterThanOrEqual(100);
    expect(begun.left).toBeGreaterThan(0);
    await put(first, "/secrets/key-1", { value: "newer", origin }, both.up); // a change in between is wrapped by the new one already
    const rest = await Promise.all([rewrap(both.up), rewrap(both.up)]); // two operators at once
    expect(rest.every(({ left }) => left === 0)).toBe(true);
    expect(await rewrap(both.up)).toEqual({ rewrapped: 0, left: 0, stuck: 1 });
    expect((await sealing(both.up)).wrappedBy).toEqual([
      { kek: "k1", records: 1 },
      { kek: "next", records: all - 1 },
    ]);
    await sql("update secret set sealed = ? where rowid = ?", [String(spoiled[0]?.sealed), Number(spoiled[0]?.rowid)], edge);
    expect(await rewrap(both.up)).toEqual({ rewrapped: 1, left: 0, stuck: 0 });
    expect(await wrappers()).toEqual(["next"]);
  } finally {
    await both.stop();
  }

  const alone = await startWith(() => ({ next }), "alone", spare);
  try {
    const tested = await ask("POST", "/keys/compatible/test", { token: await first.token(), body: {}, edge: alone.up });
    expect(tested.status, tested.text).toBe(200); // it was opened, and nobody listens at its provider
    const again = await ask("POST", "/hosts/tokens", { ...made, token: await operatorToken(edge), edge: alone.up });
    expect([again.text, again.headers.get("idempotent-replay")]).toEqual([refused.text, "true"]);
    expect((await sealing(alone.up)).stuck).toBe(0);
    expect(await keyOf(sleeper, runner, alone.up)).toBe(memberKey);
  } finally {
    await alone.stop();
  }
});
