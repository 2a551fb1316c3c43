import path from "node:path";
import { createClient } from "rivetkit/client";
import { z } from "zod";
import { newId } from "../../schema/wire/id.ts";
import { signTicket } from "../../schema/wire/ticket.ts";
import { actorOf } from "../harness/actor-client.ts";
import { engineAddress } from "../local/engine.ts";
import { answers, bin, root, start } from "../local/process.ts";
import { runnerEnv, startRunner } from "../local/runner.ts";
import { openSecrets } from "../local/secrets.ts";
import type { Series } from "./figures.ts";
import { type Ground, type Ready, turnStack } from "./ground.ts";
import { isEvent, now } from "./member.ts";
import { counts, fastImport, memoryFiles, projectFiles } from "./years-git.ts";

/** A member of many years: Git full of their work, and a log of 100,000 events. Made once for all benches of one run that ask for it. */
export const logLength = 100_000;
const names = ["alpha", "beta", "gamma", "delta"];
export const memory = "growqr/memory";
export const projects = names.map((name) => `projects/${name}`);
export type Years = Ready & { commits: number; restored: Series };
const made = new WeakMap<Ground, Promise<Years>>();
export function years(ground: Ground): Promise<Years> {
  const known = made.get(ground) ?? build(ground);
  made.set(ground, known);
  return known;
}

async function engine(of: Ground) {
  const secrets = await openSecrets(of.product.folder);
  const base = `http://${engineAddress()}:${of.of.ports.engine}`;
  return { base, ...secrets };
}
const listed = z.object({ actors: z.array(z.object({ actor_id: z.string(), sleep_ts: z.number().nullish() })) });
type Kind = "growAgent" | "search";
/** The engine's own API about a member's actors of one name. */
async function actors(of: Ground, name: Kind, member: string) {
  const { base, engineToken } = await engine(of);
  const headers = { authorization: `Bearer ${engineToken}`, "content-type": "application/json" };
  const call = async (method: string, where: string, body?: string) => {
    const answer = await fetch(`${base}/actors${where}`, { method, headers, ...(body ? { body } : {}) });
    if (!answer.ok) throw new Error(`the engine's ${method} ${where} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  const list = async () => listed.parse(await call("GET", `?namespace=default&name=${name}&key=${member}`)).actors;
  return { call, list };
}
/** The engine forgets what it keeps of such an actor, for good. */
export async function forget(of: Ground, name: Kind, member: string): Promise<void> {
  const { call, list } = await actors(of, name, member);
  for (const one of await list()) await call("DELETE", `/${one.actor_id}?namespace=default`);
}
/** Puts such an actor to sleep, as it goes by itself when nobody has asked it for long, and waits until it is. */
export async function sleep(of: Ground, name: Kind, member: string): Promise<void> {
  const { call, list } = await actors(of, name, member);
  for (const one of await list()) await call("POST", `/${one.actor_id}/sleep?namespace=default`, "{}");
  for (const end = now() + 20_000; (await list()).some((one) => !one.sleep_ts); ) {
    if (now() > end) throw new Error(`${name} did not go to sleep`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Forgets the member's actor and answers how long it took to have the past back, from the call that asks for the agent. */
async function restoreOnce(of: Ground, { who, agent, memberId }: Ready): Promise<number> {
  await forget(of, "growAgent", memberId);
  await forget(of, "search", memberId);
  const began = now();
  await who.call("POST", "/actors/provision", {});
  const stream = await who.events(agent);
  try {
    const whole = (body: Record<string, unknown>) => body.tasks === counts.tasks && body.goals === counts.goals;
    const back = await stream.until("memory restored, whole", (one) => isEvent(one, "memory.restored", whole), 60_000);
    await stream.until("ready", (one) => isEvent(one, "provision.step", (body) => body.step === "ready" && body.state === "done"), 60_000);
    return back.at - began;
  } finally {
    await stream.close();
  }
}

async function seedLog(of: Ground, { who, agent, memberId }: Ready): Promise<void> {
  const { base, engineToken, signingKeys } = await engine(of);
  const { snapshot } = z.object({ snapshot: z.object({ channel: z.string() }) }).parse(await who.call("GET", `/actors/${agent}`));
  await of.product.parts.get("runner")!.stop();
  const endpoint = `http://default:${engineToken}@${engineAddress()}:${of.of.ports.engine}`;
  const env = runnerEnv(of.of, of.product.folder, { endpoint, edgeUrl: of.product.edgeUrl });
  const ready = () => answers(`http://127.0.0.1:${env.RELAY_PORT}/health`);
  const seeder = await start({
    name: "seeder",
    command: bin("node"),
    args: [path.join(root, "test/bench/seeder-runner.ts")],
    folder: of.product.folder,
    env,
    ready,
  });
  const client = createClient({
    endpoint: base,
    namespace: "default",
    token: engineToken,
    poolName: "default",
    disableMetadataLookup: true,
  });
  try {
    for (let last = 0; last < logLength; ) {
      const ticket = await signTicket(signingKeys, "actor", { member: memberId as `mem_${string}` }, Math.floor(Date.now() / 1000), 60);
      const input = { channel: snapshot.channel, until: logLength, most: 10_000 };
      const handle = client.growAgent!.get([memberId], { params: { ticket } });
      const answer = await handle.action({ name: "seed", args: [{ requestId: newId("req"), key: newId("req"), input }] });
      last = z.object({ last: z.coerce.number() }).parse(answer).last;
    }
  } finally {
    await client.dispose();
    await seeder.stop();
    of.keep(await startRunner(of.of, of.product.folder, { edgeUrl: of.product.edgeUrl, endpoint }));
  }
}

const times = 3;
async function build(of: Ground): Promise<Years> {
  const who = await of.ready("years");
  of.log("  a member of many years is made");
  const grow = await actorOf({ instance: of.of.name, folder: of.product.folder }, who.memberId, who.agent);
  try {
    for (const name of names) await grow.tool("open_project", { name });
  } finally {
    await grow.close();
  }
  const commits = await fastImport(of.of, who.memberId, memory, memoryFiles(), 1);
  for (const [index, repo] of projects.entries()) await fastImport(of.of, who.memberId, repo, projectFiles(index), 50);
  of.log(`  Git is full: ${commits} commits of memory`);
  const restored: Series = [];
  for (let n = 0; n < times; n++) restored.push(await restoreOnce(of, who));
  of.log("  restored");
  await seedLog(of, who);
  await turnStack(who, "start");
  of.log(`  ${logLength} events are in the log`);
  return { ...who, commits, restored };
}
