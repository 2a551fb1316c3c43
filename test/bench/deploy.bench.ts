import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { readImageTags } from "../../agent-host/images.ts";
import { planOut } from "../../schema/agent/team.ts";
import { dockerName, type Instance } from "../../schema/machine/instance.ts";
import { deployOut } from "../../schema/project/project.ts";
import { makeFigure, type Series } from "./figures.ts";
import type { Bench, Ready } from "./ground.ts";
import { isEvent, now, type Stream } from "./member.ts";

/**
 * A small server in Node on its way to its address: from the press to its first answer there, back to the
 * release before, and what it holds of the memory. Beside it the same program by plain `docker run`.
 */
const project = "deploy-bench";
const many = 6;
const program =
  "require('http').createServer((asked, answer) => answer.end('hello')).listen(process.env.PORT, () => console.log('Listening'))";
const files = [
  { file: ".growqr/environment.yaml", contains: "start: sh serve.sh" },
  { file: "serve.sh", contains: `exec node -e "${program}"` },
];

type Deployer = { subject: Ready; stream: Stream };
const wait = ({ stream }: Deployer, kind: string, accept: (body: Record<string, unknown>) => boolean, from = 0) =>
  stream.until(kind, (arrival) => isEvent(arrival, kind, accept), 180_000, from);
const isIn = (body: Record<string, unknown>, state: string) => z.looseObject({ state: z.string() }).parse(body.facts).state === state;

/** Allows what agents ask, until the work is done. */
async function allowAll<T>({ subject: { member }, stream }: Deployer, work: Promise<T>): Promise<T> {
  const asked = z.looseObject({ body: z.looseObject({ id: z.string() }) });
  const answered = new Set<string>();
  const timer = setInterval(() => {
    for (const { name, data } of stream.seen) {
      if (name !== "approval.asked") continue;
      const { id } = asked.parse(data).body;
      if (answered.has(id)) continue;
      answered.add(id);
      void member.call("POST", `/approvals/${id}/decision`, { decision: "allow", device: "laptop", scope: "once" }).catch(console.error);
    }
  }, 100);
  return work.finally(() => clearInterval(timer));
}
async function proveMain(deployer: Deployer): Promise<void> {
  const { member } = deployer.subject;
  const task = { project, outputs: files.map(({ file }) => file), acceptance: files };
  const tasks = [
    { ...task, id: "serve", title: "Write the server", owner: "product-flow" },
    { ...task, id: "merge", title: "Merge the server", owner: "repo", depends_on: ["serve"] },
  ];
  const { plan } = planOut.parse(await member.call("POST", "/plans", { plan: { title: "A server", story: "Measured.", tasks } }));
  await member.call("POST", `/plans/${plan.id}/accept`, { revision: 1 });
  await allowAll(
    deployer,
    wait(deployer, "task.state", (body) => body.name === "merge" && isIn(body, "verified")),
  );
}

/** Milliseconds from the press until it serves. */
async function measureDeploy(deployer: Deployer): Promise<{ release: string; ms: number }> {
  const from = deployer.stream.seen.length;
  const began = now();
  const { release } = deployOut.parse(await deployer.subject.member.call("POST", `/projects/${project}/releases`, {}));
  const ended = (body: Record<string, unknown>) => body.id === release.id && ["serving", "failed"].includes(String(body.state));
  const { at, data } = await allowAll(deployer, wait(deployer, "release.state", ended, from));
  const { body } = z.looseObject({ body: z.looseObject({ state: z.string() }) }).parse(data);
  if (body.state !== "serving") throw new Error(`a release ${body.state}: ${JSON.stringify(body)}`);
  return { release: release.id, ms: at - began };
}

const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
/**
 * Memory that the kernel could not drop at any time, in MiB, of the container's first process and its
 * children.
 */
function readMemory(container: string): number {
  const pid = docker("inspect", "-f", "{{.State.Pid}}", container);
  const listTree = (root: string): string[] => {
    const children = readFileSync(`/proc/${root}/task/${root}/children`, "utf8").trim().split(/\s+/).filter(Boolean);
    return [root, ...children.flatMap(listTree)];
  };
  const anonymous = (id: string) => Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0);
  return listTree(pid).reduce((sum, each) => sum + anonymous(each), 0) / 1024;
}
const appContainer = (instance: Instance, { memberId }: Ready, release: string) =>
  dockerName(instance, "app", `${project}-${memberId}-${release}`);

/** The same program in the same image, until it answers. */
async function measureRaw(name: string): Promise<{ ms: number; mb: number }> {
  const began = now();
  const env = ["-e", "PORT=8080", "-p", "127.0.0.1::8080", "--entrypoint", "node"];
  try {
    docker("run", "-d", "--init", "--read-only", "--name", name, ...env, readImageTags().opencode, "-e", program);
    const address = docker("port", name, "8080").split("\n")[0];
    const end = began + 30_000;
    const answers = () =>
      fetch(`http://${address}/`, { redirect: "manual" }).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await answers())) if (now() > end) throw new Error("the raw server did not answer");
    return { ms: now() - began, mb: readMemory(name) };
  } finally {
    execFileSync("docker", ["rm", "-f", name], { stdio: "ignore" });
  }
}

export const bench: Bench = {
  title: "a small app: press of deploy to serving, back to the one before, its memory",
  seconds: 400,
  async run(ground) {
    const subject = await ground.ready("deploy");
    const deployer = { subject, stream: await subject.member.events(subject.agent) };
    await proveMain(deployer);
    const [deploys, backs, memory]: [Series, Series, Series] = [[], [], []];
    let before = (await measureDeploy(deployer)).release;
    for (let n = 0; n < many; n++) {
      const { release, ms } = await measureDeploy(deployer);
      deploys.push(ms);
      memory.push(readMemory(appContainer(ground.instance, subject, release)));
      const began = now();
      await subject.member.call("POST", `/projects/${project}/roll-back`, { to: before });
      backs.push(now() - began);
      before = release === before ? before : (await measureDeploy(deployer)).release;
    }
    await deployer.stream.close();
    const raw = [];
    for (let n = 0; n < many; n++) raw.push(await measureRaw(`${ground.instance.name}-raw-app`));
    return [
      makeFigure(
        "press of deploy to serving, a small app",
        deploys,
        raw.map(({ ms }) => ms),
        { must: "p50 < 5,000", contains: true },
      ),
      makeFigure("back to the release before: press to answer", backs, undefined, { must: "≤ 5,000" }),
      makeFigure(
        "memory of an app's processes",
        memory,
        raw.map(({ mb }) => mb),
        { unit: "MiB" },
      ),
    ];
  },
};
