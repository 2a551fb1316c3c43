import { afterAll, beforeAll, expect, test } from "vitest";
import { meOut } from "../../schema/account/account.ts";
import { projectDetail } from "../../schema/project/project.ts";
import { keepPicture, openContext, pressInList, say, toConversation, violations } from "../harness/browser.ts";
import { skipAfterFailure } from "../harness/in-order.ts";
import { type Events, type Person, person } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";
import { bringVisitor } from "../harness/visitor.ts";

/** SPEC 9.12: a blog that is built and then runs, by plain words and by the quest. In order. */
const visitor = bringVisitor("olga", { settleMs: 240_000 });
const { email, product } = visitor;
const minute = 60_000;
let olga: Person;
let events: Events;
skipAfterFailure();
beforeAll(async () => {
  olga = await person(product, email);
  const { agent } = meOut.parse((await olga.call("GET", "/me")).body);
  events = await olga.events(agent!.id, 0, { steady: true });
});
afterAll(() => events?.close());

const asked = (title: string) => events.wait("approval.asked", ({ body }) => body.title === title, 6 * minute);
/** Opens what waits under this title, from the rail. */
async function openQuestion(title: string): Promise<string> {
  const { page } = visitor;
  const { body } = await asked(title);
  await page
    .getByRole("link", { name: /^Inbox|waiting/ })
    .first()
    .click();
  await page.getByRole("link", { name: new RegExp(title.replace("?", "\\?")) }).click();
  return body.id;
}
async function allow(title: string): Promise<void> {
  const { page } = visitor;
  const id = await openQuestion(title);
  await page.getByText("Reaches", { exact: true }).waitFor();
  await page.getByRole("button", { name: /^Allow/ }).click();
  await events.wait("approval.decided", ({ body }) => body.id === id && body.state === "allowed", minute);
}
const watched = (project: string) =>
  events.wait("release.handoff", ({ body }) => body.project === project && body.to === "monitoring", 3 * minute);
const isWell = (project: string) => events.wait("app.state", ({ body }) => body.project === project && body.state === "well", 2 * minute);
const detailOf = async (project: string) => projectDetail.parse((await olga.call("GET", `/projects/${project}`)).body);

test("a sentence becomes a plan that begins by one press; the quest is started by its form", async () => {
  const { page } = visitor;
  await say(page, "Develop and run a blog site");
  const plan = page.getByRole("region", { name: /^Plan Blog site/ }).or(page.getByRole("article", { name: /^Plan Blog site/ }));
  await plan.waitFor({ timeout: limit(minute) });
  await pressInList(plan.getByRole("button", { name: "Accept and start" }));
  await events.wait("plan.state", ({ body }) => body.state === "accepted" && body.title.startsWith("Blog site"), minute);
  await page.getByRole("link", { name: /^Quests/ }).click();
  await page.getByRole("link", { name: "Open Create and run a blog" }).click();
  await page.getByLabel("Name of the blog").fill("Bread");
  await page.getByLabel("What it is about and for whom").fill("Baking at home, for beginners");
  expect(await violations(page)).toEqual([]);
  await keepPicture(page, "blog-1-quest");
  await page.getByRole("button", { name: /^Start quest/ }).click();
  await events.wait("quest.state", ({ body }) => body.state === "running", minute);
});

test("by plain words: its version asks, its address asks, then it is online, watched and proven; once that is said, everybody sees it", {
  timeout: limit(10 * minute),
}, async () => {
  const { page } = visitor;
  await allow("Make it the current version of blog-site, v1.0.0");
  await allow("Put blog-site online?");
  await watched("blog-site");
  await toConversation(page);
  const line = page.getByText("blog-site is online, and is watched from now on");
  await line.first().waitFor();
  await keepPicture(page, "blog-2-online");
  await pressInList(page.getByRole("paragraph").filter({ has: line }).getByRole("link", { name: "Open" }));
  await page.getByRole("heading", { name: "blog-site" }).first().waitFor();
  await page.frameLocator("iframe").getByRole("heading", { name: "Blog", exact: true }).waitFor();
  await page.getByRole("button", { name: "Show it to everybody…" }).click();
  await page.getByRole("button", { name: "Show it", exact: true }).click();
  await page.getByText("Everybody sees it at this address.").waitFor();
  await isWell("blog-site");
  expect(await violations(page)).toEqual([]);
  await keepPicture(page, "blog-3-project");
  const { project, receipt, main } = await detailOf("blog-site");
  expect([project.state, project.app, main.can, receipt]).toEqual(["running", "well", true, expect.stringMatching(/^rct_/)]);
  const stranger = await (await openContext(visitor.browser, { size: "phone" })).newPage();
  expect((await stranger.goto(project.address!))?.status()).toBe(200);
  await stranger.getByRole("heading", { name: "Blog", exact: true }).waitFor();
  await keepPicture(stranger, "blog-4-stranger");
  await stranger.context().close();
  await page.getByRole("link", { name: "What proves it" }).click();
  await page.waitForURL(/\/receipt\/rct_/);
});

test("by the quest: one yes puts it online, the first post is hers and follows, and the quest ends with every step proven", {
  timeout: limit(12 * minute),
}, async () => {
  const { page } = visitor;
  await allow("Put blog online?");
  await watched("blog");
  const question = await events.wait("approval.asked", ({ body }) => body.subject.kind === "question", 4 * minute);
  await openQuestion(question.body.title);
  await page.getByLabel("Your answer").fill("Why a sourdough needs a night");
  await page.getByRole("button", { name: "Answer", exact: true }).click();
  await allow("Put the new version of blog online?");
  await events.wait("quest.state", ({ body }) => body.state === "done" && body.proven === 7 && body.of === 7, 4 * minute);
  await isWell("blog");
  const { project, receipt } = await detailOf("blog");
  expect([project.state, receipt]).toEqual(["running", expect.stringMatching(/^rct_/)]);
  await toConversation(page);
  await page.getByText("Create and run a blog").first().waitFor();
  await page.goto(`${product.edgeUrl}/project/blog`);
  const shown = page.frameLocator("iframe");
  await shown.getByRole("link", { name: /first post/i }).click();
  await shown.getByText("Why a sourdough needs a night").first().waitFor();
  await keepPicture(page, "blog-5-first-post");
  expect(visitor.errors).toEqual([]);
});
