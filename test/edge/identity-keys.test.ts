import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import path from "node:path";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type EdgeUp, freshFolder, startParts } from "../harness/edge-parts.ts";
import { eventually } from "../harness/eventually.ts";
import { limit } from "../harness/suite/limit.ts";
import { startEdge } from "../local/edge.ts";
import type { Started } from "../local/process.ts";
import { ask, beside, refusal, sql } from "./client.ts";

/**
 * SPEC 3.1: the identity provider's keys by their ids, and their rotation. The list of keys is this file's
 * own server; the Worker's clock beats often.
 */
const instance = beside(60);
const folder = freshFolder(instance, "identity-keys");
const issuer = `http://127.0.0.1:${instance.ports.spare + 9}`;
type Key = Awaited<ReturnType<typeof makeKey>>;
async function makeKey(kid: string, modulusLength = 2048) {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { modulusLength, extractable: true });
  return { kid, privateKey, pem: await exportSPKI(publicKey), jwk: { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" } };
}
let asked = 0;
let listed: { status: number; body: string };
const listOf = (...keys: Key[]) => ({ status: 200, body: JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }) });
const list = (...keys: Key[]) => {
  listed = listOf(...keys);
};
/** While set, the provider takes questions and answers none; what it would have said is kept with each. */
let held: { response: ServerResponse; answer: typeof listed }[] | undefined;
const say = (response: ServerResponse, { status, body }: typeof listed) =>
  response.writeHead(status, { "content-type": "application/json" }).end(body);
const provider = createServer((_, response) => {
  asked++;
  if (held) held.push({ response, answer: listed });
  else say(response, listed);
});

let edge: EdgeUp;
let parts: Started[] = [];
let [first, second, third, stranger]: Key[] = [];
beforeAll(async () => {
  const made = ["first", "second", "third", "stranger"].map((kid) => makeKey(kid, kid === "second" ? 3072 : 2048));
  [first, second, third, stranger] = await Promise.all(made);
  list(first!);
  provider.listen(Number(new URL(issuer).port), "127.0.0.1");
  await once(provider, "listening");
  const nobody = `http://127.0.0.1:${instance.ports.engine}`;
  const others = { rivetUrl: nobody, rivetToken: "nobody-is-there-to-take-it", modelUrl: `${nobody}/v1`, modelKey: "nobody-needs-this" };
  const settings = { IDENTITY_ISSUER: issuer, IDENTITY_JWT_KEY: first!.pem, IDENTITY_KEY_ID: first!.kid };
  ({ up: edge, parts } = await startParts(instance, folder, others, settings, { clock: 200, mostCalls: 100_000 }));
}, limit(120_000));
afterAll(async () => {
  await Promise.all(parts.map((part) => part.stop()));
  provider.closeAllConnections();
  await new Promise((resolve) => provider.close(resolve));
});
/** The Worker anew: it has read nothing. */
async function restartEdge({ clock }: { clock?: number } = {}): Promise<void> {
  const { bindings } = z
    .object({ bindings: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(path.join(folder, "edge.json"), "utf8")));
  await parts[0]?.stop();
  parts[0] = await startEdge(instance, folder, bindings, instance.ports.edge, {
    mostCalls: 100_000,
    ...(clock === undefined ? {} : { clock }),
  });
}

/** `age`: how long ago it was made, in seconds. */
async function token({ kid, privateKey }: Key, { named = kid, age = 0 } = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000) - age;
  const times = { iat: now, nbf: now - 10, exp: now + 60 };
  const claims = {
    azp: edge.publicUrl,
    sid: "sess_1",
    v: 2,
    sts: "active",
    sub: "user_keys",
    iss: issuer,
    email: "keys@example.com",
    ...times,
  };
  return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: named, typ: "JWT" }).sign(privateKey);
}
type Made = Parameters<typeof token>[1];
const call = async (key: Key, made?: Made) => ask("GET", "/billing", { token: await token(key, made), edge });
const status = async (key: Key, made?: Made) => (await call(key, made)).status;
const statuses = (count: number, key: Key, made?: Made) => Promise.all(Array.from({ length: count }, () => status(key, made)));
/** The provider's list is read at the next beat of the clock. */
const makeDue = () => sql("update identity_list set asked_at = 0", [], edge);
const askedOnce = async (before: number) => eventually("it was asked", async () => asked > before);
/** Until a token may have the provider asked again: that is seldom, whatever tokens there are. */
const known = (key: Key, wanted: number) => eventually(`${key.kid} is ${wanted}`, async () => (await status(key)) === wanted);

describe("a key of the identity provider", { timeout: limit(120_000) }, () => {
  test("that the settings name counts from the first call on", async () => {
    expect(await statuses(5, first!)).toEqual(Array(5).fill(200));
  });

  test("that it has rotated to counts at once, for all who come at once, and the one before as long as it is listed", async () => {
    await eventually("its list was read", async () => asked > 0 && (await sql("select 1 from identity_key", [], edge)).length > 0);
    list(first!, second!);
    const before = asked;
    expect(await statuses(20, second!)).toEqual(Array(20).fill(200)); // of 3,072 bits
    expect([await status(first!), asked - before]).toEqual([200, 1]);
  });

  test("that is in no list is refused, and its list is not asked for again and again", async () => {
    const before = asked;
    const old = { age: 30 }; // the list is newer than these: there is nothing to ask
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => status(stranger!, { named: `stranger-${n}`, ...old })));
    expect([answers, asked - before]).toEqual([Array(50).fill(401), 0]);
    expect(await status(stranger!, { named: second!.kid, ...old })).toBe(401); // its name is no proof
    // Of a new one it is asked for once; then it can't be said for a while, and nobody is signed out by that.
    await Promise.all(Array.from({ length: 20 }, (_, n) => call(stranger!, { named: `stranger-${n}` })));
    for (const named of ["stranger-21", second!.kid, second!.kid]) {
      const answer = await call(stranger!, { named });
      expect([401, 503]).toContain(answer.status);
      if (named !== second!.kid || answer.status === 503)
        expect([answer.status, refusal(answer).code, Number(answer.headers.get("retry-after")) > 0]).toEqual([503, "unavailable", true]);
    }
    expect(asked - before).toBeLessThanOrEqual(2); // for names that are unknown, and for signatures that are wrong
  });

  test("left the list: a minute later it is believed no more; what is no list changes nothing, what is odd in it spoils nothing", async () => {
    for (const body of [
      '{"keys":[]}',
      "no JSON",
      '{"keys":[{"kty":"EC","kid":"x"},null,{"kty":"RSA","kid":"y","n":"!","e":"AQAB"}]}',
      JSON.stringify({ keys: [second!.jwk], more: "x".repeat(1_000_000) }),
    ]) {
      listed = { status: 200, body };
      const before = asked;
      await makeDue();
      await askedOnce(before);
      const given = () => sql("select 1 from identity_list where asked_at > 0 and asked_at < ?", [Date.now() - 60_000], edge);
      await eventually("it was given up, and is tried again soon", async () => (await given()).length > 0);
      expect(await sql("select kid from identity_key where gone_at is null order by kid", [], edge)).toEqual([
        { kid: "first" },
        { kid: "second" },
      ]);
      expect([await status(first!), await status(second!)]).toEqual([200, 200]);
    }
    const odd = [{ kty: "EC", kid: "x" }, "text", { kty: "RSA", kid: "y" }, { ...third!.jwk, use: "enc" }];
    listed = { status: 200, body: JSON.stringify({ keys: [...odd, second!.jwk] }) };
    await makeDue();
    await eventually(
      "it is gone",
      async () => (await sql("select 1 from identity_key where kid = 'first' and gone_at > 0", [], edge)).length > 0,
    );
    expect([await status(first!), await status(second!)]).toEqual([200, 200]); // the tokens that it signed live on
    await sql("update identity_key set gone_at = gone_at - 60000 where kid = 'first'", [], edge);
    await restartEdge({ clock: 200 });
    // Though the settings name it, and many come before the Worker has read anything.
    expect(await statuses(10, first!, { age: 20 })).toEqual(Array(10).fill(401));
    expect(await status(second!)).toBe(200);
  });

  test("is told anew under its old name: that counts", async () => {
    const same = { ...(await makeKey(second!.kid)) };
    list(same);
    await known(same, 200);
    expect(await status(second!, { age: 20 })).toBe(401);
    list(second!);
    await known(second!, 200);
  });

  test("is not brought back by an older answer that comes later", async () => {
    list(second!);
    const goneFirst = await sql("select gone_at from identity_key where kid = 'first'", [], edge);
    held = [];
    await makeDue();
    await eventually("it is asked and silent", async () => (held?.length ?? 0) > 0);
    const old = held;
    held = undefined;
    list(third!, second!);
    const before = asked;
    await makeDue();
    await askedOnce(before);
    await known(third!, 200);
    for (const { response } of old) say(response, listOf(first!));
    list(third!);
    await makeDue();
    await eventually(
      "the newest counts",
      async () => (await sql("select 1 from identity_key where kid = 'second' and gone_at > 0", [], edge)).length > 0,
    );
    expect(await sql("select kid from identity_key where gone_at is null", [], edge)).toEqual([{ kid: "third" }]);
    expect(await sql("select gone_at from identity_key where kid = 'first'", [], edge)).toEqual(goneFirst); // never back
  });

  test("is known while the provider is away, by a Worker that starts then too; of others nothing can be said", async () => {
    listed = { status: 503, body: "" };
    await restartEdge();
    expect(await status(third!)).toBe(200);
    expect(await status(first!, { age: 20 })).toBe(401); // the list is newer than it
    const answer = await call(stranger!);
    expect([answer.status, refusal(answer).code, Number(answer.headers.get("retry-after")) > 0]).toEqual([503, "unavailable", true]);
  });

  test("is asked for once more though who caused it has gone while the provider was silent", async () => {
    held = [];
    await restartEdge();
    const gone = new AbortController();
    const left = fetch(`${edge.url}/billing`, { headers: { authorization: `Bearer ${await token(stranger!)}` }, signal: gone.signal });
    await eventually("it is asked", async () => (held?.length ?? 0) > 0);
    gone.abort();
    await left.catch(() => undefined);
    held = undefined;
    list(third!, stranger!);
    await known(stranger!, 200);
  });

  test("can't be told while the database is away: that is a 503, by a Worker that starts then too, and signs nobody out", async () => {
    await parts[2]?.stop();
    await restartEdge();
    const answers = await Promise.all(Array.from({ length: 5 }, () => call(third!)));
    for (const answer of [...answers, await call(third!)])
      expect([answer.status, refusal(answer).code, Number(answer.headers.get("retry-after")) > 0]).toEqual([503, "unavailable", true]);
  });
});
