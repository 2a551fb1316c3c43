import { beforeAll, describe, expect, it } from "vitest";
import type { FailureCause } from "../../../schema/proof/proof.ts";
import { someOf } from "../../harness/suite/long-run.ts";
import { mustRunAsAgent, runChecks, writeFilesLine } from "../clean-room.ts";
import { bringLyingAgent, type Files, outputs, quick } from "./lying-agent.ts";

/** Lies told by what a branch merges: what an agent adds to it or leaves out of it. */
const agent = bringLyingAgent();
const { person, few, commits, url, commitAfter } = agent;
beforeAll(() => agent.work("honest", {}));

/**
 * What an agent that merges may add is what git and the member's decisions do not: it is looked at as any
 * other work.
 */
describe("an agent that merges", () => {
  const merge = "git merge -q --no-ff --no-edit FROM";
  const merges: { name: string; script: string; why?: FailureCause; decided?: string[] }[] = [
    { name: "merges and does no more", script: merge },
    { name: "mends the work after the merge", script: `${merge} && printf '// both\n' >>src/server.js && git commit -qam mend` },
    {
      name: "edits the member's check in the merge",
      script: `${merge} && echo 'exit 0' >check.sh && git commit -qa --amend --no-edit`,
      why: "checks_edited",
    },
    {
      name: "removes a test after the merge",
      script: `${merge} && git rm -q test/old.test.js && git commit -qm tidy`,
      why: "checks_edited",
    },
    {
      name: "skips a test that came with the work",
      script: `${merge} && sed -i 's/"adds",/"adds", { skip: true },/' test/sum.test.js && git commit -qam later`,
      why: "skipped",
    },
    { name: "copies the files and merges nothing", script: "git checkout -q FROM -- . && git commit -qm copied", why: "not_merged" },
    { name: "leaves out what main has got since", script: "git reset -q --hard FROM", why: "not_merged" },
    {
      name: "puts what the member decided where both sides differ",
      script: `${merge}; printf '# the sum of both\n' >README.md && git add -A && git commit -qm merged`,
      decided: ["README.md"],
    },
  ];
  let [into, from, apart] = ["", "", ""];
  beforeAll(async () => {
    from = commits.get("honest")!;
    const main = "cd base && git checkout -q main";
    into = await mustRunAsAgent(
      person,
      `${main} && echo more >more.txt && git add -A && git commit -qm more && git push -q origin main && git rev-parse HEAD`,
    );
    apart = await mustRunAsAgent(
      person,
      `${main} && git checkout -q -b apart && printf '# other sum\n' >README.md && git commit -qam apart && git push -q origin apart && git rev-parse HEAD`,
    );
  });
  const prove = async ({ script, decided, branch }: (typeof merges)[number] & { branch: string }) => {
    const at = decided ? apart : into;
    const steps = `git clone -q --no-hardlinks base ${branch} && cd ${branch} && git remote set-url origin ${url()} && git fetch -q && git checkout -q -B ${branch} ${at}`;
    const commit = await commitAfter(`${steps} && { ${script.replaceAll("FROM", from)}; } && git push -q origin HEAD:refs/heads/${branch}`);
    const merged = { into: at, from: [from], decided: decided ?? [], places: [] };
    return runChecks(person, { repo: agent.repo, branch, commit, merged, outputs, checks: quick });
  };
  it.concurrent.each(someOf(merges, 0, 2).map((each, index) => ({ ...each, branch: `merged-${index}` })))(
    "$name",
    async ({ why, ...story }) => {
      const { result } = await few(() => prove(story));
      expect(result.failures.map((each) => each.why)).toEqual(why ? expect.arrayContaining([why]) : []);
      expect(result.passed).toBe(why === undefined);
    },
  );
});

/** A member decides places of a file; the rest stays as git merges it. */
describe("an agent that merges what the member has decided", () => {
  const test = (three: string) =>
    `const test = require("node:test");\nconst { equal } = require("node:assert");\nconst { sum } = require("../src/sum.js");\n\ntest("some", () => {\n  equal(sum(1, 1), 2);\n  equal(sum(1, 2), ${three});\n});\n\ntest("others", () => {\n  equal(sum(5, 5), 10);\n  equal(sum(6, 6), 12);\n});\n`;
  const text = (first: string, two: string) => `top\n${first}same a\nsame b\nsame c\nsame d\n${two}end\n`;
  const crlf = (text: string) => text.replaceAll("\n", "\r\n");
  const lines = (three: string, first: string, two: string, added: string | null): Files => ({
    "test/both.test.js": test(three),
    "gone.txt": text(first, two),
    "crlf.txt": crlf(text(first, two)),
    "end.txt": text(first, two).trimEnd(),
    "added.txt": added === null ? null : text(added, two),
    "mode.sh": text(first, ""),
  });
  /** What the member decided, in each file. */
  const decided = lines("1 + 2", "", "both\n", "mine\n");
  const places = Object.keys(decided);
  const paths = [...places, "picture.bin"];
  const picture = (bytes: string) => `printf '${bytes}\\0' >picture.bin`;
  const merge = `git merge -q --no-ff --no-edit FROM; test "$(git diff --name-only --diff-filter=U | wc -l)" = ${paths.length} && ${writeFilesLine(decided)} && ${picture("mine")} && chmod +x mode.sh && git add -A && git commit -qm merged`;
  const later = (script: string) => `${merge} && ${script} && git add -A && git commit -q --amend --no-edit`;
  const stories: { name: string; script: string; reason?: RegExp }[] = [
    { name: "puts it there and no more", script: merge },
    {
      name: "takes an assertion away elsewhere in the file",
      script: later("sed -i '/sum(5, 5)/d' test/both.test.js"),
      reason: /test\/both\.test\.js, line 10: git makes `equal\(sum\(5, 5\), 10\);`/,
    },
    {
      name: "makes an assertion of before weaker in a later commit",
      script: `${merge} && sed -i 's/equal(sum(1, 1), 2)/sum(1, 1)/' test/both.test.js && git commit -qam later`,
      reason: /test\/both\.test\.js, line 6: git makes `equal\(sum\(1, 1\), 2\);`/,
    },
    {
      name: "changes what stands between two places",
      script: later("sed -i 's/same c/other/' crlf.txt"),
      reason: /crlf\.txt, line 4: git makes `same c`/,
    },
    { name: "adds to the end of a file", script: later("printf '\\nmore' >>end.txt"), reason: /end\.txt, line 8: git makes `end`/ },
    { name: "removes the file", script: later("git rm -qf gone.txt"), reason: /gone\.txt is not there/ },
  ];
  let [into, from] = ["", ""];
  beforeAll(async () => {
    const commit = (name: string, start: string, files: Files) =>
      mustRunAsAgent(
        person,
        `cd base && git fetch -q && git checkout -q -B ${name} ${start} && ${writeFilesLine(files)} && ${picture(name)} && git add -A && git commit -qm ${name} && git push -q origin ${name} && git rev-parse HEAD`,
      );
    const before = await commit("decide", commits.get("honest")!, lines("3", "one\n", "two\n", null));
    into = await commit("decide-into", before, lines("2 + 1", "blue\n", "", "blue\n"));
    await mustRunAsAgent(
      person,
      `cd base && git checkout -q -B decide-from ${before} && chmod +x mode.sh && git add -A && git commit -qm mode`,
    );
    from = await commit("decide-from", "decide-from", lines("4 - 1", "red\n", "three\n", "red\n"));
  });
  const prove = async ({ script, branch }: (typeof stories)[number] & { branch: string }) => {
    const steps = `git clone -q --no-hardlinks base ${branch} && cd ${branch} && git remote set-url origin ${url()} && git checkout -q -B ${branch} ${into}`;
    const commit = await commitAfter(`${steps} && { ${script.replaceAll("FROM", from)}; } && git push -q origin HEAD:refs/heads/${branch}`);
    const merged = { into, from: [from], decided: paths, places };
    return runChecks(person, { repo: agent.repo, branch, commit, merged, outputs, checks: quick });
  };
  const named = stories.map((each, index) => ({ ...each, branch: `decided-${index}` }));
  it.concurrent.each(someOf(named, 0, 2))("$name", async ({ reason, ...story }) => {
    const { result } = await few(() => prove(story));
    expect(result.failures.map((each) => each.why)).toEqual(reason ? ["not_merged"] : []);
    if (reason) expect(result.failures[0]?.reason).toMatch(reason);
    expect(result.passed).toBe(reason === undefined);
    if (reason) return;
    expect(result.rules?.slice(0, 2)).toEqual(["merge-and-outputs", "fresh-copies"]);
    expect(result.agreed?.files.map(({ name, shown }) => [name, shown])).toEqual([["test/both.test.js", true]]);
  });
});
