import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { Id } from "../../schema/wire/id.ts";
import { gitIn } from "../harness/member-containers.ts";
import { send } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";
import { Owner } from "./owner.ts";

/** What a member tells of their site after they have accepted its plan. The tests follow one another. */
const minutes = limit(60_000);
const repo = "projects/bakery-website";
let owner: Owner;
const inGitea = async (...args: string[]) => (await gitIn(inject("product").instance, owner.member, repo, ...args)).trim();
const proposed = (title: string, but?: Id<"pln">) =>
  owner.events
    .wait("plan.state", ({ body }) => body.state === "proposed" && body.title === title && body.planId !== but, 2 * minutes)
    .then(({ body }) => body.planId);
const accept = (plan: Id<"pln">) => owner.person.call("POST", `/plans/${plan}/accept`, { revision: 1 });
const done = (plan: Id<"pln">) =>
  owner.allowUntil(owner.events.wait("plan.state", ({ body }) => body.planId === plan && body.state === "done", 6 * minutes));
const says = (text: RegExp) => owner.events.wait("message.text", ({ body }) => text.test(body.text), minutes);

beforeAll(async () => {
  owner = await Owner.provision(`rosa-${Date.now()}@example.com`);
}, 5 * minutes);
afterAll(() => owner?.events.close());

test("while it is being built: a plan for it follows by itself, and changes these words alone", { timeout: 16 * minutes }, async () => {
  await send(owner.person, owner.actor, "Build me a website for my bakery");
  const site = await proposed("Bakery website, tested and reviewed");
  expect((await accept(site)).status).toBe(200);
  await send(owner.person, owner.actor, "It is called Crumb & Sons, at 3 Mühlgasse.");
  await says(/As soon as it is done I make a plan for this change: the name \*\*Crumb & Sons\*\* and the street \*\*3 Mühlgasse\*\*/);
  await done(site);
  const change = await proposed("Bakery website: new name and street", site);
  expect((await accept(change)).status).toBe(200);
  await done(change);
  const changed = (await inGitea("diff", "--unified=0", "v1.0.0", "main", "--", "*.html")).split("\n");
  expect(changed.filter((line) => /^\+[^+]/.test(line)).map((line) => line.slice(1).trim())).toEqual([
    "<title>Crumb &amp; Sons: how to reach us</title>",
    "<title>Crumb &amp; Sons</title>",
    "<h1>Crumb &amp; Sons</h1>",
    '<p>3 Mühlgasse. <a href="contact.html">How to reach us</a></p>',
  ]);
});

test("when it is done: a plan for it is proposed at once, with hours as people say them", { timeout: 8 * minutes }, async () => {
  await send(owner.person, owner.actor, "We open Tuesday to Saturday, 6:30 in the morning till 2 in the afternoon.");
  const change = await proposed("Bakery website: new opening hours");
  expect((await accept(change)).status).toBe(200);
  await done(change);
  expect(await inGitea("show", "main:index.html")).toContain('<th scope="row">Tuesday to Saturday</th><td>6:30 – 14:00</td>');
});
