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

async function engine(ground: Ground) {
  const secrets = await openSecrets(ground.product.folder);
  const base = `http://${engineAddress()}:${ground.instance.ports.engine}`;
  return { base, ...secrets };
}
const listed = z.object({ actors: z.array(z.object({ actor_id: z.string(), sleep_ts: z.number().nullish() })) });
type Kind = "growAgent" | "search";
/** The engine's own API about a member's actors of one name. */
async function actors(ground: Ground, name: Kind, member: string) {
  const { base, engineToken } = await engine(ground);
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
export async function forget(ground: Ground, name: Kind, member: string): Promise<void> {
  const { call, list } = await actors(ground, name, member);
  for (const row of await list()) await call("DELETE", `/${row.actor_id}?namespace=default`);
}
/** Puts such an actor to sleep, as it goes by itself when nobody has asked it for long, and waits until it is. */
export async function sleep(ground: Ground, name: Kind, member: string): Promise<void> {
  const { call, list } = await actors(ground, name, member);
  for (const row of await list()) await call("POST", `/${row.actor_id}/sleep?namespace=default`, "{}");
  for (const end = now() + 20_000; (await list()).some((row) => !row.sleep_ts); ) {
    if (now() > end) throw new Error(`${name} did not go to sleep`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Forgets the member's actor and answers how long it took to have the past back, from the call that asks for the agent. */
async function restoreOnce(ground: Ground, { member, agent, memberId }: Ready): Promise<number> {
  await forget(ground, "growAgent", memberId);
  await forget(ground, "search", memberId);
  const began = now();
  await member.call("POST", "/actors/provision", {});
  const stream = await member.events(agent);
  try {
    const whole = (body: Record<string, unknown>) => body.tasks === counts.tasks && body.goals === counts.goals;
    const back = await stream.until("memory restored, whole", (arrival) => isEvent(arrival, "memory.restored", whole), 60_000);
    await stream.until(
      "ready",
      (arrival) => isEvent(arrival, "provision.step", (body) => body.step === "ready" && body.state === "done"),
      60_000,
    );
    return back.at - began;
  } finally {
    await stream.close();
  }
}

async function seedLog(ground: Ground, { member, agent, memberId }: Ready): Promise<void> {
  const { base, engineToken, signingKeys } = await engine(ground);
  const { snapshot } = z.object({ snapshot: z.object({ channel: z.string() }) }).parse(await member.call("GET", `/actors/${agent}`));
  await ground.product.parts.get("runner")!.stop();
  const endpoint = `http://default:${engineToken}@${engineAddress()}:${ground.instance.ports.engine}`;
  const env = runnerEnv(ground.instance, ground.product.folder, { endpoint, edgeUrl: ground.product.edgeUrl });
  const ready = () => answers(`http://127.0.0.1:${env.RELAY_PORT}/health`);
  const seeder = await start({
    name: "seeder",
    command: bin("node"),
    args: [path.join(root, "test/bench/seeder-runner.ts")],
    folder: ground.product.folder,
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
    ground.keep(await startRunner(ground.instance, ground.product.folder, { edgeUrl: ground.product.edgeUrl, endpoint }));
  }
}

const times = 3;
async function build(ground: Ground): Promise<Years> {
  const ready = await ground.ready("years");
  ground.log("  a member of many years is made");
  const grow = await actorOf({ instance: ground.instance.name, folder: ground.product.folder }, ready.memberId, ready.agent);
  try {
    for (const name of names) await grow.tool("open_project", { name });
  } finally {
    await grow.close();
  }
  const commits = await fastImport(ground.instance, ready.memberId, memory, memoryFiles(), 1);
  for (const [index, repo] of projects.entries()) await fastImport(ground.instance, ready.memberId, repo, projectFiles(index), 50);
  ground.log(`  Git is full: ${commits} commits of memory`);
  const restored: Series = [];
  for (let n = 0; n < times; n++) restored.push(await restoreOnce(ground, ready));
  ground.log("  restored");
  await seedLog(ground, ready);
  await turnStack(ready, "start");
  ground.log(`  ${logLength} events are in the log`);
  return { ...ready, commits, restored };
}
