import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { readEnvironment } from "../../../schema/environment/environment.ts";
import type { RoomCheck } from "../../../schema/proof/proof.ts";
import { box, gitUser } from "../../../schema/stack/stack.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Started } from "../../local/process.ts";
import {
  callGitea,
  command,
  engine,
  makeRepository,
  mustRunAsAgent,
  readPair,
  runChecks,
  startDaemonWithAuthor,
  writeFilesLine,
} from "../clean-room.ts";
import { hostInstance } from "../ground.ts";
import { newPerson, putStack } from "../runner-client.ts";

/** Issue 25.8: the checks of a pushed commit, of which nothing is proven. */
const person = newPerson();
let daemon: Started;
let repo = "";

async function push(branch: string, files: Record<string, string | null>): Promise<string> {
  const make = `git checkout -q -B ${branch} origin/main && ${writeFilesLine(files)} && git add -A && git commit -qm ${branch}`;
  await mustRunAsAgent(person, `cd pushed && git fetch -q && ${make} && git push -qf origin ${branch}`);
  return mustRunAsAgent(person, "cd pushed && git rev-parse HEAD");
}
async function check(branch: string, commit: string, checks: RoomCheck[], reach?: string[]) {
  const asked = { repo, branch, commit, begun: { main: commit, handed: [] }, outputs: [], checks, checksOnly: true as const };
  const { result, lines } = await runChecks(person, { ...asked, ...(reach ? { reach } : {}) });
  return { ...result, waits: lines.filter(({ type }) => type === "waits") };
}

beforeAll(async () => {
  daemon = await startDaemonWithAuthor(person);
  repo = await makeRepository(person, "pushed");
  await mustRunAsAgent(person, `git clone -q http://gitea:3000/${repo}.git pushed`);
});
afterAll(async () => {
  await putStack(person, 9, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

it("runs each check in a fresh copy that it may write in, and tells what each printed", async () => {
  const commit = await push("one", { "data.txt": "one\n", "test.sh": "grep -q one data.txt && echo two >data.txt && echo it is one\n" });
  const ran = await check("one", commit, [
    command("checks.0", "bash test.sh", { contains: "it is one" }),
    command("checks.1", "bash test.sh"), // what the first has written is not there
    command("checks.2", "echo wrong >&2; exit 4"),
    { name: "checks.3", kind: "file", file: "data.txt", contains: "one", seconds: 5 },
  ]);
  expect(ran).toMatchObject({ passed: false, failures: [{ check: "checks.2", why: "exit_code" }], outputs: [] });
  expect(ran.checks.map(({ name, passed }) => [name, passed])).toEqual([
    ["checks.0", true],
    ["checks.1", true],
    ["checks.2", false],
    ["checks.3", true],
  ]);
  expect(ran.checks[2]?.tail).toContain("wrong");
  expect(ran.rules, "nothing is proven by it").toBeUndefined();
});

it("a change of what settles the checks is the pusher's own: none of the rules of a proof speaks of it", async () => {
  const files = { "package.json": '{"scripts":{"test":"node --test"}}', "a.test.js": 'require("node:test")("holds", () => {});' };
  expect(await check("two", await push("two", files), [command("checks.0", "npm test")])).toMatchObject({ passed: true, failures: [] });
});

it("a commit's own environment file says what is installed, and serves the address that a check asks", async () => {
  const environment = "setup: [mkdir -p node_modules/said && echo ready >node_modules/said/word]\nstart: node server.js\n";
  expect(readEnvironment(environment).ok).toBe(true);
  const server = 'require("node:http").createServer((_, a) => a.end("hello")).listen(process.env.PORT, "127.0.0.1");';
  const commit = await push("three", { ".growqr/environment.yaml": environment, "server.js": server, "package.json": "{}" });
  const ran = await check("three", commit, [
    command("checks.0", "cat node_modules/said/word", { contains: "ready" }),
    { name: "checks.1", kind: "url", url: "http://127.0.0.1:8123/", status: 200, contains: "hello", seconds: 20 },
  ]);
  expect(ran).toMatchObject({ passed: true, checks: [{ passed: true }, { passed: true, status: 200 }] });
  expect(ran.setup?.environment).toBeDefined();
});

it("reaches nobody, and a check that wanted to is told so", async () => {
  const commit = await push("four", { "a.txt": "a" });
  const { gitea } = await readPair(person);
  const dial = `timeout 2 bash -c 'exec 3<>/dev/tcp/${gitea}/3000' && exit 1; true`;
  const asks = "node -e 'fetch(\"https://example.com\").catch(() => process.exit(3))'";
  const ran = await check("four", commit, [command("checks.0", dial), command("checks.1", asks)]);
  expect(ran.checks.map(({ passed }) => passed)).toEqual([true, false]);
  expect(ran.checks[1]?.reason).toContain("network");
});

it("a branch that has gone on is checked all the same; a commit that no branch holds is named", async () => {
  const commit = await push("five", { "a.txt": "first" });
  await mustRunAsAgent(person, "cd pushed && echo second >a.txt && git commit -qam second && git push -q origin five");
  const isFirst = command("checks.0", "grep -q first a.txt");
  expect(await check("five", commit, [isFirst])).toMatchObject({ passed: true, commit });
  await push("five", { "b.txt": "another line" });
  const [failure] = (await check("five", commit, [isFirst])).failures;
  expect(failure).toMatchObject({ check: "commit", why: "not_pushed" });
});

it("a check that takes its room down is a failure, and the room goes", async () => {
  const commit = await push("six", { "a.txt": "a" });
  const ran = await check("six", commit, [command("checks.0", "sleep 60", { seconds: 2 }), command("checks.1", "true")]);
  expect(ran.checks.map(({ passed, why }) => [passed, why])).toEqual([
    [false, "timeout"],
    [true, undefined],
  ]);
  const filters = { label: [`growqr.instance=${hostInstance.label}`, "growqr.part=run"] };
  await eventually("the rooms are removed", async () => (await engine.docker.listContainers({ all: true, filters })).length === 0, 30_000);
});

it("a status that an agent sets of a commit names the agent as its author, and those of one second come in any order", async () => {
  const commit = await push("seven", { "a.txt": "a" });
  const token = "$(sed -n 's#.*//[^:]*:\\([^@]*\\)@.*#\\1#p' ~/.git-credentials | head -1)";
  const body = '{"state":"success","context":"growqr","description":"forged"}';
  const url = `http://gitea:3000/api/v1/repos/${repo}/statuses/${commit}`;
  const line = `curl -sf -X POST -H "authorization: token ${token}" -H 'content-type: application/json' -d '${body}' ${url} >/dev/null`;
  await mustRunAsAgent(person, line);
  const shape = z.looseObject({ id: z.number(), status: z.string(), creator: z.looseObject({ login: z.string() }) });
  const path = `/repos/${repo}/commits/${commit}/statuses?sort=recentupdate&limit=50`;
  const read = async () => z.array(shape).parse(JSON.parse((await callGitea(person, "GET", path)).text));
  expect(await read()).toMatchObject([{ status: "success", creator: { login: gitUser(person.agent) } }]);
  for (const state of ["pending", "warning"])
    await callGitea(person, "POST", `/repos/${repo}/statuses/${commit}`, { state, context: "growqr" });
  const ours = (await read()).filter(({ creator }) => creator.login === box.memoryRepo.owner).sort((a, b) => b.id - a.id);
  expect(ours.map(({ status }) => status)).toEqual(["warning", "pending"]);
});
