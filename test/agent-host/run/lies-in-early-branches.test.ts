import { beforeAll, describe, expect, it } from "vitest";
import { command, makeRepository, mustRunAsAgent, runChecks, writeFilesLine } from "../clean-room.ts";
import { before, bringLyingAgent, honest, honestTest, outputs, quick } from "./lying-agent.ts";

const { person, few, commitAfter } = bringLyingAgent();

/**
 * Main's checks are those of the time when the task was begun, wherever an agent lets its branch part from
 * main.
 */
describe("an agent whose branch parts from main early", () => {
  const more = honestTest.replace("equal(sum(2, 2), 4)", "equal(sum(3, 3), 6)");
  // Without a server: honest work is taken apart piece by piece.
  const { "src/server.js": _server, ...sumAlone } = honest;
  const made = outputs.filter((output) => output in sumAlone);
  const work = `${writeFilesLine(sumAlone)} && git add -A && git commit -qm work`;
  const checked = `${writeFilesLine(before)} && git add -A && git commit -qm checks`;
  const behind = /The branch does not hold main as it was when the task was begun/;
  const stories: { name: string; script: string; handed?: "HANDED" | "TESTED"; reason?: RegExp }[] = [
    {
      name: "puts another check in the place of the member's",
      script: `git checkout -q FIRST && ${checked} && echo 'exit 0' >check.sh && git commit -qam own && ${work}`,
      reason: /check\.sh was there before the task and was changed/,
    },
    {
      name: "does without the member's test",
      script: `git checkout -q FIRST && ${checked} && git rm -q test/old.test.js && git commit -qm tidy && ${work}`,
      reason: /test\/old\.test\.js was there before the task and was removed/,
    },
    {
      name: "lets the member's check run by another script",
      script: `git checkout -q FIRST && ${checked} && echo '{"scripts":{"check":"true"}}' >package.json && git commit -qam own && ${work}`,
      reason: /package\.json was there before the task and was changed/,
    },
    { name: "merges main before it is done", script: `git checkout -q FIRST && ${work} && git merge -q --no-edit NEWER` },
    { name: "goes on from where main stood, while main goes on", script: `git checkout -q BEGUN && ${work}` },
    { name: "takes what main has got since", script: `git checkout -q BEGUN && ${work} && git merge -q --no-edit NEWER` },
    {
      name: "merges main, and keeps none of it",
      script: `git checkout -q FIRST && ${checked} && echo 'exit 0' >check.sh && git commit -qam own && ${work} && git merge -q -s ours --no-edit BEGUN`,
      reason: /check\.sh was there before the task and was changed/,
    },
    { name: "goes on from the branch that was handed to it", script: `git checkout -q HANDED && ${work}`, handed: "HANDED" },
    {
      name: "goes on from the branch that was handed to it, with a test of its own where main has one",
      script: `git checkout -q HANDED && ${writeFilesLine({ "test/more.test.js": honestTest })} && ${work}`,
      handed: "HANDED",
      reason: /test\/more\.test\.js was there before the task and was changed/,
    },
    {
      name: "takes a test of main to the branch that was handed to it",
      script: `git checkout -q HANDED && git checkout -q BEGUN -- test/more.test.js && ${work}`,
      handed: "HANDED",
    },
    {
      name: "goes on from an environment file and a test that were handed to it",
      script: `git checkout -q TESTED && ${work}`,
      handed: "TESTED",
    },
    {
      name: "changes a test that was handed to it",
      script: `git checkout -q TESTED && echo '// weaker' >>test/handed.test.js && ${work}`,
      handed: "TESTED",
      reason: /test\/handed\.test\.js was there before the task and was changed/,
    },
    {
      name: "removes a test that was handed to it",
      script: `git checkout -q TESTED && git rm -q test/handed.test.js && ${work}`,
      handed: "TESTED",
      reason: /test\/handed\.test\.js was there before the task and was removed/,
    },
    {
      name: "changes an environment file that was handed to it",
      script: `git checkout -q TESTED && echo 'env: [OTHER]' >.growqr/environment.yaml && ${work}`,
      handed: "TESTED",
      reason: /environment\.yaml is not as main has it/,
    },
  ];
  const at: Record<string, string> = {};
  let early = "";
  beforeAll(async () => {
    early = await makeRepository(person, "early");
    const head = (script: string) => mustRunAsAgent(person, `${script} && git rev-parse HEAD`);
    const push = "git push -q origin HEAD:refs/heads";
    at.FIRST = await head(`git clone -q http://gitea:3000/${early}.git early && cd early`);
    await head(`cd early && ${checked} && ${push}/main`);
    at.HANDED = await head(
      `cd early && git checkout -q -b handed && echo 1 >one.txt && git add -A && git commit -qm handed && ${push}/handed`,
    );
    const tested = writeFilesLine({ "test/handed.test.js": honestTest, ".growqr/environment.yaml": "env: [GREETING]\n" });
    at.TESTED = await head(`cd early && ${tested} && git add -A && git commit -qm tested && ${push}/tested`);
    const grown = `${writeFilesLine({ "test/more.test.js": more })} && git add -A && git commit -qm more`;
    at.BEGUN = await head(`cd early && git checkout -q main && ${grown} && ${push}/main`);
    at.NEWER = await head(`cd early && echo 2 >two.txt && git add -A && git commit -qm newer && ${push}/main`);
  });
  /** Main's script and main's tests in one check, for it runs again for each piece that is taken out. */
  const whole = command("tests.0", "node --run check && node --test", { seconds: 20 });
  const prove = async ({ script, handed, branch, reason }: (typeof stories)[number] & { branch: string }) => {
    const known = script.replace(/FIRST|HANDED|TESTED|BEGUN|NEWER/g, (name) => at[name]!);
    const steps = `git clone -q --no-hardlinks early ${branch} && cd ${branch} && git remote set-url origin http://gitea:3000/${early}.git`;
    const commit = await commitAfter(`${steps} && ${known} && git push -q origin HEAD:refs/heads/${branch}`);
    const begun = { main: at.BEGUN!, handed: handed ? [at[handed]!] : [] };
    return runChecks(person, { repo: early, branch, commit, begun, outputs: made, checks: reason ? quick : [whole] });
  };
  const named = stories.map((each, index) => ({ ...each, branch: `early-${index}` }));
  it.concurrent.each(named)("$name", async (story) => {
    const { reason } = story;
    const { result } = await few(() => prove(story));
    const said = result.failures.map((each) => each.reason).join("\n");
    expect(result.failures.map(({ why }) => why)).toEqual(reason ? expect.arrayContaining(["checks_edited"]) : []);
    if (reason) expect(said).toMatch(reason);
    if (reason && !story.script.includes("merge") && !/environment/.test(reason.source)) expect(said).toMatch(behind);
    expect(result.passed).toBe(reason === undefined);
  });
});
