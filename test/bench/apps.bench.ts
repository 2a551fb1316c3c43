import { BoxConnections } from "../../agent-host/preview/box-connector.ts";
import { subscriptionPlans } from "../../schema/billing/subscription-plan.ts";
import { type Figure, makeFigure, type Series } from "./figures.ts";
import type { Bench, Ground } from "./ground.ts";
import { now } from "./member.ts";
import { readMemory } from "./online/container.ts";
import { removeRawApps, runRawApp } from "./online/raw-app.ts";
import { closeDeployer, type Deployer, deploy, findContainer, front, openDeployer, proveMain, publish } from "./online/released-app.ts";
import { findInnerWay, keepConnections, visit, type Way } from "./online/visits.ts";

/**
 * As many small apps on one stack as the paid plan lets be online: deployed one after the other, their
 * memory, and a visit to each. Beside them the same programs by plain `docker run`.
 */
const many = subscriptionPlans.studio.apps;
const words = Array.from({ length: many }, (_, index) => `app-${index + 1}`);
/** So many at either end of the row are compared: one deployment alone differs from the next. */
const some = 3;
const rounds = 10;

const readAll = async (containers: readonly string[]) => (await Promise.all(containers.map(readMemory))).reduce((sum, mb) => sum + mb, 0);

/** The same programs, all of them at once. */
async function measureRaw(ground: Ground): Promise<{ starts: Series; mb: number }> {
  const names = words.map((word) => `${ground.instance.name}-raw-${word}`);
  const starts: Series = [];
  try {
    for (const [index, name] of names.entries()) starts.push((await runRawApp(name, words[index]!)).all);
    return { starts, mb: await readAll(names) };
  } finally {
    removeRawApps(names);
  }
}

/** A visit to each, again and again, in turns by both ways. The first round warms them up. */
async function measureVisits(ways: readonly { word: string; ours: Way; raw: Way }[]): Promise<{ ours: Series; raw: Series }> {
  const found: { ours: Series; raw: Series } = { ours: [], raw: [] };
  const kept = ways.map(({ word, ours, raw }) => ({
    page: front(word),
    ours: { way: ours, agent: keepConnections(ours, 1) },
    raw: { way: raw, agent: keepConnections(raw, 1) },
  }));
  for (let round = 0; round <= rounds; round++)
    for (const { page, ...doors } of kept)
      for (const side of ["ours", "raw"] as const) {
        const { way, agent } = doors[side];
        const began = now();
        await visit(way, page, agent, round);
        if (round > 0) found[side].push(now() - began);
      }
  for (const { ours, raw } of kept) for (const { agent } of [ours, raw]) agent.destroy();
  return found;
}

async function measureApps(ground: Ground, deployer: Deployer): Promise<Figure[]> {
  const [deploys, containers]: [Series, string[]] = [[], []];
  for (const word of words) {
    const { release, ms } = await deploy(deployer, word);
    deploys.push(ms);
    containers.push(findContainer(ground, deployer, word, release));
  }
  ground.log(`  press of deploy to serving, in their order: ${deploys.map(Math.round).join(", ")} ms`);
  const mb = await readAll(containers);
  const raw = await measureRaw(ground);
  const connections = new BoxConnections();
  try {
    const ways = [];
    for (const [index, word] of words.entries())
      ways.push({ word, ours: await publish(deployer, word), raw: await findInnerWay(connections, containers[index]!) });
    const visits = await measureVisits(ways);
    const ends: [Series, Series] = [deploys.slice(-some), deploys.slice(0, some)];
    return [
      makeFigure(`${many} apps one after the other: press of deploy to serving`, deploys, raw.starts, {
        must: "p50 < 5,000",
        contains: true,
      }),
      makeFigure(`${many} apps one after the other: the last ${some} deployed, beside the first ${some}`, ...ends),
      makeFigure(`${many} apps: memory of all their processes, beside ${many} \`docker run\``, [mb], [raw.mb], { unit: "MiB" }),
      makeFigure(`${many} apps: a visit to each through the edge, beside its container directly`, visits.ours, visits.raw, {
        contains: true,
      }),
    ];
  } finally {
    connections.close();
  }
}

export const bench: Bench = {
  title: `${many} small apps on one stack: each deployed, the memory of all, a visit to each`,
  seconds: 900,
  async run(ground) {
    const deployer = await openDeployer(await ground.ready("apps", "studio"));
    for (const word of words) await proveMain(deployer, word, word);
    const figures = await measureApps(ground, deployer);
    await closeDeployer(deployer, words);
    return figures;
  },
};
