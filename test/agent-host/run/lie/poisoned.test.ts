import { beforeAll, describe, expect, it } from "vitest";
import { limit } from "../../../harness/suite/limit.ts";
import { someOf } from "../../../harness/suite/long-run.ts";
import { bringPackages } from "../setup/packages.ts";
import { type Base, bases, right } from "./bases.ts";
import { makeProject, type Project, prove } from "./liar.ts";
import { bends, type LieKind, type Operator, work } from "./lie.ts";
import { operators } from "./operators.ts";

/**
 * One project does not poison another, nor itself: a lie is told with the member's yes to each of its files,
 * so all of it takes effect, and then the same packages judge plain work, without any trick in it.
 */
bringPackages();
const packaged = bases.filter(({ packages }) => packages);
const before = new Map<string, Project>();
beforeAll(async () => {
  for (const base of packaged) {
    const project = await makeProject(base, `before-${base.name}`);
    before.set(base.name, project);
    expect((await prove(project, honest(base))).result.failures).toEqual([]); // what it has installed is there
  }
}, limit(120_000));

const honest = (base: Base) => ({ files: work(base, { value: right[base.language] }) });
const kinds: LieKind[] = ["tree", "configuration", "lockfile", "run"];
/** No lie by itself, as the runner is loaded by then: a check that comes later would meet it. */
const writesInstalled: Operator = {
  name: "writes in what is installed while it runs",
  bases: packaged.map(({ name }) => name),
  tell: (base) => ({
    files: work(base, {
      load:
        base.language === "js"
          ? 'for (const at of ["node_modules/grades/grades.js", "node_modules/.bin/grades"]) try { require("node:fs").writeFileSync(at, "#!/usr/bin/env node\\n"); } catch {}'
          : `import glob\nfor at in glob.glob(".venv/lib/**/pygreeter/__init__.py", recursive=True):\n    try:\n        open(at, "w").write(${JSON.stringify(`${bends.py}\nWORD = "hello"\n`)})\n    except OSError:\n        pass`,
    }),
  }),
};
const poisons = kinds
  .flatMap((kind) => [...operators[kind], ...(kind === "run" ? [writesInstalled] : [])].map((each) => ({ ...each, kind })))
  .flatMap((each) => packaged.filter(({ name }) => each.bases.includes(name)).map((base) => ({ ...each, base, on: base.name })))
  .map((each, at) => ({ ...each, at }));

describe("a project after one that is poisoned", { timeout: limit(300_000) }, () => {
  it.concurrent.each(someOf(poisons, 0, 16))(
    "refuses wrong work, and proves honest work: $kind, $on, $name",
    async ({ at, base, tell }) => {
      const told = tell(base, { word: `poison${at}`, at });
      const poisoned = await makeProject(base, `poisoned-${at}`);
      const changed = Object.keys(told.files ?? {}).filter((path) => path !== base.source && path !== "make.py");
      await prove(poisoned, { ...told, outputs: [...new Set([...changed, ...(told.also ?? [])])], also: [] });
      const after = await makeProject(base, `after-${at}`);
      for (const project of [after, before.get(base.name)!, poisoned]) {
        const wrong = await prove(project, { files: work(base) });
        expect([wrong.result.passed, wrong.result.failures.map(({ why }) => why)]).toEqual([false, ["exit_code"]]);
        expect((await prove(project, honest(base))).result.failures).toEqual([]);
      }
    },
  );
});
