import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { taskOut } from "../../schema/agent/team.ts";
import { eventually, gitIn, inside } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, script, send } from "../harness/person.ts";

const product = inject("product");
let ada: Person;
let [id, member] = ["", ""];
let events: Events;
beforeAll(async () => {
  ada = await person(product, "branches@example.com");
  const made = await provision(ada);
  ({ events } = made);
  ({ id, member } = made.actor);
});
afterAll(() => events?.close());

const run = (command: string) => ({ tool: "bash", args: { command, description: command.slice(0, 40) } });

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
  const { turnId } = await send(ada, id, script(...steps));
  const pushed = (output = "") => /^pushed$/m.test(output);
  await events.wait("tool.call", ({ body }) => body.turnId === turnId && pushed(body.call.output), 120_000);
  await events.wait("commit", ({ body }) => body.title === "On the oldest branch" && body.branch === `${mine}/old`, 30_000);
});

test("a branch that parts from main's first commit does not put a check of its own in the place of main's", async () => {
  const here = product.instance;
  const opened = [{ tool: "platform_open_project", args: { name: "early" } }, { text: "Open." }];
  await send(ada, id, script(...opened));
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
  const made = await ada.call("POST", "/tasks", { spec: { ...task, acceptance } });
  expect(made).toMatchObject({ status: 202 });
  const taskId = taskOut.parse(made.body).task.id;
  const looked = await events.wait("task.state", ({ body }) => body.taskId === taskId && body.facts.repairs > 0, 150_000);
  expect(looked.body.facts.base).toEqual({ main, handed: [] });
  expect(looked.body.facts.reason).toContain("test/kept.sh was there before the task and was changed");
  await ada.call("POST", `/tasks/${taskId}/cancel`);
});
