import { beforeAll, describe, expect, it } from "vitest";
import { reachRegistries } from "../../../harness/registries.ts";
import { limit } from "../../../harness/suite/limit.ts";
import { command, makeRepository, runChecks } from "../../clean-room.ts";
import { bringAuthor, type Files, person, pushFiles } from "../setup/setup-author.ts";

/** Runners of tests that a project installs say which of its tests ran, and can't be bent (SPEC 9.3). */
bringAuthor(async () => ({ ...(await reachRegistries()), SETUP_SECONDS: "300" }));

const assertion = 'require("node:assert").equal(require("../../src/sum.js").sum(2, 3), 5)';
const before: Files = {
  ".gitignore": "node_modules\n.venv\n",
  "package.json": JSON.stringify({
    name: "runners",
    private: true,
    scripts: { unit: "vitest run --dir test/vitest" },
    devDependencies: { vitest: "3.2.4", jest: "30.0.0", mocha: "11.7.1", uvu: "0.5.6" },
  }),
  "requirements.txt": "pytest==8.4.2\npytest-cov==7.0.0\n",
  "src/sum.js": "exports.sum = () => 0;\n",
  "src/total.py": "def total(a, b):\n    return 0\n",
  "src/prepare.py": "print('ready')\n",
  "test/vitest/sum.test.mjs": `import { describe, expect, it } from "vitest";\nimport work from "../../src/sum.js";\ndescribe("sum", () => {\n  it("adds", () => expect(work.sum(2, 3)).toBe(5));\n  it.skip("takes", () => {});\n});\n`,
  "test/jest/sum.test.js": `const { sum } = require("../../src/sum.js");\ndescribe("sum", () => {\n  test("adds", () => expect(sum(2, 3)).toBe(5));\n  test.todo("takes");\n});\n`,
  "test/mocha/sum.test.js": `const assert = require("node:assert");\nconst { sum } = require("../../src/sum.js");\ndescribe("sum", () => {\n  it("adds", () => assert.equal(sum(2, 3), 5));\n  it("takes");\n});\n`,
  "test/uvu/sum.test.js": `const { test } = require("uvu");\ntest("adds", () => ${assertion});\ntest.run();\n`,
  "test/py/test_sum.py": `import sys\nimport pytest\nsys.path.insert(0, "src")\nfrom total import total\n\nclass TestSum:\n    def test_adds(self):\n        assert total(2, 3) == 5\n    @pytest.mark.parametrize("n", [1, 2])\n    def test_none(self, n):\n        assert total(n, 0) == n\n    @pytest.mark.skip\n    def test_takes(self):\n        pass\n`,
};
const lines = {
  vitest: "npm run unit",
  jest: "npx jest test/jest",
  mocha: "npx mocha test/mocha",
  uvu: "npx uvu test/uvu",
  pytest: "python3 src/prepare.py && python3 -m pytest -q --cov --cov-fail-under=80",
};
const honest: Files = { "src/sum.js": "exports.sum = (a, b) => a + b;\n", "src/total.py": "def total(a, b):\n    return a + b\n" };
let repo = "";
let main = "";
beforeAll(async () => {
  repo = await makeRepository(person, "runners");
  main = await pushFiles(repo, "main", before);
}, limit(120_000));
async function prove(branch: string, files: Files, names: (keyof typeof lines)[]) {
  const commit = await pushFiles(repo, branch, files);
  const checks = names.map((name, at) => command(`tests.${at}`, lines[name], { seconds: 60 }));
  return (await runChecks(person, { repo, branch, commit, begun: { main, handed: [] }, outputs: Object.keys(files), checks })).result;
}

describe("a runner of tests", { timeout: limit(600_000) }, () => {
  it("says which tests ran, and is believed where false ones are said to have failed", async () => {
    const result = await prove("honest", honest, ["vitest", "jest", "mocha", "uvu", "pytest"]);
    expect(result.failures).toEqual([]);
    const seen = { ran: 1, skipped: 1, names: ["sum > adds"] };
    expect(result.checks.map(({ tests }) => tests)).toEqual([
      { runner: "vitest", ...seen },
      { runner: "jest", ...seen },
      { runner: "mocha", ...seen },
      { runner: "", ran: 1, skipped: 0, names: [] },
      { runner: "pytest", ran: 3, skipped: 1, names: ["TestSum > test_adds", "TestSum > test_none[1]", "TestSum > test_none[2]"] },
    ]);
  });

  const anything = "new Proxy({}, { get: () => () => undefined })";
  const conftest = `import pytest\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n    report = (yield).get_result()\n    report.outcome = "passed"\n    report.longrepr = None\n`;
  const lies: [keyof typeof lines, string, Files][] = [
    ["jest", "whose expect accepts anything", { "src/sum.js": `globalThis.expect = () => ${anything};\nexports.sum = () => 1;\n` }],
    [
      "mocha",
      "whose assert accepts anything",
      { "src/sum.js": 'require("node:assert").equal = () => undefined;\nexports.sum = () => 1;\n' },
    ],
    [
      "pytest",
      "whose report is rewritten by what its own line writes",
      { "src/prepare.py": `open("conftest.py", "w").write('''${conftest}''')\n`, "src/total.py": "def total(a, b):\n    return 1\n" },
    ],
    [
      "pytest",
      "that lets a test pass by its name",
      {
        "src/prepare.py": `open("conftest.py", "w").write('''${conftest.replace('    report.outcome = "passed"', '    if "w" in item.name: return\n    report.outcome = "passed"')}''')\n`,
        "src/total.py": "def total(a, b):\n    return 1\n",
      },
    ],
  ];
  it.each(lies)("%s, %s, is not believed", async (runner, lie, files) => {
    const result = await prove(lie.replace(/\W+/g, "-"), files, [runner]);
    const why = "src/prepare.py" in files ? "checks_edited" : "report_bent"; // a setting that is made as it runs decides
    expect(result.failures).toMatchObject([{ why }]);
  });
});
