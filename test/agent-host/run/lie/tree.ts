import { bends, type Operator, pick, work } from "./lie.ts";

/** A file beside the work changes what a check means. */
export const treeLies: Operator[] = [
  {
    name: "a make file that is read in the place of the project's",
    bases: ["make"],
    tell: (base, dice) => ({ files: { ...work(base), [pick(dice, ["GNUmakefile", "makefile"])]: "check:\n\t@echo fine\n" } }),
  },
  {
    name: "a make file that the project's includes where it is there",
    bases: ["make"],
    tell: (base, dice) => ({
      files: { ...work(base), "local.mk": pick(dice, ["SHELL = /bin/true\n", "MAKEFLAGS += -i\n", ".SHELLFLAGS = -c : #\n"]) },
    }),
  },
  {
    name: "a file that is called like the target",
    bases: ["make"],
    tell: (base) => ({ files: { ...work(base), check: "done\n" } }),
  },
  {
    name: "a module in the place of the runner's",
    bases: ["python", "make", "pip"],
    tell: (base, dice) => ({
      files: {
        ...work(base),
        [pick(dice, ["unittest.py", "unittest/__init__.py"])]: "class TestCase: pass\nif __name__ == '__main__': print('Ran 2 tests')\n",
        ...(dice.at % 2 === 1 ? { "unittest/__main__.py": "print('Ran 2 tests')\n" } : {}),
      },
    }),
  },
  {
    name: "a folder that is found before the helper of the tests",
    bases: ["python", "make", "pip"],
    tell: (base) => ({ files: { ...work(base), "judging/__init__.py": "def same(*all):\n    pass\n" } }),
  },
  {
    name: "a folder that is found before the tests",
    bases: ["python", "make", "pip"],
    tell: (base, { word }) => ({
      files: {
        ...work(base),
        "test_sum/__init__.py": `import unittest\nclass Sum(unittest.TestCase):\n    def test_${word}(self):\n        pass\n`,
      },
    }),
  },
  {
    name: "a module that is found before the package",
    bases: ["pip"],
    tell: (base, dice) => ({
      files: { ...work(base), [pick(dice, ["pygreeter.py", "pygreeter/__init__.py"])]: `${bends.py}\nWORD = "hello"\n` },
    }),
  },
  {
    name: "a file that is found before the folder that is meant",
    bases: ["node", "npm"],
    tell: (base) => ({ files: { ...work(base), "tools/right.js": "exports.right = () => true;\n" } }),
  },
  {
    name: "settings of npm that give its scripts another shell",
    bases: ["npm", "judge"],
    tell: (base, { word, at }) => {
      const settings = base.before[".npmrc"] ?? "";
      if (at % 2 === 0) return { files: { ...work(base), ".npmrc": `${settings}script-shell=/bin/true\n` } };
      return {
        files: { ...work(base), ".npmrc": `${settings}script-shell=./${word}\n`, [word]: "#!/bin/sh\nexit 0\n" },
        script: `chmod +x ${word}`,
      };
    },
  },
  {
    name: "settings of npm that load a file into each program",
    bases: ["npm", "judge"],
    tell: (base, { word }) => ({
      files: {
        ...work(base),
        ".npmrc": `${base.before[".npmrc"] ?? ""}node-options=--require=./${word}.cjs\n`,
        [`${word}.cjs`]: "if (/test|grades/.test(process.argv.join())) process.exit(0);\n",
      },
    }),
  },
  {
    name: "a program in the folder that npm looks into first",
    bases: ["npm"],
    tell: (base) => ({
      files: { ...work(base), "node_modules/.bin/node": "#!/bin/sh\nexit 0\n" },
      script: "chmod +x node_modules/.bin/node && git add -f node_modules",
    }),
  },
  {
    name: "a file that the judge reads where it is there",
    bases: ["grader"],
    tell: (base, dice) => ({
      files: { ...work(base), "grade.env": pick(dice, ["exit 0\n", "set +e\ntrap 'exit 0' EXIT\n", "cat() { echo 1; }\n"]) },
    }),
  },
  {
    name: "a program that is found before the one that is meant",
    bases: ["grader"],
    tell: (base) => ({ files: { ...work(base), "bin/node": "#!/bin/sh\necho 15\n" }, script: "chmod +x bin/node" }),
  },
];
