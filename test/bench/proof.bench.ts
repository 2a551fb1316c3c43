import { execFileSync } from "node:child_process";
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
 * it, and of one for which they were installed before. Beside it the container alone.
 */
const project = "proof-bench";
const versions = ["2.1.1", "2.1.2", "2.1.3"];

type Worker = { subject: Ready; instance: string; stream: Stream; task: string; home: string; uid: string; branch: string };
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
const write = (path: string, content: string) => ({ tool: "write", args: { filePath: `${project}/${path}`, content } });
const ownBranch = "agent/'+process.cwd().split('/')[3]+'/page";
/** A page and a package without packages yet, each of them a declared output. */
const pageTask = {
  ...{ id: "page", title: "A page", project, owner: "coding", outputs: ["index.html", "package.json", "package-lock.json"] },
  acceptance: [{ file: "index.html", contains: "Hello" }],
  description: script(
    bash(`git clone -q http://gitea:3000/projects/${project}.git && cd ${project} && git checkout -q main`),
    write("index.html", "<h1>Hello</h1>\n"),
    write("package.json", '{ "name": "page", "version": "1.0.0", "private": true }\n'),
    write("package-lock.json", '{ "name": "page", "version": "1.0.0", "lockfileVersion": 3, "packages": {} }\n'),
    bash(`cd ${project} && git add -A && git commit -qm page`),
    bash(
      `cd ${project} && node -e "require('child_process').execSync('git push -q origin HEAD:refs/heads/${ownBranch}', { stdio: 'inherit' })" && echo "commit $(git rev-parse HEAD)"`,
    ),
    { tool: "platform_report_progress", args: { task: "$TASK", commit: "$COMMIT", state: "done", text: "It is done." } },
    { text: "Done." },
  ),
};

async function startWorker(subject: Ready, instance: string): Promise<Worker> {
  const stream = await subject.member.events(subject.agent);
  await subject.member.call("POST", "/tasks", { spec: pageTask });
  const task = taskOf.parse((await inState(stream, "verified", 0)).data).body.taskId;
  const listed = z.object({ receipts: z.array(receiptView) }).parse(await subject.member.call("GET", `/receipts?task=${task}`));
  const branch = listed.receipts[0]!.branch;
  const home = `/workspace/agents/${branch.split("/")[1]}`;
  const uid = (await inside(instance, "opencode", subject.memberId, ["stat", "-c", "%u:%g", home])).trim();
  return { subject, instance, stream, task, home, uid, branch };
}

/** Pushes one more commit as the agent, and answers how long its proof took, in milliseconds. */
async function proveNext(worker: Worker, change: string): Promise<number> {
  const { subject, instance, stream, task, home, uid, branch } = worker;
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

function measureRawRoom(): Series {
  const tag = readImageTags().opencode;
  return Array.from({ length: 5 }, () => {
    const began = now();
    execFileSync("docker", ["run", "--rm", "--init", "--network", "none", "--read-only", "--entrypoint", "true", tag]);
    return now() - began;
  });
}

export const bench: Bench = {
  title: "a proof in a clean room, with what it needs installed and not",
  seconds: 400,
  async run(ground) {
    const worker = await startWorker(await ground.ready("proof"), ground.instance.name);
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
    const raw = measureRawRoom();
    return [
      makeFigure("proof of a commit without packages, beside its container alone", plain, raw, { contains: true }),
      makeFigure("proof of a commit whose packages are installed for it", anew, raw, { contains: true }),
      makeFigure("proof of a commit whose packages were installed before", again, raw, { contains: true }),
    ];
  },
};
