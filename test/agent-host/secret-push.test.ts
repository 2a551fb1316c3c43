import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { printSecrets } from "../../schema/project/secret-prints.ts";
import { memoryRepository } from "../../schema/stack/stack.ts";
import type { Started } from "../local/process.ts";
import { callGitea, command, makeRepository, mustRunAsAgent, runAsAgent, runChecks, startDaemonWithAuthor } from "./clean-room.ts";
import { callHost, newPerson, putStack, signStackTicket } from "./runner-client.ts";

/** Pushes that hold the value of one of the member's secrets (issue 10.15). */
const person = newPerson();
const value = "sk-live/1234+5678";
let daemon: Started;
let repo = "";
const put = async (text: unknown) =>
  callHost("PUT", `/stacks/${person.member}/secret-prints`, { ticket: await signStackTicket(person), body: { text } });
const random = Uint8Array.from({ length: 40 }, (_, at) => (at * 37) & 255);
const keep = async (name = "API_KEY of shop") => put(await printSecrets([{ name, value }], random));

beforeAll(async () => {
  daemon = await startDaemonWithAuthor(person);
  repo = await makeRepository(person, "shop");
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

let clones = 0;
/** What a script makes in a fresh clone is pushed with this command. */
const push = (script: string, line = "git push -q origin HEAD:work") => {
  const folder = `push-${clones++}`;
  return runAsAgent(person, `git clone -q http://gitea:3000/${repo}.git ${folder} && cd ${folder} && ${script} && ${line}`);
};
const commit = (text: string, file = "config.js") => `echo '${text}' >${file} && git add -A && git commit -qm work`;
const base64 = Buffer.from(`user:${value}`).toString("base64");

describe("a push", () => {
  it("with the value of a secret is refused by its name, however it is written, and nothing of it is there", async () => {
    expect((await keep()).status).toBe(200);
    const ways = [
      commit(`const key = "${value}";`),
      commit(base64),
      commit(encodeURIComponent(value)),
      `${commit(value)} && git rm -q config.js && git commit -qm clean`,
      `git commit -q --allow-empty -m 'the key is ${value}'`,
      commit("a", `'${value.replace("/", "-")}' && echo '${value}' >>b`),
      `echo '* -diff -text binary' >.gitattributes && printf '\\000${value}' >bin && git add -A && git commit -qm work`,
      `git checkout -qb side && ${commit("a")} && git checkout -q - && ${commit("b")}; git merge -q side; echo '${value}' >config.js; git add -A && git commit -qm merge`,
    ];
    for (const way of ways) {
      const { code, err } = await push(way);
      expect([way, code, err]).toEqual([way, expect.not.stringMatching(/^0$/), expect.stringContaining("API_KEY of shop")]);
      expect(code).not.toBe(0);
      expect(err).not.toContain(value);
    }
    const tag = await push(`git tag -a -m '${value}' v1`, "git push -q origin v1");
    expect([tag.code === 0, tag.err]).toEqual([false, expect.stringContaining("API_KEY of shop")]);
    expect((await callGitea(person, "GET", `/repos/${repo}/branches`)).text).not.toContain("work");
  });
  it("without one goes through, and so does one that takes a value out which was there before", async () => {
    expect((await put("")).status).toBe(200);
    expect((await push(commit(value), "git push -q origin HEAD:before")).code).toBe(0);
    expect((await keep()).status).toBe(200);
    const { code: out } = await push(`git checkout -q before && ${commit("process.env.API_KEY")}`, "git push -q origin HEAD:before");
    expect(out).toBe(0);
    expect((await push(commit("const key = process.env.API_KEY;"), "git push -q origin HEAD:clean")).code).toBe(0);
  });
  it("to the memory of the platform is not looked through: what a member says may hold what they like", async () => {
    await callGitea(person, "POST", "/user/repos", { name: "memory", private: true, auto_init: true, default_branch: "main" });
    const content = Buffer.from(value).toString("base64");
    const made = await callGitea(person, "POST", `/repos/${memoryRepository}/contents/note.md`, { content, message: "note" });
    expect(made.status).toBe(201);
  });
  it("that came before the secret was kept is found by the proof", async () => {
    await put("");
    const head = await mustRunAsAgent(
      person,
      `git clone -q http://gitea:3000/${repo}.git late && cd late && git checkout -qb late && { ${commit(value)}; } >&2 && git push -q origin HEAD:late && git rev-parse HEAD`,
    );
    await keep();
    const ran = await runChecks(person, {
      repo,
      branch: "late",
      commit: head,
      outputs: ["config.js"],
      checks: [command("tests.0", "true")],
    });
    expect(ran.result.failures.map(({ why, reason }) => [why, reason])).toEqual([
      ["secret_in_commit", expect.stringContaining("API_KEY of shop")],
    ]);
    expect(JSON.stringify(ran.result)).not.toContain(value);
  });
  it("prints that are none are refused, and what was kept stays", async () => {
    expect([(await put(5)).status, (await put("x".repeat(9_000_000))).status]).toEqual([400, 413]);
    expect((await push(commit(value), "git push -q origin HEAD:work")).err).toContain("API_KEY of shop");
  });
});
