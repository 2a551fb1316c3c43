import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { ask, edgeUp, newMember, newPerson } from "../client.ts";

/** SPEC 3.6: all of a member's data as one archive, read here by another program than ours. */
async function exportOf(token: string) {
  const response = await fetch(`${edgeUp.url}/account/export`, { headers: { authorization: `Bearer ${token}` }, redirect: "manual" });
  expect(response.status).toBe(200);
  const folder = mkdtempSync(path.join(tmpdir(), "growqr-export-"));
  try {
    const file = path.join(folder, "export.zip");
    writeFileSync(file, new Uint8Array(await response.arrayBuffer()));
    const read =
      "import json, sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(json.dumps({n: z.read(n).decode() for n in z.namelist()}))";
    return JSON.parse(execFileSync("python3", ["-c", read, file], { encoding: "utf8", maxBuffer: 64e6 })) as Record<string, string>;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

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
});

test("a person without an agent has an archive too; without a session there is none", async () => {
  const person = await newPerson();
  const files = await exportOf(await person.token());
  expect(Object.keys(files)).toContain("README.md");
  expect((await ask("GET", "/account/export")).status).toBe(401);
});
