import path from "node:path";
import { createClient } from "rivetkit/client";
import { z } from "zod";
import { newId } from "../../../schema/wire/id.ts";
import { signTicket } from "../../../schema/wire/ticket.ts";
import { actorOf } from "../../harness/actor-client.ts";
import { engineAddress } from "../../local/engine.ts";
import { answers, bin, root, start } from "../../local/process.ts";
import { runnerEnv, startRunner } from "../../local/runner.ts";
import { openSecrets } from "../../local/secrets.ts";
import type { Series } from "../figures.ts";
import { type Ground, type Ready, turnStack } from "../ground.ts";
import { isEvent, now } from "../member.ts";
import { counts, importFiles, makeMemoryFiles, makeProjectFiles } from "./years-git.ts";

/**
 * A member of many years: full repositories, and a log of 100,000 events. It is made once for all benches of
 * one run.
 */
export const logLength = 100_000;
const names = ["alpha", "beta", "gamma", "delta"];
export const memory = "growqr/memory";
export const projects = names.map((name) => `projects/${name}`);
export type Years = Ready & { commits: number; restored: Series };
const made = new WeakMap<Ground, Promise<Years>>();
export function prepareYears(ground: Ground): Promise<Years> {
  const known = made.get(ground) ?? buildYears(ground);
  made.set(ground, known);
  return known;
}

async function engineOf(ground: Ground) {
  const secrets = await openSecrets(ground.product.folder);
  const base = `http://${engineAddress()}:${ground.instance.ports.engine}`;
  return { base, ...secrets };
}
const listed = z.object({ actors: z.array(z.object({ actor_id: z.string(), sleep_ts: z.number().nullish() })) });
type Kind = "growAgent" | "search";
/** The engine's own API for a member's actors of one name. */
async function engineActors(ground: Ground, name: Kind, member: string) {
  const { base, engineToken } = await engineOf(ground);
  const headers = { authorization: `Bearer ${engineToken}`, "content-type": "application/json" };
  const call = async (method: string, where: string, body?: string) => {
    const answer = await fetch(`${base}/actors${where}`, { method, headers, ...(body ? { body } : {}) });
    if (!answer.ok) throw new Error(`the engine's ${method} ${where} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  const list = async () => listed.parse(await call("GET", `?namespace=default&name=${name}&key=${member}`)).actors;
  return { call, list };
}
/** Makes the engine delete all that it keeps of these actors. */
export async function forgetActors(ground: Ground, name: Kind, member: string): Promise<void> {
  const { call, list } = await engineActors(ground, name, member);
  for (const actor of await list()) await call("DELETE", `/${actor.actor_id}?namespace=default`);
}
/**
 * Puts these actors to sleep, as they fall asleep by themselves when nobody calls, and waits until they are.
 */
export async function putActorsToSleep(ground: Ground, name: Kind, member: string): Promise<void> {
  const { call, list } = await engineActors(ground, name, member);
  for (const actor of await list()) await call("POST", `/${actor.actor_id}/sleep?namespace=default`, "{}");
  for (const end = now() + 20_000; (await list()).some((actor) => !actor.sleep_ts); ) {
    if (now() > end) throw new Error(`${name} did not go to sleep`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Forgets the member's actor. Answers the milliseconds from the call that asks for the agent until its past
 * is restored.
 */
async function restoreOnce(ground: Ground, { member, agent, memberId }: Ready): Promise<number> {
  await forgetActors(ground, "growAgent", memberId);
  await forgetActors(ground, "search", memberId);
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
  const { base, engineToken, signingKeys } = await engineOf(ground);
  const { snapshot } = z.object({ snapshot: z.object({ channel: z.string() }) }).parse(await member.call("GET", `/actors/${agent}`));
  await ground.product.parts.get("runner")!.stop();
  const endpoint = `http://default:${engineToken}@${engineAddress()}:${ground.instance.ports.engine}`;
  const env = runnerEnv(ground.instance, ground.product.folder, { endpoint, edgeUrl: ground.product.edgeUrl });
  const ready = () => answers(`http://127.0.0.1:${env.RELAY_PORT}/health`);
  const seeder = await start({
    name: "seeder",
    command: bin("node"),
    args: [path.join(root, "test/bench/years/seeder-runner.ts")],
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
async function buildYears(ground: Ground): Promise<Years> {
  const years = await ground.ready("years");
  ground.log("  a member of many years is made");
  const grow = await actorOf({ instance: ground.instance.name, folder: ground.product.folder }, years.memberId, years.agent);
  try {
    for (const name of names) await grow.tool("open_project", { name });
  } finally {
    await grow.close();
  }
  const commits = await importFiles(ground.instance, years.memberId, memory, makeMemoryFiles(), 1);
  for (const [index, repo] of projects.entries()) await importFiles(ground.instance, years.memberId, repo, makeProjectFiles(index), 50);
  ground.log(`  Git is full: ${commits} commits of memory`);
  const restored: Series = [];
  for (let n = 0; n < times; n++) restored.push(await restoreOnce(ground, years));
  ground.log("  restored");
  await seedLog(ground, years);
  await turnStack(years, "start");
  ground.log(`  ${logLength} events are in the log`);
  return { ...years, commits, restored };
}
