import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { z } from "zod";
import { taskOut } from "../../schema/agent/team.ts";
import { approvalOut } from "../../schema/approval/approval.ts";
import { readUnverifiedReceipt } from "../../schema/receipt/receipt.ts";
import { receiptView } from "../../schema/receipt/receipt-api.ts";
import { gitIn } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, script } from "../harness/person.ts";

/**
 * A no about the push of a version, with the demo model, which then tries main without the tag. The tests
 * follow one another.
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
let member: string;
let events: Events;
let taskId: string;
beforeAll(async () => {
  eve = await person(product, "noes@example.com");
  const made = await provision(eve);
  ({ events } = made);
  ({ member } = made.actor);
}, 2 * minutes);
afterAll(() => events?.close());

const state = (wanted: string) =>
  events.wait("task.state", ({ body }) => body.taskId === taskId && body.facts.state === wanted, 2 * minutes).then(({ body }) => body);
const question = (nth: number) => {
  const asked = () => events.of("approval.asked").filter(({ body }) => body.task === taskId);
  return events.until("the push is asked", () => asked().length > nth, minutes).then(() => asked()[nth]!.body);
};
const git = (...args: string[]) => gitIn(product.instance, member, repo, ...args);

test("a no to the push of a version holds for the push of main by any command, at Gitea too, and the task is not done", {
  timeout: 5 * minutes,
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
  expect(asked.title).toMatch(/^Push main and its tags/);
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
  timeout: 5 * minutes,
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

test("what a program of the agent's own pushes after a no is refused by Gitea", { timeout: 5 * minutes }, async () => {
  const run = (command: string) => ({ tool: "bash", args: { command, description: "as it was told" } });
  const hidden = "require('child_process').execSync('git push origin HEAD:main', { stdio: 'inherit' })";
  const description = script(
    run("git clone -q http://gitea:3000/projects/declined.git site && cd site && git commit -q --allow-empty -m more && git tag v2.0.0"),
    run("cd site && git push -q origin main --tags"),
    run(`cd site && node -e "${hidden}"`),
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
