import { BoxConnections } from "../../agent-host/preview/box-connector.ts";
import { type Figure, makeFigure, type Series } from "./figures.ts";
import type { Bench, Ground } from "./ground.ts";
import { now } from "./member.ts";
import { readContainer, readMemory } from "./online/container.ts";
import { removeRawApps, restartRawApp, runRawApp, type Start } from "./online/raw-app.ts";
import {
  closeDeployer,
  type Deployer,
  deploy,
  findContainer,
  front,
  openDeployer,
  proveMain,
  publish,
  slow,
} from "./online/released-app.ts";
import { compareVisits, findInnerWay, type Way, waitForPage } from "./online/visits.ts";

/**
 * A small server in Node: from the press to its first answer at its address, back to the release before, its
 * start, what it holds of the memory, and how many visits a second it answers. Beside it the same program by
 * plain `docker run`, and for its visits the app itself, asked at its container.
 */
const project = "deploy-bench";
const word = "Deployed";
const many = 6;
const rounds = 5;
const crowds = [
  { name: "a page that works 20 ms", page: slow(word), visits: 800, atOnce: 8, must: "ratio ≥ 0.7" },
  { name: "a page that works 20 ms", page: slow(word), visits: 1_200, atOnce: 16 },
  { name: "a small page that costs nothing", page: front(word), visits: 2_000, atOnce: 16 },
];

/** From the press of start, and from its process's begin, to the first answer at its address. */
async function measureStart({ subject: { member } }: Deployer, way: Way, container: string): Promise<Start> {
  await member.call("POST", `/projects/${project}/stop`, {});
  const began = now();
  await member.call("POST", `/projects/${project}/start`, {});
  await waitForPage(way, front(word));
  const [all, at] = [now() - began, Date.now()];
  return { all, process: at - (await readContainer(container)).startedAt };
}

/** The same program in the same image: its first start, its memory then, and a further start. */
async function measureRaw(name: string): Promise<{ first: Start; again: Start; mb: number }> {
  try {
    const first = await runRawApp(name, word);
    return { first, mb: await readMemory(name), again: await restartRawApp(name, word) };
  } finally {
    removeRawApps([name]);
  }
}

async function measureReleases(ground: Ground, deployer: Deployer): Promise<Figure[]> {
  const [deploys, backs, memory]: [Series, Series, Series] = [[], [], []];
  const [starts, raw]: [Start[], Awaited<ReturnType<typeof measureRaw>>[]] = [[], []];
  let before = (await deploy(deployer, project)).release;
  const way = await publish(deployer, project);
  for (let n = 0; n < many; n++) {
    const { release, ms } = await deploy(deployer, project);
    const container = findContainer(ground, deployer, project, release);
    deploys.push(ms);
    memory.push(await readMemory(container));
    starts.push(await measureStart(deployer, way, container));
    const began = now();
    await deployer.subject.member.call("POST", `/projects/${project}/roll-back`, { to: before });
    backs.push(now() - began);
    before = (await deploy(deployer, project)).release;
    raw.push(await measureRaw(`${ground.instance.name}-raw-app`));
  }
  const ran = raw.map(({ first }) => first);
  return [
    makeFigure(
      "press of deploy to serving, a small app",
      deploys,
      ran.map(({ all }) => all),
      { must: "p50 < 5,000", contains: true },
    ),
    makeFigure("back to the release before: press to answer", backs, undefined, { must: "≤ 5,000" }),
    makeFigure(
      "an app's start: its process's begin to its first answer, beside `docker run`",
      starts.map((each) => each.process),
      ran.map((each) => each.process),
    ),
    makeFigure(
      "an app that was stopped: press of start to its first answer, beside `docker start`",
      starts.map(({ all }) => all),
      raw.map(({ again }) => again.all),
    ),
    makeFigure(
      "memory of an app's processes",
      memory,
      raw.map(({ mb }) => mb),
      { unit: "MiB" },
    ),
  ];
}

/** Requests a second of the release that serves, at its address and at its container. */
async function measureVisits(ground: Ground, deployer: Deployer): Promise<Figure[]> {
  const { release } = await deploy(deployer, project);
  const way = await publish(deployer, project);
  const connections = new BoxConnections();
  const figures: Figure[] = [];
  try {
    const inner = await findInnerWay(connections, findContainer(ground, deployer, project, release));
    for (const { name, page, visits, atOnce, must } of crowds) {
      const { ours, raw } = await compareVisits(way, inner, page, { visits, atOnce, rounds });
      const more = { unit: "a second", ...(must === undefined ? {} : { must }) };
      figures.push(makeFigure(`visits through the edge, ${name}, ${atOnce} at once, beside its container directly`, ours, raw, more));
    }
  } finally {
    connections.close();
  }
  return figures;
}

export const bench: Bench = {
  title: "a small app: press of deploy to serving, back to the one before, its start, its memory, its visitors",
  seconds: 500,
  async run(ground) {
    const deployer = await openDeployer(await ground.ready("deploy"));
    await proveMain(deployer, project, word);
    const figures = await measureReleases(ground, deployer);
    figures.push(...(await measureVisits(ground, deployer)));
    await closeDeployer(deployer, [project]);
    return figures;
  },
};
