import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { exportLinkLife, exportMade, exportOut } from "../../../schema/account/export.ts";
import { signIn } from "../../local/identity.ts";
import { ask, edgeUp, eraseAccount, newMember, newPerson, refusal, sql } from "../client.ts";
import { signedOut, tell } from "./identity-word.ts";

/** SPEC 3.6: all of a member's data as one archive, read here by another program than ours. */
const make = async (token: string) => exportMade.parse((await ask("POST", "/account/exports", { token })).json);
const look = async (token: string) => exportOut.parse((await ask("GET", "/account/exports", { token })).json);
const save = (url: string) => fetch(url, { redirect: "manual" });
const refusedBy = async (url: string) => {
  const { pathname, search } = new URL(url);
  const answer = await ask("GET", `${pathname}${search}`);
  return [answer.status, refusal(answer).code];
};
function unpack(archive: Uint8Array): Record<string, string> {
  const folder = mkdtempSync(path.join(tmpdir(), "growqr-export-"));
  try {
    const file = path.join(folder, "export.zip");
    writeFileSync(file, archive);
    const read =
      "import json, sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(json.dumps({n: z.read(n).decode() for n in z.namelist()}))";
    return JSON.parse(execFileSync("python3", ["-c", read, file], { encoding: "utf8", maxBuffer: 64e6 })) as Record<string, string>;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
const exportOf = async (token: string) => {
  const answer = await save((await make(token)).url);
  expect(answer.status).toBe(200);
  return unpack(new Uint8Array(await answer.arrayBuffer()));
};

test("an archive holds what is the member's and nobody else's, and no value of a secret", async () => {
  const [member, other] = [await newMember(), await newMember()];
  const token = await member.token();
  const [canary, words] = [`canary-${crypto.randomUUID()}`, `words-${crypto.randomUUID()}`];
  await ask("PUT", "/secrets/tracker-key", { token, body: { value: canary, origin: "https://api.example.com" } });
  await ask("POST", `/actors/${member.actor.id}/message`, { token, body: { clientId: crypto.randomUUID(), text: words } });
  const files = await exportOf(token);
  expect(JSON.parse(files["account.json"] ?? "")).toMatchObject({ id: member.actor.member, email: member.email });
  expect(files["rows/secret.jsonl"]).toContain("tracker-key");
  expect(files["log.jsonl"]).toContain(words);
  expect(files["audit.ndjson"]).toContain("PUT /secrets/{name}");
  expect(files["README.md"]).toContain("the stack does not run"); // there is no host behind this edge
  const all = JSON.stringify(files);
  for (const trace of [canary, other.actor.member, other.email]) expect(all).not.toContain(trace);
  const end = await look(token);
  expect(end).toMatchObject({ state: "saved", files: Object.keys(files).length, filesDone: Object.keys(files).length });
  expect(end.missing).toEqual([expect.stringContaining("the stack does not run")]);
  expect(end.bytes).toBeGreaterThan(all.length / 2);
});

test("a person without an agent has an archive too; without a session there is no link", async () => {
  const person = await newPerson();
  const token = await person.token();
  await ask("GET", "/me", { token });
  expect(await look(token)).toMatchObject({ state: "none", linkEndsAt: null });
  const files = await exportOf(token);
  expect(files["README.md"]).toContain("Nothing is missing.");
  for (const method of ["GET", "POST"]) expect((await ask(method, "/account/exports")).status).toBe(401);
});

test("a link can be opened again until it ends; a newer one ends it, and so does its time", async () => {
  const token = await (await newMember()).token();
  const before = Date.now();
  const first = await make(token);
  expect(first).toMatchObject({ state: "ready" });
  expect(first.linkEndsAt! - before).toBeGreaterThanOrEqual(exportLinkLife * 1_000);
  for (const again of [1, 2]) {
    const answer = await save(first.url);
    expect([again, answer.status, answer.headers.get("content-disposition")]).toEqual([
      again,
      200,
      expect.stringContaining("growqr-export.zip"),
    ]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    await answer.arrayBuffer();
  }
  const second = await make(token);
  expect(await refusedBy(first.url)).toEqual([404, "not_found"]);
  expect((await save(second.url)).status).toBe(200);
  expect(await refusedBy(`${second.url}x`)).toEqual([401, "unauthenticated"]);
  expect(await refusedBy(second.url.replace(/ticket=.*/, `ticket=${"x".repeat(50)}`))).toEqual([401, "unauthenticated"]);
  const member = (await ask("GET", "/me", { token })).json as { member: { id: string } };
  await sql("update account_export set made_at = 0, state = 'ready' where member = ?", [member.member.id]);
  expect(await look(token)).toMatchObject({ state: "none" });
});

test("a download that is ended is told as broken, and a new link begins it anew", async () => {
  const member = await newMember();
  const token = await member.token();
  const { url } = await make(token);
  const answer = await save(url);
  const reader = answer.body!.getReader();
  expect((await reader.read()).done).toBe(false);
  await reader.cancel();
  await expect.poll(async () => (await look(token)).state).toBe("broken");
  expect((await make(token)).state).toBe("ready");
});

test("who begins to save it last saves it, and a look at the link alone begins nothing", async () => {
  const member = await newMember();
  const token = await member.token();
  const { url } = await make(token);
  const head = await fetch(url, { method: "HEAD" });
  expect([head.status, head.headers.get("content-disposition")]).toEqual([200, expect.stringContaining("growqr-export.zip")]);
  expect((await look(token)).state).toBe("ready");
  const first = await save(url);
  const reader = first.body!.getReader();
  await reader.read();
  expect(unpack(new Uint8Array(await (await save(url)).arrayBuffer()))["README.md"]).toContain("Your data");
  await reader.cancel(); // its end is not told: it is another's by now
  expect((await look(token)).state).toBe("saved");
});

test("one that nobody has read for a minute stands; without a link by which it could go on it is broken", async () => {
  const member = await newMember();
  const token = await member.token();
  await make(token);
  const noted = (before: number, made: number) =>
    sql("update account_export set state = 'packing', noted_at = ?, made_at = ? where member = ?", [before, made, member.actor.member]);
  const now = Date.now();
  await noted(now, now);
  expect(await look(token)).toMatchObject({ state: "packing", stands: false });
  await noted(now - 61_000, now);
  expect(await look(token)).toMatchObject({ state: "packing", stands: true });
  await noted(now - 61_000, 0);
  expect(await look(token)).toMatchObject({ state: "broken", stands: false });
});

test("a link ends with the sign-in by which it was made, and with the account", async () => {
  const member = await newMember();
  const browser = await signIn(edgeUp.identityUrl, member.email);
  const { url } = await make(await browser.token());
  await tell(signedOut(browser.sessionId, member.subject, "revoked"));
  await expect.poll(() => refusedBy(url)).toEqual([401, "unauthenticated"]);
  const token = await member.token();
  const kept = await make(token);
  expect((await eraseAccount(token)).status).toBe(202);
  expect(await refusedBy(kept.url)).toEqual([404, "not_found"]);
});
