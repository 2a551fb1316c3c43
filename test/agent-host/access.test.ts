import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { connect } from "node:tls";
import { createClient } from "@libsql/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readHostMachine, saveHostMachine } from "../../agent-host/machine/machine.ts";
import { renewCertificate } from "../../agent-host/machine/renewal.ts";
import { halfLifeOfCertificate, newMachineKey } from "../../schema/machine/machine.ts";
import { machineOut } from "../../schema/machine/machine-view.ts";
import { errorBody } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { eventually } from "../harness/eventually.ts";
import { hostFolder } from "../local/host.ts";
import { operatorEmail, signIn } from "../local/identity.ts";
import type { Started } from "../local/process.ts";
import { agentHost as agentHostAt, joinRunner, joinToken, operatorCall } from "./enrolled-host.ts";
import { edgeUrl, folder, ground, hostInstance, startDaemon } from "./ground.ts";
import { callHost, newPerson, putStack, signRelayTicket, signStackTicket } from "./runner-client.ts";

/** `agent-host …` as an operator types it on this machine. */
const agentHost = (args: string[], env?: Record<string, string>) => agentHostAt(ground, args, env);
let daemon: Started;
beforeAll(async () => {
  daemon = await startDaemon();
});
afterAll(() => daemon?.stop());

const codeOf = (answer: { text: string }) => errorBody.parse(JSON.parse(answer.text)).error.code;
const person = newPerson();
const at = `/stacks/${person.member}`;

describe("who may talk to a host", () => {
  it("a runner's certificate opens health without a ticket", async () => {
    const answer = await callHost("GET", "/health");
    expect([answer.status, answer.text]).toEqual([200, '{"ok":true}']);
  });
  it("a caller without a certificate gets no answer at all", async () => {
    await expect(callHost("GET", "/health", { as: { key: "", certificate: "" } })).rejects.toThrow();
  });
  it("a certificate that the CA did not sign gets no answer at all", async () => {
    const { keyPem } = await newMachineKey("stranger");
    await expect(callHost("GET", "/health", { as: { key: keyPem } })).rejects.toThrow();
  });
  it("another host's certificate is refused: only runners call", async () => {
    const read = (name: string) => readFileSync(path.join(hostFolder(folder), name), "utf8");
    const answer = await callHost("GET", "/health", { as: { key: read("key.pem"), certificate: read("cert.pem") } });
    expect([answer.status, codeOf(answer)]).toEqual([403, "forbidden"]);
  });
});

describe("a runner that an operator revoked", () => {
  it("is refused with the next heartbeat, its open connection ends, others go on, and a daemon that was restarted knows it at once", async () => {
    const bad = await joinRunner(ground);
    const { key, certificate: cert, ca } = bad;
    const open = connect({ host: "127.0.0.1", port: hostInstance.ports.host, key, cert, ca, checkServerIdentity: () => undefined });
    open.write("GET /health HTTP/1.1\r\nhost: x\r\n\r\n");
    expect(String((await once(open, "data"))[0])).toContain("200 OK");
    const closed = once(open, "close");
    await operatorCall(ground, `/hosts/${bad.id}/revoke`, {});
    await closed;
    const refused = await callHost("GET", "/health", { as: bad });
    expect([refused.status, codeOf(refused)]).toEqual([403, "forbidden"]);
    expect((await callHost("GET", "/health")).status).toBe(200);
    await daemon.stop();
    daemon = await startDaemon();
    expect((await callHost("GET", "/health", { as: bad })).status).toBe(403);
  });
});

describe("a host that an operator revoked", () => {
  const sql = async (statement: string) => {
    const client = createClient({ url: ground.libsqlUrl });
    await client.execute({ sql: statement, args: [ground.host] }).finally(() => client.close());
  };
  const status = async () => (await agentHost(["status"])).stdout;
  const reason = "An operator revoked this machine: its disk was stolen";
  it("hears the reason in its log and its status, and its operators see that it was refused", async () => {
    expect(await status()).not.toContain("refused by the edge");
    await operatorCall(ground, `/hosts/${ground.host}/revoke`, { reason: "its disk was stolen" });
    try {
      await eventually("the refusal is in its status", async () => (await status()).includes(`refused by the edge: ${reason}`));
      await eventually("and in its log", async () => readFileSync(daemon.log, "utf8").includes(reason));
      const operator = await signIn(ground.identityUrl, operatorEmail, "Operator");
      const headers = { authorization: `Bearer ${await operator.token()}` };
      const answer = await fetch(`${edgeUrl}/hosts/${ground.host}`, { headers, redirect: "manual" });
      const { host, events } = machineOut.parse(await answer.json());
      expect([host?.state, host?.versions?.growqr, host?.load?.freeDiskMb]).toEqual(["revoked", expect.any(String), expect.any(Number)]);
      expect(events.slice(0, 2).map(({ kind }) => kind)).toEqual(["refused", "revoked"]);
    } finally {
      await sql("update machine set state = 'ready' where id = ?"); // for the tests that come: nobody else can take it back
    }
    await eventually("it is heard again", async () => !(await status()).includes("refused by the edge"));
  });
});

describe("what a ticket opens", () => {
  it("nothing without one", async () => {
    expect((await callHost("GET", at)).status).toBe(401);
    expect((await callHost("PUT", at, { body: { generation: 1, tier: "running" } })).status).toBe(401);
  });
  it("an expired one is refused as such", async () => {
    const answer = await callHost("GET", at, { ticket: await signStackTicket(person, { ttl: -70 }) });
    expect([answer.status, codeOf(answer)]).toEqual([401, "ticket_expired"]);
  });
  it("one for another member or another host finds nothing", async () => {
    const body = { generation: 1, tier: "running" };
    expect((await callHost("PUT", at, { ticket: await signStackTicket(newPerson()), body })).status).toBe(404);
    expect((await callHost("PUT", at, { ticket: await signStackTicket(person, { host: newId("hst") }), body })).status).toBe(404);
    expect((await callHost("GET", at, { ticket: await signStackTicket(newPerson()) })).status).toBe(404);
  });
  it("a stack that was never commanded is not there", async () => {
    expect((await callHost("GET", at, { ticket: await signStackTicket(person) })).status).toBe(404);
    expect((await callHost("GET", "/stacks", { ticket: await signStackTicket(person) })).text).toBe('{"stacks":[]}');
  });
  it("a relay ticket opens bytes below its path and nothing else", async () => {
    const other = newPerson();
    expect((await putStack(other, 1, "stopped")).stack?.observed).toBe("absent");
    const logs = `/stacks/${other.member}/logs`;
    expect((await callHost("GET", logs, { ticket: await signRelayTicket(other, logs) })).status).toBe(200);
    expect((await callHost("GET", logs, { ticket: await signRelayTicket(other, `/stacks/${other.member}/git`) })).status).toBe(404);
    expect((await callHost("GET", logs, { ticket: await signRelayTicket(other, logs, 0) })).status).toBe(409);
    expect(
      (await callHost("GET", `/stacks/${other.member}`, { ticket: await signRelayTicket(other, `/stacks/${other.member}`) })).status,
    ).toBe(401);
    const out = `/stacks/${other.member}/git/../logs`;
    expect((await callHost("GET", out, { ticket: await signRelayTicket(other, `/stacks/${other.member}/git`) })).status).toBe(404);
    const process = `/stacks/${other.member}/agents/${other.agent}/opencode/session`;
    expect((await callHost("GET", process, { ticket: await signRelayTicket(other, process) })).status).toBe(401);
  });
});

describe("bad input", () => {
  const send = async (raw: string) => callHost("PUT", at, { ticket: await signStackTicket(person), raw });
  it("is refused with a code and changes nothing", async () => {
    expect(codeOf(await send("{"))).toBe("bad_json");
    expect(codeOf(await send('{"generation":1,"tier":"running","more":1}'))).toBe("invalid");
    expect(codeOf(await send('{"generation":0,"tier":"running"}'))).toBe("invalid");
    expect(codeOf(await send('{"generation":1,"tier":"archived"}'))).toBe("invalid");
    expect((await callHost("GET", at, { ticket: await signStackTicket(person) })).status).toBe(404);
  });
  it("of more than the limit is too large", async () => {
    const answer = await send(JSON.stringify({ generation: 1, tier: "x".repeat(300_000) }));
    expect([answer.status, codeOf(answer)]).toEqual([413, "too_large"]);
  });
  it("in a path finds nothing", async () => {
    expect((await callHost("GET", "/stacks/mem_1,2", { ticket: await signStackTicket(person) })).status).toBe(404);
    expect((await callHost("GET", "/etc/passwd")).status).toBe(404);
    for (const [method, path] of [
      ["POST", at],
      ["POST", "/health"],
      ["DELETE", "/stacks"],
      ["PATCH", `${at}/agents/${person.agent}`],
    ] as const) {
      const answer = await callHost(method, path, { ticket: await signStackTicket(person) });
      expect([answer.status, codeOf(answer)], path).toEqual([405, "method_not_allowed"]);
    }
    for (const path of [
      `${at}/`,
      `${at}/git`,
      `${at}/agents/${person.agent}/opencode`,
      `${at}/git/a\\b`,
      "//health",
      "/health/../health",
    ]) {
      const answer = await callHost("GET", path, { ticket: await signStackTicket(person) });
      expect([answer.status, codeOf(answer)], path).toEqual([404, "not_found"]);
    }
  });
  it("answers with the request id it was given", async () => {
    const requestId = newId("req");
    const answer = await callHost("GET", at, { headers: { "x-request-id": requestId } });
    expect(errorBody.parse(JSON.parse(answer.text)).error.requestId).toBe(requestId);
  });
});

describe("a certificate", () => {
  it("is renewed for the same key, and the next connection sees the new one", async () => {
    const machine = readHostMachine(hostFolder(folder));
    const fresh = await renewCertificate({ ...machine!, edge: edgeUrl });
    expect(fresh.certificate).not.toBe(machine?.certificate);
    expect(fresh.key).toBe(machine?.key);
    saveHostMachine(hostFolder(folder), fresh);
    await daemon.stop();
    daemon = await startDaemon();
    expect((await callHost("GET", "/health")).status).toBe(200);
  });
  it("is due for renewal at half of its life", () => {
    const { certificate } = readHostMachine(hostFolder(folder))!;
    const { validFromDate, validToDate } = new X509Certificate(certificate);
    const [from, to] = [validFromDate.getTime(), validToDate.getTime()];
    expect([halfLifeOfCertificate(certificate), Math.round((to - from) / 86_400_000)]).toEqual([(from + to) / 2, 7]);
  });
});

describe("joining", () => {
  const other = { STATE_FOLDER: path.join(folder, "other") };
  it("a token that another machine used is refused", async () => {
    const token = await joinToken(ground, "host");
    expect((await agentHost(["join", token, "--port", "1"], other)).stdout).toMatch(/joined as hst_/);
    const third = { STATE_FOLDER: path.join(folder, "third") };
    await expect(agentHost(["join", token, "--port", "1"], third)).rejects.toThrow(/used already/);
  });
  it("a folder joins once, and a runner's token makes no host", async () => {
    await expect(agentHost(["join", await joinToken(ground, "host")], other)).rejects.toThrow(/belongs to hst_/);
    const runner = { STATE_FOLDER: path.join(folder, "as-runner") };
    await expect(agentHost(["join", await joinToken(ground, "runner")], runner)).rejects.toThrow(/runner/);
  });
  it("text that is no token is called that", async () => {
    await expect(agentHost(["join", "gqj_abc"], other)).rejects.toThrow(/belongs to|not a join token/);
    await expect(agentHost(["join", "gqj_abc"], { STATE_FOLDER: path.join(folder, "none") })).rejects.toThrow(/not a join token/);
  });
  it("doctor and status say what is there", async () => {
    const { stdout } = await agentHost(["doctor"]);
    expect(stdout).toMatch(/ok {3}clock: [0-5] s (behind|ahead of) the edge's; 60 s are tolerated/);
    expect(stdout).not.toContain("FAIL");
    expect((await agentHost(["status"])).stdout).toContain(`${ground.host} (this)`);
    expect((await agentHost(["status"])).stdout).toContain("serving as process");
  });
  it("help needs no settings, and a machine that has not joined says so and ends with 1", async () => {
    expect((await agentHost(["--help"], { STATE_FOLDER: "" })).stdout).toMatch(/^agent-host join <token>/);
    await expect(agentHost(["nonsense"])).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(/^agent-host join <token>/) });
    await expect(agentHost(["status"], { STATE_FOLDER: path.join(folder, "nobody") })).rejects.toMatchObject({
      code: 1,
      stdout: "This machine has not joined.\n",
    });
  });
});
