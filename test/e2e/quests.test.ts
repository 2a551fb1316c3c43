import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { goalOut, goalsOut } from "../../schema/memory/memory-api.ts";
import { questDetail, questLibraryOut, questOut, questPreviewOut, questsOut } from "../../schema/quest/quest-api.ts";
import { readQuestRun } from "../../schema/quest/quest-run.ts";
import { box } from "../../schema/stack/stack.ts";
import { newId } from "../../schema/wire/id.ts";
import { eventually } from "../harness/eventually.ts";
import { addRepository } from "../harness/git-server.ts";
import { gitIn, inside } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, script, send } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";

/**
 * The shipped quests with nothing but HTTP and the demo model, each to its last receipt. The tests follow one
 * another.
 */
const product = inject("product");
const here = product.instance;
const day = 86_400_000;
let eve: Person;
let actor: string;
let member: string;
let events: Events;
/**
 * Another member, whose blog is built and extended while the rest is tried: what waits for Git and servers in
 * one stack leaves the machine to the other.
 */
let bea: Owner;
let blog: Promise<Detail>;
let feature: Promise<Detail>;
type Owner = { who: Person; actor: string; member: string; events: Events };
type Detail = z.infer<typeof questDetail>;

async function owner(name: string): Promise<Owner> {
  const owner = await person(product, `${name}-${Date.now()}@example.com`);
  const made = await provision(owner, 180_000);
  made.events.close();
  return { who: owner, actor: made.actor.id, member: made.actor.member, events: await owner.events(made.actor.id, 0, { steady: true }) };
}
beforeAll(async () => {
  const [each, other] = await Promise.all([owner("quests"), owner("blogger")]);
  ({ who: eve, actor, member, events } = each);
  bea = other;
  blog = started("create-blog", { title: "Bread", topic: "Baking at home" }, {}, bea).then(({ id }) => proven(id, 5, bea));
  const wish = { project: "blog", slug: "search", title: "Search the posts", story: "Readers find a post by a word", check: "node --test" };
  feature = blog.then(() => started("add-feature", wish, {}, bea)).then(({ id }) => proven(id, 5, bea));
  feature.catch(() => undefined); // its test tells
});
afterAll(() => {
  for (const each of [events, bea?.events]) each?.close();
});

const refusal = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    issues: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
  }),
});
const start = (quest: string, inputs: object, more: object = {}, headers?: Record<string, string>) =>
  eve.call("POST", "/quests", { quest, inputs, ...more }, headers);
const started = async (quest: string, inputs: object, more: object = {}, { who: owner }: Pick<Owner, "who"> = { who: eve }) => {
  const answer = await owner.call("POST", "/quests", { quest, inputs, ...more });
  expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
  return questOut.parse(answer.body).quest;
};
const act = (id: string, act: string) => eve.call("POST", `/quests/${id}/${act}`);
const detail = async (id: string, owner = eve) => questDetail.parse((await owner.call("GET", `/quests/${id}`)).body);
const all = async () => questsOut.parse((await eve.call("GET", "/quests")).body).quests;
const answered = new Set<string>();
/** What a step asks its member is answered in their words, each once. */
function answerQuestions({ who: owner, events: told }: Pick<Owner, "who" | "events">): void {
  for (const { body } of told.of("approval.asked")) {
    if (body.subject.kind !== "question" || answered.has(body.id)) continue;
    answered.add(body.id);
    const words = { decision: "allow", device: "laptop", answer: `In my words: ${body.subject.question}` };
    void owner.call("POST", `/approvals/${body.id}/decision`, words);
  }
}
/**
 * Waits until so many steps are proven; says what went wrong when it ends otherwise. The member is asked what
 * is theirs to say, and nothing of everyday work.
 */
const proven = async (id: string, count: number, questOwner: Pick<Owner, "who" | "events"> = { who: eve, events }): Promise<Detail> => {
  const told = () => questOwner.events.of("quest.state").filter((event) => event.body.questId === id);
  await questOwner.events.until(
    `${count} steps of ${id}`,
    () => {
      answerQuestions(questOwner);
      return told().some(({ body }) => body.proven >= count || body.state === "failed");
    },
    400_000,
  );
  const seen = await detail(id, questOwner.who);
  expect([seen.quest.state, seen.quest.proven], JSON.stringify(seen.steps)).toEqual([expect.not.stringMatching("failed"), count]);
  const asked = questOwner.events.of("approval.asked").filter(({ body }) => !body.title.endsWith("online?"));
  expect(asked.filter(({ body }) => body.subject.kind !== "question")).toEqual([]);
  return seen;
};
const receipts = async () => JSON.stringify((await eve.call("GET", "/receipts?limit=50")).body);

describe("the library", () => {
  test("holds the four quests; a preview says what one may touch, run and cost, and changes nothing", async () => {
    const { quests } = questLibraryOut.parse((await eve.call("GET", "/quests/library")).body);
    expect(quests.map((each) => each.id)).toEqual(["add-feature", "create-blog", "learn-subject", "weekly-goal"]);
    const looked = await eve.call("POST", "/quests/preview", { quest: "create-blog", inputs: { title: "Bread", topic: "Baking" } });
    const { preview, issues } = questPreviewOut.parse(looked.body);
    expect(issues).toEqual([]);
    expect(preview).toMatchObject({ title: "Create and run a blog", projects: ["blog"], budgetMicros: 5_000_000 });
    expect(preview?.steps.map((step) => step.id)).toEqual([
      ...["specify", "build", "test", "review", "merge", "first-post", "publish-post"],
    ]);
    expect(preview?.touches).toContain("reach registry.npmjs.org on the internet");
    expect(preview?.commands).toContain("node --test");
    expect(preview?.estimate.costMicros.most).toBeGreaterThan(preview?.estimate.costMicros.expected ?? 0);
    expect(await all()).toEqual([]);
  });

  test("refuses by path what does not fit, and nothing has changed", async () => {
    const missing = questPreviewOut.parse((await eve.call("POST", "/quests/preview", { quest: "create-blog" })).body);
    expect([missing.preview, missing.issues.map((issue) => issue.path)]).toEqual([null, ["inputs.title", "inputs.topic"]]);
    const base = { title: "Bread", topic: "Baking" };
    const tries: [string, object, number, string][] = [
      ["create-blog", {}, 400, "inputs.title"],
      ["create-blog", { ...base, other: 1 }, 400, "inputs.other"],
      ["create-blog", { ...base, project: "a; rm -rf /" }, 400, "inputs.project"],
      ["create-blog", { ...base, title: "two\nlines" }, 400, "inputs.title"],
      ["create-blog", { ...base, language: "$(id)" }, 400, "inputs.language"],
      ["weekly-goal", { goal: "g", why: "w", weeks: 1e9 }, 400, "inputs.weeks"],
      ["weekly-goal", { goal: "g".repeat(121), why: "w" }, 400, "inputs.goal"],
      ["no-such-quest", {}, 404, ""],
      ["https://user:secret@example.com/q.git@" + "a".repeat(40), {}, 400, "quest"],
      [`https://example.com/quest.git@${"a".repeat(40)}`, {}, 400, "quest"],
      ["https://example.com/quest.git@main", {}, 400, "quest"],
      [`projects/nothing-here@${"a".repeat(40)}`, {}, 404, ""],
      [`projects/../growqr/memory@${"a".repeat(40)}`, {}, 400, "quest"],
    ];
    for (const [quest, inputs, status, path] of tries) {
      const answer = await start(quest, inputs);
      expect([quest, answer.status]).toEqual([quest, status]);
      if (path) expect(refusal.parse(answer.body).error.issues.map((issue) => issue.path)).toContain(path);
    }
    expect((await start("weekly-goal", { goal: "g", why: "w".repeat(1_000_000) })).status).toBe(413);
    expect(await all()).toEqual([]);
  });
});

describe("a goal with a weekly review", () => {
  let goal: string;
  let quest: string;

  test("a goal is written by its owner; one of a megabyte, or with what is no field, is not", async () => {
    const made = await eve.call("POST", "/goals", { title: "Run ten kilometres", why: "To breathe", steps: [{ text: "Buy shoes" }] });
    goal = goalOut.parse(made.body).goal.id;
    for (const [body, status] of [
      [{ title: "x".repeat(1_000_000) }, 413],
      [{ title: "x".repeat(121) }, 400],
      [{ title: "a\nb" }, 400],
      [{ title: "a", why: "y".repeat(8_001) }, 400],
      [{ title: "a", steps: Array.from({ length: 51 }, () => ({ text: "s" })) }, 400],
      [{ title: "a", admin: true }, 400],
      [{}, 400],
    ] as const)
      expect((await eve.call("POST", "/goals", body)).status, JSON.stringify(body).slice(0, 80)).toBe(status);
    expect((await eve.call("PATCH", `/goals/${newId("gol")}`, { title: "theirs" })).status).toBe(404);
    const { goals } = goalsOut.parse((await eve.call("GET", "/goals")).body);
    expect(goals.map((each) => each.title)).toEqual(["Run ten kilometres"]);
  });

  test("runs its steps, each proven by a receipt, serves the goal, and has its first review due in a week", async () => {
    const key = { "idempotency-key": `quest-${goal}` };
    const inputs = { goal: "Run ten kilometres", why: "To breathe", weeks: 4 };
    const answers = [await start("weekly-goal", inputs, { goal }, key), await start("weekly-goal", inputs, { goal }, key)];
    expect(answers.map((answer) => answer.status)).toEqual([201, 201]);
    expect(answers[1]?.body).toEqual(answers[0]?.body);
    quest = questOut.parse(answers[0]?.body).quest.id;
    expect(await all()).toHaveLength(1);
    const seen = await proven(quest, 2);
    const signed = await receipts();
    for (const step of seen.steps.slice(0, 2)) {
      expect(step.tasks).toMatchObject([{ state: "verified", receipt: { id: expect.stringMatching(/^rct_/) } }]);
      expect(signed).toContain(step.tasks[0]?.receipt?.id);
    }
    expect(seen.quest).toMatchObject({ state: "running", of: 6, goal });
    const due = (seen.quest.nextAt ?? 0) - Date.now();
    expect([due > 6.9 * day, due < 7.1 * day]).toEqual([true, true]);
    const { goals, proposed } = goalsOut.parse((await eve.call("GET", "/goals")).body);
    expect(goals.find((each) => each.id === goal)?.quests).toEqual([quest]);
    expect(proposed).toEqual([]); // its first step would set a goal of this title, and there is one
  });

  test("is remembered in Git with its package, as far as it has come", async () => {
    const file = (path: string) => gitIn(here, member, "growqr/memory", "show", `main:quests/${path}`);
    const kept = await eventually("the last progress", async () => {
      const run = readQuestRun(await file(`${quest}/quest.yaml`));
      return run.ok && run.value.steps.every((step) => step.receipt) && run.value;
    });
    expect(kept).toMatchObject({ state: "running", quest: "weekly-goal", version: "1.1.0", values: { weeks: 4 } });
    expect(await file(`${quest}/package/quest.yaml`)).toContain("id: weekly-goal");
    expect(await file("weekly-goal/README.md")).toContain("A goal with a weekly review");
    const log = await gitIn(here, member, "growqr/memory", "log", "--format=%B", "main", "--", `quests/${quest}/quest.yaml`);
    expect(log).toMatch(/running: A goal with a weekly review[\s\S]*Outbox: out_/);
  });

  test("is paused, resumed and cancelled by its owner, by nobody else, and what its state does not take says so", async () => {
    const mallory = await person(product, `mallory-${Date.now()}@example.com`);
    await mallory.call("POST", "/billing/trial");
    for (const [method, where] of [
      ["GET", `/quests/${quest}`],
      ["POST", `/quests/${quest}/pause`],
      ["POST", `/quests/${newId("qst")}/cancel`],
      ["GET", "/quests/nonsense"],
    ] as const)
      expect([where, (await mallory.call(method, where)).status]).toEqual([where, 404]);
    expect(questsOut.parse((await mallory.call("GET", "/quests")).body).quests).toEqual([]);
    expect(refusal.parse((await act(quest, "start")).body).error.message).toContain("is running");
    expect(questOut.parse((await act(quest, "pause")).body).quest).toMatchObject({ state: "paused", nextAt: null });
    expect(questOut.parse((await act(quest, "resume")).body).quest.state).toBe("running");
    expect((await detail(quest)).quest.nextAt).toBeGreaterThan(Date.now());
    expect(questOut.parse((await act(quest, "cancel")).body).quest.state).toBe("cancelled");
    for (const name of ["pause", "resume"]) expect((await act(quest, name)).status).toBe(409);
    expect((await act(quest, "explode")).status).toBe(404);
  });
});

const opened = new Set<string>();
/** Files as a commit of a project of the member's, made as an agent makes them. */
async function pushed(project: string, commands: string[]): Promise<string> {
  const home = box.agentHome(actor);
  const clone = `git clone -q http://${box.gitHost}:${box.giteaPort}/projects/${project}.git ${project}`;
  const first = opened.has(project) ? [] : [clone];
  if (!opened.has(project)) {
    const { turnId } = await send(eve, actor, script({ tool: "platform_open_project", args: { name: project } }, { text: "opened" }));
    await events.wait("turn.state", (event) => event.body.turnId === turnId && event.body.state === "done", 60_000);
    opened.add(project);
  }
  const push = `git push -q origin HEAD:agent/${actor}/${project}`;
  const steps = [
    `cd ${home}/work`,
    ...first,
    `cd ${project}`,
    ...commands,
    "git add -A",
    "git commit -q -m package",
    push,
    "git rev-parse HEAD",
  ];
  const out = await inside(here, "opencode", member, ["sh", "-c", `export HOME=${home}; ${steps.join(" && ")}`], String(box.uid(0)));
  return /[0-9a-f]{40}/.exec(out)?.[0] ?? "";
}
const small = (more = "") => `id: greet-daily
version: 1.0.0
title: A greeting a day
summary: Says hello, then again.
prompt: lead.md
steps:
  - { id: first, title: First, project: greet, owner: quest, outputs: [first.md] }
  - { id: again, title: "Again {{n}}", project: greet, owner: quest, outputs: ["again-{{n}}.md"], depends_on: [first], repeat: { after_days: [0, 1] } }
permissions: [files:*, shell:workspace, git:*, tasks:report]
budget: { cost_usd: 1 }
${more}`;
const write = (path: string, text: string) => `printf '%s' '${text.replaceAll("'", "'\\''")}' > ${path}`;

describe("a member's own quest", () => {
  test("is read from a project at its commit; a step that is due comes by itself and builds on the one before", async () => {
    const commit = await pushed("greet-quest", [write("quest.yaml", small()), write("lead.md", "Be kind.")]);
    const { id, source } = await started(`projects/greet-quest@${commit}`, {});
    expect(source).toEqual({ project: "greet-quest", commit });
    const seen = await proven(id, 2);
    expect(seen.steps[1]).toMatchObject({ step: "again", repeats: 2, tasks: [{ n: 1, state: "verified" }] });
    expect((seen.quest.nextAt ?? 0) - Date.now()).toBeGreaterThan(0.9 * day);
    const last = seen.steps[1]?.tasks[0]?.receipt?.commit ?? "";
    expect(await gitIn(here, member, "projects/greet", "ls-tree", "--name-only", last)).toMatch(/again-1\.md[\s\S]*first\.md/);
    await act(id, "cancel");
  });

  test("is read from an address outside that the operator allows, at its commit; what is unfit there is refused by path", async () => {
    const { folder, name } = inject("gitServer");
    const good = [write("quest.yaml", small()), write("lead.md", "Be kind.")];
    const commit = addRepository(folder, "greet", good);
    const git = `https://${name}/greet.git`;
    const looked = questPreviewOut.parse((await eve.call("POST", "/quests/preview", { quest: `${git}@${commit}` })).body);
    expect([looked.package.title, looked.issues]).toEqual(["A greeting a day", []]);
    const { id, source } = await started(`${git}@${commit}`, {});
    expect(source).toEqual({ git, commit });
    await act(id, "cancel");
    const before = (await all()).length;
    const linked = addRepository(folder, "linked", [...good, "ln -s /etc/passwd stolen.md"]);
    const refusedBy = async (quest: string) => refusal.parse((await start(quest, {})).body).error;
    expect((await refusedBy(`https://${name}/linked.git@${linked}`)).issues).toEqual([{ path: "stolen.md", message: expect.any(String) }]);
    expect((await refusedBy(`${git}@${"f".repeat(40)}`)).message).toContain("not our ref");
    expect((await refusedBy(`https://example.org/greet.git@${commit}`)).message).toContain("not among the addresses");
    expect(await all()).toHaveLength(before);
  });

  test("from a hostile repository is refused by path before anything of it is read, and nothing has changed", async () => {
    const good = [write("quest.yaml", small()), write("lead.md", "Be kind.")];
    const tries: [string, string[], string][] = [
      ["link", [...good, "ln -s /etc/passwd stolen.md"], "stolen.md"],
      ["module", [...good, "mkdir sub", "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub"], "sub"],
      ["attributes", [...good, write(".gitattributes", "* filter=x")], ".gitattributes"],
      ["modules", [...good, write(".gitmodules", "[submodule]")], ".gitmodules"],
      ["huge", [...good, "head -c 300000 /dev/zero > huge.bin"], "huge.bin"],
      ["many", [...good, "for i in $(seq 201); do : > f$i; done"], ""],
      ["none", [write("lead.md", "x")], "quest.yaml"],
      ["bomb", [write("quest.yaml", `${small()}x: &a [1]\ny: *a\n`), write("lead.md", "x")], ""],
      ["unknown", [write("quest.yaml", small("hooks: [post-checkout]\n")), write("lead.md", "x")], "hooks"],
      ["greedy", [write("quest.yaml", small().replace("tasks:report", "host:*")), write("lead.md", "x")], "permissions.3"],
      ["nobody", [write("quest.yaml", small().replace("owner: quest", "owner: root")), write("lead.md", "x")], "steps.0.owner"],
      ["outside", [write("quest.yaml", small().replace("first.md", "../first.md")), write("lead.md", "x")], "steps.0.outputs.0"],
      ["noprompt", [write("quest.yaml", small())], "prompt"],
      [
        "memory",
        [write("quest.yaml", small("memory: [{ path: policies/commands.yaml, text: x }]\n")), write("lead.md", "x")],
        "memory.0.path",
      ],
    ];
    const before = (await all()).length;
    for (const [name, commands, path] of tries) {
      const commit = await pushed("bad-quest", ["git rm -rfq --cached . && rm -rf ./* .gitattributes .gitmodules", ...commands]);
      const answer = await start(`projects/bad-quest@${commit}`, {});
      expect([name, answer.status, refusal.parse(answer.body).error.code]).toEqual([name, 400, "invalid"]);
      expect(
        refusal.parse(answer.body).error.issues.map((issue) => issue.path),
        name,
      ).toContain(path);
    }
    expect(await all()).toHaveLength(before);
  });

  test("that an agent proposes waits for the member; a wrong proposal goes back to the agent", async () => {
    const call = (args: object) => ({ tool: "platform_start_quest", args });
    const wrong = call({ quest: "weekly-goal", inputs: { nothing: "x" } });
    const right = call({ quest: "weekly-goal", inputs: { goal: "Read more", why: "For joy" } });
    const { turnId } = await send(eve, actor, script(wrong, right, { text: "proposed" }));
    await events.wait("tool.refused", (event) => event.body.turnId === turnId && event.body.text.includes("inputs.goal"), 60_000);
    const told = await events.wait("quest.state", (event) => event.body.state === "ready", 60_000);
    const { questId } = told.body;
    const waiting = await detail(questId);
    expect([waiting.quest.state, waiting.steps.flatMap((step) => step.tasks)]).toEqual(["ready", []]);
    expect((await act(questId, "resume")).status).toBe(409);
    expect(questOut.parse((await act(questId, "start")).body).quest.state).toBe("running");
    expect((await act(questId, "start")).status).toBe(409);
    expect(questOut.parse((await act(questId, "cancel")).body).quest.state).toBe("cancelled");
    const tasks = (await detail(questId)).steps.flatMap((step) => step.tasks);
    expect(tasks.every((task) => task.state === "cancelled")).toBe(true);
  });
});

describe("a subject with spaced questions", () => {
  test("has outline, lessons and questions proven, and its first session due tomorrow", { timeout: limit(320_000) }, async () => {
    const { id } = await started("learn-subject", { subject: "Sourdough", aim: "Bake bread" });
    const seen = await proven(id, 3);
    expect(seen.quest).toMatchObject({ state: "running", of: 8 });
    const due = (seen.quest.nextAt ?? 0) - Date.now();
    expect([due > 0.9 * day, due < 1.1 * day]).toEqual([true, true]);
    await act(id, "cancel");
  });
});

describe("a blog, and a feature for it", () => {
  test("is specified, built, tested, reviewed, merged and has its first post, each with a receipt", {
    timeout: limit(420_000),
  }, async () => {
    const { quest } = await blog;
    await bea.events.wait("task.state", ({ body }) => body.name === "publish-post" && body.facts.state === "verified", 180_000);
    const seen = await detail(quest.id, bea.who);
    // Its merges are proven as steps once the blog's address answers: nobody has said yes yet.
    expect([seen.quest.state, seen.quest.of, seen.quest.current]).toEqual(["running", 7, ["merge", "publish-post"]]);
    expect(seen.steps.every((step) => step.tasks[0]?.receipt)).toBe(true);
    expect(await gitIn(here, bea.member, "projects/blog", "show", "main:src/server.js")).toContain("createServer");
    expect(await gitIn(here, bea.member, "projects/blog", "show", "main:src/posts/first.md")).toMatch(
      /# The first post\n\nIn my words: What should the first post tell\?/,
    );
  });

  test("a feature goes the same way through tests and review into main", { timeout: limit(420_000) }, async () => {
    const seen = await feature;
    expect([seen.quest.state, seen.steps.map((step) => step.owner)]).toEqual([
      "done",
      ["product-flow", "coding", "testing", "reviewer", "repo"],
    ]);
    expect(await gitIn(here, bea.member, "projects/blog", "show", "main:docs/reviews/search.md")).toContain("Verdict: approved");
  });
});
