import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { PairAddresses } from "../../../schema/machine/instance.ts";
import { signCall } from "../../../schema/machine/machine.ts";
import type { RoomCheck, RunResult } from "../../../schema/proof/proof.ts";
import { readReceiptNote } from "../../../schema/receipt/receipt.ts";
import { noteOut, receiptOut, toRanChecks } from "../../../schema/receipt/receipt-api.ts";
import { gitUser } from "../../../schema/stack/stack.ts";
import { newId } from "../../../schema/wire/id.ts";
import type { Started } from "../../local/process.ts";
import { type Asked, callGitea, command, makeRepository, mustRunAsAgent, readPair, runChecks, startAuthor } from "../clean-room.ts";
import { edgeUrl, ground, startDaemon } from "../ground.ts";
import { callHost, newPerson, placeStack, putStack, signStackTicket } from "../runner-client.ts";

const person = newPerson();
let here: PairAddresses;
let daemon: Started;
let repo = "";
let commit = "";
const asked = (checks: RoomCheck[]): Asked => ({ repo, branch: "main", commit, outputs: ["README.md"], checks });

beforeAll(async () => {
  daemon = await startDaemon();
  await placeStack(person);
  expect((await putStack(person, 1, "running")).stack?.observed).toBe("running");
  here = await readPair(person);
  await startAuthor(person);
  repo = await makeRepository(person, "walls");
  const files = "printf 'module.exports = 1;\\n' >one.js && printf 'echo $((1 + 1))\\n' >run.sh";
  const push = "git add -A && git commit -qm one && git push -q origin main";
  await mustRunAsAgent(person, `git clone -q http://gitea:3000/${repo}.git walls && cd walls && ${files} && ${push}`);
  commit = await mustRunAsAgent(person, "cd walls && git rev-parse HEAD");
});
afterAll(async () => {
  await putStack(person, 9, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

const keySet = z.object({ keys: z.array(z.unknown()) });
/** What the runner does after a run has passed. */
async function signed(input: Asked, result: RunResult): Promise<string> {
  const where = `/stacks/${person.member}/receipts`;
  const { repo: name, branch, commit: at } = input;
  const outputs = result.outputs.map(({ path, sha256 }) => ({ path, sha256 }));
  const about = {
    run: result.id,
    task: newId("tsk"),
    title: "Walls",
    repo: name,
    branch,
    commit: at,
    spec: { id: "walls", sha256: "0".repeat(64) },
  };
  const times = { startedAt: result.startedAt, finishedAt: result.endedAt };
  const body = JSON.stringify({
    ...about,
    image: result.image,
    checks: toRanChecks({ id: result.id, ...input }, result),
    outputs,
    held: { rules: result.rules, agreed: result.agreed },
    ...times,
  });
  const { id, key } = ground.runner;
  const authorization = await signCall(id as `rnr_${string}`, key, { method: "POST", path: where, body }, Math.floor(Date.now() / 1000));
  const answer = await fetch(edgeUrl + where, { method: "POST", headers: { authorization, "content-type": "application/json" }, body });
  return receiptOut.parse(await answer.json()).receipt;
}
const noted = async (receipt: string, at = commit) =>
  callHost("POST", `/stacks/${person.member}/notes`, { ticket: await signStackTicket(person), body: { repo, commit: at, receipt } });

describe("a receipt", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "stranger-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const git = (...args: string[]) => execFileSync("git", ["-C", folder, ...args], { stdio: ["ignore", "pipe", "pipe"] }).toString();
  /** The documented command, with the machine's own Node, as a stranger runs it. */
  const verify = (...args: string[]) => {
    const script = fileURLToPath(new URL("../../../schema/receipt/verify-receipt.mjs", import.meta.url));
    try {
      const all = [script, "--jwks", `${edgeUrl}/.well-known/jwks.json`, ...args];
      return { code: 0, text: execFileSync("node", all, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] }).toString() };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: Buffer; stderr: Buffer };
      return { code: status, text: `${stdout}${stderr}` };
    }
  };

  it("goes from a run to a note, and a stranger verifies it with git, Node and the published keys, and runs the checks again", async () => {
    const claim = asked([
      command("tests.0", "sh run.sh", { contains: "2" }),
      {
        name: "acceptance.0",
        kind: "url",
        url: "http://localhost:18080/",
        status: 200,
        contains: "hi",
        serve: "node -e \"require('http').createServer((q, r) => r.end('hi')).listen(18080)\"",
        seconds: 10,
      },
      { name: "acceptance.1", kind: "file", file: "one.js", contains: "exports", seconds: 5 },
      { name: "acceptance.2", kind: "url", url: "http://localhost:18080/again", status: 200, seconds: 10 }, // by the other's server
    ]);
    const { result } = await runChecks(person, claim);
    expect(result.failures).toEqual([]);
    const receipt = await signed(claim, result);
    expect((await noted(receipt)).json(noteOut).added).toBe(true);
    expect((await noted(receipt)).json(noteOut).added).toBe(false);

    const token = await mustRunAsAgent(person, "cut -d: -f3 ~/.git-credentials | cut -d@ -f1");
    execFileSync("git", ["clone", "-q", `http://${gitUser(person.agent)}:${token}@${here.gitea}:3000/${repo}.git`, folder]);
    expect(verify()).toMatchObject({ code: 1, text: expect.stringContaining("did you fetch") });
    git("fetch", "-q", "origin", "refs/notes/receipts:refs/notes/receipts");
    expect(readReceiptNote(git("notes", "--ref=receipts", "show", commit))).toEqual([receipt]);
    const once = verify();
    expect(once, once.text).toMatchObject({ code: 0 });
    expect(once.text).toMatch(/ok {4}signature by key receipt-/);
    expect(once.text).toContain(`the room held to: ${result.rules?.join(", ")}`);
    const again = verify("--rerun");
    expect(again, again.text).toMatchObject({ code: 0 });
    expect(again.text.match(/ok {4}passes now/g)?.length).toBe(5);
  });

  it("finds its place however many and large there are already", async () => {
    const at = await mustRunAsAgent(
      person,
      "cd walls && c=$(git commit-tree -p HEAD -m many HEAD^{tree}) && git push -q origin $c:refs/heads/many && echo $c",
    );
    for (const letter of ["a", "b", "c"]) {
      const receipt = `${letter.repeat(90_000)}.b.c`;
      const added = async () => (await noted(receipt, at)).json(noteOut).added;
      expect([letter, await added(), await added()]).toEqual([letter, true, false]);
    }
  });

  it("that was altered, or was signed by somebody else, or is asked of another commit, does not hold", async () => {
    const [receipt = ""] = readReceiptNote(git("notes", "--ref=receipts", "show", commit));
    const [head, body = "", signature] = receipt.split(".");
    const altered = Buffer.from(
      Buffer.from(body, "base64url").toString().replace("Walls", "Halls").replace('"exitCode":0', '"exitCode":1'),
    ).toString("base64url");
    git("notes", "--ref=receipts", "add", "-f", "-m", `${head}.${altered}.${signature}`, commit);
    expect(verify()).toMatchObject({ code: 1, text: expect.stringContaining("FAIL  signature") });
    git("notes", "--ref=receipts", "add", "-f", "-m", receipt, commit);
    expect(verify().code).toBe(0);
    const keys = keySet.parse(await (await fetch(`${edgeUrl}/.well-known/jwks.json`)).json());
    writeFileSync(path.join(folder, "none.json"), JSON.stringify({ keys: keys.keys.slice(0, -1) }));
    expect(verify("--jwks", "none.json").code).toBe(1);
    git("-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "-q", "--allow-empty", "-m", "newer");
    expect(verify()).toMatchObject({ code: 1, text: expect.stringContaining("no receipt for") });
  });

  it("is added beside others, by many at once, without a loss", async () => {
    const made = Array.from({ length: 6 }, (_, index) => `e30.${Buffer.from(`{"n":${index}}`).toString("base64url")}.c2ln`);
    const answers = await Promise.all(made.map((each) => noted(each)));
    expect(answers.map((each) => each.status)).toEqual(made.map(() => 200));
    const notes = await callGitea(person, "GET", `/repos/${repo}/git/refs/notes/receipts`).then(({ status }) => status);
    expect(notes).toBe(200);
    const shown = await mustRunAsAgent(
      person,
      "cd walls && git fetch -q origin +refs/notes/receipts:refs/notes/receipts && git notes --ref=receipts show HEAD",
    );
    for (const each of made) expect(readReceiptNote(shown)).toContain(each);
    expect(readReceiptNote(shown).length).toBe(made.length + 1);
  });

  it("is written for no commit that is not there", async () => {
    expect((await noted("e30.e30.c2ln", "f".repeat(40))).status).toBe(404);
    expect((await noted("not a receipt")).status).toBe(400);
  });
});
