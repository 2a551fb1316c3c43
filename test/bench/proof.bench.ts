import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { readImageTags } from "../../agent-host/images.ts";
import { taskDetail } from "../../schema/agent/team.ts";
import { receiptView } from "../../schema/receipt/receipt-api.ts";
import { inside } from "../harness/member-containers.ts";
import { script } from "../harness/person.ts";
import { makeFigure, type Series } from "./figures.ts";
import type { Bench, Ready } from "./ground.ts";
import { isEvent, now, type Stream } from "./member.ts";

/**
 * What a proof in a clean room takes: of a commit without packages, of one whose packages are installed for
 * it, of one for which they were installed before, and of one with tests. Beside it the container alone, with
 * the tests run once in it. And how long a copy of a large commit takes, of which a proof makes one for each
 * run of a check, beside `cp`.
 */
const versions = ["2.1.1", "2.1.2", "2.1.3"];

type Worker = {
  subject: Ready;
  instance: string;
  stream: Stream;
  project: string;
  task: string;
  home: string;
  uid: string;
  branch: string;
};
const inState = (stream: Stream, state: string, from: number, task = "") =>
  stream.until(
    `task ${state}`,
    (arrival) => isEvent(arrival, "task.state", (body) => stateOf(body) === state && (task === "" || body.taskId === task)),
    120_000,
    from,
  );
const stateOf = (body: Record<string, unknown>) => z.object({ state: z.string() }).parse(body.facts).state;
const taskOf = z.looseObject({ body: z.object({ taskId: z.string() }) });

const say = ({ member, agent }: Ready, text: string) =>
  member.call("POST", `/actors/${agent}/message`, { clientId: `bench-${crypto.randomUUID()}`, text });

const bash = (command: string) => ({ tool: "bash", args: { command, description: command.slice(0, 40) } });
const write = (path: string, content: string) => ({ tool: "write", args: { filePath: path, content } });
/** A task whose agent writes these files, each of them a declared output. */
function makeTask(id: string, files: Record<string, string>, checks: object) {
  const project = `proof-${id}`;
  const ownBranch = `agent/'+process.cwd().split('/')[3]+'/${id}`;
  const push = `require('child_process').execSync('git push -q origin HEAD:refs/heads/${ownBranch}', { stdio: 'inherit' })`;
  return {
    ...{ id, title: "What is to be proven", project, owner: "coding", outputs: Object.keys(files), ...checks },
    description: script(
      bash(`git clone -q http://gitea:3000/projects/${project}.git && cd ${project} && git checkout -q main`),
      ...Object.entries(files).map(([path, text]) => write(`${project}/${path}`, text)),
      bash(`cd ${project} && git add -A && git commit -qm work`),
      bash(`cd ${project} && node -e "${push}" && echo "commit $(git rev-parse HEAD)"`),
      { tool: "platform_report_progress", args: { task: "$TASK", commit: "$COMMIT", state: "done", text: "It is done." } },
      { text: "Done." },
    ),
  };
}
/** A page and a package without packages yet. */
const pageTask = makeTask(
  "page",
  {
    "index.html": "<h1>Hello</h1>\n",
    "package.json": '{ "name": "page", "version": "1.0.0", "private": true }\n',
    "package-lock.json": '{ "name": "page", "version": "1.0.0", "lockfileVersion": 3, "packages": {} }\n',
  },
  { acceptance: [{ file: "index.html", contains: "Hello" }] },
);
const sumFiles = {
  "src/sum.js": "exports.sum = (a, b) => {\n  return a + b;\n};\n",
  "test/sum.test.js":
    'const test = require("node:test");\nconst assert = require("node:assert");\nconst { sum } = require("../src/sum.js");\ntest("adds", () => assert.equal(sum(1, 2), 3));\n',
};
const testsTask = makeTask("tests", sumFiles, { tests: ["node --test"] });

async function startWorker(subject: Ready, instance: string, spec: ReturnType<typeof makeTask>): Promise<Worker> {
  const stream = await subject.member.events(subject.agent);
  await subject.member.call("POST", "/tasks", { spec });
  const task = taskOf.parse((await inState(stream, "verified", 0)).data).body.taskId;
  const listed = z.object({ receipts: z.array(receiptView) }).parse(await subject.member.call("GET", `/receipts?task=${task}`));
  const branch = listed.receipts[0]!.branch;
  const home = `/workspace/agents/${branch.split("/")[1]}`;
  const uid = (await inside(instance, "opencode", subject.memberId, ["stat", "-c", "%u:%g", home])).trim();
  return { subject, instance, stream, project: spec.project, task, home, uid, branch };
}

/** Pushes one more commit as the agent, and answers how long its proof took, in milliseconds. */
async function proveNext(worker: Worker, change: string): Promise<number> {
  const { subject, instance, stream, project, task, home, uid, branch } = worker;
  const proxied = "HTTPS_PROXY=http://gateway:8081 NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt";
  const clone = `cd $(mktemp -d -p ${home}) && export HOME=${home} ${proxied} && git clone -q -b ${branch} http://gitea:3000/projects/${project}.git p && cd p`;
  const push = "git add -A && git commit -qm more && git push -q origin HEAD";
  await inside(instance, "opencode", subject.memberId, ["bash", "-c", `${clone} && ${change} && ${push}`], uid);
  const from = stream.seen.length;
  await say(subject, "hello"); // the end of a turn looks at the branches
  await inState(stream, "verified", from, task);
  const { runs } = taskDetail.parse(await subject.member.call("GET", `/tasks/${task}`));
  const { startedAt, completedAt } = runs.findLast(({ kind }) => kind === "shell") ?? {};
  return (completedAt ?? Number.NaN) - (startedAt ?? Number.NaN);
}

/** A container of the same image alone, which runs a line. */
function measureRawRoom(line = "true"): Series {
  const box = ["run", "--rm", "--init", "--network", "none", "--read-only", "--tmpfs", "/tmp:exec", "--entrypoint", "bash"];
  return Array.from({ length: 5 }, () => {
    const began = now();
    execFileSync("docker", [...box, readImageTags().opencode, "-c", line]);
    return now() - began;
  });
}
const writeSum = Object.entries(sumFiles).map(([path, text]) => `mkdir -p ${path.split("/")[0]} && printf %s ${quote(text)} >${path}`);
const runSum = `cd /tmp && ${writeSum.join(" && ")} && node --test`;
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const copyProgram = readFileSync(new URL("../../agent-host/run/room/fresh-copy.pl", import.meta.url), "utf8");
// Both steps as in a room, and `cp` after them, five times; milliseconds of each.
const layScript = `mkdir -p /s/plain /p/code; cd /s/plain; git init -q
for i in $(seq 5000); do d=lib/d$((i % 50)); mkdir -p $d; echo "module $i text of some length" >$d/f$i.txt; done
git add -A; git -c user.name=a -c user.email=b commit -qm all; git gc -q; git ls-files -z >/tmp/kept; export HOME=/tmp
timed() { local began=$(date +%s%N); "$@" >/dev/null; echo $((($(date +%s%N) - began) / 1000000)); }
ours() { perl -e "$0" keep /s/plain "" /p/code/w /none /none /none 0 </tmp/kept
  perl -e "$0" lay /s/plain /p/code/w /none /none /none 022 /p/code/.tmp "" "" "" ""; }
raw() { rm -rf /p/copy; cp -a /s/plain /p/copy; }
for i in 1 2 3 4 5; do timed ours; timed raw; done`;
function measureLaying(): { ours: Series; raw: Series } {
  const box = ["run", "--rm", "--init", "--network", "none", "--tmpfs", "/s:exec", "--tmpfs", "/p:exec", "--entrypoint", "bash"];
  const out = execFileSync("docker", [...box, readImageTags().opencode, "-c", layScript, copyProgram], { encoding: "utf8" });
  const all = out.trim().split("\n").map(Number);
  return { ours: all.filter((_, at) => at % 2 === 0), raw: all.filter((_, at) => at % 2 === 1) };
}

export const bench: Bench = {
  title: "a proof in a clean room, with what it needs installed and not",
  seconds: 400,
  async run(ground) {
    const worker = await startWorker(await ground.ready("proof"), ground.instance.name, pageTask);
    const more = "echo '<p>more</p>' >>index.html";
    const plain: Series = [];
    for (let n = 0; n < 3; n++) plain.push(await proveNext(worker, more));
    const [anew, again]: [Series, Series] = [[], []];
    for (const version of versions) {
      const install = `echo node_modules >.git/info/exclude && npm install --no-audit ms@${version}`;
      anew.push(await proveNext(worker, install));
      again.push(await proveNext(worker, more));
    }
    await worker.stream.close();
    const tests = await startWorker(await ground.ready("tests"), ground.instance.name, testsTask);
    const tested: Series = [];
    for (let n = 0; n < 5; n++) tested.push(await proveNext(tests, "echo >>src/sum.js"));
    await tests.stream.close();
    const raw = measureRawRoom();
    const laid = measureLaying();
    return [
      makeFigure("proof of a commit without packages, beside its container alone", plain, raw, { contains: true }),
      makeFigure("proof of a commit whose packages are installed for it", anew, raw, { contains: true }),
      makeFigure("proof of a commit whose packages were installed before", again, raw, { contains: true, must: "p50 < 3,000" }),
      makeFigure("proof of a commit with tests (node:test), beside its tests once in a container", tested, measureRawRoom(runSum), {
        contains: true,
      }),
      makeFigure("a copy of a commit of 5,000 files for a check, beside `cp -a`", laid.ours, laid.raw),
    ];
  },
};
