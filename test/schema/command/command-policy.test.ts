import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CommandDecision,
  type CommandPolicy,
  commandDecisions,
  commandPattern,
  commandPolicy,
} from "../../../schema/command/command-rule.ts";
import { exactRules, judgeCommand } from "../../../schema/command/judge.ts";
import { maxCommandLength, parseShell } from "../../../schema/command/shell.ts";
import { quoteWords } from "../../../schema/command/shell-word.ts";
import { expectLinear, fillText } from "../../harness/linear.ts";

const policy: CommandPolicy = commandPolicy.parse({
  rules: [
    ...["ls", "cd", "cat", "echo", "grep", "find", "npm test", "npm run build", "git status", "git commit", "git push", "sort"].map(
      (match) => ({ match, decision: "allow" }),
    ),
    { match: "git push --tags", decision: "ask" },
    ...["rm -rf", "git push --force", "curl", "npm publish", "sudo"].map((match) => ({ match, decision: "deny" })),
  ],
});
const decide = (command: string, ...more: CommandPolicy[]): CommandDecision => judgeCommand([policy, ...more], command).decision;
const words = (command: string) => parseShell(command).commands.map((simple) => simple.words.map((word) => word.text).join(" "));

describe("a command line", () => {
  test("is read into every command it can run", () => {
    expect(words("a; b && c || d | e & f\ng")).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
    expect(words("echo $(a b) `c d` <(e) \"$(f)\" '$(no)'").slice(0, 4)).toEqual(["a b", "c d", "e", "f"]);
    expect(words("(a; (b)); { c; }; if d; then e; else f; fi; while g; do h; done; ! i")).toEqual([..."abcdefghi"]);
    expect(words("cat <<EOF | sort\n$(hidden)\nnot this\nEOF\nlast").sort()).toEqual(["cat", "hidden", "last", "sort"]);
    expect(words("cat <<'EOF'\n$(not) ' \"\nEOF\nlast")).toEqual(["cat", "last"]);
    expect(words("a \"x; y\" 'z | w' v\\;u")).toEqual(["a x; y z | w v;u"]);
    expect(words("$" + "{A:-$(inside)}")[0]).toBe("inside");
    expect(words("a\\\nb c")).toEqual(["ab c"]);
  });
  test("keeps redirections and variables apart from the words", () => {
    const [simple] = parseShell("A=1 B='x y' cmd one 2>&1 >out.txt <in three").commands;
    expect(simple?.env.map(({ name }) => name)).toEqual(["A", "B"]);
    expect(simple?.words.map(({ text }) => text)).toEqual(["cmd", "one", "three"]);
    expect(simple?.redirects.map(({ op, target }) => op + target.text)).toEqual([">&1", ">out.txt", "<in"]);
  });
  test("that can't be read for sure says so", () => {
    for (const text of [
      "echo 'open",
      'echo "open',
      "echo $(open",
      "echo `open",
      "a )",
      "cat <<EOF\nno end",
      "f() { a; }",
      "echo $((1<<2))\nrm -rf x\n2)",
      "echo $[1<<2]\nrm -rf x\n2]",
      "x[1<<2]=3\nrm -rf x\n2]=3",
      "for x in a; do b; done",
      "case x in y) z;; esac",
      "echo $'a\\'; b'",
      "a\rb",
      "ls > ; b",
      "# it's\nrm -rf x # '",
      "echo $" + "{a:-'}'}",
      "$(".repeat(40),
      "a".repeat(65_000),
    ])
      expect(parseShell(text).unclear, text.slice(0, 40)).not.toEqual([]);
  });
  test("of any text is read without an exception, and quickly", () => {
    const piece = fc.constantFrom(
      "rm",
      "-rf",
      " ",
      "'",
      '"',
      "`",
      "$(",
      "${",
      "}",
      ")",
      "(",
      ";",
      "&",
      "|",
      "\n",
      "<<",
      "EOF",
      ">",
      "<",
      "#",
      "\\",
      "$",
      "{",
      "a,b",
      "[",
      "]",
      "=",
      "A=",
      "~",
      "*",
      "if",
      "!",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        expect(commandDecisions).toContain(decide(pieces.join("")));
      }),
      { numRuns: 1_000 },
    );
    for (const unit of [
      "$(",
      "`",
      "{",
      "{a,",
      "<<a\n",
      "((",
      "'",
      "a;",
      '"$(',
      "find -exec ",
      "sudo ",
      "timeout 5 ",
      "# a\n",
      "eval '",
      "[",
      "$[",
      "$" + "{",
    ])
      expectLinear(unit, maxCommandLength / 4, fillText(unit), (text) => decide(text));
  });
  test("made of quoted words reads back as the same words", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: "grapheme", minLength: 1 }).filter((word) => !/\p{Cc}/u.test(word)),
          { minLength: 1, maxLength: 5 },
        ),
        (list) => {
          const { commands, unclear } = parseShell(quoteWords(list));
          expect(unclear).toEqual([]);
          expect(commands[0]?.words).toEqual(list.map((text) => ({ text, literal: true, prefix: text })));
        },
      ),
    );
  });
});

describe("a command policy", () => {
  test("allows what a rule allows, asks for what no rule knows and denies what is denied", () => {
    expect(decide("npm test")).toBe("allow");
    expect(decide("npm test -- --watch=false 2>&1 | grep ok > reports/out.txt")).toBe("allow");
    expect(decide("npm install x")).toBe("ask");
    expect(decide("curl http://x")).toBe("deny");
  });
  test("takes the strictest part, wherever it hides", () => {
    for (const text of [
      "ls; rm -rf x",
      "ls && rm -rf x",
      "ls | xargs rm -rf",
      "echo $(rm -rf x)",
      "echo `rm -rf x`",
      'echo "$(rm -rf x)"',
      "(rm -rf x)",
      "ls & rm -rf x",
      "ls\nrm -rf x",
      "sh -c 'rm -rf x'",
      'bash -ec "ls; rm -rf x"',
      "eval 'rm -rf x'",
      "timeout 5 rm -rf x",
      "env A=1 rm -rf x",
      "nohup nice -n 5 rm -rf x",
      "find . -exec rm -rf {} ;",
      "find . -exec sh -c 'rm -rf x' \\;",
      "/bin/rm -rf x",
      "\\rm -rf x",
      "r''m -r\"f\" x",
      "rm -fr x",
      "rm -r -f x",
      "rm x -rf",
      "CI=1 rm -rf x",
      "cat <<E\n$(rm -rf x)\nE",
      "cat <(rm -rf x)",
      "if ls; then rm -rf x; fi",
      "f() { rm -rf x; }; f",
      "for a in b; do rm -rf x; done",
      "echo $((1<<2))\nrm -rf x\n2)",
      "x[1<<2]=3\nrm -rf x\n2]=3",
      "# it's\nrm -rf x # '",
      "ls > ; rm -rf x",
      "git push origin main --force",
      "git push --forc",
      "git -C a push --force",
      "git -c a=b push --force",
      "sudo ls",
      "bash -c \"bash -c 'rm -rf x'\"",
    ])
      expect(decide(text), text).toBe("deny");
  });
  test("asks where it can't be told", () => {
    for (const text of [
      "$X",
      "git $X",
      "r* -rf x",
      "{rm,-rf,x}",
      'sh -c "$X"',
      "bash script.sh",
      "eval $X",
      "ls > /etc/passwd",
      "ls > ../x",
      "ls > $F",
      "cat < /etc/shadow",
      "LD_PRELOAD=x ls",
      "PATH=. ls",
      "A=b",
      "find . -delete",
      "git -c core.pager=x status",
      "xargs -I{} sh",
      "ls 'open",
      "",
      "  ",
      "./ls",
      "./npm test",
      "ls # comment",
    ])
      expect(decide(text), text).toBe("ask");
  });
  test("lets the more specific rule decide, the member's among equals, and nothing override a deny", () => {
    expect(decide("git push origin agent/a")).toBe("allow");
    expect(decide("git push origin --tags")).toBe("ask");
    const member = commandPolicy.parse({
      rules: [
        { match: "git push --tags", decision: "allow" },
        { match: "npm publish", decision: "allow" },
        { match: "git status", decision: "deny" },
      ],
    });
    expect(decide("git push --tags", member)).toBe("allow");
    expect(decide("npm publish", member)).toBe("deny");
    expect(decide("git status", member)).toBe("deny");
  });
  test("refuses rules that are not one plain command", () => {
    for (const match of ["a; b", "a | b", "$X", "a > b", "A=1 b", "a $(b)", "'open", "", "  ", "a\nb"])
      expect(commandPattern(match), match).toBeUndefined();
    expect(commandPolicy.safeParse({ rules: [{ match: "a; b", decision: "allow" }] }).success).toBe(false);
    expect(commandPattern("git push 'a b' *")).toEqual(["git", "push", "a b", "*"]);
  });
  test("names exactly what an answer “always” would let pass, or can't", () => {
    expect(exactRules([policy], "npm install left-pad && npm test")).toEqual([
      { match: "npm install left-pad", exact: true, decision: "allow" },
    ]);
    for (const text of ["npm install $X", "ls > /etc/x", "rm -rf x", "ls", "echo 'a", "LD_PRELOAD=x ls"])
      expect(exactRules([policy], text), text).toBeUndefined();
    const [rule] = exactRules([policy], "npm install 'left pad'") ?? [];
    const member = commandPolicy.parse({ rules: [rule] });
    expect(decide("npm install 'left pad'", member)).toBe("allow");
    expect(decide("npm install 'left pad' other", member)).toBe("ask");
    expect(decide("npm install left pad", member)).toBe("ask");
  });
});

const simple = fc.oneof(
  fc.constantFrom(
    "ls",
    "npm test",
    "npm install x",
    "rm -rf x",
    "git push",
    "git push --force",
    "echo 'a b'",
    "curl x",
    "$X y",
    "cat f | sort",
    "ls > out",
    "ls > /out",
    "A=1 ls",
    "CI=1 npm test",
    "timeout 5 ls",
    "sudo ls",
    "cat <<E\nbody $(ls)\nE",
    "find . -name a",
    "git status",
  ),
  fc
    .array(fc.constantFrom("git", "npm", "rm", "ls", "-rf", "push", "--force", "'x y'", '"$V"', "test", "*.ts"), {
      minLength: 1,
      maxLength: 5,
    })
    .map((list) => list.join(" ")),
);
const compound: fc.Arbitrary<{ text: string; parts: string[] }> = fc.letrec<{ node: { text: string; parts: string[] } }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    simple.map((text) => ({ text, parts: [text] })),
    fc
      .tuple(tie("node"), fc.constantFrom("; ", " && ", " || ", " | ", " & ", "\n"), tie("node"))
      .map(([a, by, b]) => ({ text: `${a.text}${a.text.includes("<<") ? "\n" : by}${b.text}`, parts: [...a.parts, ...b.parts] })),
    fc
      .tuple(
        fc.constantFrom(["(", "\n)"], ["echo $(", "\n)"], ['echo "$(', '\n)"'], ["{ ", "\n}"], ["if ", "\nthen ls; fi"], ["cat <(", "\n)"]),
        tie("node"),
      )
      .map(([[open, close], a]) => ({ text: `${open}${a.text}${close}`, parts: a.parts })),
    tie("node").map((a) => ({ text: `bash -c ${quoteWords([a.text])}`, parts: a.parts })),
  ),
})).node;

test("a compound command is never more allowed than any of its parts", () => {
  fc.assert(
    fc.property(compound, ({ text, parts }) => {
      const whole = commandDecisions.indexOf(decide(text));
      for (const part of parts) expect(whole, `${text} has ${part}`).toBeGreaterThanOrEqual(commandDecisions.indexOf(decide(part)));
    }),
    { numRuns: 2_000 },
  );
});
