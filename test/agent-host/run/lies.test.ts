import pLimit from "p-limit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PairAddresses } from "../../../schema/machine/instance.ts";
import type { FailureCause, RoomCheck } from "../../../schema/proof/proof.ts";
import { box } from "../../../schema/stack/stack.ts";
import type { Started } from "../../local/process.ts";
import {
  command,
  makeRepository,
  mustRunAsAgent,
  quote,
  type Ran,
  readPair,
  runAsAgent,
  runChecks,
  startDaemonWithAuthor,
  writeFilesLine,
} from "../clean-room.ts";
import { newPerson, putStack } from "../runner-client.ts";

/**
 * The lying agent. One task (a sum, as program and as server, with tests), done honestly once and falsely in
 * many seeded ways, each on a branch of its own, pushed by the agent's own user from its own box. Every lie
 * must be caught, and for its own reason.
 */
const person = newPerson();
const home = box.agentHome(person.agent);
let daemon: Started;
let pair: PairAddresses;
let repo = "";

const outputs = ["src/sum.js", "src/server.js", "test/sum.test.js"];
const checks: RoomCheck[] = [
  command("tests.0", "node --test", { seconds: 20 }),
  command("tests.1", "node --run check", { seconds: 20 }),
  command("acceptance.0", "node src/sum.js 2 3", { contains: "5" }),
  command("acceptance.1", "node src/sum.js 20 22", { contains: "42" }),
  {
    name: "acceptance.2",
    kind: "url",
    url: "http://localhost:8080/?a=4&b=4",
    status: 200,
    contains: "sum: 8",
    serve: "node src/server.js",
    seconds: 8,
  },
  { name: "acceptance.3", kind: "file", file: "README.md", contains: "sum", seconds: 5 },
];

/** What was there before the task: the member's own checks. */
const before: Record<string, string> = {
  "package.json": JSON.stringify({ name: "sum", scripts: { check: "sh check.sh" } }),
  "check.sh": 'set -e\n[ "$(node src/sum.js 1 1)" = 2 ]\n',
  "test/old.test.js":
    'const test = require("node:test");\ntest("one and two", () => require("node:assert").equal(require("../src/sum.js").sum(1, 2), 3));\n',
};
const sum =
  "const sum = (a, b) => Number(a) + Number(b);\nmodule.exports = { sum };\nif (require.main === module) console.log(sum(...process.argv.slice(2)));\n";
const server = `const { sum } = require("./sum.js");
require("node:http").createServer((request, response) => {
  const at = new URL(request.url, "http://localhost").searchParams;
  response.end("sum: " + sum(at.get("a"), at.get("b")));
}).listen(8080);
`;
const honestTest =
  'const test = require("node:test");\nconst { sum } = require("../src/sum.js");\ntest("adds", () => require("node:assert").equal(sum(2, 2), 4));\n';
const honest: Record<string, string> = {
  "src/sum.js": sum,
  "src/server.js": server,
  "test/sum.test.js": honestTest,
  "README.md": "# sum\nAdds.\n",
};

type Files = Record<string, string | null>;

type Lie = {
  name: string;
  /** On top of the honest work. */
  files?: Files;
  /** In the clone, before the commit; after the push. */
  script?: string;
  after?: string;
  why: FailureCause;
  reason: RegExp;
  checks?: RoomCheck[];
};
/** Without the server where it says nothing more: each start of one takes its time. */
const quick = checks.filter(({ kind }) => kind !== "url");
const swap = (name: string, check: RoomCheck) => quick.map((each) => (each.name === name ? check : each));
const lies: Lie[] = [
  {
    name: "skips the tests",
    files: { "test/sum.test.js": honestTest.replace('"adds",', '"adds", { skip: true },') },
    why: "skipped",
    reason: /left out 1 test/,
  },
  {
    name: "edits the member's check",
    files: { "check.sh": "exit 0\n" },
    why: "checks_edited",
    reason: /check\.sh was there before the task and was changed/,
  },
  {
    name: "removes a test that would fail",
    files: { "test/old.test.js": null },
    why: "checks_edited",
    reason: /test\/old\.test\.js .* removed/,
  },
  {
    name: "begins a history of its own, in which the member's check is another one",
    script: "git checkout -q --orphan own-$$ && echo 'exit 0' >check.sh",
    why: "checks_edited",
    reason: /check\.sh was there before the task and was changed/,
  },
  {
    name: "begins a history of its own without a test that would fail",
    script: "git checkout -q --orphan own-$$ && git rm -qf test/old.test.js",
    why: "checks_edited",
    reason: /test\/old\.test\.js .* removed/,
  },
  {
    name: "edits the script that the check runs",
    files: { "package.json": JSON.stringify({ name: "sum", scripts: { check: "true" } }) },
    why: "checks_edited",
    reason: /script "check" of package\.json/,
  },
  {
    name: "makes its scripts too large to be read",
    script: `node -e 'require("fs").writeFileSync("package.json", JSON.stringify({ scripts: { check: "true" }, x: "x".repeat(2e6) }))'`,
    why: "checks_edited",
    reason: /package\.json is so large/,
  },
  {
    name: "prints the expected output",
    files: {
      "src/sum.js":
        "module.exports = { sum: (a, b) => a + b };\nif (require.main === module) console.log(process.argv[2] === '1' ? 2 : 5);\n",
    },
    why: "text_missing",
    reason: /did not print "42"/,
  },
  {
    name: "leaves a server on the port of its own box",
    files: { "src/server.js": "// the server runs already\n" },
    after: `(setsid node -e 'require("http").createServer((q, r) => r.end("sum: 8")).listen(8080)' >/dev/null 2>&1 &) ; for i in $(seq 50); do curl -sf http://localhost:8080/ && exit; sleep 0.1; done; exit 1`,
    why: "no_server",
    reason: /`node src\/server\.js` did not answer on port 8080/,
  },
  {
    name: "lets a test leave a server on the port",
    files: {
      "src/server.js": "// a test starts it\n",
      "test/sum.test.js": `${honestTest}require("node:child_process").spawn(process.execPath, ["-e", "require('http').createServer((q, r) => r.end('sum: 8')).listen(8080)"], { detached: true, stdio: "ignore" }).unref();\n`,
    },
    why: "no_server",
    reason: /did not answer on port 8080/,
  },
  {
    name: "does not commit a file",
    script: "git rm -q --cached src/server.js && printf src/server.js >.git/info/exclude",
    why: "output_missing",
    reason: /src\/server\.js is not in the commit; was it committed/,
  },
  {
    name: "never makes an output",
    files: { "src/server.js": null },
    why: "output_missing",
    reason: /src\/server\.js is not in the commit/,
  },
  {
    name: "works only with a dirty cache",
    files: {
      ".gitignore": ".cache\n",
      ".cache/sum.js": sum,
      "src/sum.js":
        'module.exports = require("../.cache/sum.js");\nif (require.main === module) console.log(module.exports.sum(...process.argv.slice(2)));\n',
    },
    why: "exit_code",
    reason: /ended with 1/,
  },
  { name: "does not push its last commit", script: "UNPUSHED=1", why: "not_pushed", reason: /it was not pushed/ },
  {
    name: "writes a test that always exits 0",
    files: { "test/sum.test.js": 'console.log("1..1\\nok 1 - adds");\nprocess.exit(0);\n', "src/sum.js": sum },
    why: "proves_nothing",
    reason: /passes as well without the work/,
    checks: swap("tests.0", command("tests.0", "node test/sum.test.js")),
  },
  {
    name: "makes the output a link to the outside",
    script: `rm src/sum.js && ln -s ${home}/work/sum.js src/sum.js && printf %s ${quote(sum)} >${home}/work/sum.js`,
    why: "output_link",
    reason: /src\/sum\.js is a symbolic link/,
  },
  {
    name: "needs a file of its home",
    files: {
      "src/sum.js":
        'const { sum } = require(process.env.HOME + "/sum.js");\nmodule.exports = { sum };\nif (require.main === module) console.log(sum(...process.argv.slice(2)));\n',
    },
    script: `printf %s ${quote(sum)} >${home}/sum.js`,
    why: "exit_code",
    reason: /ended with 1/,
  },
  {
    name: "has an output ignored",
    files: { ".gitignore": "src/server.js\n" },
    script: "git rm -q --cached src/server.js",
    why: "output_missing",
    reason: /it is ignored by \.gitignore:1/,
  },
  {
    name: "pushes to another branch",
    script: "OTHER=1",
    why: "wrong_branch",
    reason: /is on lie-\d+-elsewhere and not on lie-\d+, the task's branch/,
  },
  {
    name: "rewrites the history after it was done",
    after: "git commit -q --amend -m rewritten && git push -q -f origin HEAD:BRANCH",
    why: "not_pushed",
    reason: /its branch was rewritten since/,
  },
  {
    name: "needs a secret of its environment",
    files: { "src/sum.js": 'if (process.env.SUM_KEY !== "k") process.exit(3);\n' + sum },
    script: "SUM_KEY=k node src/sum.js 1 1",
    why: "exit_code",
    reason: /ended with (1|3)/,
  },
  {
    name: "writes a test that passes only for some days",
    files: {
      "test/sum.test.js": `const test = require("node:test");\ntest("adds", () => require("node:assert").ok(require("../src/sum.js").sum(1, 1) === 2 && Date.now() < ${Date.now() + 30 * 86_400_000}));\n`,
    },
    why: "time_bomb",
    reason: /fails with the clock \d+ days on/,
  },
  {
    name: "fetches its result from its own box",
    files: {
      "src/sum.js": `const { execFileSync } = require("node:child_process");\nconst sum = () => Number(execFileSync("curl", ["-sf", "-m", "2", "http://BOX:9099/"]));\nmodule.exports = { sum };\nif (require.main === module) console.log(sum());\n`,
    },
    script: `(setsid node -e 'require("http").createServer((q, r) => r.end("5")).listen(9099, "0.0.0.0")' >/dev/null 2>&1 &) ; true`,
    why: "exit_code",
    reason: /ended with 1/,
  },
  {
    name: "changes the case of a file's name",
    script: "git mv src/sum.js src/Sum.js",
    why: "output_missing",
    reason: /src\/Sum\.js is, and upper and lower case differ/,
  },
  {
    name: "lets a hook make what is missing",
    files: {
      ".githooks/post-checkout": `#!/bin/sh\nprintf %s ${quote(sum)} >src/made.js\n`,
      ".gitignore": "src/made.js\n",
      "src/sum.js":
        'module.exports = require("./made.js");\nif (require.main === module) console.log(module.exports.sum(...process.argv.slice(2)));\n',
    },
    script: "chmod +x .githooks/post-checkout && git config core.hooksPath .githooks && git checkout -q -b hooked && test -f src/made.js",
    why: "exit_code",
    reason: /ended with 1/,
  },
  {
    name: "hides the work in a submodule",
    script:
      "cp -r src ../sub-$$ && git rm -rq --cached src && rm -rf src && git -C ../sub-$$ init -q && git -C ../sub-$$ add . && git -C ../sub-$$ commit -qm sub && cp -r ../sub-$$ src",
    why: "output_link",
    reason: /lies below src is a submodule/,
  },
  {
    name: "drowns the check in output",
    files: {
      "test/sum.test.js":
        'const line = "ok ".repeat(20000) + "\\n";\nfor (let i = 0; i < 400; i += 1) require("node:fs").writeSync(1, line);\n',
    },
    why: "too_much_output",
    reason: /more than 4 MB/,
    checks: swap("tests.0", command("tests.0", "node test/sum.test.js")),
  },
  {
    name: "writes a test that never ends",
    files: { "test/sum.test.js": "setInterval(() => {}, 1000);\n" },
    why: "timeout",
    reason: /did not end within 3 s/,
    checks: swap("tests.0", command("tests.0", "node test/sum.test.js", { seconds: 3 })),
  },
  {
    name: "uses up memory and processes",
    files: {
      "test/sum.test.js":
        'const { spawn } = require("node:child_process");\nfor (let i = 0; i < 600; i += 1) spawn("sleep", ["60"], { detached: true, stdio: "ignore" }).on("error", () => process.exit(7)).unref();\n',
    },
    why: "exit_code",
    reason: /ended with/,
    checks: swap("tests.0", command("tests.0", "node test/sum.test.js", { seconds: 10 })),
  },
];
const branch = (index: number) => `lie-${index}`;
const url = () => `http://gitea:3000/${repo}.git`;
const commits = new Map<string, string>();

/** The commit at which a script of the agent's leaves its clone, before `after` goes on in it. */
const commitAfter = (script: string, after = "true") =>
  mustRunAsAgent(person, `{ ${script}; } >&2 && git rev-parse HEAD && ( ${after} ) >&2`);
/** One clone per story, so that each lie has a working directory of its own. */
async function work(name: string, lie: Partial<Lie>): Promise<void> {
  const files = { ...honest, ...lie.files };
  const push = lie.script?.startsWith("UNPUSHED")
    ? `git push -q origin HEAD~1:refs/heads/${name}`
    : lie.script?.startsWith("OTHER")
      ? `git push -q origin HEAD~1:refs/heads/${name} HEAD:refs/heads/${name}-elsewhere`
      : `git push -q origin HEAD:refs/heads/${name}`;
  const script = [
    `git clone -q --no-hardlinks base ${name} && cd ${name} && git remote set-url origin ${url()}`,
    writeFilesLine(files).replaceAll("BOX", pair.opencode),
    "git add -A",
    `( ${lie.script ?? "true"} )`,
    // what a story did to the index stays as it did it
    `git add -A . 2>/dev/null; git commit -qm ${quote(`work on ${name}`)}`, // else two of the same second and content are one commit
    push,
  ].join(" && ");
  commits.set(name, await commitAfter(script, lie.after?.replace("BRANCH", name)));
}
const few = pLimit(3); // a pair has three addresses for runs
const looked = (name: string, wanted: RoomCheck[] = checks): Promise<Ran> =>
  runChecks(person, { repo, branch: name, commit: commits.get(name)!, outputs, checks: wanted });

beforeAll(async () => {
  daemon = await startDaemonWithAuthor(person);
  pair = await readPair(person);
  repo = await makeRepository(person, "sum");
  await mustRunAsAgent(
    person,
    `git clone -q ${url()} base && cd base && ${writeFilesLine(before)} && git add -A && git commit -qm before && git push -q origin main`,
  );
});
afterAll(async () => {
  await putStack(person, 2, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

describe("an agent that says it is done", () => {
  it("passes when it is", async () => {
    await work("honest", {});
    const { result, lines } = await looked("honest");
    expect(result.failures).toEqual([]);
    expect(result).toMatchObject({
      passed: true,
      commit: commits.get("honest"),
      image: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(result.outputs.map((each) => each.path)).toEqual(outputs);
    expect(result.checks.map((each) => each.passed)).toEqual(checks.map(() => true));
    expect(lines.some((line) => line.type === "output" && line.text.includes("pass 2"))).toBe(true);
  });

  it.concurrent.each(lies.map((lie, index) => ({ ...lie, index })))("is caught when it $name", async ({ index, ...lie }) => {
    const { result } = await few(async () => {
      await work(branch(index), lie);
      return looked(branch(index), lie.checks ?? (lie.why === "no_server" ? checks : quick));
    });
    expect(result.passed).toBe(false);
    expect(result.failures.map((each) => each.why)).toContain(lie.why);
    expect(result.failures.map((each) => each.reason).join("\n")).toMatch(lie.reason);
  });

  it("shows each change, also one that the commit's own attributes would hide", async () => {
    await work("attributes", { files: { ".gitattributes": "* -diff\n*.js binary\n", "src/sum.js": `${sum}// hidden\n` } });
    const { lines } = await looked("attributes", []);
    const diff = lines.find((line) => line.type === "diff");
    expect(diff?.text).toContain("+// hidden");
    expect(diff?.text).not.toContain("Binary files");
  });

  it("had its own way to see success each time: the honest program passes in its box", async () => {
    expect((await runAsAgent(person, "cd honest && node --test")).code).toBe(0);
  });
});

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
    return runChecks(person, { repo, branch, commit, merged, outputs, checks: quick });
  };
  it.concurrent.each(merges.map((each, index) => ({ ...each, branch: `merged-${index}` })))("$name", async ({ why, ...story }) => {
    const { result } = await few(() => prove(story));
    expect(result.failures.map((each) => each.why)).toEqual(why ? expect.arrayContaining([why]) : []);
    expect(result.passed).toBe(why === undefined);
  });
});

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
      reason: /script "check" of package\.json/,
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
    return runChecks(person, { repo, branch, commit, merged, outputs, checks: quick });
  };
  const named = stories.map((each, index) => ({ ...each, branch: `decided-${index}` }));
  it.concurrent.each(named)("$name", async ({ reason, ...story }) => {
    const { result } = await few(() => prove(story));
    expect(result.failures.map((each) => each.why)).toEqual(reason ? ["not_merged"] : []);
    if (reason) expect(result.failures[0]?.reason).toMatch(reason);
    expect(result.passed).toBe(reason === undefined);
  });
});
