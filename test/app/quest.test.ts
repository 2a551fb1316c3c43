import { describe, expect, test } from "vitest";
import {
  describeQuest,
  findInputIssue,
  listOtherIssues,
  listQuestActs,
  readQuestInputs,
  showInput,
} from "../../edge/app/quest/quest-form.ts";
import { questInput } from "../../schema/quest/quest.ts";

const inputs = [
  { name: "project", title: "Project", kind: "slug", default: "blog" },
  { name: "title", title: "Title", kind: "text" },
  { name: "note", title: "Note", kind: "long", required: false },
  { name: "weeks", title: "Weeks", kind: "number", default: 12 },
  { name: "loud", title: "Loud", kind: "boolean", default: true },
].map((input) => questInput.parse(input));

describe("the form of a quest", () => {
  test("shows defaults until something is typed, and sends only what was typed", () => {
    expect(inputs.map((input) => showInput(input, {}))).toEqual(["blog", "", "", "12", true]);
    expect(readQuestInputs(inputs, {})).toEqual({});
    expect(readQuestInputs(inputs, { title: "Bread", weeks: "4", loud: false })).toEqual({ title: "Bread", weeks: 4, loud: false });
  });

  test("a field that was emptied does not silently become its default, and words where a number belongs are refused by the platform", () => {
    expect(readQuestInputs(inputs, { project: "", title: " ", note: "", weeks: "many" })).toEqual({ project: "", weeks: "many" });
  });

  test("tells what is wrong beside its field, and the rest by itself", () => {
    const issues = [
      { path: "inputs.title", message: "is needed" },
      { path: "steps.0.owner", message: "is nobody" },
    ];
    expect([findInputIssue(issues, "title"), findInputIssue(issues, "note")]).toEqual(["is needed", undefined]);
    expect(listOtherIssues(issues).map((issue) => issue.path)).toEqual(["steps.0.owner"]);
  });

  test("offers what its state takes, and says when it only waits for its next time", () => {
    expect(listQuestActs("running")).toEqual(["pause", "cancel"]);
    expect(listQuestActs("done")).toEqual([]);
    expect(describeQuest({ state: "running", current: [], nextAt: 5 })).toMatchObject({ works: false, text: "Waits for its next time" });
    expect(describeQuest({ state: "running", current: ["build"], nextAt: 5 })).toMatchObject({ works: true });
  });
});
