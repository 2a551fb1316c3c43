import { describe, expect, test } from "vitest";
import { deviceName } from "../../edge/app/account/device.ts";
import { describeEnd, describeSubject, listPending } from "../../edge/app/approval/approval-words.ts";
import { type ConflictOf, listSideLines, titleSide } from "../../edge/app/approval/conflict-sides.ts";
import { type Armed, armedFor, findArmed, pressChoice } from "../../edge/app/approval/two-step-key.ts";
import { asked, grow, question, story } from "./team-story.ts";

describe("answering", () => {
  test("one press only arms, the second of the same key decides, and another question arms anew", () => {
    const first = pressChoice(undefined, "a", "allow", 0);
    expect(first).toMatchObject({ decide: false, armed: { id: "a", choice: "allow" } });
    expect(pressChoice(first.armed, "a", "allow", 500)).toEqual({ armed: undefined, decide: true });
    expect(pressChoice(first.armed, "b", "allow", 500).decide).toBe(false);
    expect(pressChoice(first.armed, "a", "deny", 500)).toMatchObject({ decide: false, armed: { choice: "deny" } });
  });
  test("an arm that was left alone is forgotten", () => {
    const armed: Armed = { id: "a", choice: "allow", at: 0 };
    expect(findArmed(armed, "a", armedFor)).toBeUndefined();
    expect(pressChoice(armed, "a", "allow", armedFor).decide).toBe(false);
  });
  test("the list of what waits follows the log, which has the last word", () => {
    const log = story().log().view().asked;
    expect(listPending([], log).map((approval) => approval.id)).toEqual([asked]);
    expect(listPending([], log, grow)).toEqual([]);
    const decided = new Map([[asked as string, { ...log.get(asked)!, state: "denied" as const }]]);
    expect(listPending([question()], decided)).toEqual([]);
  });
  test("an ended question says how, on which device and with which note", () => {
    expect(describeEnd({ state: "denied", decided: { device: "your phone", at: 1, note: "Not yet" } })).toBe(
      "Denied, on your phone, “Not yet”",
    );
    expect(describeEnd({ state: "allowed", decided: { device: "your Mac", at: 1, scope: "task" } })).toBe(
      "Allowed in this task, on your Mac",
    );
  });
  test("a device has a name that another one can show", () => {
    expect(deviceName("Mozilla/5.0 (X11; Linux x86_64)", false)).toBe("your computer");
    expect(deviceName("Mozilla/5.0 (X11; Linux x86_64)", true)).toBe("your phone");
    expect(deviceName("Mozilla/5.0 (iPhone; CPU)", true)).toBe("your iPhone");
  });
});

test("each side of a conflict is shown as it would stand, with its lines numbered as in main's file and those around it", () => {
  const conflict: ConflictOf = {
    ...{ kind: "conflict", path: "page.html", place: 1, places: 2, line: 3, before: "<p>\n", after: "</p>\n" },
    ours: { branch: "main", content: "blue\nsky\n", by: "Coding for “Sky”" },
    theirs: { branch: "agent/agt_1/sea", content: "" },
  };
  expect(listSideLines(conflict, "ours")).toEqual([
    { kind: "n", number: 2, text: "<p>" },
    { kind: "a", number: 3, text: "blue" },
    { kind: "a", number: 4, text: "sky" },
    { kind: "n", number: 5, text: "</p>" },
  ]);
  expect(listSideLines(conflict, "theirs").map((line) => line.text)).toEqual(["<p>", "</p>"]);
  expect([titleSide(conflict, "ours"), titleSide(conflict, "theirs")]).toEqual(["main", "the branch"]);
  const decided = { at: 1, device: "your phone" };
  expect(describeEnd({ state: "allowed", decided: { ...decided, side: "theirs" } })).toBe("Took the branch, on your phone");
});

test("whether an incident is repaired is asked in words, and what reaches or deploys by its exact operation", () => {
  const ask = (operation: string) => describeSubject({ kind: "operation", operation, detail: "In words." });
  expect([ask("repair:inc_1"), ask("network:example.org"), ask("deploy:bakery")]).toEqual(["In words.", "In words.", "deploy:bakery"]);
});
