import { readHostMachine } from "../../agent-host/machine/machine.ts";
import { signAgentToken } from "../../schema/machine/machine.ts";
import { readServerSentEvents } from "../harness/server-sent-events.ts";
import { hostFolder } from "../local/host.ts";
import { type Figure, makeFigure, quantile, type Series } from "./figures.ts";
import type { Bench, Ground } from "./ground.ts";
import { now } from "./member.ts";
import { listSessions } from "./raw.ts";
import { measureTurn } from "./stream.ts";

/** What the model gateway adds to each piece of an answer: calls through it, and straight to the model. */
const [chunks, gapMs] = [100, 50];
const crowds = [1, 20, 100];
const script = (many: number) => `bench SCRIPT:${JSON.stringify([{ text: "x", chunks: many, gapMs, stamp: true }])}END`;

type Door = { url: string; headers: Record<string, string>; model: string };
/** One streamed call: how long after its stamp each piece came. */
async function measurePieces({ url, headers, model }: Door, many = chunks): Promise<Series> {
  const tools = [{ type: "function", function: { name: "remember", parameters: { type: "object" } } }]; // without, it is no turn
  const body = JSON.stringify({ model, stream: true, tools, messages: [{ role: "user", content: script(many) }] });
  const response = await fetch(`${url}/chat/completions`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body,
  });
  if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  const series: Series = [];
  for await (const { data } of readServerSentEvents(response.body)) {
    const stamp = /<([\d.]+)>/.exec(data)?.[1];
    if (stamp) series.push(now() - Number(stamp));
  }
  if (series.length !== many) throw new Error(`${series.length} of ${many} pieces came`);
  return series;
}
/** One alone is measured as often as makes a hundredth of its pieces more than one. */
async function measureCrowd(door: Door, many: number): Promise<Series> {
  const all: Series = [];
  for (let round = 0; round < (many === 1 ? 5 : 1); round++)
    all.push(...(await Promise.all(Array.from({ length: many }, () => measurePieces(door)))).flat());
  return all;
}

async function openDoors(ground: Ground): Promise<{ ours: Door; raw: Door }> {
  const { product } = ground;
  const [subject] = await ground.subjects(1);
  const host = readHostMachine(hostFolder(product.folder));
  if (!subject || !host || !product.modelUrl) throw new Error("there is no agent, no host or no demo model");
  await measureTurn(subject, 5, 5); // its session is known to the edge from its first turn on
  const { id: agent, member, epoch } = (await subject.member.view()).actor;
  const token = await signAgentToken(host.id, host.key, { member, agent, epoch }, Math.floor(Date.now() / 1000));
  const [session] = await listSessions(subject.raw);
  if (!session) throw new Error("the agent has no session");
  return {
    ours: { url: `${product.edgeUrl}/ai/v1`, headers: { authorization: `Bearer ${token}`, "x-session-id": session.id }, model: "grow" },
    raw: { url: product.modelUrl, headers: { authorization: `Bearer ${product.modelKey}` }, model: "demo" },
  };
}

export const bench: Bench = {
  title: `model calls through the gateway and straight to the model: ${crowds.join(", ")} at once, ${chunks} pieces each`,
  seconds: 240,
  async run(ground) {
    const { ours, raw } = await openDoors(ground);
    for (const door of [ours, raw]) await measurePieces(door, 20); // not counted
    const figures: Figure[] = [];
    for (const many of crowds) {
      const [through, straight] = [await measureCrowd(ours, many), await measureCrowd(raw, many)];
      const p99 = quantile(through, 0.99) - quantile(straight, 0.99);
      const must = many === 20 ? { must: "p99 added < 10" } : {};
      figures.push(makeFigure(`gateway, ${many} at once: delay of a piece (p99 added: ${p99.toFixed(1)} ms)`, through, straight, must));
    }
    await ground.quiet();
    return figures;
  },
};
