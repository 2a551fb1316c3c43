import { describe, expect, test } from "vitest";
import { deviceName } from "../../edge/app/account/device.ts";
import { endText, pendingOf } from "../../edge/app/approval/approval-words.ts";
import { type ConflictOf, sideLines, sideTitle } from "../../edge/app/approval/conflict-sides.ts";
import { type Armed, armedFor, press, stillArmed } from "../../edge/app/approval/two-step-key.ts";
import { asked, grow, question, story } from "./team-story.ts";

describe("answering", () => {
  test("one press only arms, the second of the same key decides, and another question arms anew", () => {
    const first = press(undefined, "a", "allow", 0);
    expect(first).toMatchObject({ decide: false, armed: { id: "a", choice: "allow" } });
    expect(press(first.armed, "a", "allow", 500)).toEqual({ armed: undefined, decide: true });
    expect(press(first.armed, "b", "allow", 500).decide).toBe(false);
    expect(press(first.armed, "a", "deny", 500)).toMatchObject({ decide: false, armed: { choice: "deny" } });
  });
  test("an arm that was left alone is forgotten", () => {
    const armed: Armed = { id: "a", choice: "allow", at: 0 };
    expect(stillArmed(armed, "a", armedFor)).toBeUndefined();
    expect(press(armed, "a", "allow", armedFor).decide).toBe(false);
  });
  test("the list of what waits follows the log, which has the last word", () => {
    const log = story().log().view().asked;
    expect(pendingOf([], log).map((one) => one.id)).toEqual([asked]);
    expect(pendingOf([], log, grow)).toEqual([]);
    const decided = new Map([[asked as string, { ...log.get(asked)!, state: "denied" as const }]]);
    expect(pendingOf([question()], decided)).toEqual([]);
  });
  test("an ended question says how, on which device and with which note", () => {
    expect(endText({ state: "denied", decided: { device: "your phone", at: 1, note: "Not yet" } })).toBe(
      "Denied, on your phone, “Not yet”",
    );
    expect(endText({ state: "allowed", decided: { device: "your Mac", at: 1, scope: "task" } })).toBe("Allowed in this task, on your Mac");
  });
  test("a device has a name that another one can show", () => {
    expect(deviceName("Mozilla/5.0 (X11; Linux x86_64)", false)).toBe("your computer");
    expect(deviceName("Mozilla/5.0 (X11; Linux x86_64)", true)).toBe("your phone");
    expect(deviceName("Mozilla/5.0 (iPhone; CPU)", true)).toBe("your iPhone");
  });
});

test("each side of a conflict is shown as it would stand, with its lines numbered as in main's file and those around it", () => {
  const of: ConflictOf = {
    ...{ kind: "conflict", path: "page.html", place: 1, places: 2, line: 3, before: "<p>\n", after: "</p>\n" },
    ours: { branch: "main", content: "blue\nsky\n", by: "Coding for “Sky”" },
    theirs: { branch: "agent/agt_1/sea", content: "" },
  };
  expect(sideLines(of, "ours")).toEqual([
    { kind: "n", number: 2, text: "<p>" },
    { kind: "a", number: 3, text: "blue" },
    { kind: "a", number: 4, text: "sky" },
    { kind: "n", number: 5, text: "</p>" },
  ]);
  expect(sideLines(of, "theirs").map((line) => line.text)).toEqual(["<p>", "</p>"]);
  expect([sideTitle(of, "ours"), sideTitle(of, "theirs")]).toEqual(["main", "the branch"]);
  const decided = { at: 1, device: "your phone" };
  expect(endText({ state: "allowed", decided: { ...decided, side: "theirs" } })).toBe("Took the branch, on your phone");
});
