import { execFile } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { createClient } from "@libsql/client";
import { modelChoicesOut } from "../../schema/provider/model-choice.ts";
import { signEvent } from "../doubles/payments/wire.ts";
import { startEdge } from "../local/edge.ts";
import { type SignedIn, signIn } from "../local/identity.ts";
import { bin, root } from "../local/process.ts";
import { openSecrets } from "../local/secrets.ts";
import { type Figure, makeFigure, type Series } from "./figures.ts";
import type { Bench, Ground } from "./ground.ts";
import { now, openMember } from "./member.ts";

/** The edge's own work: who calls, what is theirs, what is kept; beside Hono before the same libSQL. */
const [calls, crowd, people, streams] = [200, 10, 100, 50];

/** Bundles and starts `bare/index.ts` in workerd as the edge is. */
async function startBare({ instance, product, keep }: Ground, libsqlUrl: string): Promise<string> {
  const [folder, worker] = [path.join(product.folder, "bare"), path.join(product.folder, "bare-worker")];
  rmSync(worker, { recursive: true, force: true });
  const bundle = ["deploy", path.join(root, "test/bench/bare/index.ts"), "--dry-run", "--outdir", worker];
  const env = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "/", CI: "1", WRANGLER_SEND_METRICS: "false" };
  await promisify(execFile)(bin("node"), [bin("wrangler"), ...bundle], { cwd: root, env });
  const database = createClient({ url: libsqlUrl });
  await database.execute("CREATE TABLE IF NOT EXISTS bench_row (id TEXT PRIMARY KEY, text TEXT NOT NULL)");
  database.close();
  const bindings = { LIBSQL_URL: libsqlUrl, LIBSQL_TOKEN: "" };
  const bare = await startEdge(instance, folder, bindings, instance.ports.spare + 5, {
    built: { worker, app: path.join(root, "dist/app") },
  });
  keep(bare);
  return bare.url;
}

type Call = { url: string; method?: string; headers?: Record<string, string>; body?: string };
async function timeCall({ url, ...init }: Call): Promise<number> {
  const began = now();
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${init.method ?? "GET"} ${url} answered ${response.status}: ${text}`);
  return now() - began;
}
/** So many calls, `atOnce` of them at the same time: milliseconds each, and of all. */
async function timeCalls(make: (index: number) => Call | Promise<Call>, many: number, atOnce = 1): Promise<{ each: Series; all: number }> {
  const [each, began] = [[] as Series, now()];
  let next = 0;
  const work = async () => {
    while (next < many) each.push(await timeCall(await make(next++)));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return { each, all: now() - began };
}
const perSecond = ({ each, all }: { each: Series; all: number }) => [(each.length / all) * 1_000];

async function measureCalls({ product }: Ground, bareUrl: string, person: SignedIn): Promise<Figure[]> {
  const session = async () => ({ authorization: `Bearer ${await person.token()}`, "content-type": "application/json" });
  const headers = await session();
  const member = await openMember(product.edgeUrl, person);
  const { offered } = modelChoicesOut.parse(await member.call("GET", "/models"));
  const [first] = offered;
  if (!first) throw new Error("no model is offered");
  const choice = JSON.stringify({ paidBy: first.paidBy, provider: first.provider, model: first.models[0] });
  const json = { "content-type": "application/json" };
  const doors = {
    read: { ours: () => ({ url: `${product.edgeUrl}/git/tokens`, headers }), raw: () => ({ url: `${bareUrl}/row` }) },
    write: {
      ours: () => ({ url: `${product.edgeUrl}/models/grow`, method: "PUT", headers, body: choice }),
      raw: () => ({ url: `${bareUrl}/row`, method: "POST", headers: json, body: JSON.stringify({ text: choice }) }),
    },
  };
  const figures: Figure[] = [];
  for (const [name, { ours, raw }] of Object.entries(doors)) {
    for (const door of [ours, raw]) await timeCalls(door, 20); // not counted
    const [alone, aloneRaw] = [await timeCalls(ours, calls), await timeCalls(raw, calls)];
    const [many, manyRaw] = [await timeCalls(ours, calls, crowd), await timeCalls(raw, calls, crowd)];
    figures.push(makeFigure(`edge: a member's ${name}`, alone.each, aloneRaw.each, { contains: true }));
    const rate = { unit: "a second", must: "ratio ≥ 0.5" };
    figures.push(makeFigure(`edge: a member's ${name}s, ${crowd} at once`, perSecond(many), perSecond(manyRaw), rate));
  }
  return figures;
}

async function measureWebhooks({ product }: Ground): Promise<Figure> {
  const { paymentSecret } = await openSecrets(product.folder);
  const call = () => {
    const object = { object: "subscription", customer: "cus_bench" };
    const body = JSON.stringify({
      ...{ id: `evt_${crypto.randomUUID()}`, object: "event", type: "customer.subscription.updated" },
      created: 1,
      data: { object },
    });
    return {
      url: `${product.edgeUrl}/webhooks/stripe`,
      method: "POST",
      headers: { "stripe-signature": signEvent(body, paymentSecret) },
      body,
    };
  };
  return makeFigure(`edge: webhooks of payments, ${crowd} at once`, perSecond(await timeCalls(call, calls, crowd)), undefined, {
    unit: "a second",
  });
}

/** From a session's token to the first answer that knows its new member. */
async function measureSignIns({ product }: Ground): Promise<Figure> {
  const url = `${product.edgeUrl}/account/erasure`;
  const sessions: SignedIn[] = [];
  while (sessions.length < people) sessions.push(await signIn(product.identityUrl!, `edge${sessions.length}@example.com`));
  const call = async (index: number) => ({ url, headers: { authorization: `Bearer ${await sessions[index]!.token()}` } });
  return makeFigure(`edge: ${people} new members at once, session to first answer`, (await timeCalls(call, people, people)).each);
}

/** Resident memory of the workerd below this process, MiB. */
function readWorkerdMemory(parent: number): number {
  const children = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const status = children.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/status`, "utf8");
    } catch {
      return ""; // it has just ended
    }
  });
  const mine = status.find((text) => /^Name:\s+workerd$/m.test(text) && new RegExp(`^PPid:\\s+${parent}$`, "m").test(text));
  return Number(/^VmRSS:\s+(\d+)/m.exec(mine ?? "")?.[1]) / 1024;
}
async function measureStreams(ground: Ground): Promise<Figure> {
  const [subject] = await ground.subjects(1);
  const edge = ground.product.parts.get("edge")?.now();
  if (!subject || !edge) throw new Error("nobody is there");
  const warm = await subject.member.events(subject.agent);
  await warm.close();
  const before = readWorkerdMemory(edge.pid);
  const open = await Promise.all(Array.from({ length: streams }, () => subject.member.events(subject.agent)));
  for (const stream of open) await stream.until("what was before", () => true, 20_000);
  const after = readWorkerdMemory(edge.pid);
  await Promise.all(open.map((stream) => stream.close()));
  return makeFigure(`edge: memory of an open stream, ${streams} open`, [((after - before) / streams) * 1024], undefined, { unit: "KiB" });
}

export const bench: Bench = {
  title: `the edge's own work: reads, writes, webhooks, ${people} new members, ${streams} open streams`,
  seconds: 240,
  async run(ground) {
    const { product, instance } = ground;
    const bareUrl = await startBare(ground, `http://127.0.0.1:${instance.ports.libsql}`);
    await ground.subjects(1); // the first of them has a plan
    const person = await signIn(product.identityUrl!, "bench0@example.com");
    const figures = await measureCalls(ground, bareUrl, person);
    figures.push(await measureWebhooks(ground), await measureSignIns(ground), await measureStreams(ground));
    await ground.quiet();
    return figures;
  },
};
