import { describe, expect, it } from "vitest";
import { environmentPath } from "../../../../schema/environment/environment.ts";
import type { RoomCheck } from "../../../../schema/proof/proof.ts";
import { hashSha256 } from "../../../../schema/wire/canonical.ts";
import { printYaml } from "../../../../schema/wire/yaml.ts";
import { type Asked, command, makeRepository, mustRunAsAgent, runChecks } from "../../clean-room.ts";
import {
  bringAuthor,
  bringFailingSetups,
  environment,
  type Files,
  failures,
  installed,
  person,
  pushFiles,
  reason,
} from "./setup-author.ts";

/** Proofs of projects that say in a file how they are set up, and tasks that would use that to lie. */
bringAuthor();

/** What main has: a package that setup makes of a file of the project. */
const setup = ["npm install --no-audit --no-fund", "mkdir -p node_modules/greet", "cp tools/greet.js node_modules/greet/index.js"];
const manifest = (more: object = {}) => JSON.stringify({ name: "p", version: "1.0.0", private: true, ...more });
const files: Files = {
  ...environment({ setup }),
  ".gitignore": "node_modules\n",
  "package.json": manifest({ scripts: { postinstall: "mkdir -p node_modules/own && echo main >node_modules/own/said" } }),
  "tools/greet.js": 'module.exports = "hello";\n',
};
const greets: RoomCheck = command("tests.0", "node -p 'require(\"greet\")' && cat node_modules/own/said", { contains: "hello\nmain" });

/** What only the work brings: without such a check a proof would prove nothing. */
const brings = (file: string, contains: string): RoomCheck => ({ name: "acceptance.0", kind: "file", file, contains, seconds: 10 });

describe("a project with an environment file", () => {
  let repo = "";
  let main = "";
  const task = (branch: string, commit: string, more: Partial<Asked> = {}): Asked => ({
    ...{ repo, branch, commit, begun: { main, handed: [] }, outputs: [], checks: [greets] },
    ...more,
  });
  it("is set up by that file's commands, which the proof names with the hash of the file", async () => {
    repo = await makeRepository(person, "told");
    main = await pushFiles(repo, "main", files);
    const ran = await runChecks(person, { repo, branch: "main", commit: main, outputs: [], checks: [greets] });
    expect(ran.result.failures).toEqual([]);
    expect(ran.result.setup).toMatchObject({
      commands: setup,
      environment: await hashSha256(files[environmentPath] ?? ""),
      files: [{ name: "package.json" }],
      unpinned: [environmentPath],
    });
  });
  it("is set up once: a task that changes neither the commands nor what they name begins with its checks", async () => {
    const checks = [greets, brings("page.html", "hello")];
    const ran = await runChecks(
      person,
      task("page", await pushFiles(repo, "page", { "page.html": "<p>hello" }), { checks, outputs: ["page.html"] }),
    );
    expect([failures(ran), installed(ran), ran.result.setup?.commands]).toEqual([[], false, setup]);
  });
  it("is set up as it was before the task: neither a file that setup runs nor a script of package.json is the task's", async () => {
    const planted = await pushFiles(repo, "planted", {
      "tools/greet.js": 'module.exports = "bye";\n',
      "package.json": manifest({
        version: "1.0.1",
        scripts: { postinstall: "mkdir -p node_modules/own && echo task >node_modules/own/said" },
      }),
    });
    const bye = { checks: [greets, brings("tools/greet.js", "bye")], outputs: ["tools/greet.js", "package.json"] };
    expect(failures(await runChecks(person, task("planted", planted, bye)))).toEqual([]);
    const more = await pushFiles(repo, "page", { "more.html": "<p>hello" });
    const both = [greets, brings("page.html", "hello"), { ...brings("more.html", "hello"), name: "acceptance.1" }];
    expect(failures(await runChecks(person, task("page", more, { checks: both, outputs: ["page.html", "more.html"] })))).toEqual([]);
  });
  it("is not proven where the task changes, removes or adds the file unasked, and nothing is installed for it", async () => {
    const plant = environment({ setup: ["mkdir -p node_modules/.bin", "printf '#!/bin/sh\\n' >node_modules/.bin/x"] });
    const changed = await runChecks(person, task("changed", await pushFiles(repo, "changed", plant)));
    expect([failures(changed), installed(changed)]).toEqual([["checks_edited"], false]);
    expect(reason(changed)).toMatch(/environment\.yaml is not as main has it; restore it or merge main, or name it in `outputs`/);
    const removed = await runChecks(person, task("removed", await pushFiles(repo, "removed", {}, `git rm -q ${environmentPath}`)));
    expect([failures(removed), reason(removed)]).toEqual([["checks_edited"], expect.stringContaining("was removed; restore it")]);
    const bare = await makeRepository(person, "bare");
    const begun = { main: await pushFiles(bare, "main", { "a.txt": "a" }), handed: [] };
    const added = await runChecks(person, task("added", await pushFiles(bare, "added", plant), { repo: bare, begun }));
    expect(failures(added)).toEqual(["checks_edited"]);
  });
  it("may be changed where the spec says so; a test runner that it plants proves nothing, and no file of the work is touched", async () => {
    const plants = ["mkdir -p node_modules/.bin", "printf '#!/bin/sh\\n' >node_modules/.bin/sum-tests", "chmod +x node_modules/.bin/*"];
    const lie = { ...environment({ setup: [...plants, "echo 'console.log(4)' >sum.js"] }), "sum.js": "console.log(5)\n" };
    const checks = [command("tests.0", "sum-tests"), command("acceptance.0", "node sum.js", { contains: "4" })];
    const outputs = [environmentPath, "sum.js"];
    const lied = await runChecks(person, task("lied", await pushFiles(repo, "lied", lie), { checks, outputs }));
    expect(failures(lied)).toEqual(["text_missing"]); // the checkout is the commit's, whatever setup made of it
    const right = await pushFiles(repo, "lied", { "sum.js": "console.log(4)\n" });
    expect(failures(await runChecks(person, task("lied", right, { checks, outputs })))).toEqual(["proves_nothing"]);
  });
  it("may be what main has got since the task was begun, where the branch has merged that", async () => {
    const later = await makeRepository(person, "later");
    const begun = { main: await pushFiles(later, "main", { "a.txt": "a" }), handed: [] };
    await pushFiles(later, "page", { "page.html": "<p>hello" });
    await pushFiles(later, "main", files);
    const commit = await pushFiles(later, "page", {}, "git merge -q --no-ff -m merge origin/main && date >b.txt");
    const checks = [greets, brings("page.html", "hello"), { ...brings("b.txt", "20"), name: "acceptance.1" }];
    expect(
      failures(await runChecks(person, task("page", commit, { repo: later, begun, checks, outputs: ["page.html", "b.txt"] }))),
    ).toEqual([]);
  });
  it("may come with a merge, and counts from then on as main's", async () => {
    const other = await makeRepository(person, "merged");
    const into = await pushFiles(other, "main", { "a.txt": "a" });
    const from = await pushFiles(other, "work", files);
    const clone = `rm -rf clone && git clone -q http://gitea:3000/${other}.git clone && cd clone && git fetch -q origin work`;
    const commit = await mustRunAsAgent(
      person,
      `${clone} && git merge -q --no-ff -m merge FETCH_HEAD && git push -q origin HEAD:main && git rev-parse HEAD`,
    );
    const merged = { into, from: [from], decided: [], places: [] };
    const ran = await runChecks(person, { repo: other, branch: "main", commit, merged, outputs: [], checks: [greets] });
    expect([failures(ran), ran.result.setup?.commands]).toEqual([[], setup]);
  });
});

describe("an environment that can't be made", () => {
  const { ask, failing, setUp } = bringFailingSetups();
  it.concurrent("says what is wrong in the file, by path, and which variable comes with a service", async () => {
    expect(await failing("setup: npm ci\nports: 80\n")).toMatch(
      /environment\.yaml: setup .*array.*\n.*environment\.yaml: ports is not a known key/s,
    );
    expect(await failing("services: [postgres]\nenv: [PGUSER]\n")).toMatch(/env\.0 is given by the platform with the service postgres/);
  });
  it.concurrent("fails with what its command said, and with the name that is not open to a setup", async () => {
    expect(await setUp("echo no such thing >&2; exit 3")).toMatch(/ended with 3\. It said: no such thing/);
  });
  it.concurrent("reaches a name of its file after the member's yes alone, and no other (issue 10.3)", async () => {
    const get = (name: string) => `curl -sS --max-time 20 https://${name}/tool`;
    const file = (line: string) => printYaml({ setup: [line], network: ["api.example.invalid"] });
    const closed = await ask(file(get("api.example.invalid")));
    expect(closed).toMatchObject({
      closed: ["api.example.invalid"],
      reason: expect.stringMatching(/403.*api\.example\.invalid of its environment file is open after/s),
    });
    const open = await ask(file(get("api.example.invalid")), { reach: ["api.example.invalid"] });
    expect([open.closed, open.reason]).toEqual([undefined, expect.not.stringContaining("403")]); // it has no address
    const unasked = await ask(file(get("other.example.invalid")), { reach: ["other.example.invalid"] });
    expect([unasked.closed, unasked.reason]).toEqual([undefined, expect.stringContaining("403")]);
  });
});
