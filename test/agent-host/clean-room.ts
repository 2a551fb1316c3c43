import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { z } from "zod";
import { connectDocker, execInContainer } from "../../agent-host/docker.ts";
import { agentGiteaUser } from "../../agent-host/gitea/gitea.ts";
import { writeHome } from "../../agent-host/opencode/agent-seat.ts";
import { dockerName, type PairAddresses, pairAddresses } from "../../schema/machine/instance.ts";
import { type RoomCheck, type RunIn, type RunLine, type RunResult, runLine } from "../../schema/proof/proof.ts";
import { box, gitUser } from "../../schema/stack/stack.ts";
import { newId } from "../../schema/wire/id.ts";
import { eventually } from "../harness/eventually.ts";
import { limit } from "../harness/suite/limit.ts";
import type { Started } from "../local/process.ts";
import { folder, hostInstance, startDaemon } from "./ground.ts";
import { callHost, type Person, placeStack, putStack, signStackTicket } from "./runner-client.ts";

/**
 * A member's box with an agent in it that writes code, and the clean rooms in which the platform looks at
 * that code.
 */
export const engine = connectDocker("/var/run/docker.sock");
export const boxName = (person: Person) => dockerName(hostInstance, "opencode", person.member);

/** The addresses of a member's pair. They depend on which other members are on the machine. */
export async function readPair(person: Person): Promise<PairAddresses> {
  const { NetworkSettings } = await engine.docker.getContainer(boxName(person)).inspect();
  const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? "";
  const [, , third = 0, fourth = 0] = address.split(".").map(Number);
  return pairAddresses(hostInstance, (third * 256 + fourth - 3) / 8);
}

const authorities = "/etc/ssl/certs/ca-certificates.crt";
/** For a script of the agent's: the box's own way out, as its agent's server has it. */
export const reachRegistry = `export HTTPS_PROXY=http://gateway:8081 NO_PROXY=gateway,gitea,localhost,127.0.0.1 NODE_EXTRA_CA_CERTS=${authorities} SSL_CERT_FILE=${authorities}`;

/** A script as the agent's own user in its own directory, as its shell would run it. */
export function runAsAgent(person: Person, script: string) {
  const home = box.agentHome(person.agent);
  return execInContainer(engine, boxName(person), {
    cmd: ["bash", "-c", `cd ${home}/work && ${script}`],
    user: `${box.uid(0)}:${box.uid(0)}`,
    env: [`HOME=${home}`],
    ms: limit(60_000),
  });
}
export async function mustRunAsAgent(person: Person, script: string): Promise<string> {
  const { code, out, err } = await runAsAgent(person, script);
  if (code !== 0) throw new Error(`the agent's script ended with ${code}: ${err}\n${script.slice(0, 400)}`);
  return out.trim();
}

/** Gitea's API through the host, as the platform. */
export async function callGitea(person: Person, method: string, path: string, body?: unknown) {
  const answer = await callHost(method, `/stacks/${person.member}/git/api/v1${path}`, {
    ticket: await signStackTicket(person),
    ...(body ? { body } : {}),
  });
  if (answer.status > 299) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer;
}
/** The author's home, uid and Git user, for files in which its OpenCode server has no part. */
async function makeAuthor(person: Person): Promise<void> {
  const { name, mail } = agentGiteaUser(person.agent);
  const password = randomBytes(24).toString("base64url");
  const user = { username: name, email: mail, password, must_change_password: false, restricted: true, visibility: "private" };
  await callGitea(person, "POST", "/admin/users", user);
  // Gitea gives a token only to the user itself, and the host adds the platform's name to each call.
  const { gitea } = await readPair(person);
  const answer = await fetch(`http://${gitea}:${box.giteaPort}/api/v1/users/${name}/tokens`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "author", scopes: ["write:repository", "read:user"] }),
  });
  const { sha1 } = z.object({ sha1: z.string() }).parse(await answer.json());
  await writeHome({ instance: hostInstance, engine }, person, { agent: person.agent, seat: 0, name: "Author", git_token: sha1 });
}
/** The author with its OpenCode server, with which home, uid and Git user come. */
export async function startAuthor(person: Person): Promise<void> {
  const body = { generation: 1, name: "Author", prompt: "You write code." };
  const start = async () =>
    (await callHost("PUT", `/stacks/${person.member}/agents/${person.agent}`, { ticket: await signStackTicket(person), body })).status ===
    200;
  await eventually("the author's server answers", start, 120_000); // a busy machine needs more than one try
}
/**
 * A daemon with this person's stack, in which the author works. `bring`: `startAuthor` where its server is
 * wanted.
 */
export async function startDaemonWithAuthor(person: Person, env: Record<string, string> = {}, bring = makeAuthor): Promise<Started> {
  const daemon = await startDaemon(env);
  await placeStack(person);
  const begun = await putStack(person, 1, "running");
  expect(begun.stack?.observed, JSON.stringify(begun.lines.at(-1) ?? begun.status)).toBe("running");
  await bring(person);
  return daemon;
}
/** A repository `projects/<name>` in which the agent may push every branch. */
export async function makeRepository(person: Person, name: string): Promise<string> {
  await callHost("POST", `/stacks/${person.member}/git/api/v1/orgs`, {
    ticket: await signStackTicket(person),
    body: { username: "projects", visibility: "private" },
  });
  await callGitea(person, "POST", "/orgs/projects/repos", { name, private: true, auto_init: true, default_branch: "main" });
  await callGitea(person, "PUT", `/repos/projects/${name}/collaborators/${gitUser(person.agent)}`, { permission: "write" });
  return `projects/${name}`;
}

export type Asked = Omit<RunIn, "id">;
export type Ran = { lines: RunLine[]; result: RunResult };
export async function openRun(person: Person, asked: Asked, more: { id?: RunIn["id"]; onData?: (text: string) => boolean } = {}) {
  const body = { id: more.id ?? newId("wrk"), ...asked };
  const onData = more.onData ? { onData: more.onData } : {};
  return callHost("POST", `/stacks/${person.member}/runs`, { ticket: await signStackTicket(person), body, ...onData });
}
/** What the daemon last warned of: an answer to a caller leaves out why. */
const readHostWarnings = () =>
  readFileSync(path.join(folder, "host.log"), "utf8")
    .split("\n")
    .filter((line) => /"level":"(warn|error)"/.test(line))
    .slice(-5)
    .join("\n");
/** Runs checks to a verdict. */
export async function runChecks(person: Person, asked: Asked): Promise<Ran> {
  const answer = await openRun(person, asked);
  if (answer.status !== 200) throw new Error(`run: ${answer.status} ${answer.text}`);
  const lines = answer.text
    .split("\n")
    .filter(Boolean)
    .map((line) => runLine.parse(JSON.parse(line)));
  const last = lines.at(-1);
  if (last?.type !== "result") throw new Error(`no verdict: ${JSON.stringify(last)}\n${readHostWarnings()}`);
  return { lines, result: last.result };
}
export const command = (name: string, line: string, more: Partial<Extract<RoomCheck, { kind: "command" }>> = {}): RoomCheck => ({
  name,
  kind: "command",
  command: line,
  exitCode: 0,
  seconds: 30,
  ...more,
});
/** A shell word with just this text. */
export const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
/** A shell line that writes these files; null takes one away. */
export const writeFilesLine = (files: Readonly<Record<string, string | null>>): string =>
  Object.entries(files)
    .map(([path, text]) => (text === null ? `rm -f ${path}` : `mkdir -p $(dirname ${path}) && printf %s ${quote(text)} >${path}`))
    .join(" && ");

export const heads = z.array(z.looseObject({ name: z.string(), commit: z.looseObject({ id: z.string() }) }));
