import { z } from "zod";
import { connectDocker, execInContainer } from "../../agent-host/docker.ts";
import { dockerName, type PairAddresses, pairAddresses } from "../../schema/machine/instance.ts";
import { type RoomCheck, type RunIn, type RunLine, type RunResult, runLine } from "../../schema/proof/proof.ts";
import { box, gitUser } from "../../schema/stack/stack.ts";
import { newId } from "../../schema/wire/id.ts";
import { of } from "./ground.ts";
import { ask, eventually, type Person, ticket } from "./runner-client.ts";

/** A member's box with an agent in it that writes code, and the clean rooms in which the platform looks at that code. */
export const engine = connectDocker("/var/run/docker.sock");
export const boxName = (who: Person) => dockerName(of, "opencode", who.member);

/** The addresses of a member's pair: which ones depends on who else is on the machine. */
export async function pairOf(who: Person): Promise<PairAddresses> {
  const { NetworkSettings } = await engine.docker.getContainer(boxName(who)).inspect();
  const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? "";
  const [, , third = 0, fourth = 0] = address.split(".").map(Number);
  return pairAddresses(of, (third * 256 + fourth - 3) / 8);
}

/** A script as the agent's own user in its own directory, as its shell would run it. */
export function asAgent(who: Person, script: string) {
  const home = box.agentHome(who.agent);
  return execInContainer(engine, boxName(who), {
    cmd: ["bash", "-c", `cd ${home}/work && ${script}`],
    user: `${box.uid(0)}:${box.uid(0)}`,
    env: [`HOME=${home}`],
    ms: 60_000,
  });
}
export async function mustAsAgent(who: Person, script: string): Promise<string> {
  const { code, out, err } = await asAgent(who, script);
  if (code !== 0) throw new Error(`the agent's script ended with ${code}: ${err}\n${script.slice(0, 400)}`);
  return out.trim();
}

/** Gitea's API through the host, as the platform. */
export async function gitea(who: Person, method: string, path: string, body?: unknown) {
  const answer = await ask(method, `/stacks/${who.member}/git/api/v1${path}`, { ticket: await ticket(who), ...(body ? { body } : {}) });
  if (answer.status > 299) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer;
}
/** The author's home, uid and Git user come with its server. */
export async function startAuthor(who: Person): Promise<void> {
  const body = { generation: 1, name: "Author", prompt: "You write code." };
  const start = async () =>
    (await ask("PUT", `/stacks/${who.member}/agents/${who.agent}`, { ticket: await ticket(who), body })).status === 200;
  await eventually("the author's server answers", start, 120_000); // a busy machine needs more than one try
}
/** A repository `projects/<name>` in which the agent may push every branch. */
export async function repository(who: Person, name: string): Promise<string> {
  await ask("POST", `/stacks/${who.member}/git/api/v1/orgs`, {
    ticket: await ticket(who),
    body: { username: "projects", visibility: "private" },
  });
  await gitea(who, "POST", "/orgs/projects/repos", { name, private: true, auto_init: true, default_branch: "main" });
  await gitea(who, "PUT", `/repos/projects/${name}/collaborators/${gitUser(who.agent)}`, { permission: "write" });
  return `projects/${name}`;
}

export type Asked = Omit<RunIn, "id">;
export type Ran = { lines: RunLine[]; result: RunResult; ms: number };
export async function openRun(who: Person, asked: Asked, more: { id?: RunIn["id"]; onData?: (text: string) => boolean } = {}) {
  const body = { id: more.id ?? newId("wrk"), ...asked };
  const onData = more.onData ? { onData: more.onData } : {};
  return ask("POST", `/stacks/${who.member}/runs`, { ticket: await ticket(who), body, ...onData });
}
/** A run to its verdict. */
export async function run(who: Person, asked: Asked): Promise<Ran> {
  const began = performance.now();
  const answer = await openRun(who, asked);
  if (answer.status !== 200) throw new Error(`run: ${answer.status} ${answer.text}`);
  const lines = answer.text
    .split("\n")
    .filter(Boolean)
    .map((line) => runLine.parse(JSON.parse(line)));
  const last = lines.at(-1);
  if (last?.type !== "result") throw new Error(`no verdict: ${JSON.stringify(last)}`);
  return { lines, result: last.result, ms: Math.round(performance.now() - began) };
}
export const command = (name: string, line: string, more: Partial<Extract<RoomCheck, { kind: "command" }>> = {}): RoomCheck => ({
  name,
  kind: "command",
  command: line,
  exitCode: 0,
  seconds: 30,
  ...more,
});
export const heads = z.array(z.looseObject({ name: z.string(), commit: z.looseObject({ id: z.string() }) }));
