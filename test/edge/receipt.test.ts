import { describe, expect, test } from "vitest";
import { z } from "zod";
import { makeStatement, readReceipt, signReceipt } from "../../schema/receipt/receipt.ts";
import { type ReceiptIn, receiptOut, receiptView } from "../../schema/receipt/receipt-api.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { ticketKeysPath } from "../../schema/wire/ticket.ts";
import { proof } from "../harness/receipt-sample.ts";
import { openSecrets } from "../local/secrets.ts";
import { ask, edgeUp, joinMachine, newMember, operatorToken, refusal, signed, sql } from "./client.ts";

const hash = (digit: string) => digit.repeat(64);
const commit = (digit: string) => digit.repeat(40);
function shown(change: Partial<ReceiptIn> = {}): ReceiptIn {
  return {
    run: newId("wrk"),
    task: newId("tsk"),
    title: "A blog",
    repo: "projects/blog",
    branch: "agent/x/blog",
    commit: commit("a"),
    spec: { id: "create-blog", sha256: hash("1") },
    image: { name: "growqr/opencode:x", sha256: hash("2") },
    checks: [{ name: "tests.0", kind: "command", command: "node --test", seconds: 60, exitCode: 0, output: hash("3"), ms: 12 }],
    outputs: [{ path: "src/server.js", sha256: hash("4") }],
    startedAt: 1_800_000_000_000,
    finishedAt: 1_800_000_009_000,
    ...change,
  };
}
const keys = z.object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })) });
const published = async () => keys.parse((await ask("GET", "/.well-known/jwks.json")).json);
const page = z.object({ receipts: z.array(receiptView), next: z.string().nullable() });

describe("a receipt", () => {
  test("is signed for what a runner saw, once per run, by a key that is published", async () => {
    const [runner, member] = [await joinMachine("runner"), await newMember()];
    const where = `/stacks/${member.actor.member}/receipts`;
    const body = shown();
    const first = receiptOut.parse((await signed(runner, "POST", where, body)).json);
    const again = receiptOut.parse((await signed(runner, "POST", where, body)).json);
    expect(again).toEqual(first);
    const said = await readReceipt(first.receipt, (await published()) as never);
    expect(said.subject[0]).toEqual({ name: "projects/blog", digest: { gitCommit: commit("a") } });
    expect(said.predicate).toMatchObject({ id: first.id, task: body.task, checks: body.checks, spec: { digest: { sha256: hash("1") } } });
    expect(JSON.stringify(said)).not.toContain(member.actor.member);
    expect(refusal(await signed(runner, "POST", where, { ...body, commit: commit("b") })).code).toBe("conflict");
  });

  test("is signed for nobody but a runner, and for no one who has no stack", async () => {
    const [runner, host, member] = [await joinMachine("runner"), await joinMachine("host"), await newMember()];
    const where = `/stacks/${member.actor.member}/receipts`;
    expect((await signed(host, "POST", where, shown())).status).toBe(403);
    expect((await ask("POST", where, { body: shown(), token: await member.token() })).status).toBe(401);
    expect((await signed(runner, "POST", `/stacks/${newId("mem")}/receipts`, shown())).status).toBe(404);
    expect((await signed(runner, "POST", where, { ...shown(), commit: "main" })).status).toBe(400);
    expect((await signed(runner, "POST", where, { ...shown(), checks: [] })).status).toBe(400);
    expect(await sql("select count(*) as n from receipt where member = ?", [member.actor.member])).toEqual([{ n: 0 }]);
  });

  test("is listed and read by its owner alone, in pages that miss nothing", async () => {
    const [runner, member, other] = [await joinMachine("runner"), await newMember(), await newMember()];
    const ids: Id<"rct">[] = [];
    for (const digit of ["a", "b", "c"]) {
      const made = await signed(runner, "POST", `/stacks/${member.actor.member}/receipts`, shown({ commit: commit(digit) }));
      ids.push(receiptOut.parse(made.json).id);
    }
    const token = await member.token();
    const page1 = page.parse((await ask("GET", "/receipts?limit=2", { token })).json);
    const two = page.parse((await ask("GET", `/receipts?limit=2&cursor=${page1.next}`, { token })).json);
    expect([...page1.receipts, ...two.receipts].map((each) => each.id)).toEqual(ids);
    expect(two.next).toBeNull();
    const found = page.parse((await ask("GET", `/receipts?commit=${commit("b")}`, { token })).json);
    expect(found.receipts.map((each) => each.id)).toEqual([ids[1]]);
    expect(receiptView.parse((await ask("GET", `/receipts/${ids[0]}`, { token })).json).checks).toBe(1);
    expect((await ask("GET", `/receipts/${ids[0]}`, { token: await other.token() })).status).toBe(404);
    expect((await ask("GET", `/receipts/${newId("rct")}`, { token })).status).toBe(404);
    expect(page.parse((await ask("GET", "/receipts", { token: await other.token() })).json).receipts).toEqual([]);
  });

  test("becomes stale once, and says since when", async () => {
    const [runner, member] = [await joinMachine("runner"), await newMember()];
    const where = `/stacks/${member.actor.member}/receipts`;
    const { id } = receiptOut.parse((await signed(runner, "POST", where, shown())).json);
    expect((await signed(runner, "PUT", `${where}/${id}`, { staleAt: 5 })).json).toEqual({ ok: true, changed: true });
    expect((await signed(runner, "PUT", `${where}/${id}`, { staleAt: 9 })).json).toEqual({ ok: true, changed: false });
    const token = await member.token();
    expect(receiptView.parse((await ask("GET", `/receipts/${id}`, { token })).json).staleAt).toBe(5);
    expect(page.parse((await ask("GET", "/receipts?current=true", { token })).json).receipts).toEqual([]);
    expect((await signed(runner, "PUT", `${where}/${newId("rct")}`, { staleAt: 5 })).status).toBe(404);
  });

  test("of an old key is still verifiable after a new one came into force", async () => {
    const [runner, member] = [await joinMachine("runner"), await newMember()];
    const sign = async () =>
      receiptOut.parse((await signed(runner, "POST", `/stacks/${member.actor.member}/receipts`, shown())).json).receipt;
    const kid = (receipt: string) =>
      z.object({ kid: z.string() }).parse(JSON.parse(Buffer.from(receipt.split(".")[0]!, "base64url").toString())).kid;
    const old = await sign();
    await sql("update receipt_key set created_at = created_at - ?", [91 * 86_400_000]);
    const fresh = await sign();
    expect(kid(fresh)).not.toBe(kid(old));
    const set = await published();
    for (const receipt of [old, fresh]) expect((await readReceipt(receipt, set as never)).predicate.task).toMatch(/^tsk_/);
    const [stored] = await sql("select sealed_key from receipt_key limit 1");
    expect(String(stored?.sealed_key)).toContain('"w":'); // wrapped, not as it is
  });
});

describe("a key of receipts", () => {
  const kidOf = (receipt: string) =>
    z.object({ kid: z.string() }).parse(JSON.parse(Buffer.from(receipt.split(".")[0]!, "base64url").toString())).kid;
  const sign = async (runner: Awaited<ReturnType<typeof joinMachine>>, task: string, change: Partial<ReceiptIn> = {}) =>
    receiptOut.parse((await signed(runner, "POST", `/stacks/${task}/receipts`, shown(change))).json).receipt;

  test("is in no set of keys of tickets, and a key of tickets in none of receipts: neither verifies the other's work", async () => {
    const [runner, member] = [await joinMachine("runner"), await newMember()];
    const kid = kidOf(await sign(runner, member.actor.member));
    const [receipts, tickets] = [await published(), keys.parse((await ask("GET", ticketKeysPath)).json)];
    expect(receipts.keys.map((key) => key.class)).not.toContain("ticket");
    expect(tickets.keys.map((key) => key.class)).toEqual(["ticket"]);
    expect(tickets.keys.map((key) => key.kid)).not.toContain(kid);
    const { signingKeys } = await openSecrets(edgeUp.folder);
    const forged = await signReceipt({ ...signingKeys[0]!, class: "receipt" } as never, makeStatement(proof()));
    for (const set of [receipts, tickets, { keys: [...receipts.keys, ...tickets.keys] }])
      await expect(readReceipt(forged, set)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test("is revoked by an operator from a time on: what is older holds, the next receipt has another key, and the earlier time counts", async () => {
    const [runner, member] = [await joinMachine("runner"), await newMember()];
    const at = Date.parse("2027-01-15T08:00:00Z");
    const old = await sign(runner, member.actor.member, { startedAt: at - 9_000, finishedAt: at - 1_000 });
    const late = await sign(runner, member.actor.member, { startedAt: at - 9_000, finishedAt: at });
    const where = `/receipts/keys/${kidOf(old)}/revoke`;
    expect((await ask("POST", where, { body: { reason: "compromised", at }, token: await member.token() })).status).toBe(403);
    const revoke = async (when: number) => ask("POST", where, { body: { reason: "compromised", at: when }, token: await operatorToken() });
    expect((await revoke(at)).json).toEqual({ kid: kidOf(old), revokedAt: at, reason: "compromised" });
    expect((await revoke(at + 60_000)).json).toMatchObject({ revokedAt: at });
    const set = await published();
    expect(set.keys.find(({ kid }) => kid === kidOf(old))).toMatchObject({ revoked: { revoked_at: at / 1000, reason: "compromised" } });
    await expect(readReceipt(old, set)).resolves.toBeTruthy();
    await expect(readReceipt(late, set)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(kidOf(await sign(runner, member.actor.member))).not.toBe(kidOf(old));
    const none = await ask("POST", "/receipts/keys/receipt-none/revoke", { body: { reason: "superseded" }, token: await operatorToken() });
    expect(none.status).toBe(404);
  });
});
