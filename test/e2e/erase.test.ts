import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { erasureOut } from "../../schema/account/erasure.ts";
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

test("a member takes all along: an archive whose repositories stock Git opens", async () => {
  const response = await fetch(`${product.edgeUrl}/account/export`, {
    headers: { authorization: `Bearer ${await dora.token()}` },
    redirect: "manual",
  });
  expect(response.status).toBe(200);
  const folder = mkdtempSync(path.join(tmpdir(), "growqr-export-"));
  try {
    writeFileSync(path.join(folder, "export.zip"), new Uint8Array(await response.arrayBuffer()));
    await run("python3", ["-m", "zipfile", "-e", "export.zip", "."], { cwd: folder });
    expect(readFileSync(path.join(folder, "README.md"), "utf8")).toContain("Nothing is missing.");
    await run("git", ["clone", "-q", "repositories/growqr/memory/main.bundle", "memory"], { cwd: folder });
    expect((await run("git", ["log", "--oneline"], { cwd: path.join(folder, "memory") })).stdout).not.toBe("");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("erasing a member", () => {
  test("ends the work of the agent and leaves no container, volume or network of the stack", async () => {
    expect((await listObjects()).length).toBeGreaterThan(3);
    await send(dora, actor, script({ tool: "bash", args: { command: "sleep 60", description: "wait" } }, { text: "waited" }));
    const asked = await dora.call("POST", "/account/erasure", { confirm: "dora@example.com" });
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
