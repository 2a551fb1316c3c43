import fc from "fast-check";
import { type Plan, planShape } from "../../../schema/plan/plan.ts";
import { priorities, type Spec, type SpecIn, specShape } from "../../../schema/task/spec.ts";

export const task = (id: string, depends_on: string[] = [], over: Partial<SpecIn> = {}): Spec =>
  specShape.parse({ id, title: `Do ${id}`, owner: "coding", tests: ["true"], depends_on, ...over });
export const planOf = (...tasks: Spec[]): Plan => planShape.parse({ title: "A plan", tasks });

/** A plan without cycles: each task depends on earlier ones, then the list is shuffled. */
export const acyclic = fc
  .array(
    fc.tuple(
      fc.array(fc.nat(20), { maxLength: 3 }),
      fc.constantFrom(...priorities),
      fc.constantFrom("coding", "testing", "reviewer", "repo", "monitoring"),
    ),
    { minLength: 1, maxLength: 14 },
  )
  .map((rows) =>
    rows.map(([deps, priority, owner], index) =>
      task(`T${index}`, [...new Set(deps.filter((dep) => dep < index).map((dep) => `T${dep}`))], { priority, owner }),
    ),
  )
  .chain((tasks) => fc.shuffledSubarray(tasks, { minLength: tasks.length }))
  .map((tasks) => planOf(...tasks));
