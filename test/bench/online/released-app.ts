import { z } from "zod";
import { appContainer } from "../../../agent-host/release/app-container.ts";
import { planOut } from "../../../schema/agent/team.ts";
import { deployOut, projectOut } from "../../../schema/project/project.ts";
import { type Ground, type Ready, turnStack } from "../ground.ts";
import { isEvent, now, type Stream } from "../member.ts";
import { findWay, type Page, type Way } from "./visits.ts";

/**
 * A small server in Node on its way to its address. It answers a small page at once, and at `/work` the same
 * after 20 ms.
 */
const parts = 100;
const program = (word: string) =>
  `const page = '${word}: a small page. '.repeat(${parts}); require('http').createServer((asked, answer) => { const send = () => answer.end(page); if (asked.url === '/work') setTimeout(send, 20); else send(); }).listen(process.env.PORT, () => console.log('Listening'))`;
export const startLine = (word: string) => `exec node -e "${program(word)}"`;
/** `word` tells the servers apart. */
export const front = (word: string): Page => ({ path: "/", text: `${word}: a small page. `.repeat(parts) });
export const slow = (word: string): Page => ({ ...front(word), path: "/work" });

/** A member who deploys, and the approvals that they have answered. */
export type Deployer = { subject: Ready; stream: Stream; answered: Set<string> };
export async function openDeployer(subject: Ready): Promise<Deployer> {
  return { subject, stream: await subject.member.events(subject.agent), answered: new Set() };
}
/** Stops what a bench has put online, and its stack: the next bench has the machine to itself. */
export async function closeDeployer({ subject, stream }: Deployer, projects: readonly string[]): Promise<void> {
  await stream.close();
  for (const project of projects) await subject.member.call("POST", `/projects/${project}/stop`, {});
  await turnStack(subject, "stop");
}

const waitFor = ({ stream }: Deployer, kind: string, accept: (body: Record<string, unknown>) => boolean, from: number) =>
  stream.until(kind, (arrival) => isEvent(arrival, kind, accept), 180_000, from);

const question = z.looseObject({ body: z.looseObject({ id: z.string() }) });
/** Allows what agents ask, until the work is done. */
async function allowAll<T>({ subject: { member }, stream, answered }: Deployer, work: Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    for (const { name, data } of stream.seen) {
      if (name !== "approval.asked") continue;
      const { id } = question.parse(data).body;
      if (answered.has(id)) continue;
      answered.add(id);
      void member.call("POST", `/approvals/${id}/decision`, { decision: "allow", device: "laptop", scope: "once" }).catch(console.error);
    }
  }, 100);
  return work.finally(() => clearInterval(timer));
}

const taskFacts = z.looseObject({ state: z.string(), reason: z.string().optional() });
const told = z.looseObject({ body: z.looseObject({ name: z.string(), facts: taskFacts }) });
/** One agent writes the server, another merges it; what is on main then has a receipt. */
export async function proveMain(deployer: Deployer, project: string, word: string): Promise<void> {
  const { member } = deployer.subject;
  const files = [
    { file: ".growqr/environment.yaml", contains: "start: sh serve.sh" },
    { file: "serve.sh", contains: startLine(word) },
  ];
  const [write, merge] = [project, `${project}-merge`];
  const task = { project, outputs: files.map(({ file }) => file), acceptance: files };
  const tasks = [
    { ...task, id: write, title: "Write the server", owner: "product-flow" },
    { ...task, id: merge, title: "Merge the server", owner: "repo", depends_on: [write] },
  ];
  const from = deployer.stream.seen.length;
  const { plan } = planOut.parse(await member.call("POST", "/plans", { plan: { title: "A server", story: "Measured.", tasks } }));
  await member.call("POST", `/plans/${plan.id}/accept`, { revision: 1 });
  const hasEnded = (body: Record<string, unknown>) => {
    const { state } = taskFacts.parse(body.facts);
    return (state === "failed" && [write, merge].includes(String(body.name))) || (state === "verified" && body.name === merge);
  };
  const { data } = await allowAll(deployer, waitFor(deployer, "task.state", hasEnded, from));
  const { name, facts } = told.parse(data).body;
  if (facts.state !== "verified") throw new Error(`${name} was not proven: ${facts.reason}`);
}

const ending = z.looseObject({ body: z.looseObject({ state: z.string() }) });
/** Milliseconds from the press until it serves. */
export async function deploy(deployer: Deployer, project: string): Promise<{ release: string; ms: number }> {
  const from = deployer.stream.seen.length;
  const began = now();
  const { release } = deployOut.parse(await deployer.subject.member.call("POST", `/projects/${project}/releases`, {}));
  const ended = (body: Record<string, unknown>) => body.id === release.id && ["serving", "failed"].includes(String(body.state));
  const { at, data } = await allowAll(deployer, waitFor(deployer, "release.state", ended, from));
  const { body } = ending.parse(data);
  if (body.state !== "serving") throw new Error(`a release ${body.state}: ${JSON.stringify(body)}`);
  return { release: release.id, ms: at - began };
}

/** Lets everybody see it. Answers its address. */
export async function publish({ subject: { member } }: Deployer, project: string): Promise<Way> {
  const { project: view } = projectOut.parse(await member.call("PUT", `/projects/${project}/published`, { published: true }));
  if (view.address === undefined) throw new Error(`${project} has no address`);
  return findWay(view.address);
}
export const findContainer = ({ instance }: Ground, { subject }: Deployer, project: string, release: string) =>
  appContainer({ instance }, { member: subject.memberId, project }, release);
