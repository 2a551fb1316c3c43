import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { z } from "zod";
import { actorView } from "../../schema/account/account.ts";
import { taskOut } from "../../schema/agent/team.ts";
import { readInstance } from "../../schema/machine/instance.ts";
import { root } from "../local/process.ts";

/**
 * Fuzzes the API of a running product as a signed-in member: schemathesis reads `/openapi.json` and sends
 * valid and invalid requests. Meanwhile another member asks for their account, and the time of each answer
 * is measured. `npm run fuzz -- [--instance main] [--seed 1] [--examples 50]`
 */
const schemathesis = "schemathesis==4.32.5";
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

/**
 * Operations with rules that a JSON schema can't express (spec or story, no address that leads inside, a
 * quest that exists): a 400 is correct there.
 */
const rules = `[[operations]]
include-path-regex = "^/(goals|plans|tasks|quests|memory|proposals|reminders|git/tokens|secrets|actors|channels|approvals|hosts/join)"

[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "400", "401", "402", "403", "404", "409", "429", "5xx"]

[checks.negative_data_rejection]
expected-statuses = ["400", "401", "402", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429", "5xx"]

`;
/** The fuzzer in a Python environment of its own; nothing of it is installed elsewhere. */
async function install(): Promise<string> {
  const program = path.join(folder, "venv/bin/st");
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  await promisify(execFile)("python3", ["-m", "venv", path.join(folder, "venv")]);
  await promisify(execFile)(path.join(folder, "venv/bin/pip"), ["install", "--quiet", schemathesis]);
  return program;
}

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
  return { ...session, ask };
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

async function fuzz(program: string): Promise<number> {
  const [{ member, actor, task }, { member: neighbour }] = await Promise.all([newMember("fuzz"), newMember("neighbour")]);
  const known = { actorId: actor.id, workspaceId: actor.workspaceId, channelId: actor.channel, taskId: task.id };
  const config = path.join(folder, "schemathesis.toml");
  writeFileSync(
    config,
    `${rules}[parameters]\n${Object.entries(known)
      .map(([name, value]) => `"path.${name}" = "${value}"\n`)
      .join("")}`,
  );
  const quiet = new AbortController();
  const before = measure(neighbour, quiet.signal);
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  quiet.abort();
  const over = new AbortController();
  const meanwhile = measure(neighbour, over.signal);
  const args = ["--config-file", config, "run", `${edge}/openapi.json`, "--url", edge, "--rate-limit", "1100/m", "--workers", "4"];
  const more = ["--seed", values.seed, "--max-examples", values.examples, "--continue-on-failure", "--request-timeout", "30"];
  const report = ["--report", "ndjson,junit", "--report-dir", path.join(folder, "report")];
  const child = spawn(program, [...args, ...more, ...report, ...(values.only ? ["--include-path-regex", values.only] : [])], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...{
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        SCHEMATHESIS_HOOKS: "hooks",
        PYTHONPATH: path.join(root, "test/fuzz"),
        PYTHONDONTWRITEBYTECODE: "1",
      },
      ...{ FUZZ_IDENTITY: identity, FUZZ_SESSION: member.sessionId, FUZZ_TOKEN: member.token },
    },
  });
  const [code] = await once(child, "exit");
  over.abort();
  console.log(`a neighbour's calls before: ${told(await before)}`);
  console.log(`a neighbour's calls meanwhile: ${told(await meanwhile)}`);
  return code ?? 1;
}
process.exitCode = await fuzz(await install());
