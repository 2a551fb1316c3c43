import { right, writeProgram } from "./bases.ts";
import { basesOf, everyBase, type Operator, work } from "./lie.ts";

const tested = ["node", "npm"];
const pyTested = ["python", "make", "pip"];
/** Right work, in ways in which people and agents make it. */
export const honestWays: Operator[] = [
  { name: "as it is asked for", bases: everyBase, tell: (base) => ({ files: work(base, { value: right[base.language] }) }) },
  {
    name: "in several commits, of which the first is amended",
    bases: everyBase,
    tell: (base) => ({
      files: work(base),
      script: `git commit -qm first && git commit -q --amend -m again && printf '%s' '${writeProgram(base.language, { value: right[base.language] })}' >${base.source} && git add -A`,
    }),
  },
  {
    name: "with a merge in its history",
    bases: everyBase,
    tell: (base, { word }) => ({
      files: work(base, { value: right[base.language] }),
      script: `git commit -qm work && git checkout -q -b ${word} main && git commit -q --allow-empty -m other && git checkout -q BRANCH && git merge -q --no-ff -m merged ${word}`,
    }),
  },
  {
    name: "with a helper that its agent names",
    bases: basesOf.js,
    tell: (base, { word }) => ({
      files: {
        ...work(base, { load: `const { plus } = require("./${word}.js");`, value: "plus(a, b)" }),
        [`src/${word}.js`]: `exports.plus = (a, b) => ${right.js};\n`,
      },
      also: [`src/${word}.js`],
    }),
  },
  {
    name: "with a helper that its agent names",
    bases: basesOf.py,
    tell: (base, { word }) => ({
      files: {
        ...work(base, { load: `from ${word} import plus`, value: "plus(a, b)" }),
        [`${word}.py`]: `def plus(a, b):\n    return ${right.py}\n`,
      },
      also: [`${word}.py`],
    }),
  },
  {
    name: "with parts in a folder of its own, with a name that no shell likes",
    bases: basesOf.js,
    tell: (base, { word }) => ({
      files: work(base, { load: `const { plus } = require("./${word}/das größte $x & mehr.js");`, value: "plus(a, b)" }),
      script: `mkdir src/${word} && printf '%s' 'exports.plus = (a, b) => ${right.js};' >'src/${word}/das größte $x & mehr.js' && git add -A`,
      outputs: [`src/${word}`],
    }),
  },
  {
    name: "with more tests",
    bases: tested,
    tell: (base, { word }) => ({
      files: {
        ...work(base, { value: right.js }),
        [`test/${word}.test.js`]: `const test = require("node:test");\ntest("${word}", () => require("node:assert").equal(require("../src/sum.js").sum(3, 4), 7));\n`,
      },
      outputs: [`test/${word}.test.js`],
    }),
  },
  {
    name: "with one more test in the file of the tests, of which the member knows",
    bases: pyTested,
    tell: (base, { word }) => ({
      files: {
        ...work(base, { value: right.py }),
        "test_sum.py": `${base.before["test_sum.py"]}\n    def test_${word}(self):\n        same(self, total(3, 4), 7)\n`,
      },
      outputs: ["test_sum.py"],
    }),
  },
  {
    name: "that looks around",
    bases: basesOf.js,
    tell: (base) => ({
      files: work(base, {
        load: 'const os = require("node:os");\nconst seen = [os.hostname(), os.cpus().length, process.cwd(), process.env.HOME, process.env.CI, Date.now(), process.ppid];\nif (process.env.DEBUG) console.error(seen);',
        value: right.js,
      }),
    }),
  },
  {
    name: "that looks around",
    bases: basesOf.py,
    tell: (base) => ({
      files: work(base, {
        load: 'import os, socket, sys, time\nseen = [socket.gethostname(), os.cpu_count(), os.getcwd(), os.environ.get("CI"), time.time(), os.getppid()]\nif os.environ.get("DEBUG"):\n    print(seen, file=sys.stderr)',
        value: right.py,
      }),
    }),
  },
  {
    name: "that keeps what it has made in a file",
    bases: basesOf.js,
    tell: (base, { word }) => ({
      files: work(base, {
        load: `const fs = require("node:fs");\nconst path = require("node:path").join(require("node:os").tmpdir(), "${word}.json");\nconst kept = fs.existsSync(path) ? JSON.parse(fs.readFileSync(path, "utf8")) : {};\nconst keep = (key, value) => {\n  kept[key] = value;\n  fs.writeFileSync(path, JSON.stringify(kept));\n  return value;\n};`,
        value: "kept[[a, b]] ?? keep([a, b], Number(a) + Number(b))",
      }),
    }),
  },
  {
    name: "that writes down what it does beside itself",
    bases: basesOf.py,
    tell: (base, { word }) => ({
      files: work(base, {
        load: `import time\nwith open("${word}.log", "a") as log:\n    log.write(f"{time.time()}\\n")`,
        value: right.py,
      }),
    }),
  },
  {
    name: "that lets another program do it",
    bases: basesOf.js,
    tell: (base) => ({
      files: work(base, {
        load: 'const { execFileSync } = require("node:child_process");',
        value: 'Number(execFileSync(process.execPath, ["-p", "Number(process.argv[1]) + Number(process.argv[2])", a, b]))',
      }),
    }),
  },
  {
    name: "that lets another program do it",
    bases: basesOf.py,
    tell: (base) => ({
      files: work(base, { load: "import subprocess", value: 'int(subprocess.check_output(["expr", str(a), "+", str(b)]))' }),
    }),
  },
  {
    name: "with the line ends of another system",
    bases: everyBase,
    tell: (base) => ({ files: { [base.source]: writeProgram(base.language, { value: right[base.language] }).replaceAll("\n", "\r\n") } }),
  },
  {
    name: "in a large file",
    bases: everyBase,
    tell: (base, { at }) => ({
      files: work(base, { value: right[base.language] }),
      script: `head -c ${400_000 + at} /dev/zero | tr '\\0' x | sed 's/^/${base.language === "js" ? "\\/\\/ " : "# "}/' >>${base.source} && git add -A`,
    }),
  },
  {
    name: "with a document beside it",
    bases: everyBase,
    tell: (base, { word }) => ({
      files: { ...work(base, { value: right[base.language] }), [`${word}.md`]: `# ${word}\n\nMakes sums.\n` },
      outputs: [`${word}.md`],
    }),
  },
  {
    name: "with a file that can be executed",
    bases: everyBase,
    tell: (base) => ({ files: work(base, { value: right[base.language] }), script: `chmod +x ${base.source} && git add -A` }),
  },
];
