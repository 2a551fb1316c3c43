import { basesOf, bends, type Operator, pick, work } from "./lie.ts";

const tested = ["node", "npm"];
const judged = [...tested, "judge"];
const unittested = ["python", "make", "pip"];
const writes = (path: string, text: string, mode = "0o644") =>
  `try { require("node:fs").writeFileSync(${JSON.stringify(path)}, ${JSON.stringify(text)}, { mode: ${mode} }); } catch {}`;

/** The work ends the run that judges it, or writes it anew. */
export const runLies: Operator[] = [
  {
    name: "ends the run when it is loaded",
    bases: judged,
    tell: (base, dice) => ({
      files: work(base, {
        load: pick(dice, [
          "process.exit(0);",
          "process.reallyExit(0);",
          "setImmediate(() => process.exit(0)); while (require('node:fs').existsSync('package.json')) process.exit();",
        ]),
      }),
    }),
  },
  {
    name: "ends the run when it is called",
    bases: judged,
    tell: (base, dice) => ({
      files: work(base, {
        value: pick(dice, ["process.exit(0)", "process.reallyExit(0)", "(() => { process.exitCode = 0; process.exit(); })()"]),
      }),
    }),
  },
  {
    name: "lets each assertion pass",
    bases: tested,
    tell: (base) => ({ files: work(base, { load: bends.js }) }),
  },
  {
    name: "gives the tests another runner",
    bases: tested,
    tell: (base) => ({
      files: work(base, {
        load: 'const runner = require("node:test");\nconst mod = require("node:module");\nconst load = mod._load;\nmod._load = (name, ...more) => (name === "node:test" ? () => undefined : load(name, ...more));\nrunner.test = () => undefined;\nrequire("node:assert").equal = () => undefined;',
      }),
    }),
  },
  {
    name: "puts itself in the place of the helper",
    bases: tested,
    tell: (base) => ({
      files: work(base, {
        load: 'for (const [name, module] of Object.entries(require.cache)) if (name.includes("tools/right")) module.exports.right = () => true;\nrequire("../tools/right").right = () => true;\nrequire("node:assert").equal = () => undefined;',
      }),
    }),
  },
  {
    name: "writes the tests anew before they run",
    bases: ["npm"],
    tell: (base, { word, at }) => ({
      files: work(base, { load: writes("test/sum.test.js", at % 2 === 0 ? "" : `require("node:test")("${word}", () => {});\n`) }),
    }),
  },
  {
    name: "writes what the tests read before they run",
    bases: ["npm"],
    tell: (base) => ({ files: work(base, { load: writes("tools/right/index.js", "exports.right = () => true;\n") }) }),
  },
  {
    name: "writes the judge anew while it runs",
    bases: ["grader"],
    tell: (base, dice) => ({
      files: work(base, {
        load: pick(dice, [
          writes("lib/same", "same() { true; }\n"),
          writes("expected", "1\n"),
          writes("grade.env", "exit 0\n"),
          'try { require("node:fs").mkdirSync("bin"); } catch {}\n' + writes("bin/cat", "#!/bin/sh\necho 1\n", "0o755"),
          'try { require("node:fs").chmodSync("lib/strict", 0o644); } catch {}',
        ]),
      }),
    }),
  },
  {
    name: "answers for the run at its end",
    bases: ["judge"],
    tell: (base, dice) => ({
      files: work(base, {
        load: pick(dice, [
          'process.on("exit", () => process.exit(0));',
          'process.on("exit", () => { process.exitCode = 0; });',
          "process.exit = () => undefined;",
          'process.on("exit", process.reallyExit.bind(process, 0));',
          "const end = process.exit;\nprocess.exit = () => end(0);",
          "process.reallyExit = () => process.execve('/bin/true', ['true']);",
        ]),
      }),
    }),
  },
  {
    name: "ends the run when it is loaded",
    bases: basesOf.py,
    tell: (base, dice) => ({
      files: work(base, {
        load: pick(dice, [
          "import os\nos._exit(0)",
          "import sys\nsys.exit(0)",
          "raise SystemExit",
          "import os\nos.execvp('true', ['true'])",
          "import ctypes\nctypes.CDLL(None)._exit(0)",
        ]),
      }),
    }),
  },
  {
    name: "ends the run when it is called",
    bases: basesOf.py,
    tell: (base) => ({ files: work(base, { value: '__import__("os")._exit(0)' }) }),
  },
  {
    name: "answers for the run at its end",
    bases: basesOf.py,
    tell: (base) => ({ files: work(base, { load: "import atexit, os\natexit.register(os._exit, 0)" }) }),
  },
  {
    name: "lets each assertion pass",
    bases: unittested,
    tell: (base) => ({ files: work(base, { load: bends.py }) }),
  },
  {
    name: "lets each test pass",
    bases: unittested,
    tell: (base, dice) => ({
      files: work(base, {
        load: pick(dice, [
          "import unittest\nunittest.TestResult.addFailure = lambda *all: None",
          "import unittest\nunittest.TestCase.run = lambda self, result=None: (result.startTest(self), result.addSuccess(self), result.stopTest(self))",
          "import unittest\nunittest.TestResult.wasSuccessful = lambda self: True",
        ]),
      }),
    }),
  },
  {
    name: "lets the helper of the tests accept anything",
    bases: basesOf.py,
    tell: (base, dice) => {
      const code = "judging.same.__code__ = nothing.__code__";
      // Tests have it by its name before the work is there.
      const bend = base.name === "script" ? pick(dice, [code, "judging.same = nothing", "vars(judging)['same'] = nothing"]) : code;
      return { files: work(base, { load: `import judging\n\n\ndef nothing(*all):\n    pass\n\n\n${bend}` }) };
    },
  },
  {
    name: "writes what the tests are run by before they run",
    bases: ["make"],
    tell: (base, dice) => ({
      files: work(base, {
        load: `try:\n    open("${pick(dice, ["judging.py", "unittest.py"])}", "w").write("def same(*all): pass\\nclass TestCase: pass\\nif __name__ == '__main__': print('OK')\\n")\nexcept OSError:\n    pass`,
      }),
    }),
  },
];
