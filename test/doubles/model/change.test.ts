import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkPlan } from "../../../schema/plan/plan.ts";
import { withHandOffs } from "../../../schema/task/hand-off.ts";
import { agentTools } from "../../../schema/tool/agent-tools.ts";
import { newId } from "../../../schema/wire/id.ts";
import { asks, commands, play, type Reply, type Turn, types, workOn } from "./play.ts";
import { changePlan } from "./site/site-change.ts";
import type { SiteDetails } from "./site/site-details.ts";
import { siteFile } from "./site/site-files.ts";
import type { ToolUse } from "./wire.ts";

const wish = "Build me a website for my bakery called Crumb, at 3 Mill Lane, open from 7 to 3.";
/** The platform: plans that wait, and what has become of those that do not. */
function platform() {
  const [states, ids]: [Map<string, string>, string[]] = [new Map(), []];
  const reply: Reply = ({ tool, args }) => {
    const state = states.get(String(args.replaces));
    if (tool !== "platform_plan") return "ok";
    if (state) return `Nothing was proposed: the plan that it replaces does not wait for the member any more, it is ${state}.`;
    ids.push(newId("pln", ids.length + 1));
    return `The plan ${ids.at(-1)} is proposed`;
  };
  return { reply, become: (state: string) => states.set(ids.at(-1)!, state), last: () => ids.at(-1)! };
}
function conversation() {
  const { reply, become, last } = platform();
  let messages: Turn[] = [];
  const say = (text: string) => {
    const told = play("You are grow.", text, reply, messages);
    messages = told.messages;
    return { ...told, plans: told.used.filter(({ tool }) => tool === "platform_plan").map(({ args }) => args) };
  };
  const end = (title: string) => {
    become("done");
    return say(`The plan “${title}” (${last()}) is done: all its tasks are verified.`);
  };
  return { say, become, end, last };
}
const site = "Bakery website, tested and reviewed";
const linesIn = (args: Record<string, unknown> = {}) =>
  (args.tasks as { description: string }[])[0]!.description.split("\n").filter((line) => /^[A-Z][a-z]+: /.test(line));
const hours = "Open: 7:00 to 15:00";

describe("what is told of a site that is built", () => {
  test("is proposed as a plan that fits the tool, is whole and has its four stages", () => {
    const { say, end } = conversation();
    say(wish);
    end(site);
    const { plans, text } = say("It is called Rye, open from 6:30 to 16.");
    expect(plans).toMatchObject([{ replaces: expect.any(String) }, { title: "Bakery website: new name and opening hours" }]);
    expect(plans[1]).toMatchObject({ story: "It is called Rye, open from 6:30 to 16." });
    expect(linesIn(plans[1])).toEqual(["Name: Rye", "Open: 6:30 to 16:00", "Days: Monday to Saturday"]);
    const given = agentTools.plan.input.parse(plans[1]);
    expect(checkPlan(given, new Set(types.keys())).ok).toBe(true);
    expect(withHandOffs(given.tasks)).toEqual(given.tasks);
    expect(given.tasks.map(({ owner, project }) => [owner, project])).toEqual(
      ["coding", "testing", "reviewer", "repo"].map((owner) => [owner, "bakery-website"]),
    );
    expect(given.tasks.every(({ title }) => !/ as version /.test(title))).toBe(true); // a tag of its own is there once
    expect(text).toMatch(/\*\*Rye\*\*.*\*\*Monday to Saturday, 6:30 to 16:00\*\*.*by hand\. Press \*\*Accept and start\*\*/);
  });

  test("takes the place of a change that waits, and follows one that is done", () => {
    const { say, end, last } = conversation();
    say(wish);
    end(site);
    say("It is called Rye.");
    const waits = last();
    const more = say("It is at 5 High Street.").plans;
    expect(more).toMatchObject([
      { replaces: waits, title: "Bakery website: new name and street", story: expect.stringMatching(/Rye[\s\S]*High/) },
    ]);
    const ended = end("Bakery website: new name and street");
    expect([ended.used, ended.text]).toEqual([[], expect.stringContaining("visitors see it once")]);
    const third = say("Open Tuesday to Friday.").plans.at(-1);
    expect([third?.replaces, linesIn(third)]).toEqual([undefined, [hours, "Days: Tuesday to Friday"]]);
    expect(JSON.stringify(third)).toContain("docs/reviews/change-3.md");
  });

  test("is proposed anew by itself where the change was declined", () => {
    const { say, end, become } = conversation();
    say(wish);
    end(site);
    say("It is called Rye.");
    become("rejected");
    const plans = say("It is at 5 High Street.").plans;
    expect([plans.length, linesIn(plans[1])]).toEqual([2, ["Street: 5 High Street"]]);
  });

  test("is a change too where the site is asked for again", () => {
    const { say, end } = conversation();
    say(wish);
    end(site);
    expect(say("Build me a website for my bakery").text).toContain("You have one already");
    const again = say("Build me a website for my bakery called Rye.").plans;
    expect([again.length, again[1]?.title]).toEqual([2, "Bakery website: new name"]);
  });
});

describe("what is told of a site while it is being built", () => {
  test("is promised, and proposed once it is done", () => {
    const { say, become, end } = conversation();
    say(wish);
    become("accepted");
    expect(say("It is called Rye.").text).toMatch(/As soon as it is done I make a plan for this change: the name \*\*Rye\*\*/);
    say("On the page “Bakery” (project bakery-website), at /, change the heading “It is called Oats.”: ");
    say("Build me a website for my bakery");
    say("We open Tuesday to Saturday.");
    expect(say("We open from 7 to 15.").text).toContain("will say so already");
    const { plans, text, used } = end(site);
    expect(used.map(({ tool }) => tool)).toEqual(["platform_remember", "platform_plan"]);
    expect(plans).toMatchObject([{ title: "Bakery website: new name and opening hours" }]);
    expect(plans[0]?.story).toMatch(/^It is called Rye\.\n\nWe open Tuesday to Saturday\./);
    expect(linesIn(plans[0])).toEqual(["Name: Rye", hours, "Days: Tuesday to Saturday"]);
    expect(text).toMatch(/clean checkout[\s\S]*While it was being built you told me the name \*\*Rye\*\*[\s\S]*Accept and start/);
  });

  test("is nothing where it says what the plan says, and where nothing is told its end is as it was", () => {
    const { say, become, end } = conversation();
    say(wish);
    become("accepted");
    expect(say("It is called Crumb.").text).toContain("will say so already");
    const { plans, text } = end(site);
    expect([plans, text]).toEqual([[], expect.not.stringContaining("you told me")]);
  });

  test("of a change is another change, once that is done", () => {
    const { say, become, end } = conversation();
    say(wish);
    end(site);
    say("It is called Rye.");
    become("accepted");
    expect(say("It is at 5 High Street.").text).toContain("the street **5 High Street**");
    expect(end("Bakery website: new name").plans.map(linesIn)).toEqual([["Street: 5 High Street"]]);
  });
});

describe("the sub-agents of a change", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "change-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const nasty = `Crumb & "Co" | it's \\1 </h1>`;
  const all = { name: nasty, street: "5 'Gate' & Co/3", open: [390, 900], days: [2, 6] } satisfies SiteDetails;
  const plan = (details: SiteDetails) =>
    changePlan({ heading: "Bakery website", project: "bakery-website", story: "New", details, nth: 1 });
  const shell = (command: string, cwd: string) => {
    try {
      return execFileSync("bash", ["-c", command], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    } catch (error) {
      return String((error as { stdout: string }).stdout);
    }
  };
  const pages = ["index.html", "contact.html", "serve.mjs", ".growqr/environment.yaml", "site.test.mjs", "hostile.test.mjs"];
  /** A clone of a site as the first plan made it, with a repository to push to. */
  function cloneSite(name: string, byHand = (text: string) => text): string {
    const place = path.join(folder, name, "bakery-website");
    mkdirSync(path.join(place, ".growqr"), { recursive: true });
    for (const file of pages)
      writeFileSync(path.join(place, file), byHand(siteFile(file, { title: "", about: "Bakery website", says: [], details: {} })!));
    shell("git init -q --bare -b main ../origin.git && git init -q -b main && git add -A && git remote add origin ../origin.git", place);
    shell("git config user.name a && git config user.email a@b && git commit -q -m first && git checkout -q -b agent/x/site", place);
    return place;
  }
  const change = (details: SiteDetails, place: string) => {
    const run = (command: string) => shell(command, path.dirname(place));
    return workOn(plan(details).tasks[0], { first: true, there: pages.join("\n"), run });
  };
  const reported = (used: ToolUse[]) => used.findLast(({ tool }) => tool === "platform_report_progress")?.args;
  const read = (place: string, file: string) => readFileSync(path.join(place, file), "utf8");

  test("put the words in their places and change nothing else, whatever the words are made of", () => {
    const place = cloneSite("nasty", (text) => text.replace("Sticky, with cardamom", "Sticky, by hand"));
    const { used } = change(all, place);
    expect(reported(used)).toMatchObject({ state: "done", commit: expect.stringMatching(/^[0-9a-f]{40}$/) });
    expect([asks("coding", used), used.filter(({ tool }) => tool === "write")]).toEqual([[], []]);
    const details: SiteDetails = all;
    const fresh = (file: string) => siteFile(file, { title: "", about: "Bakery website", says: [], details })!;
    expect(read(place, "index.html")).toBe(fresh("index.html").replace("Sticky, with cardamom", "Sticky, by hand"));
    expect(read(place, "contact.html")).toBe(fresh("contact.html"));
    expect(shell("git show --stat --format= agent/x/site", path.join(place, "../origin.git"))).toMatch(
      /contact\.html[\s\S]*index\.html[\s\S]*2 files/,
    );
    expect(plan(all).tasks[0]?.outputs).toEqual(["index.html", "contact.html"]); // its proof takes no other files of the work
    for (const check of plan(all).tasks[0]!.acceptance) if ("file" in check) expect(read(place, check.file)).toContain(check.contains);
    const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
    expect(execFileSync(process.execPath, ["--test"], { cwd: place, encoding: "utf8", env })).toMatch(/pass 9\b[\s\S]*fail 0\b/);
  });

  test("change the week of a site that never closes, and back", () => {
    const place = cloneSite("week");
    change({ open: [540, 1020], days: [1, 0] }, place);
    expect(read(place, "index.html")).toContain('<tr><th scope="row">Monday to Sunday</th><td>9:00 – 17:00</td></tr>\n        </table>');
    change({ open: [420, 1080], days: [1, 6] }, place);
    expect(read(place, "index.html")).toBe(siteFile("index.html", { title: "", about: "Bakery website", says: [], details: {} }));
  });

  test("change nothing, and say so, where a place was rewritten by hand", () => {
    const place = cloneSite("by-hand", (text) => text.replace(/<h1>Bakery<\/h1>/, "<h1><em>My</em> bakery</h1>"));
    const before = read(place, "index.html");
    const { used } = change(all, place);
    expect(reported(used)).toMatchObject({
      state: "blocked",
      text: expect.stringMatching(/could not be changed: index\.html or contact\.html was rewritten by hand/),
    });
    expect(read(place, "index.html")).toBe(before);
    expect(shell("git branch", path.join(place, "../origin.git"))).not.toContain("agent");
  });

  test("end well where the words stand there already", () => {
    const place = cloneSite("same");
    expect(reported(change({ street: "12 Mill Lane" }, place).used)).toMatchObject({ state: "done" });
  });

  test("test what is there without writing it anew, review in a file of its own, and merge without a version", () => {
    const [, tests, review, merge] = plan(all).tasks;
    const tested = workOn(tests, { there: pages.join("\n") }).used;
    expect([tested.some(({ tool }) => tool === "write"), asks("testing", tested), reported(tested)?.state]).toEqual([false, [], "done"]);
    const reviewed = workOn(review, { there: [...pages, "docs/reviews/site.md"].join("\n") }).used;
    expect(reviewed.filter(({ tool }) => tool === "write").map(({ args }) => [args.filePath, args.content])).toEqual([
      ["/workspace/a/bakery-website/docs/reviews/change-1.md", expect.stringContaining("Verdict: approved")],
    ]);
    const merged = workOn(merge, { there: pages.join("\n") }).used;
    expect(commands(merged).at(-1)).toMatch(/git push -q origin HEAD:main/);
    expect([commands(merged).join().includes("git tag"), reported(merged)?.state]).toEqual([false, "done"]);
  });
});
