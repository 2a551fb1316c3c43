import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { erasureOut } from "../../schema/account/erasure.ts";
import { exportMade, exportOut } from "../../schema/account/export.ts";
import { type Person, person, provision, script, send } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";

/** SPEC 3.6: a member whose agent is at work is erased: the stack's containers, volumes and networks too. */
const product = inject("product");
let dora: Person;
let actor: string;
let member: string;

const run = promisify(execFile);
const listObjects = async () => {
  const lists = [
    ["ps", "-a", "--format", "{{.Names}}"],
    ["volume", "ls", "-q"],
    ["network", "ls", "--format", "{{.Name}}"],
  ];
  const answers = await Promise.all(lists.map((args) => run("docker", args)));
  return answers.flatMap(({ stdout }) => stdout.split("\n")).filter((name) => name.includes(member));
};

beforeAll(async () => {
  dora = await person(product, "dora@example.com");
  const made = await provision(dora);
  made.events.close();
  ({ id: actor, member } = made.actor);
});

test("a member takes all along: an archive whose repositories stock Git opens, with files that are in none", async () => {
  const headers = { authorization: `Bearer ${await dora.token()}`, "content-type": "application/octet-stream" };
  const attachments = `${product.edgeUrl}/actors/${actor}/attachments?${new URLSearchParams({ name: "photo.txt" })}`;
  expect((await fetch(attachments, { method: "POST", headers, body: "a photo of bread" })).status).toBe(201);
  const { url } = exportMade.parse((await dora.call("POST", "/account/exports", {})).body);
  const response = await fetch(url, { redirect: "manual" });
  expect(response.status).toBe(200);
  const folder = mkdtempSync(path.join(tmpdir(), "growqr-export-"));
  try {
    writeFileSync(path.join(folder, "export.zip"), new Uint8Array(await response.arrayBuffer()));
    await run("python3", ["-m", "zipfile", "-e", "export.zip", "."], { cwd: folder });
    expect(readFileSync(path.join(folder, "README.md"), "utf8")).toContain("Nothing is missing.");
    await run("git", ["clone", "-q", "repositories/growqr/memory.bundle", "memory"], { cwd: folder });
    expect((await run("git", ["log", "--oneline", "origin/main"], { cwd: path.join(folder, "memory") })).stdout).not.toBe("");
    await run("tar", ["-xf", `files/${actor}.tar`], { cwd: folder });
    expect((await run("grep", ["-rl", "a photo of bread", "attachments"], { cwd: folder })).stdout).toContain("photo.txt");
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(exportOut.parse((await dora.call("GET", "/account/exports")).body)).toMatchObject({ state: "saved", missing: [] });
});

test("a part that breaks off is named in the archive, which goes on to its end", async () => {
  const box = (await listObjects()).find((name) => name.includes("opencode"))!;
  const inBox = (...command: string[]) => run("docker", ["exec", "-u", "20001:20001", box, "bash", "-c", ...command]);
  await inBox(`head -c 600000000 /dev/urandom >/workspace/agents/${actor}/work/large`);
  const { url } = exportMade.parse((await dora.call("POST", "/account/exports", {})).body);
  const chunks: Uint8Array[] = [];
  let killed = false;
  for await (const chunk of (await fetch(url)).body!) {
    chunks.push(chunk);
    if (killed || chunks.reduce((sum, { length }) => sum + length, 0) < 20_000_000) continue;
    await inBox("pkill -9 -x tar");
    killed = true;
  }
  const folder = mkdtempSync(path.join(tmpdir(), "growqr-export-"));
  try {
    writeFileSync(path.join(folder, "export.zip"), Buffer.concat(chunks));
    await run("python3", ["-m", "zipfile", "-t", "export.zip"], { cwd: folder });
    await run("python3", ["-m", "zipfile", "-e", "export.zip", "."], { cwd: folder });
    expect(readFileSync(path.join(folder, "README.md"), "utf8")).toMatch(/files of \w+ that are in no repository: it broke off/);
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(exportOut.parse((await dora.call("GET", "/account/exports")).body)).toMatchObject({
    state: "saved",
    missing: [expect.any(String)],
  });
  await inBox(`rm /workspace/agents/${actor}/work/large`);
});

describe("erasing a member", () => {
  test("ends the work of the agent and leaves no container, volume or network of the stack", async () => {
    expect((await listObjects()).length).toBeGreaterThan(3);
    await send(dora, actor, script({ tool: "bash", args: { command: "sleep 60", description: "wait" } }, { text: "waited" }));
    const { confirmBy } = erasureOut.parse((await dora.call("GET", "/account/erasure")).body);
    const asked = await dora.call("POST", "/account/erasure", { confirm: confirmBy });
    expect(asked.status).toBe(202);
    expect((await dora.call("POST", `/actors/${actor}/message`, { clientId: "late-message", text: "hello" })).status).toBe(410);
    await expect.poll(listObjects, { timeout: limit(90_000), interval: 500 }).toEqual([]);
    const state = async () => {
      const { status, body } = await dora.call("GET", "/account/erasure").catch(() => ({ status: 401, body: null })); // the sign-in is deleted
      return status === 200 ? erasureOut.parse(body).state : "erased";
    };
    await expect.poll(state, { timeout: limit(60_000), interval: 500 }).toBe("erased");
  });
});
