import path from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { actorView } from "../../schema/account/account.ts";
import { taskOut } from "../../schema/agent/team.ts";
import { readInstance } from "../../schema/machine/instance.ts";
import { root } from "../local/process.ts";
import { fuzzApi } from "./schemathesis.ts";

/**
 * Fuzzes the API of a running product as a signed-in member: schemathesis reads `/openapi.json` and sends
 * valid and invalid requests. Meanwhile another member asks for their account, and the time of each answer
 * is measured. `npm run fuzz -- [--instance main] [--seed 1] [--examples 50]`
 */
const { values } = parseArgs({
  options: {
    instance: { type: "string", default: "main" },
    seed: { type: "string", default: "1" },
    examples: { type: "string", default: "50" },
    only: { type: "string" },
  },
});
const { ports } = readInstance(values.instance);
const [edge, identity] = [`http://localhost:${ports.edge}`, `http://localhost:${ports.identity}`];
const folder = path.join(root, ".growqr/fuzz");

const signedIn = z.object({ sessionId: z.string(), token: z.string() });
async function signIn(email: string) {
  const answer = await fetch(`${identity}/v1/dev/sign-in`, { method: "POST", body: JSON.stringify({ email }) });
  const session = signedIn.parse(await answer.json());
  const token = async (): Promise<string> => {
    const headers = { authorization: `Bearer ${session.token}` };
    const fresh = await fetch(`${identity}/v1/client/sessions/${session.sessionId}/tokens`, { method: "POST", headers });
    return z.object({ jwt: z.string() }).parse(await fresh.json()).jwt;
  };
  const ask = async (method: string, where: string, body?: unknown): Promise<unknown> => {
    const headers = { authorization: `Bearer ${await token()}`, "content-type": "application/json" };
    const response = await fetch(edge + where, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${method} ${where} answered ${response.status}: ${await response.text()}`);
    return response.json();
  };
  return { token, ask };
}
type Member = Awaited<ReturnType<typeof signIn>>;

/** A member whose stack runs, with one task. */
async function newMember(name: string) {
  const member = await signIn(`${name}-${Date.now().toString(36)}@example.com`);
  const { actor } = z.object({ actor: actorView }).parse(await member.ask("POST", "/billing/trial", {}));
  const until = Date.now() + 180_000;
  const me = z.object({ actor: actorView });
  while (me.parse(await member.ask("GET", "/actors/me")).actor.observed !== "running") {
    if (Date.now() > until) throw new Error("the stack did not come up within three minutes");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  const spec = { id: "fuzz", title: "Fuzz", owner: "coding", outputs: ["fuzz.md"] };
  const { task } = taskOut.parse(await member.ask("POST", "/tasks", { spec }));
  return { member, actor, task };
}

/** How long another member waits for their account, asked again and again until `stop`. Milliseconds. */
async function measure(neighbour: Member, stop: AbortSignal): Promise<number[]> {
  const took: number[] = [];
  while (!stop.aborted) {
    const began = performance.now();
    await neighbour.ask("GET", "/channels");
    took.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return took.sort((a, b) => a - b);
}
const at = (sorted: number[], share: number) =>
  `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)} ms`;
const told = (sorted: number[]) =>
  `median ${at(sorted, 0.5)}, 99th percentile ${at(sorted, 0.99)}, longest ${at(sorted, 1)} of ${sorted.length} calls`;

async function fuzz(): Promise<number> {
  const [{ member, actor, task }, { member: neighbour }] = await Promise.all([newMember("fuzz"), newMember("neighbour")]);
  const quiet = new AbortController();
  const before = measure(neighbour, quiet.signal);
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  quiet.abort();
  const over = new AbortController();
  const meanwhile = measure(neighbour, over.signal);
  const known = { actorId: actor.id, workspaceId: actor.workspaceId, channelId: actor.channel, taskId: task.id };
  const code = await fuzzApi(
    { url: edge, token: member.token, known, folder },
    [
      ...["--rate-limit", "1100/m", "--seed", values.seed, "--max-examples", values.examples],
      ...["--continue-on-failure", "--request-timeout", "30", "--report", "ndjson,junit", "--report-dir", path.join(folder, "report")],
      ...(values.only ? ["--include-path-regex", values.only] : []),
    ],
    (text) => process.stdout.write(text),
  );
  over.abort();
  console.log(`a neighbour's calls before: ${told(await before)}`);
  console.log(`a neighbour's calls meanwhile: ${told(await meanwhile)}`);
  return code;
}
process.exitCode = await fuzz();
