import { describe, expect, test } from "vitest";
import { checkPlan } from "../../../schema/plan/plan.ts";
import { withHandOffs } from "../../../schema/task/hand-off.ts";
import { agentTools } from "../../../schema/tool/agent-tools.ts";
import { newId } from "../../../schema/wire/id.ts";
import { buildAsk } from "./build-ask.ts";
import { asks, commands, play, type Reply, types, workOn } from "./play.ts";
import { sitePlan } from "./team-story.ts";
import type { ToolUse } from "./wire.ts";

const bakery = "I want to open a bakery. Build me a website for it.";
const plan = sitePlan(buildAsk(bakery)!, bakery);
const atWork = (id: string, said?: string) =>
  workOn(
    plan.tasks.find((task) => task.id === id),
    { first: id === "site", ...(said ? { said } : {}) },
  );

describe("what is asked for", () => {
  test.each([
    [bakery, "Bakery website", "bakery-website", "Open a bakery"],
    ["Build me a website for my bakery", "Bakery website", "bakery-website", undefined],
    ["Could you build a chess clock, please?", "Chess clock", "chess-clock", undefined],
    ["I need a booking tool for my yoga class", "Yoga class booking tool", "yoga-class-booking-tool", undefined],
    ["plan a greeting with your team", "Greeting", "greeting", undefined],
    ["build me an app to track my plants", "Plants app", "plants-app", undefined],
    ["Make me a calculator that adds", "Calculator", "calculator", undefined],
    ["My goal is to run a marathon, so make me a training planner", "Training planner", "training-planner", "Run a marathon"],
  ])("%s", (said, heading, project, goal) => {
    expect(buildAsk(said)).toEqual({ heading, project, goal });
  });

  test.each([
    "make me a page that says hello",
    "Build a website saying “Welcome to Ada's shop”, please.",
    "I want a page about tulips.",
    "tell me a long story",
    "write a poem",
    "make me a list of colours",
    "I need a hug",
    "how do I build trust?",
    "remember that I like short answers",
    "what can you do?",
  ])("%s: is not a thing to build", (said) => {
    expect(buildAsk(said)).toBeUndefined();
  });
});

test("a goal with nothing to build is proposed, and what it is told as is said", () => {
  const { used, text } = play("You are grow.", "I want to learn Spanish", () => "Proposed the goal.");
  expect(used).toMatchObject([{ tool: "platform_set_goal", args: { title: "Learn Spanish" } }]);
  expect(text).toMatch(/counts once you accept it[\s\S]*demo model/);
});

test("a goal that is set already is not proposed in words either", () => {
  const set = (tool: string) => (tool === "platform_set_goal" ? "No second one was proposed: the goal “X” (gol_1) is set already." : "ok");
  expect(play("You are grow.", "I want to learn Spanish", ({ tool }) => set(tool)).text).toMatch(
    /“Learn Spanish” is a goal of yours already/,
  );
  expect(play("You are grow.", bakery, ({ tool }) => set(tool)).text).not.toContain("question of its own");
});

describe("the plan", () => {
  test("fits the tool's shape, is whole, and has its four stages already", () => {
    const given = agentTools.plan.input.parse(plan);
    expect(checkPlan(given, new Set(types.keys())).ok).toBe(true);
    expect(withHandOffs(given.tasks)).toEqual(given.tasks);
    expect(given.tasks.map((task) => task.owner)).toEqual(["coding", "testing", "reviewer", "repo"]);
  });

  test("follows the goal, and is told with what the member can do; at its end progress and decision are kept", () => {
    const goal = newId("gol", 1);
    const reply: Reply = ({ tool, args }) =>
      tool !== "platform_set_goal"
        ? "ok"
        : args.goal
          ? `Noted in the proposal, where the member sees it: the goal “${args.title}” still waits for their yes.`
          : `Proposed the goal “${args.title}” (${goal}) as prp_1. The member was asked.`;
    const first = play("You are grow.", bakery, reply);
    expect(first.used.map((use) => use.tool)).toEqual(["platform_set_goal", "platform_plan"]);
    expect(first.text).toMatch(/\*\*Bakery website\*\*[\s\S]*Accept and start[\s\S]*demo model/);
    const end = play("You are grow.", `The plan “${plan.title}” (pln_1) is done: every task is verified.`, reply, first.messages);
    expect(end.used).toMatchObject([
      { tool: "platform_set_goal", args: { goal, steps: [{ done: true }, { done: false }, { done: false }] } },
      { tool: "platform_remember", args: { kind: "decision", title: expect.stringContaining("plain HTML") } },
    ]);
    expect(end.text).toMatch(/clean checkout[\s\S]*still waits for you; what is done of it stands there/);
    const online = "bakery-website is online: everybody sees it at http://bakery-website.apps.localhost/. The member put it there.";
    const seen = play("You are grow.", online, reply, end.messages);
    expect(seen.used).toMatchObject([
      { tool: "platform_set_goal", args: { goal, steps: [{ done: true }, { done: true }, { done: false }] } },
    ]);
    expect(seen.text).toMatch(
      /is online: everybody sees it at http:\/\/bakery-website\.apps\.localhost\/\n\n- Orders[\s\S]*Logs\*\*\. Nobody is told when one comes/,
    );
  });

  const stands = ({ used }: { used: ToolUse[] }) => JSON.stringify(used.findLast((use) => use.tool === "platform_plan")?.args.tasks ?? "");
  const lines = (name: string, street: string, open: string, days: string) =>
    `Name: ${name}\\nStreet: ${street}\\nOpen: ${open}\\nDays: ${days}`;
  test.each([
    ["It is called Crumb, at Mühlgasse 3, open from 7:30 to 12.", lines("Crumb", "Mühlgasse 3", "7:30 to 12:00", "Monday to Saturday")],
    [
      "We're called Rosa's Oven, on 12 Station Road in Leeds. We open Tuesday to Saturday, 6:30 in the morning till 2 in the afternoon.",
      lines("Rosa's Oven", "12 Station Road in Leeds", "6:30 to 14:00", "Tuesday to Saturday"),
    ],
    ["open every day from 9 to 5", lines("Bakery", "12 Mill Lane", "9:00 to 17:00", "Monday to Sunday")],
    ["Open 7am-3pm, Wednesday - Sunday", lines("Bakery", "12 Mill Lane", "7:00 to 15:00", "Wednesday to Sunday")],
  ])("says what the member tells of it: %s", (told, expected) => {
    const waits = newId("pln", 1);
    const first = play("You are grow.", bakery, () => `The plan ${waits} is proposed`);
    expect(stands(first)).toContain(lines("Bakery", "12 Mill Lane", "7:00 to 18:00", "Monday to Saturday"));
    expect(first.text).toContain("These are examples");
    const anew = play("You are grow.", told, () => `The plan ${newId("pln", 2)} is proposed`, first.messages);
    expect(anew.used).toMatchObject([{ tool: "platform_plan", args: { replaces: waits, title: "Bakery website, tested and reviewed" } }]);
    expect(stands(anew)).toContain(expected);
  });

  test("keeps what was told before, and says what stands; a site is asked for once", () => {
    const [older, newer] = [newId("pln", 1), newId("pln", 2)];
    const wish = "Build me a website for my bakery called Crumb & Co, at 3 Mill Lane, open from 7 to 3.";
    const first = play("You are grow.", wish, () => `The plan ${older} is proposed`);
    expect(first.used.map(({ args }) => args.title)).toEqual(["Bakery website, tested and reviewed"]);
    expect(stands(first)).toContain(lines("Crumb & Co", "3 Mill Lane", "7:00 to 15:00", "Monday to Saturday"));
    const anew = play("You are grow.", "We open at 6:30 until 14:00.", () => `The plan ${newer} is proposed`, first.messages);
    expect(anew.text).toContain("**Crumb & Co**, 3 Mill Lane, open Monday to Saturday from 6:30 to 14:00");
    const over = "Nothing was proposed: the plan that it replaces does not wait for the member any more, it is done.";
    const again = play("You are grow.", "Build me a website for my bakery", () => over, [...first.messages, ...anew.messages]);
    expect([again.used.length, again.text]).toEqual([1, expect.stringContaining("You have one already")]);
    const declined = over.replace("it is done", "it is rejected");
    const beside = play("You are grow.", wish, ({ args }) => (args.replaces ? declined : `The plan ${newer} is proposed`), first.messages);
    expect(beside.used.map(({ args }) => args.replaces)).toEqual([older, undefined]);
    expect(beside.text).toContain("Accept and start");
  });
});

describe("a sub-agent", () => {
  test("that builds writes what is missing, commits all but the page it forgot, and asks nothing", () => {
    const { used, text } = atWork("site");
    expect(used.filter((use) => use.tool === "write").map((use) => String(use.args.filePath).split("/").at(-1))).toEqual([
      "index.html",
      "serve.mjs",
      "environment.yaml",
      "site.test.mjs",
      "contact.html",
    ]);
    expect(commands(used).at(-1)).not.toContain("contact.html");
    expect(asks("coding", used)).toEqual([]);
    expect(text).toContain("Done");
  });

  test("shows what the member quotes in the task's description", () => {
    const { used } = atWork("site");
    const front = (all: ToolUse[]) => String(all.find((use) => String(use.args.filePath).endsWith("index.html"))?.args.content);
    expect(front(used)).toContain("<h1>Bakery</h1>");
    plan.tasks[0]!.description += "\nSay “Open from 7 to 12”.";
    const shown = front(atWork("site").used);
    expect(shown).toContain("<p>Open from 7 to 12</p>");
    expect(shown).toContain("7:00 – 12:00");
  });

  test("that is told what the clean room found commits what was missing", () => {
    const { used } = atWork("site", "A clean checkout of your commit did not pass (repair 1 of 3):\n- tests.0: exit code 1");
    expect(commands(used).at(-1)).toContain("git add -A");
    expect(asks("coding", used)).toEqual([]);
  });

  test.each([
    ["site-test", "testing"],
    ["site-review", "reviewer"],
  ])("at %s asks nothing", (id, owner) => {
    const { used } = atWork(id);
    expect(used.some((use) => use.tool === "write")).toBe(true);
    expect(asks(owner, used)).toEqual([]);
  });

  test("that merges is asked about one command: the push of main with a version tag", () => {
    const { used } = atWork("site-merge");
    const [asked, ...more] = asks("repo", used);
    expect([asked, more]).toEqual([expect.stringMatching(/git tag -a v1\.0\.0 .*git push -q origin main --tags/), []]);
  });
});
