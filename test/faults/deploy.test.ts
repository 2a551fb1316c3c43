import { setTimeout as after } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { previewEntryOut } from "../../schema/preview/preview-access.ts";
import { deployOut, projectOut, releasesOut } from "../../schema/project/project.ts";
import { releaseSteps } from "../../schema/release/release.ts";
import { look } from "../e2e/preview/preview-visitor.ts";
import { eventually } from "../harness/eventually.ts";
import { killContainer, killPart, type Part } from "../harness/kill-part.ts";
import { containers } from "../harness/member-containers.ts";
import { addResultRows } from "../harness/suite/evidence/results.ts";
import { limit } from "../harness/suite/limit.ts";
import { long } from "../harness/suite/long-run.ts";
import { chance, seed, shuffled } from "../harness/suite/seed.ts";
import { acceptPlan, answerQuestions, callPatiently, longestStep, type Member, newMember, waitUntilVerified } from "./interrupted-work.ts";
import { product } from "./product.ts";
import { drillRemovals } from "./removal-drill.ts";

/**
 * Each step of a deployment, and the way back, × each part that may die at it (issue 10.13). Whatever dies,
 * the release serves in the end, it alone, and its migration has run once. Its own process, killed while it
 * is asked for its health, may fail it: what served before serves on. What was seen is a table in the run's
 * folder, `deploy-kills.md`: which release served, how many seconds after the kill the address began to
 * answer right and went on to, and when that release was told to serve and ran alone.
 */
const parts = ["runner", "host", "engine", "edge", "libsql", "Gitea"] as const satisfies readonly Part[];
type Case = { step: (typeof releaseSteps)[number] | "roll-back"; part: (typeof parts)[number] | "app" };
/** At these the release's own process runs. */
const appSteps = ["health", "switch"] as const;
const all: Case[] = shuffled(
  [
    ...[...releaseSteps, "roll-back" as const].flatMap((step) => parts.map((part) => ({ step, part }))),
    ...appSteps.map((step) => ({ step, part: "app" as const })),
  ],
  chance(),
);
/** A sample in which no step and no part occurs twice; the way back is always in it. */
const sample: Case[] = all.filter(({ step }) => step === "roll-back").slice(0, 1);
for (const candidate of all)
  if (sample.length < 3 && !sample.some((other) => other.step === candidate.step || other.part === candidate.part)) sample.push(candidate);

const project = "cakes";
const where = `/projects/${project}`;
const answer = "q.url==='/migrated'?require('fs').readFileSync('/data/migrated'):'cakes'";
const files = [
  { file: ".growqr/environment.yaml", contains: "{ migrate: sh migrate.sh, start: sh serve.sh }" },
  { file: "migrate.sh", contains: "sleep 1; echo done >>/data/migrated" },
  // Each step takes long enough to die in it.
  { file: "serve.sh", contains: `sleep 1; exec node -e "require('http').createServer((q,a)=>a.end(${answer})).listen(process.env.PORT)"` },
];
let member: Member;
let address = "";
let serving = "";
/** What opens the address to its member. */
let key = { cookie: "" };

const callOk = async (method: string, path: string, body?: object) => {
  const answer = await callPatiently(member, method, path, body, { "idempotency-key": crypto.randomUUID() });
  expect([method, path, answer.status]).toEqual([method, path, expect.toSatisfy((status: number) => status < 300)]);
  return answer.body;
};
const deploy = async () => deployOut.parse(await callOk("POST", `${where}/releases`, {})).release.id;
const reaches = (release: string, state: string) =>
  member.events.wait("release.state", ({ body }) => body.id === release && body.state === state, longestStep);
/** The names of the containers of its releases that run. */
async function listRunning(): Promise<string[]> {
  const lines = (await containers(product.instance)).map((line) => line.split(" "));
  return lines.flatMap(([name = "", state]) => (state === "running" && name.includes(`app-${project}`) ? [name] : []));
}

beforeAll(async () => {
  member = await newMember(product, `deploys-${Date.now()}@example.com`);
  const task = { project, outputs: files.map(({ file }) => file) };
  const { tasks } = await acceptPlan(member, project, {
    title: "Cakes",
    story: "",
    tasks: [
      { ...task, id: "write", title: "Write cakes", owner: "product-flow", acceptance: files },
      { ...task, id: "merge", title: "Merge cakes", owner: "repo", acceptance: [], depends_on: ["write"] },
    ],
  });
  const ids = tasks.map(({ id }) => id);
  const stop = answerQuestions(member, ids, async () => undefined);
  await waitUntilVerified(member, ids, 0);
  await stop();
  serving = await deploy();
  await reaches(serving, "serving");
  address = projectOut.parse(await callOk("GET", where)).project.address!;
  key = await enter("/");
});
afterAll(() => member?.events.close());
/** The next version of the project, proven and merged. */
async function writeAnew(): Promise<void> {
  const id = `note-${crypto.randomUUID().slice(0, 8)}`;
  const outputs = [`${id}.md`];
  const task = { project, outputs };
  const { tasks } = await acceptPlan(member, id, {
    title: "A note",
    story: "",
    tasks: [
      { ...task, id, title: "Write a note", owner: "product-flow", acceptance: [{ file: `${id}.md`, contains: id }] },
      { ...task, id: `${id}-merge`, title: "Merge a note", owner: "repo", acceptance: [], depends_on: [id] },
    ],
  });
  const ids = tasks.map((made) => made.id);
  const stop = answerQuestions(member, ids, async () => undefined);
  await waitUntilVerified(member, ids, 0);
  await stop();
}
async function serveAnew(): Promise<void> {
  if ((await callPatiently(member, "GET", where)).status === 404) await writeAnew();
  serving = await deploy();
  await reaches(serving, "serving");
}

async function enter(path: string): Promise<{ cookie: string }> {
  const { url } = previewEntryOut.parse(await callOk("POST", `${where}/entries`, { path }));
  return { cookie: String((await look(url, url)).headers["set-cookie"]).split(";")[0]! };
}
async function ask(path: string, headers: { cookie: string }): Promise<string> {
  const { status, body } = await look(address, path, { headers });
  return status === 200 ? body : "";
}
/** What the app answers its member. */
const visit = async (path: string) => ask(path, await enter(path));
/** Asks the address on and on. `since`: since when it has answered right each time. */
function watchAddress() {
  let [open, since]: [boolean, number | undefined] = [true, undefined];
  const watch = async () => {
    while (open) {
      const isRight = (await ask("/", key).catch(() => "")) === "cakes"; // a part is away
      since = isRight ? (since ?? Date.now()) : undefined;
      await after(100); // between two looks
    }
  };
  const ended = watch();
  const end = () => {
    open = false;
    return ended;
  };
  return { since: () => since, end };
}
/** Begins a deployment, and has it at this step; answers the release that must serve in the end. */
async function reachStep(step: Case["step"]): Promise<string> {
  if (step === "roll-back") {
    const to = serving;
    await reaches(await deploy(), "serving");
    void member.owner.call("POST", `${where}/roll-back`, { to, pastMigration: true }).catch(() => undefined); // cut off
    await eventually("the one before starts", async () => (await listRunning()).some((name) => name.endsWith(to)));
    return to;
  }
  const release = await deploy();
  const isThere = ({ body }: { body: { id: string; step?: string | undefined } }) => body.id === release && body.step === step;
  await member.events.wait("release.state", isThere, longestStep);
  return release;
}

/** kill -9 of the part. What was killed of the product is back when this has ended. */
async function kill({ part }: Case, release: string): Promise<void> {
  if (part !== "app") return void (await (await killPart(product, part, member.memberId))());
  const name = await eventually("its process runs", async () => (await listRunning()).find((each) => each.endsWith(release)));
  await killContainer(name);
}
/** Waits for the end of the case. Answers which release must serve, and that in words. */
async function settle({ step, part }: Case, release: string): Promise<{ serves: string; words: string }> {
  if (step === "roll-back") {
    await callOk("POST", `${where}/roll-back`, { to: release, pastMigration: true });
    return { serves: release, words: "the one before, gone back to" };
  }
  const isEnd = ({ body }: { body: { id: string; state: string } }) => body.id === release && ["serving", "failed"].includes(body.state);
  const { body } = await member.events.wait("release.state", isEnd, longestStep);
  if (part !== "app" || body.state === "serving") {
    expect(body).toMatchObject({ state: "serving" });
    return { serves: release, words: "the new one" };
  }
  expect([body.step, body.reason]).toEqual([expect.stringMatching(/start|health/), "Its process ended with 137."]);
  return { serves: serving, words: `the one before; the new one failed at ${body.step}` };
}
const kills = ["step", "part", "which release served", "the address answered right after", "it served alone after"];

describe(`seed ${seed}`, () => {
  test.each(long ? all : sample)(
    "kill -9 of $part at the step “$step”: one release serves, and its migration ran once",
    async (cut) => {
      const release = await reachStep(cut.step);
      const watched = watchAddress();
      onTestFinished(watched.end);
      const killed = Date.now();
      await kill(cut, release);
      const { serves, words } = await settle(cut, release);
      serving = serves;
      await eventually("it answers", async () => (await visit("/")) === "cakes");
      await eventually("it runs alone", async () => {
        const running = await listRunning();
        return running.length === 1 && running[0]!.endsWith(serves);
      });
      const alone = Date.now();
      const { releases } = releasesOut.parse(await callOk("GET", `${where}/releases`));
      expect(releases.filter(({ state }) => state === "serving").map(({ id }) => id)).toEqual([serves]);
      expect((await visit("/migrated")).trim().split("\n")).toHaveLength(releases.length);
      const right = await eventually("it has answered right since", async () => watched.since());
      const seconds = (at: number) => `${(Math.max(0, at - killed) / 1_000).toFixed(1)} s`;
      addResultRows("deploy-kills", kills, [[cut.step, cut.part, words, seconds(right), seconds(alone)]]);
    },
    limit(300_000),
  );
});

drillRemovals({ member: () => member, project, callOk, listRunning, serveAnew });
