import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { z } from "zod";
import { planOut, plansOut, tasksOut } from "../../schema/agent/team.ts";
import { approvalOut } from "../../schema/approval/approval-api.ts";
import { subscriptionPlans } from "../../schema/billing/subscription-plan.ts";
import { box } from "../../schema/stack/stack.ts";
import { mergesOf, partsPlan } from "../doubles/model/parallel-story.ts";
import { skipAfterFailure } from "../harness/in-order.ts";
import { gitIn, inside } from "../harness/member-containers.ts";
import { onStudio } from "../harness/paid-plan.ts";
import { type Events, type Person, person, provision, send } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";
import { long } from "../harness/suite/long-run.ts";

/**
 * Five at once on one repository, over HTTP: branches of their own, merged one after another, two conflicts
 * that the member decides. The tests follow one another.
 */
const product = inject("product");
let pia: Person;
let actor: string;
let member: string;
let events: Events;
let planId: string;
const minutes = 60_000;
const repo = "projects/five-parts";
/**
 * In the long run the team's whole way: coding, each part tested and reviewed before it is merged, twenty
 * tasks. Else five writers and five merges.
 */
const writer = long ? "coding" : "product-flow";
const written = partsPlan("five-parts", 5, writer);
const merges = mergesOf(written);
const body = <T extends z.ZodType>(shape: T, answer: { body: unknown }): z.infer<T> => shape.parse(answer.body);
const git = (...args: string[]) => gitIn(product.instance, member, repo, ...args);

beforeAll(async () => {
  pia = await person(product, "pia@example.com");
  expect(await pia.call("GET", "/billing")).toMatchObject({ status: 200, body: { entitlement: "none" } });
  await onStudio(product.instance, "pia@example.com");
  const made = await provision(pia, 4 * minutes);
  ({ events } = made);
  ({ id: actor, member } = made.actor);
});
afterAll(() => events?.close());

skipAfterFailure();

const owners = () => new Map(events.of("task.state").map(({ body }) => [body.taskId as string, body.owner]));
/** The most tasks of one kind that were in a state at the same moment, by the order of their events. */
function together(owner: string, state: string): number {
  const now = new Set<string>();
  let most = 0;
  for (const { body } of events.of("task.state")) {
    if (body.owner !== owner) continue;
    if (body.facts.state === state) now.add(body.taskId);
    else now.delete(body.taskId);
    most = Math.max(most, now.size);
  }
  return most;
}
const conflicts = () => events.of("approval.asked").filter(({ body: asked }) => asked.subject.kind === "conflict");
const decide = (id: string, answer: object) => pia.call("POST", `/approvals/${id}/decision`, { decision: "allow", ...answer });

/** Allows commands that no rule speaks of, each once; conflicts are the tests' own. */
function allowing(): () => void {
  const answered = new Set<string>();
  const look = async () => {
    for (const { body: asked } of events.of("approval.asked")) {
      if (answered.has(asked.id) || asked.subject.kind === "conflict") continue;
      answered.add(asked.id);
      const { status } = await decide(asked.id, { scope: "task" }).catch(() => ({ status: 503 }));
      if (status >= 429) answered.delete(asked.id); // the next look tries again
    }
  };
  const timer = setInterval(() => void look(), 250);
  return () => clearInterval(timer);
}
let stopAllowing: () => void;
afterAll(() => stopAllowing?.());

test(
  "five agents work on one repository at the same moment, each with a user, a clone and a branch of its own; the sixth waits and says why",
  async () => {
    if (long) await send(pia, actor, "plan five parts with your team");
    else expect((await pia.call("POST", "/plans", { plan: { ...written, tasks: [...written.tasks, ...merges] } })).status).toBe(201);
    const { body: proposed } = await events.wait("plan.state", (event) => event.body.state === "proposed");
    ({ planId } = proposed);
    const spec = { id: "extra", title: "One more", project: "five-parts", owner: "frontend-planning", outputs: ["more.md"] };
    expect((await pia.call("POST", `/plans/${planId}/accept`, { revision: 1 })).status).toBe(200);
    expect((await pia.call("POST", "/tasks", { spec })).status).toBe(202);
    stopAllowing = allowing();
    const held = await events.wait("task.held", (event) => event.body.hold.why === "limit", minutes);
    expect(held.body.hold.text).toBe(`queued for a free place: your plan lets ${subscriptionPlans.studio.agents - 1} agents work at once`);
    expect(body(tasksOut, await pia.call("GET", "/tasks")).tasks.find((each) => each.name === "extra")).toMatchObject({
      facts: { state: "created" },
      hold: { why: "limit" },
    });
    // none of them goes on before the branches of all five are on the server
    await events.until("all five are proven", () => together(writer, "in_progress") === 5 && proven(writer) === 5, 5 * minutes);
    const working = new Set(
      events.of("task.state").flatMap(({ body }) => (body.owner === writer && body.facts.worker ? [body.facts.worker] : [])),
    );
    expect(working.size).toBe(5);
    const folders = await inside(product.instance, "opencode", member, [
      "find",
      "/workspace/agents",
      "-mindepth",
      "1",
      "-maxdepth",
      "1",
      "-printf",
      "%f %U %m\n",
    ]);
    const seats = folders
      .trim()
      .split("\n")
      .map((line) => line.split(" "));
    const workingSeats = seats.filter(([name]) => working.has(name as `agt_${string}`));
    expect(new Set(workingSeats.map(([, uid]) => uid)).size).toBe(5);
    expect(workingSeats.every(([, , mode]) => mode === "700")).toBe(true);
    const branches = await git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/agent");
    for (const agent of working) expect(branches).toMatch(new RegExp(`agent/${agent}/part-\\d`));
  },
  limit(6 * minutes),
);
const proven = (owner: string) =>
  new Set(
    events
      .of("task.state")
      .filter(({ body }) => body.owner === owner && body.facts.state === "verified")
      .map(({ body }) => body.taskId),
  ).size;

test(
  "two changes of one line are a question with both sides, who made which, and nothing is pushed before it is answered",
  async () => {
    await events.until("a conflict is asked", () => conflicts().length > 0, 6 * minutes);
    const [asked] = conflicts();
    const { approval } = body(approvalOut, await pia.call("GET", `/approvals/${asked!.body.id}`));
    expect(approval).toMatchObject({
      state: "pending",
      title: "Two changes of README.md, line 1: which one stands?",
      scopes: ["once"],
      goesOn: false,
    });
    if (approval.subject.kind !== "conflict") throw new Error("it is no conflict");
    const { ours, theirs, ...where } = approval.subject;
    expect(where).toMatchObject({ path: "README.md", place: 1, places: 1, line: 1 });
    expect([ours.content, theirs.content].sort()).toEqual(["# Part one\n", "# Part two\n"]);
    expect(ours.branch).toBe("main");
    const titleOf = (content: string) => content.slice(2, -1);
    expect(ours.by).toMatch(new RegExp(`^[A-Z][a-z ]+( \\d)? for “${titleOf(ours.content)}”: `));
    expect(theirs.by).toMatch(new RegExp(`^[A-Z][a-z ]+( \\d)? for “${titleOf(theirs.content)}”: `));
    const merge = events.of("task.state").findLast(({ body }) => body.taskId === approval.task)!;
    expect(merge.body).toMatchObject({ owner: "repo", facts: { state: "waiting" } });
    expect(events.of("agent.state").findLast(({ body }) => body.agentId === approval.agent)?.body.state).toBe("waiting");
    expect(await git("show", "main:README.md")).toBe(`${ours.content}\nA text of 5 parts.\n`);
    expect(await push(approval.agent)).toMatch(/Not allowed to push to protected branch main|pre-receive hook declined/);
    expect(await decide(approval.id, {})).toMatchObject({ status: 400 });
    expect(await decide(approval.id, { side: "theirs", answer: "both" })).toMatchObject({ status: 400 });
    expect((await decide(approval.id, { answer: "# Part one and two" })).status).toBe(200);
    expect(await decide(approval.id, { side: "ours" })).toMatchObject({ status: 409 });
  },
  limit(8 * minutes),
);
/** What Git says when an agent pushes a commit of its own, from its own clone and by its own credentials. */
async function push(agent: string, branch = "main"): Promise<string> {
  const home = box.agentHome(agent);
  const uid = (await inside(product.instance, "opencode", member, ["stat", "-c", "%u", home])).trim();
  const url = `http://${box.gitHost}:${box.giteaPort}/${repo}.git`;
  const steps = `cd "$(mktemp -d)" && git clone -q ${url} c && cd c && git commit -q --allow-empty -m late && git push origin HEAD:${branch}`;
  const command = ["env", `HOME=${home}`, `TMPDIR=${home}/.tmp`, "sh", "-c", `{ ${steps}; } 2>&1 || echo "exit $?"`];
  return inside(product.instance, "opencode", member, command, `${uid}:${uid}`);
}

test(
  "the repository agent merges what was decided, one merge after another; each is proven again, and the plan is done",
  async () => {
    await events.until(
      "the plan is done",
      () => events.of("plan.state").some(({ body }) => body.planId === planId && body.state === "done"),
      8 * minutes,
    );
    expect(await git("show", "main:README.md")).toBe("# Part one and two\n\nA text of 5 parts.\n");
    for (const word of ["one", "two", "three", "four", "five"]) expect(await git("show", `main:parts/${word}.md`)).toBe(`Part ${word}\n`);
    expect(proven("repo")).toBe(5);
    expect(together("repo", "in_progress")).toBe(1);
    const merges = (await git("log", "--first-parent", "--format=%P", "main")).trim().split("\n");
    expect(merges.filter((parents) => parents.split(" ").length === 2)).toHaveLength(4); // the first finds main as it left it, and goes forward
    expect(events.of("task.held").some(({ body }) => body.hold.why === "turn" && /merges first$/.test(body.hold.text))).toBe(true);
    const notes = (await git("notes", "--ref=refs/notes/receipts", "list")).trim().split("\n");
    expect(notes.length).toBeGreaterThanOrEqual(10);
    expect([...owners().values()].filter((owner) => owner === "repo")).toHaveLength(5);
  },
  limit(9 * minutes),
);

test("who merged may not push to main any more, and may still push its own branch", async () => {
  const merger = events.of("task.state").findLast(({ body }) => body.owner === "repo" && body.facts.worker)!.body.facts.worker!;
  const head = await git("rev-parse", "main");
  expect(await push(merger)).toMatch(/declined|Not allowed/);
  expect(await git("rev-parse", "main")).toBe(head);
  expect(await push(merger, `agent/${merger}/tidy`)).toMatch(/new branch/);
});

test("what was over the limit ran when a place was free", async () => {
  await events.until("the extra task is proven", () => proven("frontend-planning") === 1, 2 * minutes);
  const plan = body(plansOut, await pia.call("GET", "/plans")).plans[0]!;
  expect(body(planOut, await pia.call("GET", `/plans/${plan.id}`)).plan.state).toBe("done");
});
