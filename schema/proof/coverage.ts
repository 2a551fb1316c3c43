import { z } from "zod";
import { type DeclinedEffect, describeEffect, type Effect } from "../approval/effect.ts";
import type { Spec } from "../task/spec.ts";
import { startOfText } from "../wire/foreign-text.ts";

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
  // A review has the scenarios of the work it reads, and no check of its own: they are not its to show.
  const shown = spec.owner === "reviewer" && spec.acceptance.length + spec.tests.length === 0 ? [] : spec.scenarios;
  const scenarios = shown.map((text, index): CoverageEntry => {
    const by = checksFor(spec, index + 1);
    const name = `scenarios.${index}`;
    if (by.length > 0) return { name, text, state: "checked", by }; // a check that passed says more than any word
    return { name, text, state: declined.some(({ effect }) => speaksOf(text, effect)) ? "declined" : "not checked" };
  });
  return [...scenarios, ...outputs];
}
/**
 * What several receipts say together, of tasks that have scenarios of one another: a test, a merge or a
 * second try has those of the work it follows. What one of them shows is shown.
 */
export function mergeCoverage(all: readonly (readonly CoverageEntry[])[]): CoverageEntry[] {
  const rank = (entry: CoverageEntry | undefined) => (entry ? coverageStates.toReversed().indexOf(entry.state) : -1);
  const merged = new Map<string, CoverageEntry>();
  for (const entry of all.flat().filter(isScenario)) if (rank(entry) > rank(merged.get(entry.text))) merged.set(entry.text, entry);
  return [...merged.values()];
}
const isScenario = ({ name }: CoverageEntry) => name.startsWith("scenarios.");

/**
 * How much of what was asked for in words a check has shown: the scenarios of a spec. Its constraints tell
 * how the work is to be done and name no check, so they are not counted.
 */
export const coveredShape = z.object({ checked: z.number().int().nonnegative(), asked: z.number().int().positive() });
export type Covered = z.infer<typeof coveredShape>;
const [mostMissing, mostMissingText] = [20, 120];
/** `missing`: the others by name, one line each; a declined one with that word. */
export const provenShape = coveredShape.extend({ missing: z.array(z.string().max(mostMissingText + 20)).max(mostMissing) });
export type ProvenSeen = z.infer<typeof provenShape>;
/** Undefined where nothing was asked for in words: then the checks are all that was. */
export function countProven(coverage: readonly CoverageEntry[] = []): ProvenSeen | undefined {
  const asked = coverage.filter(isScenario);
  if (asked.length === 0) return undefined;
  const others = asked.filter(({ state }) => state !== "checked");
  const missing = others.map(({ text, state }) => `${shortenName(text)}${state === "declined" ? " (declined)" : ""}`);
  return { checked: asked.length - others.length, asked: asked.length, missing: missing.slice(0, mostMissing) };
}
function shortenName(text: string): string {
  const line = startOfText(text, 1_000).replace(/\s+/g, " ").trim().replace(/[.;]$/, "");
  return line.length > mostMissingText ? `${startOfText(line, mostMissingText - 1)}…` : line;
}
export const isWhole = (covered: Covered | null | undefined): boolean => !covered || covered.checked === covered.asked;
/** A proof in a word: Verified only where each thing asked for was checked. */
export const headlineOf = (covered: Covered | null | undefined): string =>
  !covered || isWhole(covered) ? "Verified" : `${covered.checked} of ${covered.asked} checked`;
/** The things that no check has shown, the first three by name; "" where there are none. */
export function describeUnchecked(proven: ProvenSeen | null | undefined): string {
  if (!proven || isWhole(proven)) return "";
  const named = proven.missing.slice(0, 3);
  const more = proven.asked - proven.checked - named.length;
  return `Not checked: ${named.join("; ")}${more > 0 ? ` and ${more} more` : ""}`;
}
/** Headline and names; "" where all was checked. */
export const describePart = (proven: ProvenSeen | null | undefined): string =>
  isWhole(proven) ? "" : `${headlineOf(proven)}. ${describeUnchecked(proven)}`;
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
