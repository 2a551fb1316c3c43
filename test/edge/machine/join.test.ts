import "reflect-metadata"; // @peculiar/x509 needs it before its own import
import { X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { describe, expect, test } from "vitest";
import { joinOut } from "../../../schema/machine/host.ts";
import { fingerprint, machineKeyAlgorithm, machineUri, newMachineKey, signCall } from "../../../schema/machine/machine.ts";
import { ask, capacity, edgeUp, heartbeat, joinMachine, joinToken, newPerson, operatorToken, refusal, signed, sql } from "../client.ts";

const edge = edgeUp;
const hostWords = { name: "box", address: "127.0.0.1", port: 9, capacity: { ...capacity, stacks: 0 } };
const said = (token: string) => JSON.parse(Buffer.from(token.slice(4), "base64url").toString());
const resaid = (value: object) => `gqj_${Buffer.from(JSON.stringify(value)).toString("base64url")}`;
const machineCount = async () => (await sql("select count(*) as n from machine"))[0]?.n;

describe("a join token", () => {
  test("says where the edge is and which CA to trust, and is kept only as a hash", async () => {
    const token = await joinToken("host");
    const { id, secret, edge: url, ca } = said(token);
    expect(url).toBe(edge.publicUrl);
    const machine = await joinMachine("host");
    expect(await fingerprint(machine.ca)).toBe(ca);
    const [row] = await sql("select * from join_token where id = ?", [id]);
    expect(JSON.stringify(row)).not.toContain(secret);
  });

  test("is made by operators only", async () => {
    const { token } = await newPerson();
    expect(refusal(await ask("POST", "/hosts/tokens", { body: { role: "host" }, token: await token() })).code).toBe("forbidden");
    expect(refusal(await ask("POST", "/hosts/tokens", { body: { role: "host" } })).code).toBe("unauthenticated");
    expect(refusal(await ask("POST", "/hosts/tokens", { body: { role: "king" }, token: await operatorToken() })).code).toBe("invalid");
  });

  test("lets one machine in: the same key gets the same answer again, another key is refused", async () => {
    const token = await joinToken("host");
    const { csrPem } = await newMachineKey("a");
    const join = (csr: string) => ask("POST", "/hosts/join", { body: { token, csr, ...hostWords } });
    const [first, second] = [await join(csrPem), await join(csrPem)];
    expect(first.status).toBe(200);
    expect(second.json).toEqual(first.json);
    const before = await machineCount();
    expect(refusal(await join((await newMachineKey("b")).csrPem)).code).toBe("join_token_used");
    expect(await machineCount()).toBe(before);
  });

  test("used by ten machines at once lets exactly one in", async () => {
    const token = await joinToken("runner");
    const keys = await Promise.all(Array.from({ length: 10 }, () => newMachineKey("race")));
    const answers = await Promise.all(keys.map(({ csrPem }) => ask("POST", "/hosts/join", { body: { token, csr: csrPem, name: "race" } })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) expect(refusal(answer).code).toBe("join_token_used");
  });

  test("that has expired lets nobody in", async () => {
    const token = await joinToken("runner");
    await sql("update join_token set expires_at = ? where id = ?", [Date.now() - 1, said(token).id]);
    const { csrPem } = await newMachineKey("late");
    const answer = await ask("POST", "/hosts/join", { body: { token, csr: csrPem, name: "late" } });
    expect([answer.status, refusal(answer).code]).toEqual([410, "join_token_expired"]);
  });

  test("that is forged lets nobody in", async () => {
    const token = await joinToken("runner");
    const real = said(token);
    const other = said(await joinToken("host"));
    const { csrPem } = await newMachineKey("forger");
    const forged = [
      resaid({ ...real, secret: "A".repeat(43) }),
      resaid({ ...real, secret: other.secret }),
      resaid({ ...real, id: other.id }),
      resaid({ ...real, id: "jtk_01ARZ3NDEKTSV4RRFFQ69G5FAV" }),
      resaid({ ...real, role: "host" }),
      resaid({ ...real, id: "' or 1=1 --" }),
      `gqx_${token.slice(4)}`,
      `gqj_${"%".repeat(40)}`,
      "x".repeat(40),
    ];
    const before = await machineCount();
    for (const file of forged)
      expect(refusal(await ask("POST", "/hosts/join", { body: { token: file, csr: csrPem, name: "forger" } })).code, file).toBe(
        "unauthenticated",
      );
    expect(await machineCount()).toBe(before);
    expect((await ask("POST", "/hosts/join", { body: { token, csr: csrPem, name: "honest" } })).status).toBe(200);
  });

  test("for a host is refused without address, port and capacity", async () => {
    const { csrPem } = await newMachineKey("a");
    const answer = await ask("POST", "/hosts/join", { body: { token: await joinToken("host"), csr: csrPem, name: "a" } });
    expect(
      refusal(answer)
        .issues?.map(({ path }) => path)
        .sort(),
    ).toEqual(["address", "capacity", "port"]);
  });
});

async function csr(
  keys: CryptoKeyPair,
  signingAlgorithm: EcdsaParams | Algorithm,
  extensions: x509.Extension[] = [],
): Promise<x509.Pkcs10CertificateRequest> {
  x509.cryptoProvider.set(crypto);
  return x509.Pkcs10CertificateRequestGenerator.create({ name: "CN=x", keys, signingAlgorithm, extensions });
}

describe("a certificate request", () => {
  const refused: [string, () => Promise<string>][] = [
    [
      "with an RSA key",
      async () => {
        const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 };
        return (await csr(await crypto.subtle.generateKey(rsa, true, ["sign", "verify"]), rsa)).toString("pem");
      },
    ],
    [
      "with a key on another curve",
      async () => {
        const p384 = { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" };
        return (await csr(await crypto.subtle.generateKey(p384, true, ["sign", "verify"]), p384)).toString("pem");
      },
    ],
    [
      "whose signature does not hold",
      async () => {
        const raw = new Uint8Array(
          (await csr(await crypto.subtle.generateKey(machineKeyAlgorithm, true, ["sign", "verify"]), machineKeyAlgorithm)).rawData,
        );
        raw[raw.length - 3]! ^= 0x01;
        return x509.PemConverter.encode(raw, "CERTIFICATE REQUEST");
      },
    ],
    ["that is no request", async () => `-----BEGIN CERTIFICATE REQUEST-----\n${"A".repeat(120)}\n-----END CERTIFICATE REQUEST-----`],
    ["that is not even PEM", async () => "x".repeat(200)],
  ];
  test.each(refused)("%s is refused and the token stays good", async (_, make) => {
    const token = await joinToken("runner");
    const answer = await ask("POST", "/hosts/join", { body: { token, csr: await make(), name: "x" } });
    expect([answer.status, refusal(answer).issues?.[0]?.path]).toEqual([400, "csr"]);
    const { csrPem } = await newMachineKey("good");
    expect((await ask("POST", "/hosts/join", { body: { token, csr: csrPem, name: "good" } })).status).toBe(200);
  });

  test("gets the names that the edge gives, not those it asked for", async () => {
    const keys = await crypto.subtle.generateKey(machineKeyAlgorithm, true, ["sign", "verify"]);
    const wishes = new x509.SubjectAlternativeNameExtension([
      { type: "dns", value: "edge.growqr.example" },
      { type: "url", value: "spiffe://growqr/host/hst_01ARZ3NDEKTSV4RRFFQ69G5FAV" },
    ]);
    const request = (await csr(keys, machineKeyAlgorithm, [wishes])).toString("pem");
    const answer = await ask("POST", "/hosts/join", { body: { token: await joinToken("host"), csr: request, ...hostWords } });
    const { id, certificate, ca } = joinOut.parse(answer.json);
    const made = new X509Certificate(certificate);
    expect(made.subjectAltName).toBe(`URI:${machineUri(id)}, IP Address:127.0.0.1`);
    expect(made.subject).toBe(`CN=${id}`);
    expect(made.verify(new X509Certificate(ca).publicKey)).toBe(true);
    expect(made.ca).toBe(false);
    expect(Math.round((Date.parse(made.validTo) - Date.now()) / 86_400_000)).toBe(7);
    expect(made.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"]);
  });

  test("of a runner gets no server certificate", async () => {
    const made = new X509Certificate((await joinMachine("runner")).certificate);
    expect(made.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    expect(made.subjectAltName).toMatch(/^URI:spiffe:\/\/growqr\/runner\/rnr_/);
  });
});

describe("a machine's call", () => {
  test("of a host renews its lease, once per signature", async () => {
    const host = await joinMachine("host");
    const answer = await heartbeat(host, 0);
    const alive = { leaseMs: 30_000, useTaken: true, revoked: expect.not.arrayContaining([host.id]), stacks: [] }; // others of this edge may be revoked
    expect([answer.status, answer.json]).toEqual([200, alive]);
    const hosts = (await ask("GET", "/hosts", { token: await operatorToken() })).json;
    expect(hosts).toMatchObject({
      hosts: expect.arrayContaining([expect.objectContaining({ id: host.id, state: "ready", health: "ok" })]),
    });
  });

  test("that is replayed is refused", async () => {
    const host = await joinMachine("host");
    const path = `/hosts/${host.id}/heartbeat`;
    const raw = JSON.stringify({ sequence: 1, capacity: { ...capacity, stacks: 0 }, stacks: [] });
    const authorization = await signCall(host.id, host.keyPem, { method: "POST", path, body: raw }, Math.floor(Date.now() / 1000));
    const once = () => ask("POST", path, { raw, headers: { authorization, "content-type": "application/json" } });
    const answers = await Promise.all([once(), once(), once()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
    expect((await once()).status).toBe(401);
  });

  test("is bound to method, path and body, and to sixty seconds", async () => {
    const host = await joinMachine("host");
    const other = await joinMachine("host");
    const path = `/hosts/${host.id}/heartbeat`;
    const raw = JSON.stringify({ sequence: 1, capacity: { ...capacity, stacks: 0 }, stacks: [] });
    const now = Math.floor(Date.now() / 1000);
    const call = { method: "POST", path, body: raw };
    const wrong: [string, Parameters<typeof signCall>][] = [
      ["another method", [host.id, host.keyPem, { ...call, method: "PUT" }, now]],
      ["another path", [host.id, host.keyPem, { ...call, path: "/hosts/x" }, now]],
      ["another query", [host.id, host.keyPem, { ...call, path: `${path}?a=1` }, now]],
      ["another body", [host.id, host.keyPem, { ...call, body: "{}" }, now]],
      ["long ago", [host.id, host.keyPem, call, now - 120]],
      ["the future", [host.id, host.keyPem, call, now + 120]],
      ["another machine's key", [host.id, other.keyPem, call, now]],
      ["another machine's name", [other.id, host.keyPem, call, now]],
      ["a machine that never was", ["hst_01ARZ3NDEKTSV4RRFFQ69G5FAV", host.keyPem, call, now]],
    ];
    for (const [title, args] of wrong) {
      const headers = { authorization: await signCall(...args), "content-type": "application/json" };
      expect(refusal(await ask("POST", path, { raw, headers })).code, title).toBe("unauthenticated");
    }
    expect(refusal(await ask("POST", path, { raw, headers: { "content-type": "application/json" } })).code).toBe("unauthenticated");
    expect(await sql("select last_heartbeat from machine where id = ?", [host.id])).toEqual([{ last_heartbeat: null }]);
  });

  test("is refused once the machine has left or its certificate has ended", async () => {
    const [gone, old] = [await joinMachine("host"), await joinMachine("host")];
    await sql("update machine set state = 'left' where id = ?", [gone.id]);
    await sql("update machine set certificate_ends = ? where id = ?", [Date.now() - 1, old.id]);
    expect((await heartbeat(gone, 0)).status).toBe(401);
    expect((await heartbeat(old, 0)).status).toBe(401);
  });

  test("says that a host leaves: nothing more is heard from it, no runner looks for it, and no other host can say it", async () => {
    const [host, other, runner] = [await joinMachine("host"), await joinMachine("host"), await joinMachine("runner")];
    expect(refusal(await signed(other, "POST", `/hosts/${host.id}/leave`)).code).toBe("not_found");
    expect(refusal(await signed(runner, "POST", `/hosts/${host.id}/leave`)).code).toBe("forbidden");
    expect((await heartbeat(host, 0)).status).toBe(200);
    expect((await signed(host, "POST", `/hosts/${host.id}/leave`)).json).toEqual({ ok: true });
    expect((await heartbeat(host, 0)).status).toBe(401);
    expect((await signed(runner, "GET", "/hosts/mine")).text).not.toContain(host.id);
    expect(await sql("select state from machine where id = ?", [host.id])).toEqual([{ state: "left" }]);
  });

  test("of a runner is refused where a host is asked for, and the other way round", async () => {
    const [host, runner] = [await joinMachine("host"), await joinMachine("runner")];
    const member = "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    const asHost = { sequence: 1, capacity: { ...capacity, stacks: 0 }, stacks: [] };
    expect(refusal(await signed(runner, "POST", `/hosts/${host.id}/heartbeat`, asHost)).code).toBe("forbidden");
    const forRunners: [string, string, unknown?][] = [
      ["POST", `/hosts/${host.id}/probe`, { reachable: true, at: 1 }],
      ["GET", "/hosts/mine"],
      ["POST", `/stacks/${member}/ticket`, {}],
      ["PUT", `/stacks/${member}/status`, { seq: 1, status: "ready", observed: "running", lastActivity: 1 }],
      ["PUT", `/stacks/${member}/sessions/ses_1`, { agent: "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV" }],
    ];
    for (const [method, path, body] of forRunners) expect(refusal(await signed(host, method, path, body)).code, path).toBe("forbidden");
    expect(refusal(await signed(runner, "POST", "/hosts/tokens", { role: "host" })).code).toBe("unauthenticated");
  });

  test("for another host's heartbeat or certificate finds nothing", async () => {
    const [first, other] = [await joinMachine("host"), await joinMachine("host")];
    const beat = { sequence: 1, capacity: { ...capacity, stacks: 0 }, stacks: [] };
    expect(refusal(await signed(first, "POST", `/hosts/${other.id}/heartbeat`, beat)).code).toBe("not_found");
    const { csrPem } = await newMachineKey("x");
    expect(refusal(await signed(first, "POST", `/hosts/${other.id}/certificate`, { csr: csrPem })).code).toBe("not_found");
  });

  test("renews a certificate with a new key; the old one works until the new one is first used, then no more", async () => {
    const host = await joinMachine("host");
    const fresh = await newMachineKey("fresh");
    const renewed = joinOut.parse((await signed(host, "POST", `/hosts/${host.id}/certificate`, { csr: fresh.csrPem })).json);
    expect(renewed.id).toBe(host.id);
    expect((await heartbeat(host, 0)).status).toBe(200); // its answer was lost, say
    expect((await heartbeat({ ...host, keyPem: fresh.keyPem }, 0)).status).toBe(200);
    expect((await heartbeat(host, 0)).status).toBe(401);
  });

  test("of a runner tells whether a host was reached, and lists what to probe", async () => {
    const [host, runner] = [await joinMachine("host"), await joinMachine("runner")];
    expect((await signed(runner, "GET", "/hosts/mine")).json).toMatchObject({
      hosts: expect.arrayContaining([{ id: host.id, address: "127.0.0.1", port: 1 }]),
    });
    await signed(runner, "POST", `/hosts/${host.id}/probe`, { reachable: false, at: Date.now() });
    expect(await sql("select last_probe from machine where id = ?", [host.id])).toEqual([{ last_probe: null }]);
    const began = Date.now();
    await signed(runner, "POST", `/hosts/${host.id}/probe`, { reachable: true, at: 1 });
    const [row] = await sql("select last_probe from machine where id = ?", [host.id]);
    expect(row?.last_probe).toBeGreaterThanOrEqual(began); // by the edge's clock
    expect(row?.last_probe).toBeLessThanOrEqual(Date.now());
  });
});

test("the CA's private key is in the database only sealed", async () => {
  await joinMachine("runner");
  const rows = await sql("select * from authority");
  expect(rows).toHaveLength(1);
  expect(String(rows[0]?.certificate)).toContain("BEGIN CERTIFICATE");
  expect(JSON.stringify(rows)).not.toContain("PRIVATE KEY");
});
