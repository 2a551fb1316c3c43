import { expect, test } from "vitest";
import { widths } from "../../harness/browser.ts";
import { answers, inputs, open, page, proposed, seen, serveTeam } from "./sample-team.ts";

serveTeam();

const tree = {
  head: "c".repeat(40),
  entries: [
    { path: "profile", title: "profile", type: "directory", bytes: 0, at: null },
    { path: "profile/mornings.md", title: "Mornings", type: "file", bytes: 9, at: null },
  ],
  truncated: false,
};
const more = (also: object = {}) => ({
  answers: { ...answers, memoryTree: tree, memoryHistory: { commits: [], next: null }, ...also },
});

test("memory says first what is known of the person, with the way to each; folders and commits are folded", async () => {
  const proposals = { proposals: [proposed("profile", "Short answers", [])], next: null };
  await open("/memories", { more: more({ proposals }) });
  const memory = page.getByRole("region", { name: "Memory" });
  await memory.getByRole("listitem").filter({ hasText: "They bake before five." }).getByRole("link", { name: "Mornings" }).waitFor();
  await memory.getByRole("link", { name: "Rye first" }).waitFor();
  const order = await memory.getByRole("heading", { level: 2 }).allTextContents();
  expect(order.filter((heading) => ["Proposed", "About you", "Decisions"].includes(heading))).toEqual([
    "Proposed",
    "About you",
    "Decisions",
  ]);
  expect([await page.getByText("ccccccc").isVisible(), await inputs("memoryHistory")]).toEqual([false, []]);
  await seen("memory-about-me");
  await page.setViewportSize(widths.phone);
  await seen("memory-about-me-phone");
  await memory.getByText("All files").click();
  await memory
    .getByRole("navigation", { name: "Files in memory" })
    .getByRole("button", { name: /^profile/ })
    .click();
  await seen("memory-files-phone");
  await memory.getByText("Recent changes").click();
  await expect.poll(() => inputs("memoryHistory")).toHaveLength(1);
});

test("an empty memory says what will come, and one that can't be read says so and is read again at a press", async () => {
  await open("/memories", { more: more({ remembered: { facts: [], decisions: [] } }) });
  await page.getByText("Nothing yet. What your agents want to remember about you, they propose first.").waitFor();
  await page.getByText("None yet. What you decide with your agents is kept here.").waitFor();
  await page.context().close();
  await open("/memories", { more: more({ remembered: undefined }) });
  const again = page.getByRole("region", { name: "Memory" }).getByRole("button", { name: /Retry|again/i });
  await again.waitFor();
  await page.evaluate((remembered) => Object.assign(Reflect.get(window, "sample").actor.answers, { remembered }), answers.remembered);
  await again.click();
  await page.getByText("They bake before five.").waitFor();
});
