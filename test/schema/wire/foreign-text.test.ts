import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import remend from "remend";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { limitDiff, parseDiff } from "../../../actors/git/diff.ts";
import { lines } from "../../../actors/runner/host.ts";
import { toolPart, viewToolPart } from "../../../actors/turn/tool-view.ts";
import { parseTreeEntries } from "../../../agent-host/run/run-clone.ts";
import { parsePatch } from "../../../edge/app/git/patch.ts";
import { splitBlocks } from "../../../edge/app/ui/markdown/markdown-lexer.ts";
import { plainLine } from "../../../schema/agent/prompt.ts";
import { growCommandLayers } from "../../../schema/approval/permission.ts";
import { commandPolicy } from "../../../schema/command/command-rule.ts";
import { commandTitle } from "../../../schema/command/command-title.ts";
import { judgeCommand } from "../../../schema/command/judge.ts";
import { readEnvironment } from "../../../schema/environment/environment.ts";
import { composeProjectBriefing } from "../../../schema/environment/environment-prompt.ts";
import { planInstall } from "../../../schema/environment/install.ts";
import { findSetupPaths } from "../../../schema/environment/setup-paths.ts";
import { readOutboxIds, slug } from "../../../schema/memory/memory.ts";
import { applyMemoryChange, readBatchMessage } from "../../../schema/memory/memory-change.ts";
import { readFileTitle, readIndex } from "../../../schema/memory/memory-index.ts";
import { findConflictPlaces, findStrayLine, hasConflictMarks } from "../../../schema/merge.ts";
import { isCheckFile, namesFile, packageScriptsIn, runsFile } from "../../../schema/proof/check-file.ts";
import { findTellingLine } from "../../../schema/proof/error-line.ts";
import { findSuspicions } from "../../../schema/proof/suspicion.ts";
import { countFailedTests, readTestCounts } from "../../../schema/proof/test-counts.ts";
import { readQuestSource } from "../../../schema/quest/quest.ts";
import { normalizeText, separateCharacters, splitWords } from "../../../schema/search/normalize-text.ts";
import { citePassage, indexedWords, searchFileLimits, splitPassages } from "../../../schema/search/search.ts";
import { specShape } from "../../../schema/task/spec.ts";
import {
  capText,
  endOfText,
  isTooDeep,
  mendText,
  mendValue,
  mostNestedLevels,
  parseForeignJson,
  startOfText,
  tooDeepMark,
  trimTail,
} from "../../../schema/wire/foreign-text.ts";
import { redact } from "../../../schema/wire/log.ts";
import { readYaml } from "../../../schema/wire/yaml.ts";
import { expectLinear, fillText } from "../../harness/linear.ts";
import { limit } from "../../harness/suite/limit.ts";
import { someOf } from "../../harness/suite/long-run.ts";

const megabyte = 1024 * 1024;
/**
 * The inputs that slow readers of text the most: runs that could begin anywhere, endless lines, many line
 * ends.
 */
const units = [
  "> ",
  "1. ",
  "*a **a ",
  "_a ",
  "[a](",
  "a*",
  "a|b\n-|-\n",
  "- a\n  ",
  "<div>\n",
  "```",
  "**",
  "<",
  "<!--",
  "\0a",
  "- [x](<y>), 2026-01-01\n",
  "\n",
  " ",
  "\t",
  "a",
  "a\n",
  "/",
  "-",
  "=",
  "~",
  "#",
  "# ",
  "#\n",
  "ok #",
  "ok 1 # ",
  "1 ",
  "0",
  "{",
  "[",
  "(",
  "{{ ",
  "- ",
  "? ",
  ": ",
  "a:",
  "'",
  '"',
  "\\",
  "`",
  ";",
  "||",
  "eyJ",
  "eyJaaaaaaaaaa.",
  "sk-",
  "://a:",
  "-----BEGIN ",
  "-----BEGIN PRIVATE KEY-----",
  "Bearer ",
  "Error",
  "Error: ",
  "ErrorFailure",
  "process.exit(",
  "process.exit( ",
  "it .",
  "expect ",
  "npm run ",
  "node --run ",
  "echo ",
  "exit 0 ",
  '"test": "',
  "diff --git a/",
  " b/",
  "@@ -1 +1 @@\n",
  "--- a/",
  "<<<<<<< x\n",
  ">>>>>>> x\n",
  "=======\n",
  ".git/",
  "1..0",
  "\u001b[",
  "\u001b[3",
  "- [",
  "- [a](<",
  "title: ",
  "\ud800",
  "\0",
  "é",
  "क्",
  "語",
  "\r\n",
  "&",
  "+",
  "+ ",
  "-\n",
  "+it.skip\n",
];
const feature = specShape.parse({
  id: "page",
  title: "A page",
  owner: "coding",
  description: "d",
  outputs: [],
  acceptance: [{ command: "npm test", contains: "42 passed" }],
  tests: [],
});
const patched = (path: string) => (text: string) =>
  findSuspicions([{ path, status: "modified", additions: 1, deletions: 0, patch: text.replaceAll("\n", "\n+") }], feature);
const called = (text: string) =>
  viewToolPart(
    toolPart.parse({
      id: "p",
      callID: "c",
      tool: "bash",
      state: { status: "completed", input: { command: text, description: text }, output: text },
    }),
    "/home",
  );

const layers = growCommandLayers(commandPolicy.parse({}));

const matchers: Record<string, (text: string) => unknown> = {
  mendText,
  mendValue: (text) => mendValue({ text, [text]: text }),
  capText: (text) => capText(text, { whole: 600_000, line: 2_000 }),
  trimTail: (text) => trimTail(text, " \n-/="),
  redact,
  "redact an error": (text) => redact(new Error(text)),
  testsSaid: (text) => [readTestCounts(text), countFailedTests(text)],
  tellingLine: findTellingLine,
  "suspicions of a test": patched("test/a.test.ts"),
  "suspicions of a manifest": patched("package.json"),
  "suspicions of settings": patched("vitest.config.ts"),
  "suspicions of a file": patched("src/a.ts"),
  "suspicions of a path": (text) => findSuspicions([{ path: text, status: "deleted", additions: 0, deletions: 0 }], feature),
  diffFiles: parseDiff,
  changedFiles: (text) => limitDiff(`diff --git a/a b/a\n${text}`),
  parsePatch,
  blocksOf: splitBlocks,
  remend,
  parseTreeEntries,
  isCheckFile,
  readEnvironment,
  instructions: (text) => composeProjectBriefing({ project: "p", environment: [text], issues: [], instructions: text }),
  "paths that decide what is installed": (text) => findSetupPaths([text, `${text}/requirements.txt`]),
  "a manifest": (text) => planInstall({ "package.json": text, "requirements.txt": text, "uv.lock": "", "pyproject.toml": text }),
  "lists of packages": (text) => planInstall({ "package.json": text, "requirements.txt": text }),
  "an own package's settings": (text) => planInstall({ "requirements.txt": "-e .[a]", "setup.cfg": text, "pyproject.toml": text }),
  "settings of package managers": (text) =>
    planInstall({ "package.json": '{"workspaces":["a"]}', ".npmrc": text, "pnpm-workspace.yaml": text }),
  "modules and crates": (text) => planInstall({ "go.mod": `require x\n${text}`, "go.work": text, "Cargo.toml": `[dependencies]\n${text}` }),
  names: (text) => namesFile(text, "test/a.js"),
  runsFile: (text) => runsFile(text, "test/a.js"),
  scriptsOf: packageScriptsIn,
  places: (text) => findConflictPlaces(text, "x", "x"),
  marks: (text) => hasConflictMarks(text, "x"),
  strayed: (text) => findStrayLine(text, text, "x"),
  titleOf: (text) => readFileTitle("a.yaml", text) + readFileTitle("a.md", text),
  readIndex,
  partsOf: readBatchMessage,
  outboxesOf: readOutboxIds,
  slug,
  applied: (text) => applyMemoryChange(text, { path: "a.md", append: text }),
  readSource: readQuestSource,
  passages: splitPassages,
  cite: (text) => splitPassages(text.slice(0, 40_000)).map((passage) => citePassage(passage, ["words", "other"])), // of each text that may be shown one
  fold: normalizeText,
  spaced: (text) => separateCharacters(text.slice(0, searchFileLimits.bytes)),
  indexed: (text) => indexedWords(text.slice(0, searchFileLimits.bytes)),
  wordsOf: (text) => splitWords(text.slice(0, 400)), // a question
  plain: (text) => plainLine(text, 200),
  toolView: called,
  judge: (text) => judgeCommand(layers, text, "/workspace/agents/agt_1/work"),
  commandTitle: (text) => commandTitle(text, [text]),
  readYaml: (text) => readYaml(text, z.unknown()),
};

const lone = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const anything = fc.string({ unit: fc.constantFrom("a", "\ud83d", "\ude00", "😀", "\0", "\n", "é") });
describe("text of others", () => {
  test("is carried by every wire once it is mended, and stays as it is where it could be", () => {
    fc.assert(
      fc.property(anything, (text) => {
        const mended = mendText(text);
        expect(Buffer.from(mended).toString("utf8")).toBe(mended);
        expect(mended).not.toContain("\0");
        if (!lone.test(text) && !text.includes("\0")) expect(mended).toBe(text);
      }),
    );
    expect(mendValue({ "a\ud800": ["\0", 1, null, 2n ** 40n, { deep: "\udc00" }] })).toEqual({
      "a\ufffd": ["\ufffd", 1, null, 2 ** 40, { deep: "\ufffd" }],
    });
  });
  test("is never cut in the middle of a character", () => {
    fc.assert(
      fc.property(anything.map(mendText), fc.nat(12), (text, most) => {
        for (const part of [startOfText(text, most), endOfText(text, most)]) {
          expect(part.length).toBeLessThanOrEqual(most);
          expect(part.isWellFormed()).toBe(true);
        }
      }),
    );
  });
  test("of a hundred thousand levels is read without a fall, and what lies too deep is said to be left out", () => {
    const deep = `${'{"a":['.repeat(100_000)}1${"]}".repeat(100_000)}`;
    expect(JSON.stringify(parseForeignJson(deep))).toContain(tooDeepMark);
    expect(isTooDeep(JSON.parse(deep))).toBe(true);
    const fine = JSON.parse(`${"[".repeat(mostNestedLevels)}${"]".repeat(mostNestedLevels)}`);
    expect(isTooDeep(fine)).toBe(false);
    expect(mendValue(fine)).toEqual(fine);
    expect(Object.keys(mendValue({ kept: null, left: undefined }) as object)).toEqual(["kept"]); // Rivet Kit brings it as null
    expect(() => JSON.stringify(redact({ text: JSON.parse(deep) }))).not.toThrow();
  });
  test("that is too long is matched by its two ends, and each long line of it by its own", () => {
    expect(capText("short\nlines\n", { whole: 100, line: 10 })).toBe("short\nlines\n");
    expect(capText(`a${"-".repeat(20)}b\nend`, { whole: 100, line: 10 })).toBe("a----\n----b\nend");
    expect(
      capText(`begin${"\n".repeat(100)}end`, { whole: 20, line: 10 })
        .split("\n")
        .filter(Boolean),
    ).toEqual(["begin", "end"]);
  });
});

test("a file is found under its whole path in a diff, however it is named", () => {
  for (const path of ["a.js", "test/x b/y.js", "a b/a b/a", "b/b"])
    expect(parseDiff(`diff --git a/${path} b/${path}\nindex 1..2\nBinary files differ\n`).map((file) => file.path)).toEqual([path]);
  expect(parseDiff('diff --git "a/t\\303\\244st.js" "b/t\\303\\244st.js"\nold mode 1\n')[0]?.path).toBe("täst.js");
});

test("an answer that comes in half a million small pieces is cut into lines: their square would take hours", async ({ signal }) => {
  const piece = Buffer.from("0123456789");
  async function* pieces() {
    for (let at = 0; at < 500_000; at++) {
      if (at % 1_000 === 0) await nextTurn(); // the test's own limit can end it
      signal.throwIfAborted();
      yield piece;
    }
    yield Buffer.from("\r\nsecond");
  }
  const found: string[] = [];
  for await (const line of lines(pieces())) found.push(line);
  expect(found.map(({ length }) => length)).toEqual([5_000_000, 6]);
});

describe("a megabyte of the worst text takes time in proportion to its length of", () => {
  test.each(Object.entries(matchers).map(([name, matcher], turn) => [name, matcher, turn] as const))(
    "%s",
    (_name, matcher, turn) => {
      for (const unit of someOf(units, turn)) expectLinear(JSON.stringify(unit), megabyte / 4, fillText(unit), matcher); // reads four times that
    },
    limit(120_000),
  );
});
