import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { z } from "zod";
import { readImageTags } from "../../agent-host/images.ts";
import { planOut } from "../../schema/agent/team.ts";
import { dockerName, type Instance } from "../../schema/machine/instance.ts";
import { deployOut, projectOut } from "../../schema/project/project.ts";
import { makeFigure, type Series } from "./figures.ts";
import type { Bench, Ready } from "./ground.ts";
import { isEvent, now, type Stream } from "./member.ts";

/**
 * A small server in Node on its way to its address: from the press to its first answer there, back to the
 * release before, what it holds of the memory, and how many visits a second it answers. Beside it the same
 * program by plain `docker run`.
 */
const project = "deploy-bench";
const many = 6;
/** A page that costs nothing, and one that works for 20 ms before it answers. */
const pages = { hello: { path: "/", many: 2_000, atOnce: 20 }, work: { path: "/work", many: 1_000, atOnce: 8 } } as const;
type Page = (typeof pages)[keyof typeof pages];
const rounds = 3;
const program =
  "require('http').createServer((asked, answer) => setTimeout(() => answer.end('hello'), asked.url === '/' ? 0 : 20)).listen(process.env.PORT, () => console.log('Listening'))";
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

/**
 * GETs over kept connections, so many at once: how many a second are answered. They are said to come from
 * many addresses, as visitors do: what one address may ask for is bounded.
 */
async function countVisits(address: string, host: string, { path, many: visits, atOnce }: Page): Promise<number> {
  const { hostname, port } = new URL(address);
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const visit = (index: number) =>
    new Promise<void>((resolve, reject) => {
      const headers = { host, "cf-connecting-ip": `198.51.100.${index % 200}` };
      const asked = request({ agent, hostname, port, path, headers }, (answer) => {
        if (answer.statusCode !== 200) reject(new Error(`a visit was answered ${answer.statusCode}`));
        answer.resume().once("end", resolve);
      });
      asked.once("error", reject).end();
    });
  let next = 0;
  const work = async () => {
    while (next < visits) await visit(next++);
  };
  const began = now();
  await Promise.all(Array.from({ length: atOnce }, work));
  agent.destroy();
  return (visits / (now() - began)) * 1_000;
}
type Visits = Record<keyof typeof pages, Series>;
async function countPages(address: string, host: string, times: number): Promise<Visits> {
  const found: Visits = { hello: [], work: [] };
  for (const name of ["hello", "work"] as const)
    for (let n = 0; n < times; n++) found[name].push(await countVisits(address, host, pages[name]));
  return found;
}
/** Requests a second of the released app at its address, once everybody may see it. */
async function measureVisits({ subject: { member } }: Deployer): Promise<Visits> {
  const { project: view } = projectOut.parse(await member.call("PUT", `/projects/${project}/published`, { published: true }));
  const { host, port } = new URL(view.address ?? "");
  await countVisits(`http://127.0.0.1:${port}`, host, pages.hello); // it warms up
  return countPages(`http://127.0.0.1:${port}`, host, rounds);
}

/** The same program in the same image, until it answers. */
async function measureRaw(name: string): Promise<{ ms: number; mb: number; visits: Visits }> {
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
    const [ms, mb] = [now() - began, readMemory(name)];
    return { ms, mb, visits: await countPages(`http://${address}`, "app", 1) };
  } finally {
    execFileSync("docker", ["rm", "-f", name], { stdio: "ignore" });
  }
}

export const bench: Bench = {
  title: "a small app: press of deploy to serving, back to the one before, its memory, its visitors",
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
    const seen = await measureVisits(deployer);
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
      makeFigure(
        `visits through the edge, a page that works 20 ms, ${pages.work.atOnce} at once`,
        seen.work,
        raw.flatMap((each) => each.visits.work),
        { unit: "a second", must: "ratio ≥ 0.7" },
      ),
      makeFigure(
        `visits through the edge, a page that costs nothing, ${pages.hello.atOnce} at once`,
        seen.hello,
        raw.flatMap((each) => each.visits.hello),
        { unit: "a second" },
      ),
    ];
  },
};
