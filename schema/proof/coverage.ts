import { z } from "zod";
import { type DeclinedEffect, describeEffect, type Effect } from "../approval/effect.ts";
import type { Spec } from "../task/spec.ts";

/**
 * What a receipt says of each scenario and each output of its
 * spec: what a machine did not look at is never told as checked.
 */
export const coverageStates = ["checked", "not checked", "declined"] as const;
export const coverageEntry = z.strictObject({
  /** `scenarios.0`, `outputs.2`: its place in the spec. */
  name: z.string().max(60),
  text: z.string().max(1_000),
  state: z.enum(coverageStates),
  /** The checks that showed it. */
  by: z.array(z.string().max(60)).max(60).optional(),
});
export type CoverageEntry = z.infer<typeof coverageEntry>;
type CoverageGround = { declined?: readonly DeclinedEffect[] | undefined; also?: readonly string[] };

/**
 * Of a spec whose checks all passed. `also`: files that its agent named beside the outputs, and that are
 * there.
 */
export function describeCoverage(spec: Spec, { declined = [], also = [] }: CoverageGround = {}): CoverageEntry[] {
  const outputs = [...spec.outputs, ...also].map((path, index): CoverageEntry => {
    const name = `outputs.${index}`;
    return { name, text: path, state: "checked", by: [name] };
  });
  const scenarios = spec.scenarios.map((text, index): CoverageEntry => {
    const by = checksFor(spec, index + 1);
    const name = `scenarios.${index}`;
    if (by.length > 0) return { name, text, state: "checked", by }; // a check that passed says more than any word
    return { name, text, state: declined.some(({ effect }) => speaksOf(text, effect)) ? "declined" : "not checked" };
  });
  return [...scenarios, ...outputs];
}
/** The names of the checks that say they show the scenario with this number, from 1. */
function checksFor(spec: Spec, number: number): string[] {
  const shows = (check: string | { scenarios?: number[] | undefined }) => typeof check !== "string" && check.scenarios?.includes(number);
  return [
    ...spec.tests.flatMap((test, index) => (shows(test) ? [`tests.${index}`] : [])),
    ...spec.acceptance.flatMap((check, index) => (shows(check) ? [`acceptance.${index}`] : [])),
  ];
}
/**
 * Words by which a scenario speaks of a push. No field of a spec says what a scenario brings
 * about: of one that no check shows, its words are all there is, and both answers say that
 * nobody looked. What was declined itself stands in the receipt by its effect (`declinedTexts`).
 */
const pushWords: Record<string, readonly string[]> = { main: ["main", "merge", "push"], tags: ["tag", "version", "release"] };
function speaksOf(scenario: string, effect: Effect): boolean {
  const text = scenario.toLowerCase();
  const object = effect.slice(effect.indexOf(":") + 1).toLowerCase();
  const words = effect.startsWith("push:") ? (pushWords[object] ?? [object]) : [object];
  return words.some((word) => text.includes(word));
}
/** What was declined, in words, each once. */
export const declinedTexts = (declined: readonly DeclinedEffect[] = []): string[] => [
  ...new Set(declined.map(({ effect, unanswered }) => `${describeEffect(effect)}${unanswered ? " (nobody answered in time)" : ""}`)),
];
