import { readFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { Git } from "../../../actors/git/git.ts";
import { Hosts } from "../../../actors/runner/host.ts";
import { execInContainer } from "../../../agent-host/docker.ts";
import { signCall } from "../../../schema/machine/machine.ts";
import { agentSeen, box } from "../../../schema/stack/stack.ts";
import { type Id, id, newId } from "../../../schema/wire/id.ts";
import { limit } from "../../harness/suite/limit.ts";
import { hostFolder } from "../../local/host.ts";
import { boxName, engine } from "../clean-room.ts";
import { edgeUrl, folder, ground, hostInstance } from "../ground.ts";
import { callHost, type Person, signStackTicket } from "../runner-client.ts";

/**
 * Two agents of one member in one box: what one of them does from its own shell, and what the other has that
 * it must not reach.
 */
export type Agent = { id: Id<"agt">; uid: number; port: number; home: string; work: string };
export const agent = (id: Id<"agt">, seat: number): Agent => ({
  id,
  uid: box.uid(seat),
  port: box.opencodePort(seat),
  home: box.agentHome(id),
  work: box.agentDirectory(id),
});

let generation = 1;
/** Starts (or starts anew, by another prompt) an agent's server. */
export async function startAgent(person: Person, agent: Agent, prompt = "You work.") {
  generation += 1;
  return callHost("PUT", `/stacks/${person.member}/agents/${agent.id}`, {
    ticket: await signStackTicket(person),
    body: { generation, name: "Agent", prompt },
  });
}
export const startedBoot = async (person: Person, agent: Agent) => (await startAgent(person, agent)).json(agentSeen).boot;
export async function stopAgent(person: Person, agent: Agent): Promise<void> {
  await callHost("DELETE", `/stacks/${person.member}/agents/${agent.id}`, { ticket: await signStackTicket(person) });
}
export async function callOpenCode(person: Person, agent: Agent, method: string, rest: string, body?: unknown) {
  const where = `/stacks/${person.member}/agents/${agent.id}/opencode${rest}`;
  return callHost(method, where, { ticket: await signStackTicket(person), ...(body ? { body } : {}) });
}

const part = z.looseObject({
  type: z.string(),
  state: z
    .looseObject({
      status: z.string(),
      output: z.string().optional(),
      metadata: z.looseObject({ output: z.string().optional() }).optional(),
    })
    .optional(),
});
const said = z.looseObject({ parts: z.array(part) });
/**
 * A shell of an agent: OpenCode runs the command as it runs those of a turn, under the server's own uid,
 * group and environment.
 */
export async function openShell(person: Person, agent: Agent): Promise<(script: string) => Promise<string>> {
  const directory = encodeURIComponent(agent.work);
  const made = await callOpenCode(person, agent, "POST", `/session?directory=${directory}`, { title: "shell" });
  const session = made.json(z.looseObject({ id: z.string() })).id;
  return async (script) => {
    // OpenCode puts the command through one more evaluation: what would be read twice goes as a file.
    const command = `echo ${Buffer.from(script).toString("base64")} | base64 -d >~/.script && bash ~/.script`;
    const answer = await callOpenCode(person, agent, "POST", `/session/${session}/shell?directory=${directory}`, {
      agent: box.openCodeAgent,
      command,
    });
    if (answer.status !== 200) throw new Error(`the shell answered ${answer.status}: ${answer.text.slice(0, 300)}`);
    const state = answer.json(said).parts.find((each) => each.type === "tool")?.state;
    return state?.output ?? state?.metadata?.output ?? "";
  };
}
/** A command as an agent's user, beside its server; for what the test itself wants to know. */
export const runAsUser = (person: Person, agent: Agent, script: string) =>
  execInContainer(engine, boxName(person), {
    cmd: ["bash", "-c", `cd ${agent.work} && ${script}`],
    user: `${agent.uid}:${agent.uid}`,
    env: [`HOME=${agent.home}`],
    ms: limit(60_000),
  });
/** The same for what must go well: its words without the line end. */
export async function mustRunAsUser(person: Person, agent: Agent, script: string): Promise<string> {
  const { code, out, err } = await runAsUser(person, agent, script);
  if (code !== 0) throw new Error(`${script.slice(0, 200)}: ${err}`);
  return out.trim();
}

/** A process of this machine as the box counts it; 0 when it has ended. */
function boxPid(pid: number): number {
  try {
    return Number(/^NSpid:.*\s(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0; // no such process
  }
}

/** The secrets that the host keeps of an agent. */
export function readSecrets(agent: Agent): { password: string; token: string; git: string; pid: number } {
  const ledger = new DatabaseSync(path.join(hostFolder(folder), "ledger.sqlite"), { readOnly: true });
  try {
    const row = ledger.prepare("SELECT password, box_token AS token, git_token AS git, pid FROM agent WHERE agent = ?").get(agent.id);
    const known = z.object({ password: z.string(), token: z.string(), git: z.string(), pid: z.number() }).parse(row);
    return { ...known, pid: boxPid(known.pid) };
  } finally {
    ledger.close();
  }
}

/** As the actor does: model calls with this session id are this agent's. */
export async function registerSession(person: Person, session: string, agent: Agent): Promise<void> {
  const where = `/stacks/${person.member}/sessions/${session}`;
  const body = JSON.stringify({ agent: agent.id });
  const call = { method: "PUT", path: where, body };
  const authorization = await signCall(id("rnr").parse(ground.runner.id), ground.runner.key, call, Math.floor(Date.now() / 1000));
  const answer = await fetch(edgeUrl + where, { method: "PUT", headers: { authorization, "content-type": "application/json" }, body });
  if (answer.status !== 200) throw new Error(`session: ${answer.status} ${await answer.text()}`);
}

/** The actor's own client of the member's Gitea, so that what it builds are the walls of the product. */
export function openGit(person: Person) {
  const { id: name, key, certificate, ca } = ground.runner;
  const machine = { id: id("rnr").parse(name), edge: edgeUrl, keyPem: key, certPem: certificate, caPem: ca };
  const hosts = new Hosts(machine);
  const host = { id: id("hst").parse(ground.host), address: "127.0.0.1", port: hostInstance.ports.host };
  return new Git(
    {
      open: async (_request, call) => {
        const headers = { ...call.headers, authorization: `Bearer ${await signStackTicket(person)}` };
        return hosts.open(host, { ...call, path: `/stacks/${person.member}${call.path}`, headers });
      },
    },
    newId("req"),
  );
}
