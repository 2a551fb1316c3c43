import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { actorView, meOut } from "../../../schema/account/account.ts";
import { joinOut } from "../../../schema/machine/host.ts";
import { newMachineKey } from "../../../schema/machine/machine.ts";
import { hostsOut, joinTokenMade, joinTokensOut, machineOut } from "../../../schema/machine/machine-view.ts";
import { newId } from "../../../schema/wire/id.ts";
import type { EdgeUp } from "../../harness/edge-parts.ts";
import { openSecrets } from "../../local/secrets.ts";
import {
  type Ask,
  ask,
  capacity,
  heartbeat,
  joinMachine,
  newPerson,
  operatorToken,
  refusal,
  signed,
  sql,
  startEdgeWithoutEngine,
} from "../client.ts";

/** Machines as operators see and command them (issue 11.7). This edge has no engine to ask. */
let edge: EdgeUp;
beforeAll(async () => {
  const started = await startEdgeWithoutEngine(40, "operator");
  edge = started.edge;
  return started.stop;
});
const operate = async (method: string, where: string, more: Ask = {}) =>
  ask(method, where, { token: await operatorToken(edge), edge, ...more });
const act = (machine: string, name: string, body: object = {}, headers: Record<string, string> = {}) =>
  operate("POST", `/hosts/${machine}/${name}`, { body, headers });
const read = async (machine: string) => machineOut.parse((await operate("GET", `/hosts/${machine}`)).json);
const kinds = async (machine: string) => (await read(machine)).events.map(({ kind }) => kind);
const serialOf = (certificate: string) => new X509Certificate(certificate).serialNumber.toLowerCase();
const placeSomebody = async (): Promise<z.infer<typeof actorView>> => {
  const person = await newPerson(edge);
  await ask("POST", "/billing/trial", { body: {}, token: await person.token(), edge });
  return actorView.parse(meOut.parse((await ask("GET", "/me", { token: await person.token(), edge })).json).agent);
};

describe("one machine's page", () => {
  test("says how it stands, what is on it, what it runs, what happened to it and which certificates it has", async () => {
    const host = await joinMachine("host", 9, edge);
    const versions = { growqr: "0.1.0", node: "24.1.0", docker: "29.0.1", images: "0123456789abcdef" };
    const load = { cpu: 1.5, freeMemoryMb: 2_000, freeDiskMb: 9_000 };
    const beat = { sequence: 9, capacity: { ...capacity, stacks: 9 }, stacks: [], versions, load };
    expect((await signed(host, "POST", `/hosts/${host.id}/heartbeat`, beat, edge)).status).toBe(200);
    const { member, stackId } = await placeSomebody();
    const { csrPem } = await newMachineKey("again");
    const renewed = joinOut.parse((await signed(host, "POST", `/hosts/${host.id}/certificate`, { csr: csrPem }, edge)).json);
    const seen = await read(host.id);
    expect(seen.host).toMatchObject({
      state: "ready",
      health: "ok",
      placed: 1,
      versions,
      load,
      cell: "main",
      serial: serialOf(renewed.certificate),
    });
    expect([seen.runner, seen.evictable, seen.stacks]).toEqual([
      null,
      false,
      [{ stack: stackId, member, epoch: 1, observed: "absent", trouble: null }],
    ]);
    expect(seen.certificates.map(({ serial }) => serial)).toEqual([serialOf(renewed.certificate), serialOf(host.certificate)]);
    expect(seen.events.map(({ kind }) => kind)).toEqual(["renewed", "joined"]);
    expect(seen.joinedBy).toMatch(/^jtk_/);
    await sql("update machine set stacks = 0 where id = ?", [host.id], edge);
  });

  test("of a silent machine says so while it lasts, and how long it was once it is back, each once", async () => {
    const [host, runner] = [await joinMachine("host", 0, edge), await joinMachine("runner", 0, edge)];
    await heartbeat(host, 0, edge);
    await signed(runner, "GET", "/hosts/mine", undefined, edge);
    expect((await read(runner.id)).runner).toMatchObject({ health: "ok" });
    await sql(
      "update machine set last_heartbeat = ?, last_probe = null where id in (?, ?)",
      [Date.now() - 60_000, host.id, runner.id],
      edge,
    );
    for (const { id } of [host, runner]) expect(await kinds(id)).toEqual(["silent", "joined"]);
    await Promise.all([heartbeat(host, 0, edge), heartbeat(host, 0, edge), signed(runner, "GET", "/hosts/mine", undefined, edge)]);
    for (const { id } of [host, runner]) {
      const { events } = await read(id);
      expect(events.map(({ kind }) => kind)).toEqual(["back", "silent", "joined"]);
      expect(events[0]?.detail).toMatch(/^It was not heard for 6\d s\.$/);
    }
  });

  test("and everything else about machines is for operators only", async () => {
    const host = await joinMachine("host", 0, edge);
    const { token } = await newPerson(edge);
    const doors: [string, string][] = [
      ["GET", "/hosts"],
      ["GET", `/hosts/${host.id}`],
      ["GET", "/hosts/tokens"],
      ["DELETE", `/hosts/tokens/${newId("jtk")}`],
      ...["drain", "undrain", "revoke", "evict"].map((name): [string, string] => ["POST", `/hosts/${host.id}/${name}`]),
    ];
    for (const [method, where] of doors) {
      const body = method === "POST" ? { body: {} } : {};
      expect(refusal(await ask(method, where, { ...body, token: await token(), edge })).code, where).toBe("forbidden");
      expect(refusal(await ask(method, where, { ...body, edge })).code, where).toBe("unauthenticated");
    }
    expect(await kinds(host.id)).toEqual(["joined"]);
    expect(refusal(await operate("GET", `/hosts/${newId("hst")}`)).code).toBe("not_found");
    expect(refusal(await operate("GET", "/hosts/nonsense")).code).toBe("not_found");
  });
});

describe("an operator's act", () => {
  test("drain keeps new stacks away and undrain lets them come; said again it changes and tells nothing", async () => {
    const host = await joinMachine("host", 9, edge);
    await heartbeat(host, 9, edge);
    const headers = { "idempotency-key": crypto.randomUUID() };
    for (let n = 0; n < 2; n++) expect((await act(host.id, "drain", {}, headers)).status).toBe(200);
    expect((await act(host.id, "drain")).status).toBe(200);
    await sql("update machine set stacks = 0 where id <> ?", [host.id], edge);
    const person = await newPerson(edge);
    await ask("POST", "/billing/trial", { body: {}, token: await person.token(), edge });
    expect((await ask("GET", "/me", { token: await person.token(), edge })).json).toMatchObject({
      agent: { host: null, waiting: { place: expect.any(Number) } },
    });
    await heartbeat(host, 9, edge);
    expect((await read(host.id)).host?.state).toBe("draining");
    for (let n = 0; n < 2; n++) expect((await act(host.id, "undrain")).status).toBe(200);
    expect(await kinds(host.id)).toEqual(["undrained", "draining", "joined"]);
    expect((await placeSomebody()).host?.id).toBe(host.id);
    const runner = await joinMachine("runner", 0, edge);
    expect(refusal(await act(runner.id, "drain")).code).toBe("not_found");
    await act(host.id, "revoke");
    for (const name of ["drain", "undrain"]) expect(refusal(await act(host.id, name)).code).toBe("conflict");
  });

  test("revoke has a reason, which the machine hears and a stranger who says its name does not; the first reason stays", async () => {
    const host = await joinMachine("host", 0, edge);
    for (const reason of ["", "a\nb", "x".repeat(201), 7])
      expect(refusal(await act(host.id, "revoke", { reason })).code, String(reason)).toBe("invalid");
    expect((await act(host.id, "revoke", { reason: "its disk was stolen" })).status).toBe(200);
    expect((await act(host.id, "revoke", { reason: "another word" })).status).toBe(200);
    for (let n = 0; n < 3; n++) {
      const { code, message } = refusal(await heartbeat(host, 0, edge));
      expect([code, message]).toEqual(["unauthenticated", "An operator revoked this machine: its disk was stolen"]);
    }
    const stranger = { ...host, keyPem: (await newMachineKey("stranger")).keyPem };
    expect(refusal(await heartbeat(stranger, 0, edge)).message).not.toContain("stolen");
    const { events, host: seen } = await read(host.id);
    expect(seen?.state).toBe("revoked");
    expect(events.map(({ kind, detail }) => [kind, detail])).toEqual([
      ["refused", "It called with its key."],
      ["revoked", "its disk was stolen"],
      ["joined", null],
    ]);
    expect(events[1]?.by).toMatch(/^mem_/);
  });

  test("evict is told with how many have a place and how many wait; a second one finds nothing to take", async () => {
    const host = await joinMachine("host", 9, edge);
    await heartbeat(host, 9, edge);
    await sql("update machine set stacks = 0 where id <> ?", [host.id], edge);
    const { member } = await placeSomebody();
    await sql("update stack set memory_since = 1 where member = ?", [member], edge);
    expect((await read(host.id)).evictable).toBe(false);
    expect(refusal(await act(host.id, "evict")).code).toBe("conflict");
    await act(host.id, "revoke");
    await sql("update machine set last_heartbeat = ? where id = ?", [Date.now() - 36_000, host.id], edge);
    expect((await read(host.id)).evictable).toBe(true);
    expect((await act(host.id, "evict")).json).toEqual({ placed: 0, homeless: 1, stopped: 0 });
    expect((await act(host.id, "evict")).json).toEqual({ placed: 0, homeless: 0, stopped: 0 });
    expect((await read(host.id)).events.filter(({ kind }) => kind === "evicted")).toMatchObject([
      { detail: "0 stacks placed elsewhere, 1 wait for room, 0 are stopped and placed when they wake" },
    ]);
    const next = await joinMachine("host", 9, edge);
    await heartbeat(next, 9, edge);
    const runner = await joinMachine("runner", 0, edge);
    // It had a memory: its ticket says so on the new host, which then makes no empty one.
    const started = await signed(runner, "POST", `/stacks/${member}/ticket`, { wants: "running", generation: 2 }, edge);
    expect(started.json).toMatchObject({ host: { id: next.id }, keeps: true });
  });
});

describe("join tokens", () => {
  const listed = async () => joinTokensOut.parse((await operate("GET", "/hosts/tokens")).json).tokens;
  const make = async () => joinTokenMade.parse((await operate("POST", "/hosts/tokens", { body: { role: "runner" } })).json);
  const join = async (token: string) =>
    ask("POST", "/hosts/join", { body: { token, csr: (await newMachineKey("x")).csrPem, name: "x" }, edge });
  const withdraw = (token: string) => operate("DELETE", `/hosts/tokens/${token}`);

  test("are listed as made, used, withdrawn and ended, and never as themselves", async () => {
    const [open, used, taken, late] = [await make(), await make(), await make(), await make()];
    const machine = joinOut.parse((await join(used.token)).json);
    expect((await withdraw(taken.id)).json).toMatchObject({ state: "withdrawn" });
    await sql("update join_token set expires_at = 1 where id = ?", [late.id], edge);
    const rows = await listed();
    const state = (id: string) => rows.find((row) => row.id === id);
    expect([open, used, taken, late].map(({ id }) => state(id)?.state)).toEqual(["open", "used", "withdrawn", "ended"]);
    expect(state(used.id)?.machine).toBe(machine.id);
    for (const { token } of [open, used, taken, late]) {
      const { secret } = JSON.parse(Buffer.from(token.slice(4), "base64url").toString());
      expect(JSON.stringify(rows)).not.toContain(secret);
    }
    expect((await read(machine.id)).joinedBy).toBe(used.id);
  });

  test("that are withdrawn let nobody in; one that was used is not withdrawn, and twice is as once", async () => {
    const { id, token } = await make();
    const first = await withdraw(id);
    expect((await withdraw(id)).json).toEqual(first.json);
    expect(refusal(await join(token)).code).toBe("join_token_expired");
    const used = await make();
    await join(used.token);
    const refused = refusal(await withdraw(used.id));
    expect([refused.code, refused.message]).toEqual([
      "conflict",
      "A machine has joined with this token already. Revoke the machine instead.",
    ]);
    expect(refusal(await withdraw(newId("jtk"))).code).toBe("not_found");
  });

  test("withdrawn and used at the same time have one end", async () => {
    for (let n = 0; n < 5; n++) {
      const { id, token } = await make();
      const [joined, withdrawn] = await Promise.all([join(token), withdraw(id)]);
      expect([joined.status, withdrawn.status].filter((status) => status === 200)).toHaveLength(1);
    }
  });
});

describe("a runner of another cell", () => {
  test("gets no ticket, writes no status, and learns of no member, stack or host that is not its cell's", async () => {
    const host = await joinMachine("host", 9, edge);
    await heartbeat(host, 9, edge);
    await sql("update machine set stacks = 0 where id <> ?", [host.id], edge);
    const { member } = await placeSomebody();
    const ours = await joinMachine("runner", 0, edge);
    const { token } = joinTokenMade.parse((await operate("POST", "/hosts/tokens", { body: { role: "runner", cell: "second" } })).json);
    const { keyPem, csrPem } = await newMachineKey("other");
    const { id } = joinOut.parse((await ask("POST", "/hosts/join", { body: { token, csr: csrPem, name: "other" }, edge })).json);
    const other = { id, keyPem };
    const status = { seq: 1, status: "ready", observed: "running", lastActivity: 1 };
    const doors: [string, string, unknown][] = [
      ["POST", `/stacks/${member}/ticket`, {}],
      ["PUT", `/stacks/${member}/status`, status],
      ["PUT", `/stacks/${member}/agents/${newId("agt")}`, { type: "coder", tools: [], model: "standard" }],
      ["PUT", `/stacks/${member}/sessions/ses_1`, { agent: newId("agt") }],
      ["POST", `/stacks/${member}/receipts`, {}],
      ["POST", `/stacks/${member}/secrets/x`, {}],
      ["POST", `/stacks/${member}/key`, {}],
      ["POST", `/hosts/${host.id}/probe`, { reachable: true, at: 1 }],
    ];
    for (const [method, where, body] of doors)
      expect(refusal(await signed(other, method, where, body, edge)).code, where).toBe("not_found");
    expect((await signed(other, "GET", "/hosts/mine", undefined, edge)).json).toMatchObject({ hosts: [] });
    expect(await sql("select status_seq from agent where member = ?", [member], edge)).toEqual([{ status_seq: -1 }]);
    expect(await sql("select id from sub_agent where member = ?", [member], edge)).toEqual([]);
    expect((await signed(ours, "POST", `/stacks/${member}/ticket`, {}, edge)).status).toBe(200);
    expect((await signed(ours, "PUT", `/stacks/${member}/status`, status, edge)).status).toBe(200);

    await sql("update stack set cell = 'second' where member = ?", [member], edge);
    expect((await signed(other, "POST", `/stacks/${member}/ticket`, {}, edge)).status).toBe(200);
    expect(refusal(await signed(ours, "POST", `/stacks/${member}/ticket`, {}, edge)).code).toBe("not_found");
    const { runners } = hostsOut.parse((await operate("GET", "/hosts")).json);
    expect(runners.find((runner) => runner.id === id)?.cell).toBe("second");
  });
});

test("the CA's key is wrapped anew on its first use after another KEK became current, and certifies as before", async () => {
  // The paths are no literals: the Worker's types are not this program's.
  const load = (file: string) => import(new URL(`../../../edge/${file}`, import.meta.url).href);
  const { authority } = await load("machine/certificate-authority.ts");
  const { openDatabase } = await load("kernel/db.ts");
  await joinMachine("runner", 0, edge);
  const { keks } = await openSecrets(edge.folder);
  const config = { LIBSQL_URL: edge.libsqlUrl, KEKS: { ...keks, next: `${"B".repeat(42)}A` }, KEK_CURRENT: "next" };
  const [before] = await sql("select * from authority", [], edge);
  const uses = await Promise.all([1, 2, 3].map(() => authority(config, openDatabase(config))));
  const [after] = await sql("select * from authority", [], edge);
  const [old, now] = [before, after].map((row) => JSON.parse(String(row?.sealed_key)));
  expect([now.k, now.c, after?.certificate]).toEqual(["next", old.c, before?.certificate]);
  expect(old.k).not.toBe("next");
  for (const used of uses) expect(JSON.parse(used.sealedKey)).toMatchObject({ k: "next", c: old.c });
  await sql("update authority set sealed_key = ?", [String(before?.sealed_key)], edge); // this edge's settings know no other KEK
  await joinMachine("runner", 0, edge);
});
