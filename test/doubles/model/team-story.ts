import type { BuildAsk } from "./build-ask.ts";
import { printDetails, type SiteDetails } from "./site/site-details.ts";
import { exampleDetails } from "./site/site-words.ts";

/** What is not told is an example. */
export const fullDetails = (heading: string, details: SiteDetails) => ({ ...exampleDetails(heading), ...details });
/** The site answers. */
export const frontCheck = { url: "http://localhost:8080/", should_respond: { status: 200, contains: "<h1>" }, timeout: 20 };
/**
 * The demo model's plan for something to be built: four agents, one after the other, build, try, review and
 * merge it.
 */
export function sitePlan({ heading, project, online }: BuildAsk, story: string, details: SiteDetails = {}) {
  const thing = heading.charAt(0).toLowerCase() + heading.slice(1);
  const [index, serve, environment] = ["index.html", "serve.mjs", ".growqr/environment.yaml"];
  const base = { project, tests: ["node --test"], acceptance: [frontCheck] };
  return {
    title: `${heading}, tested and reviewed`,
    story: story.slice(0, 4_000),
    tasks: [
      {
        ...base,
        id: "site",
        title: `Build the ${thing}`,
        description: `A front page with what there is, when it is open and where, and a form for orders; another page says how to get there.\n${printDetails(fullDetails(heading, details))}\nA sentence that is added here in quotes is shown on the front page.`,
        owner: "coding",
        outputs: [index, serve, environment, "site.test.mjs"],
        scenarios: ["Given a phone, when the front page is opened, then all of it can be read without scrolling sideways"],
        tests: [{ command: "node --test", scenarios: [1] }],
        constraints: ["No packages beyond Node itself"],
        budget: { cost_usd: 1, minutes: 20 },
      },
      {
        ...base,
        id: "site-test",
        title: `Try to break the ${thing}`,
        description: "Odd addresses, paths out of the folder, many requests. Add the tests that are missing; weaken none.",
        owner: "testing",
        outputs: ["hostile.test.mjs"],
        budget: { cost_usd: 0.5, minutes: 15 },
        depends_on: ["site"],
      },
      {
        id: "site-review",
        title: `Review the ${thing}`,
        description: "Read the change against its spec: correctness, security, simplicity. Write the review file.",
        project,
        owner: "reviewer",
        outputs: ["docs/reviews/site.md"],
        acceptance: [{ file: "docs/reviews/site.md", contains: "Verdict: approved" }],
        budget: { cost_usd: 0.5, minutes: 10 },
        depends_on: ["site-test"],
      },
      {
        ...base,
        id: "site-merge",
        title: `Merge the ${thing} as version 1.0.0`,
        description:
          "Merge the reviewed branch into main, run its tests there, and tag it v1.0.0. A conflict goes to the member with both sides.",
        owner: "repo",
        outputs: [index, serve],
        budget: { cost_usd: 0.2, minutes: 10 },
        ...(online ? { deploy: true } : {}),
        depends_on: ["site-review"],
      },
    ],
  };
}
/** One task of its own. */
export function storyTask(project: string) {
  return {
    id: "hello-page",
    title: "A page that says hello",
    project,
    owner: "coding",
    outputs: ["index.html"],
    acceptance: [{ file: "index.html", contains: "Hello" }],
  };
}
