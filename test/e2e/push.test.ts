import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { z } from "zod";
import { taskOut } from "../../schema/agent/team.ts";
import { approvalOut } from "../../schema/approval/approval-api.ts";
import { readUnverifiedReceipt } from "../../schema/receipt/receipt.ts";
import { receiptView } from "../../schema/receipt/receipt-api.ts";
import { eventually } from "../harness/eventually.ts";
import { gitIn, inside } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, script, send } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";

/**
 * What agents push, on one member: a no about the push of a version, with the demo model, which then tries
 * main without the tag (those tests follow one another), and which branches are told and looked at.
 */
const product = inject("product");
const minutes = 60_000;
const repo = "projects/declined";
const scenarios = [
  "Given a visitor, when they open the menu, then it lists prices",
  "The version is tagged",
  "Whoever clones it finds a README",
];
let eve: Person;
let [id, member] = ["", ""];
let events: Events;
let taskId: string;
beforeAll(async () => {
  eve = await person(product, "noes@example.com");
  const made = await provision(eve);
  ({ events } = made);
  ({ id, member } = made.actor);
});
afterAll(() => events?.close());

const state = (wanted: string) =>
  events.wait("task.state", ({ body }) => body.taskId === taskId && body.facts.state === wanted, 2 * minutes).then(({ body }) => body);
const question = (nth: number) => {
  const asked = () => events.of("approval.asked").filter(({ body }) => body.task === taskId);
  return events.until("the push is asked", () => asked().length > nth, minutes).then(() => asked()[nth]!.body);
};
const git = (...args: string[]) => gitIn(product.instance, member, repo, ...args);
const run = (command: string) => ({ tool: "bash", args: { command, description: command.slice(0, 40) } });

test("a no to the push of a version holds for the push of main by any command, at Gitea too, and the task is not done", {
  timeout: limit(5 * minutes),
}, async () => {
  const spec = {
    id: "merge",
    title: "Merge the menu as version 1.0.0",
    project: "declined",
    owner: "repo",
    outputs: ["README.md"],
    scenarios,
    acceptance: [{ file: "README.md", scenarios: [3] }],
  };
  const made = taskOut.parse((await eve.call("POST", "/tasks", { spec })).body);
  taskId = made.task.id;
  const asked = await question(0);
  expect(asked.title).toMatch(/^Make it the current version of /);
  expect(asked.effects).toEqual(["push:main", "push:tags"]);
  const before = await git("rev-parse", "main");
  const note = "not before the prices are right";
  const said = await eve.call("POST", `/approvals/${asked.id}/decision`, { decision: "deny", device: "your phone", note });
  expect(approvalOut.parse(said.body).approval.state).toBe("denied");
  const failed = await state("failed");
  expect(failed.title).toBe("Merge the menu as version 1.0.0 (declined: push to main, push version tags)");
  expect(failed.facts.reason).toContain(`you declined: push to main. You wrote: ${note}`);
  expect(failed.facts.declined?.map(({ effect, note: kept }) => [effect, kept])).toEqual([
    ["push:main", note],
    ["push:tags", note],
  ]);
  const pushes = events.of("tool.call").filter(({ body }) => body.call.state === "failed" && body.call.command?.includes("git push"));
  expect(pushes.map(({ body }) => body.call.command)).toEqual([expect.stringContaining("--tags"), expect.stringContaining("HEAD:main")]);
  expect(await git("rev-parse", "main")).toBe(before);
  expect(await git("tag", "--list")).toBe("");
  expect(events.of("approval.asked").filter(({ body }) => body.task === taskId)).toHaveLength(1);
});

test("tried again by the member it is asked anew; a yes is pushed, and the receipt names each scenario and output", {
  timeout: limit(5 * minutes),
}, async () => {
  expect((await eve.call("POST", `/tasks/${taskId}/retry`)).status).toBe(200);
  const again = await question(1);
  await eve.call("POST", `/approvals/${again.id}/decision`, { decision: "allow", device: "your phone" });
  expect((await state("verified")).title).toBe("Merge the menu as version 1.0.0");
  expect(await git("tag", "--list")).toBe("v1.0.0\n");
  const list = z.object({ receipts: z.array(receiptView) }).parse((await eve.call("GET", `/receipts?task=${taskId}`)).body);
  expect(readUnverifiedReceipt(list.receipts[0]!.receipt)?.predicate.coverage).toEqual([
    { name: "scenarios.0", text: scenarios[0], state: "not checked" },
    { name: "scenarios.1", text: scenarios[1], state: "not checked" },
    { name: "scenarios.2", text: scenarios[2], state: "checked", by: ["acceptance.0"] },
    { name: "outputs.0", text: "README.md", state: "checked", by: ["outputs.0"] },
  ]);
});

test("what a program of the agent's own pushes after a no is refused by Gitea", { timeout: limit(5 * minutes) }, async () => {
  const told = (command: string) => ({ tool: "bash", args: { command, description: "as it was told" } });
  const hidden = "require('child_process').execSync('git push origin HEAD:main', { stdio: 'inherit' })";
  const description = script(
    told("git clone -q http://gitea:3000/projects/declined.git site && cd site && git commit -q --allow-empty -m more && git tag v2.0.0"),
    told("cd site && git push -q origin main --tags"),
    told(`cd site && node -e "${hidden}"`),
    { text: "It was refused." },
  );
  const spec = { id: "again", title: "Push once more", project: "declined", owner: "repo", outputs: ["README.md"], description };
  taskId = taskOut.parse((await eve.call("POST", "/tasks", { spec })).body).task.id;
  const before = await git("rev-parse", "main");
  const asked = await question(0);
  await eve.call("POST", `/approvals/${asked.id}/decision`, { decision: "deny", device: "your phone" });
  const tried = await events.wait(
    "tool.call",
    ({ body }) => body.call.command?.includes("node -e") === true && body.call.state !== "running",
    minutes,
  );
  expect(`${tried.body.call.output}`).toMatch(/pre-receive hook declined|protected branch/i);
  expect(await git("rev-parse", "main")).toBe(before);
  await eve.call("POST", `/tasks/${taskId}/cancel`);
});

test("a commit is told of whichever of a project's many branches it is on", async () => {
  const mine = `agent/${id}`;
  const many = Array.from({ length: 50 }, (_, n) => `HEAD:refs/heads/${mine}/a${n}`).join(" ");
  const commit = (name: string, text: string) => [
    { tool: "write", args: { filePath: `many/${name}`, content: text } },
    run(`cd many && git add ${name} && git commit -qm "${text}" && sleep 2`), // Gitea lists those with the newest commits first
  ];
  const steps = [
    { tool: "platform_open_project", args: { name: "many" } },
    run("git clone -q http://gitea:3000/projects/many.git many && cd many && git checkout -q -b old"),
    ...commit("old.txt", "On the oldest branch"),
    run("cd many && git checkout -q main"),
    ...commit("new.txt", "On all others"),
    run(`cd many && git push -q origin old:refs/heads/${mine}/old ${many} && echo pushed`),
    { text: "Done." },
  ];
  const { turnId } = await send(eve, id, script(...steps));
  const pushed = (output = "") => /^pushed$/m.test(output);
  await events.wait("tool.call", ({ body }) => body.turnId === turnId && pushed(body.call.output), 120_000);
  await events.wait("commit", ({ body }) => body.title === "On the oldest branch" && body.branch === `${mine}/old`, 30_000);
});

test("a branch that parts from main's first commit does not put a check of its own in the place of main's", async () => {
  const here = product.instance;
  const opened = [{ tool: "platform_open_project", args: { name: "early" } }, { text: "Open." }];
  await send(eve, id, script(...opened));
  const git = (...args: string[]) => gitIn(here, member, "projects/early", ...args).then((out) => out.trim());
  const first = await eventually("the project is there", () => git("rev-parse", "main"));
  const kept = `cd /var/lib/gitea/repos/projects/early.git && export GIT_INDEX_FILE=/tmp/early.index GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@x &&
    blob=$(echo 'grep -q wanted index.html' | git hash-object -w --stdin) && git read-tree main && git update-index --add --cacheinfo "100644,$blob,test/kept.sh" &&
    git update-ref refs/heads/main $(git commit-tree -p main -m kept $(git write-tree))`;
  await inside(here, "gitea", member, ["sh", "-c", kept]); // the member's check, before the task
  const main = await git("rev-parse", "main");
  const branch = "agent/'+process.cwd().split('/')[3]+'/stale";
  const steps = [
    run(`git clone -q http://gitea:3000/projects/early.git early && cd early && git checkout -q ${first} && mkdir test`),
    { tool: "write", args: { filePath: "early/test/kept.sh", content: "true\n" } },
    { tool: "write", args: { filePath: "early/index.html", content: "<p>other</p>\n" } },
    run("cd early && git add -A && git commit -qm own"),
    run(`cd early && node -e "require('child_process').execSync('git push -q origin HEAD:refs/heads/${branch}', { stdio: 'inherit' })"`),
    { tool: "platform_report_progress", args: { state: "done", text: "It is done." } },
    { text: "Done." },
  ];
  const acceptance = [{ command: "sh test/kept.sh" }];
  const task = { id: "stale", title: "A page", project: "early", owner: "coding", outputs: ["index.html"], description: script(...steps) };
  const made = await eve.call("POST", "/tasks", { spec: { ...task, acceptance } });
  expect(made).toMatchObject({ status: 202 });
  const taskId = taskOut.parse(made.body).task.id;
  const looked = await events.wait("task.state", ({ body }) => body.taskId === taskId && body.facts.repairs > 0, 150_000);
  expect(looked.body.facts.base).toEqual({ main, handed: [] });
  expect(looked.body.facts.reason).toContain("test/kept.sh was there before the task and was changed");
  await eve.call("POST", `/tasks/${taskId}/cancel`);
});
