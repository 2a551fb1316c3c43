import { describe, test } from "vitest";
import { growCommandLayers } from "../../../schema/approval/permission.ts";
import { commandPattern, commandPolicy } from "../../../schema/command/command-rule.ts";
import { commandTitle } from "../../../schema/command/command-title.ts";
import { exactRules, judgeCommand } from "../../../schema/command/judge.ts";
import { isPlainAwk, isPlainSed, longestScript } from "../../../schema/command/sed-awk.ts";
import { maxCommandLength, parseShell } from "../../../schema/command/shell.ts";
import { expectLinear, fillText } from "../../harness/linear.ts";
import { limit } from "../../harness/suite/limit.ts";
import { someOf } from "../../harness/suite/long-run.ts";

const home = "/workspace/agents/agt_1/work";
const layers = growCommandLayers(commandPolicy.parse({}));

describe("the worst is read in time in proportion to its length", { timeout: limit(120_000) }, () => {
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
  const judge = (text: string) => [judgeCommand(layers, text, home), exactRules(layers, text, home), parseShell(text)];
  const look = (text: string) => [isPlainSed(text), isPlainAwk(text), commandPattern(text), commandTitle(text, [text])];
  const scripts = [...units, "p\n", "1,2p;", "/a/,", "s/x/y/g;", "{", "}", "'s/a/b/'", "a/"];
  const lengths = [maxCommandLength, 1_000_000];
  test("as a command, and whoever asks about it", () => {
    for (const unit of someOf(units, 0)) {
      for (const length of lengths) judge(fillText(unit)(length));
      expectLinear(unit, maxCommandLength / 8, fillText(unit), judge);
    }
  });
  test("as a script, a pattern or a title", () => {
    for (const unit of someOf(scripts, 1)) {
      for (const length of lengths) look(fillText(unit)(length));
      expectLinear(unit, longestScript / 4, fillText(unit), look);
    }
  });
  test("as what a program is given", () => {
    const commands = (text: string) => [
      `sed -n '${text.replaceAll("'", "")}' f`,
      ...["git push origin", "rm", "curl", "cd", "git clone"].map((begin) => `${begin} ${text}`),
    ];
    const judgeAll = (lines: string[]) => lines.map((line) => judgeCommand(layers, line, home));
    for (const unit of someOf(scripts, 2)) expectLinear(unit, longestScript / 4, (size) => commands(fillText(unit)(size)), judgeAll);
    expectLinear("ends of lines", 6, (count) => [`sed -n 'p${"\n".repeat(count)}x' f`], judgeAll);
  });
});
