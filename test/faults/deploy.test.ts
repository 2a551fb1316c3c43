import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { previewEntryOut } from "../../schema/preview/preview-access.ts";
import { deployOut, projectOut, releasesOut } from "../../schema/project/project.ts";
import { releaseSteps } from "../../schema/release/release.ts";
import { look } from "../e2e/preview/preview-visitor.ts";
import { eventually } from "../harness/eventually.ts";
import { killPart, type Part } from "../harness/kill-part.ts";
import { containers } from "../harness/member-containers.ts";
import { limit } from "../harness/suite/limit.ts";
import { long } from "../harness/suite/long-run.ts";
import { chance, seed, shuffled } from "../harness/suite/seed.ts";
import { acceptPlan, answerQuestions, callPatiently, longestStep, type Member, newMember, waitUntilVerified } from "./interrupted-work.ts";
import { product } from "./product.ts";
import { drillRemovals } from "./removal-drill.ts";

/**
 * Each step of a deployment, and the way back, × each part that may die at it (issue 10.13). Whatever dies,
 * the release serves in the end, it alone, and its migration has run once.
 */
const parts = ["runner", "host", "engine", "edge", "libsql", "Gitea"] as const satisfies readonly Part[];
type Case = { step: (typeof releaseSteps)[number] | "roll-back"; part: (typeof parts)[number] };
const all: Case[] = shuffled(
  [...releaseSteps, "roll-back" as const].flatMap((step) => parts.map((part) => ({ step, part }))),
  chance(),
);
/** A sample in which no step and no part occurs twice. */
const sample: Case[] = [];
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

/** What the app answers its member. */
async function visit(path: string): Promise<string> {
  const { url } = previewEntryOut.parse(await callOk("POST", `${where}/entries`, { path }));
  const cookie = String((await look(url, url)).headers["set-cookie"]).split(";")[0]!;
  const { status, body } = await look(address, path, { headers: { cookie } });
  return status === 200 ? body : "";
}
/** Begins a deployment, and has it at this step; answers the release that must serve in the end. */
async function reachStep(step: Case["step"]): Promise<string> {
  if (step === "roll-back") {
    const to = serving;
    await reaches(await deploy(), "serving");
    void member.owner.call("POST", `${where}/roll-back`, { to }).catch(() => undefined); // cut off
    await eventually("the one before starts", async () => (await listRunning()).some((name) => name.endsWith(to)));
    return to;
  }
  const release = await deploy();
  const isThere = ({ body }: { body: { id: string; step?: string | undefined } }) => body.id === release && body.step === step;
  await member.events.wait("release.state", isThere, longestStep);
  return release;
}

describe(`seed ${seed}`, () => {
  test.each(long ? all : sample)(
    "kill -9 of $part at the step “$step”: one release serves, and its migration ran once",
    async (cut) => {
      const release = await reachStep(cut.step);
      const back = await killPart(product, cut.part, member.memberId);
      await back();
      if (cut.step === "roll-back") await callOk("POST", `${where}/roll-back`, { to: release });
      else await reaches(release, "serving");
      serving = release;
      await eventually("it answers", async () => (await visit("/")) === "cakes");
      await eventually("it runs alone", async () => {
        const running = await listRunning();
        return running.length === 1 && running[0]!.endsWith(release);
      });
      const { releases } = releasesOut.parse(await callOk("GET", `${where}/releases`));
      expect(releases.filter(({ state }) => state === "serving").map(({ id }) => id)).toEqual([release]);
      expect((await visit("/migrated")).trim().split("\n")).toHaveLength(releases.length);
    },
    limit(300_000),
  );
});

drillRemovals({ member: () => member, project, callOk, listRunning, serveAnew });
