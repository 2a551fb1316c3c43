import { type Spec, sameId, specShape } from "./spec.ts";

/** Hand-offs: coding → testing → review → repo. Pure, over the specs of one plan. */

/** The member's own agent, who hands work on and has it merged. */
export const managerOwner = "manager";
/** Owners whose work is tested, reviewed and merged by others. */
export const builderTypes: readonly string[] = ["coding", "backend-crud", "migration"];
/** Owners who look at that work; what they find goes back to it. */
export const checkerTypes: readonly string[] = ["testing", "reviewer"];
const stages = [
  {
    owner: "testing",
    suffix: "test",
    title: "Test",
    text: "Try to break it: run its checks, add the tests that are missing, and report what fails.",
  },
  {
    owner: "reviewer",
    suffix: "review",
    title: "Review",
    text: "Read the change against its spec: correctness, security, simplicity. Write the review file.",
  },
  {
    owner: "repo",
    suffix: "merge",
    title: "Merge",
    text: "Merge the branch into main. A conflict goes to the member with both sides; nothing is resolved by guessing.",
  },
] as const;

/**
 * Adds to each builder's work the stages that are missing after it. What depended on the work depends on its
 * merge.
 */
export function withHandOffs(tasks: readonly Spec[]): Spec[] {
  return tasks.filter((task) => builderTypes.includes(task.owner)).reduce<Spec[]>((all, task) => withStages(all, task), [...tasks]);
}
/** Adds the missing stages to one work. */
export function withStages(tasks: readonly Spec[], work: Spec): Spec[] {
  const chain = stagesOf(tasks, work);
  const added: Spec[] = [];
  for (const stage of stages.slice(chain.length)) {
    const id = freeId([...tasks, ...added], `${work.id.slice(0, 50)}-${stage.suffix}`);
    added.push(stageOf(work, added.at(-1) ?? chain.at(-1) ?? work, stage, id));
  }
  const last = added.at(-1) ?? chain.at(-1) ?? work;
  const rest = tasks.map((task) => (chain.includes(task) ? task : (replaceDependency([task], work.id, [last.id])[0] ?? task)));
  const at = rest.findIndex((task) => task.id === work.id);
  return [...rest.slice(0, at + 1), ...added, ...rest.slice(at + 1)];
}
/** The stages that a work already has: as many as possible, and of these the ones that let the least wait. */
function stagesOf(tasks: readonly Spec[], work: Spec): Spec[] {
  const outside = (chain: readonly Spec[]) => tasks.filter((task) => task.depends_on.includes(work.id) && !chain.includes(task));
  const score = (chain: readonly Spec[]) => chain.length * (tasks.length + 1) - outside(chain).length;
  const chainsFrom = (chain: Spec[]): Spec[][] => {
    const owner = stages[chain.length]?.owner;
    const after = (chain.at(-1) ?? work).id;
    const next = tasks.filter((task) => task.owner === owner && task.depends_on.includes(after));
    // A few are enough: plans come from a model, and all ways
    // through a hundred stages would hold up everybody.
    return [chain, ...next.slice(0, 5).flatMap((task) => chainsFrom([...chain, task]))];
  };
  // What builds on the work waits for its last stage: a stage
  // that itself comes after such a task would wait for itself.
  const fine = chainsFrom([]).filter((chain) => !reaches(tasks, chain, outside(chain)));
  return fine.reduce((best, chain) => (score(chain) > score(best) ? chain : best), []);
}
function reaches(tasks: readonly Spec[], from: readonly Spec[], targets: readonly Spec[]): boolean {
  const seen = new Set(from.map((task) => task.id));
  for (const id of seen) for (const next of tasks.find((task) => task.id === id)?.depends_on ?? []) seen.add(next);
  return targets.some((task) => seen.has(task.id));
}
function freeId(tasks: readonly Spec[], wanted: string): string {
  const taken = (id: string) => tasks.some((task) => sameId(task.id, id));
  for (let n = 2, id = wanted; ; n++) {
    if (!taken(id)) return id;
    id = `${wanted}-${n}`;
  }
}
function stageOf({ anywhere, ...work }: Spec, after: Spec, stage: (typeof stages)[number], id: string): Spec {
  const report = stage.owner === "reviewer" ? [`docs/reviews/${work.id}.md`] : work.outputs;
  return {
    ...work,
    id,
    title: `${stage.title}: ${work.title}`.slice(0, 200),
    description: stage.text,
    owner: stage.owner,
    inputs: work.outputs.slice(0, 50),
    outputs: report,
    ...(anywhere !== undefined && stage.owner === "testing" ? { anywhere } : {}),
    acceptance: stage.owner === "reviewer" ? [] : work.acceptance,
    tests: stage.owner === "reviewer" ? [] : work.tests,
    budget: {},
    depends_on: [after.id],
  };
}

/** What a stage has from the work it follows. */
const fromWork = [
  "title",
  "project",
  "priority",
  "inputs",
  "outputs",
  "anywhere",
  "scenarios",
  "acceptance",
  "tests",
  "constraints",
  "artifacts",
  "deploy",
];
/**
 * `after` a change of the work: what its stages in `before` have from it follows, field by
 * field. What was changed in a stage itself stays, and a stage that has begun stays whole.
 */
export function carryWorkChange(before: readonly Spec[], after: readonly Spec[], was: Spec, now: Spec, begun: ReadonlySet<string>): Spec[] {
  const chain = stagesOf(before, was);
  return after.map((task) => {
    const stage = stages[chain.findIndex(({ id }) => id === task.id)];
    if (!stage || begun.has(task.id)) return task;
    return following(task, stageOf(was, was, stage, task.id), stageOf(now, now, stage, task.id));
  });
}
function following(task: Spec, was: Spec, now: Spec): Spec {
  const field = (spec: Spec, key: string) => JSON.stringify(Object.entries(spec).find(([name]) => name === key)?.[1]);
  const taken = new Set(fromWork.filter((key) => field(task, key) === field(was, key)));
  const unchanged = Object.entries(task).filter(([key]) => !taken.has(key));
  return specShape.parse(Object.fromEntries([...unchanged, ...Object.entries(now).filter(([key]) => taken.has(key))]));
}

/** What depended on `id` depends on `instead`. */
export function replaceDependency(tasks: readonly Spec[], id: string, instead: readonly string[]): Spec[] {
  return tasks.map((task) => {
    if (!task.depends_on.includes(id)) return task;
    return { ...task, depends_on: [...new Set(task.depends_on.flatMap((other) => (other === id ? instead : [other])))] };
  });
}
