import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gitUser } from "../../schema/stack/stack.ts";
import type { Started } from "../local/process.ts";
import { callGitea, heads, makeRepository, mustRunAsAgent, runAsAgent, startDaemonWithAuthor } from "./clean-room.ts";
import { newPerson, putStack } from "./runner-client.ts";

/** What `ask-gitea.c` asks of Gitea in place of its own hooks, and what it leaves to them. */
const person = newPerson();
let daemon: Started;
let repo = "";
beforeAll(async () => {
  daemon = await startDaemonWithAuthor(person);
  repo = await makeRepository(person, "shop");
  const rule = { rule_name: "main", enable_push: true, enable_push_whitelist: true, push_whitelist_usernames: [] };
  await callGitea(person, "POST", `/repos/${repo}/branch_protections`, rule);
  const made = "echo one >one && git add -A && git commit -qm one";
  await mustRunAsAgent(person, `git clone -q http://gitea:3000/${repo}.git clone && cd clone && ${made}`);
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

const push = (refs: string) => runAsAgent(person, `cd clone && git push -q ${refs}`);
/** What Gitea itself knows of branches: its hooks tell it. */
async function branchesNow(): Promise<string[]> {
  return heads.parse(JSON.parse((await callGitea(person, "GET", `/repos/${repo}/branches?limit=50`)).text)).map(({ name }) => name);
}

describe("a push", () => {
  it("is known to Gitea by the name of its branch, whatever letters are in it", async () => {
    for (const name of ["work", 'we"ird-ü', "deep/er/still", "{}$&;|"]) {
      const { code, err } = await push(`origin 'HEAD:refs/heads/${name}'`);
      expect([name, code, err]).toEqual([name, 0, ""]); // Gitea's own hook says where to ask for a merge
      expect(await branchesNow()).toContain(name);
    }
  });
  it("that takes a branch away takes it from Gitea too", async () => {
    expect((await push("origin HEAD:refs/heads/passing")).code).toBe(0);
    expect(await branchesNow()).toContain("passing");
    expect((await push("origin :refs/heads/passing")).code).toBe(0);
    expect(await branchesNow()).not.toContain("passing");
  });
  it("to a protected branch is refused in Gitea's words, also beside a branch that may be pushed", async () => {
    for (const refs of ["origin HEAD:main", "origin HEAD:main HEAD:refs/heads/beside"]) {
      const { code, err } = await push(refs);
      expect([code === 0, err]).toEqual([false, expect.stringContaining("Not allowed to push to protected branch main")]);
    }
    expect(await branchesNow()).not.toContain("beside");
  });
  it("by somebody who may only read is refused", async () => {
    const collaborator = `/repos/${repo}/collaborators/${gitUser(person.agent)}`;
    await callGitea(person, "PUT", collaborator, { permission: "read" });
    expect((await push("origin HEAD:refs/heads/unwelcome")).code).not.toBe(0);
    await callGitea(person, "PUT", collaborator, { permission: "write" });
    expect(await branchesNow()).not.toContain("unwelcome");
  });
  it("of tags, with options, of `master` and of more branches than Gitea takes at once goes through", async () => {
    const many = `for n in $(seq 501); do echo "create refs/heads/many/$n $(git rev-parse HEAD)"; done | git update-ref --stdin`;
    await mustRunAsAgent(person, `cd clone && git tag v1 && git tag -a -m two v2 && ${many}`);
    for (const refs of [
      "origin --tags",
      "-o topic=x origin HEAD:refs/heads/options",
      "origin HEAD:refs/heads/master",
      "origin 'refs/heads/many/*'",
    ]) {
      const { code, err } = await push(refs);
      expect([refs, code, err]).toEqual([refs, 0, expect.anything()]);
    }
    expect((await callGitea(person, "GET", `/repos/${repo}/tags`)).text).toContain('"v2"');
    expect((await callGitea(person, "GET", `/repos/${repo}/branches/many/501`)).status).toBe(200);
    expect((await callGitea(person, "GET", `/repos/${repo}`)).text).toContain('"default_branch":"main"');
  });
  it("that says it is Gitea's own, past Gitea, is none: nothing but Gitea reaches its repositories", async () => {
    const { code, err } = await push("origin HEAD:main; GITEA_INTERNAL_PUSH=true git push -q origin HEAD:main");
    expect([code === 0, err]).toEqual([false, expect.stringContaining("Not allowed to push to protected branch main")]);
  });
});
