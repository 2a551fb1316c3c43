import { describe, expect, test } from "vitest";
import { growCommandLayers } from "../../../schema/approval/permission.ts";
import { commandPattern, commandPolicy } from "../../../schema/command/command-rule.ts";
import { commandTitle } from "../../../schema/command/command-title.ts";
import { exactRules, judgeCommand } from "../../../schema/command/judge.ts";
import { isPlainAwk, isPlainSed } from "../../../schema/command/sed-awk.ts";
import { parseShell } from "../../../schema/command/shell.ts";

const home = "/workspace/agents/agt_1/work";
const layers = growCommandLayers(commandPolicy.parse({}));

describe("a megabyte of the worst is read in no time", { timeout: 60_000 }, () => {
  /** Milliseconds of this process, however busy the machine is. */
  const fast = (work: () => unknown): number => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  const judgePlain = () => [judgeCommand(layers, plain, home), exactRules(layers, plain, home)];
  const plain = "ls -l some/folder; ".repeat(1_000); // about 20,000 characters without any trap
  /**
   * Quick, or in a few times what a plain command line takes here and now: a busy machine is slower in all it
   * does.
   */
  const isFast = (work: () => unknown) => [1, 2, 3].some(() => fast(work) < 100) || fast(work) < 10 * fast(judgePlain);
  const units = [
    ..."$( ` { {a, (( ' a; \"$( [ $[ ${ a[ <( [[ $(( ( \\ ! +( * a=( ; | \" $' & ~ = - / , .. # >".split(" "),
    ...[
      "<<a\n",
      "<<'a'\n",
      "# a\n",
      "find -exec ",
      "case x in ",
      "if ",
      "f() ",
      "for x in ",
      "select x ",
      "${a:-",
      "${x[",
      "${x/",
      "\\\n",
      "\n",
      "git push ",
      "git ",
      "sudo ",
      "ls;",
      "ls $(ls)",
      "$(ls $(ls)) ",
    ],
    ...[
      "sed -n 'p\n' ; ",
      "timeout 5 ",
      "xargs ",
      "bash -c '",
      "eval '",
      "a'b'",
      '"$X"',
      "1>",
      "a=b ",
      "--",
      "-rf ",
      "a.b/",
      "../",
      "%G",
      "s/a/b/;",
      "\\\\",
      "[[]",
      "[a-",
      "é",
      "a ",
    ],
  ];
  test.each([20_000, 1_000_000])("as a command of %i characters, and whoever asks about it", (length) => {
    judgeCommand(layers, "ls", home);
    for (const unit of units) {
      const text = unit.repeat(length / unit.length);
      expect([unit, isFast(() => [judgeCommand(layers, text, home), exactRules(layers, text, home)])]).toEqual([unit, true]);
      expect([unit, isFast(() => parseShell(text))]).toEqual([unit, true]);
    }
  });
  test("as a script, a pattern, a path or a title", () => {
    for (const unit of [...units, "p\n", "1,2p;", "/a/,", "s/x/y/g;", "{", "}", "'s/a/b/'", "a/"]) {
      const text = unit.repeat(1_000_000 / unit.length);
      const short = unit.repeat(3_900 / unit.length);
      for (const given of [text, short])
        expect([unit, isFast(() => [isPlainSed(given), isPlainAwk(given), commandPattern(given), commandTitle(given, [given])])]).toEqual([
          unit,
          true,
        ]);
      for (const command of [
        `sed -n '${short.replaceAll("'", "")}' f`,
        `git push origin ${short}`,
        `rm ${short}`,
        `curl ${short}`,
        `cd ${short}`,
        `git clone ${short}`,
      ])
        expect([command.slice(0, 40), isFast(() => judgeCommand(layers, command, home))]).toEqual([command.slice(0, 40), true]);
    }
    expect(isFast(() => judgeCommand(layers, `sed -n 'p${"\n".repeat(24)}x' f`, home))).toBe(true);
  });
});
