import { describe, expect, test } from "vitest";
import type { EventBody } from "../../schema/event.ts";
import { memoryRepository } from "../../schema/stack/stack.ts";
import { newId } from "../../schema/wire/id.ts";
import { coder, grow, home, Story, turn } from "./team-story.ts";

/** One act of the member is one row of the conversation, whatever events and commits it sets in motion. */
const [proposal, goal] = [newId("prp", 1), newId("gol", 2)];
const path = "goals/open-a-bakery-000002.md";
const title = "Open a bakery";
const made = (kind: "goal" | "profile", file: string): EventBody<"proposal.made"> => ({
  proposalId: proposal,
  kind,
  title,
  text: "For bread",
  path: file,
  agentId: grow,
});
const decided = (kind: "goal" | "profile", state: "accepted" | "rejected" | "reverted"): EventBody<"proposal.decided"> => ({
  proposalId: proposal,
  kind,
  title,
  state,
  edited: false,
  by: "your desk",
});
const goalNow = (change: Partial<EventBody<"goal.state">> = {}): EventBody<"goal.state"> => ({
  goalId: goal,
  title,
  state: "active",
  progress: null,
  path,
  ...change,
});
let hashes = 0;
const memoryCommit = (words: string, ...paths: string[]): EventBody<"commit"> => ({
  repo: memoryRepository,
  branch: "main",
  hash: String(hashes++).padStart(40, "0"),
  title: words,
  author: "Grow Agent",
  files: paths.map((file) => ({ path: file, status: "added", additions: 1, deletions: 0 }) as never),
  truncated: false,
});
const answered = `snapshots/open/${proposal}.md`;
const rowsOf = (story: Story, from = 0) =>
  story
    .log(from)
    .view()
    .rows.map((row) =>
      row.type === "proposal" ? `proposal ${row.proposed.decided?.state}` : row.type === "said" ? row.said.text : row.type,
    );

describe("a proposal that is accepted", () => {
  test("is its own row and no other: not its goal's, and not that of the commit with the answer and the file", () => {
    const story = new Story()
      .add(home, "proposal.made", made("goal", path))
      .add(home, "proposal.decided", decided("goal", "accepted"))
      .add(home, "goal.state", goalNow())
      .add(home, "commit", memoryCommit(`memory(open, goal): Answered “${title}”; ${title}`, answered, path, "index.md"));
    expect(rowsOf(story)).toEqual(["proposal accepted"]);
    expect(rowsOf(story, 1)).toEqual(["proposal accepted"]); // of which the beginning was not read
  });
  test("adds no commit to the answer that proposed it either", () => {
    const story = new Story()
      .add(home, "turn.state", { turnId: turn, state: "running" })
      .add(home, "proposal.made", made("profile", "profile/bread.md"))
      .add(home, "proposal.decided", decided("profile", "accepted"))
      .add(home, "commit", { ...memoryCommit("memory(profile): Bread", "profile/bread.md"), turnId: turn });
    const rows = story.log().view().rows;
    expect(rows.map((row) => (row.type === "turn" ? row.turn.parts : row.type))).toEqual([[], "proposal"]);
  });
  test("and taken back is still one row, also where the goal was there before", () => {
    const story = new Story()
      .add(home, "proposal.made", made("goal", path))
      .add(home, "proposal.decided", decided("goal", "accepted"))
      .add(home, "goal.state", goalNow({ progress: 50 }))
      .add(home, "commit", memoryCommit("memory(goal): x", path))
      .add(home, "proposal.decided", decided("goal", "reverted"))
      .add(home, "goal.state", goalNow())
      .add(home, "commit", memoryCommit("memory(revert): take back x", path));
    expect(rowsOf(story)).toEqual(["proposal reverted"]);
  });
});

test("a goal that the member changes by their own hand is told once, and so is a later change of its file", () => {
  const story = new Story()
    .add(home, "proposal.made", made("goal", path))
    .add(home, "proposal.decided", decided("goal", "accepted"))
    .add(home, "goal.state", goalNow())
    .add(home, "commit", memoryCommit("memory(goal): x", path))
    .add(home, "goal.state", goalNow({ state: "reached" }))
    .add(home, "commit", memoryCommit("memory(goal): x", path))
    .add(home, "commit", memoryCommit("By hand", path));
  expect(rowsOf(story)).toEqual(["proposal accepted", `Goal reached: ${title}`, "commit"]);
});

test("a commit that brings more than what was told keeps its row, and so does one of a project", () => {
  const accepted = new Story().add(home, "proposal.made", made("goal", path)).add(home, "proposal.decided", decided("goal", "accepted"));
  const more = accepted
    .add(home, "goal.state", goalNow())
    .add(home, "commit", { ...memoryCommit("Change", path), repo: "projects/bakery", author: coder })
    .add(home, "commit", memoryCommit("memory(open, decision): Answered, and 2 more changes", answered, path, "decisions/2026/oven.md"));
  expect(rowsOf(more)).toEqual(["proposal accepted", "commit", "commit"]);
});

test("a refusal is told by its row alone", () => {
  const story = new Story()
    .add(home, "proposal.made", made("goal", path))
    .add(home, "proposal.decided", decided("goal", "rejected"))
    .add(home, "commit", memoryCommit(`memory(open): Answered “${title}”`, answered));
  expect(rowsOf(story)).toEqual(["proposal rejected"]);
});
