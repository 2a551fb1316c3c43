import { z } from "zod";
import { findStoredSpecIssues, type Spec, specShape } from "../task/spec.ts";
import { innerPath } from "../wire/path.ts";
import { findUnreadable, type Issue, type Parsed, parseShape } from "../wire/yaml.ts";
import type { QuestInput, QuestShape, RawStep } from "./quest.ts";
import { type Repeat, repeat } from "./repeat.ts";

/**
 * Fills `{{name}}` in a quest's steps. Values go into texts
 * that are already parsed, so they can't change the structure.
 */
export type QuestValues = Record<string, string | number | boolean>;
export type FilledStep = { spec: Spec; prompt?: string | undefined; repeat?: Repeat | undefined };
export type FilledQuest = { values: QuestValues; steps: FilledStep[] };

const placeholder = /\{\{\s*([A-Za-z0-9_]+)\s*\}\}/g;
/** Fields that are run, opened or compared: free text has no place there. */
const risky = new Set([
  "id",
  "project",
  "owner",
  "priority",
  "outputs",
  "artifacts",
  "depends_on",
  "url",
  "serve",
  "command",
  "file",
  "tests",
  "prompt",
  "repeat",
]);
const multiline = new Set(["description", "inputs"]);

type Leaf = { path: (string | number)[]; text: string };
function leaves(value: unknown, path: (string | number)[]): Leaf[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, [...path, index]));
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
}
const namedKeys = (path: readonly (string | number)[]) => path.filter((part) => typeof part === "string");

/** Unknown names, and free text where it could become a command or a path. */
export function placeholderIssues(quest: QuestShape): Issue[] {
  const inputs = new Map(quest.inputs.map((input) => [input.name, input]));
  return quest.steps.flatMap((step, index) =>
    leaves(step, []).flatMap(({ path, text }) =>
      [...text.matchAll(placeholder)].flatMap(([, name = ""]) => {
        const problem = problemAt(name, inputs.get(name), namedKeys(path), step.repeat !== undefined);
        return problem ? [{ path: ["steps", index, ...path].join("."), message: problem }] : [];
      }),
    ),
  );
}
function problemAt(name: string, input: QuestInput | undefined, keys: readonly string[], repeats: boolean): string | undefined {
  if (name === "n") return repeats ? undefined : "{{n}} stands only in a step that repeats";
  if (!input) return `there is no input ${name}`;
  if ((input.kind === "text" || input.kind === "long") && keys.some((key) => risky.has(key)))
    return `{{${name}}} is free text and can't stand in a command, address or path`;
  if (input.kind === "long" && !multiline.has(keys[0] ?? ""))
    return `{{${name}}} can have several lines and stands only in description or inputs`;
  return input.required || input.default !== undefined || keys.every((key) => !risky.has(key)) ? undefined : `{{${name}}} may be empty`;
}

/** Values with which a package can be checked before anybody filled it in. */
export function sampleValues(quest: QuestShape): QuestValues {
  const sample = (input: QuestInput): string | number | boolean => {
    if (input.default !== undefined) return input.default;
    if (input.kind === "number") return Math.max(input.min, Math.min(1, input.max));
    if (input.kind === "boolean") return true;
    return input.kind === "choice" ? (input.options[0] ?? "") : "sample".slice(0, "max" in input ? input.max : 6);
  };
  return Object.fromEntries(quest.inputs.map((input) => [input.name, sample(input)]));
}

function shapeOf(input: QuestInput): z.ZodType<string | number | boolean> {
  switch (input.kind) {
    case "text":
      return z
        .string()
        .trim()
        .min(input.required ? 1 : 0)
        .max(input.max)
        .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, "must be one line");
    case "long":
      return z
        .string()
        .trim()
        .min(input.required ? 1 : 0)
        .max(input.max);
    case "slug":
      return z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, "lower-case letters, digits and -, 2 to 40");
    case "number":
      return z.number().min(input.min).max(input.max);
    case "choice":
      return z.string().refine((value) => input.options.includes(value), "must be one of the options");
    case "boolean":
      return z.boolean();
  }
}
/** The member's values, with defaults; unknown names and wrong kinds are refused by path. */
export function readQuestValues(quest: QuestShape, given: Readonly<Record<string, unknown>>): Parsed<QuestValues> {
  const issues: Issue[] = Object.keys(given)
    .filter((name) => !quest.inputs.some((input) => input.name === name))
    .map((name) => ({ path: `inputs.${name}`, message: "is not an input of this quest" }));
  const values: QuestValues = {};
  for (const input of quest.inputs) {
    const value = given[input.name] ?? input.default;
    if (value === undefined && input.required) issues.push({ path: `inputs.${input.name}`, message: "is needed" });
    const read = value === undefined ? undefined : parseShape(value, shapeOf(input), `inputs.${input.name}`);
    if (read?.ok) values[input.name] = read.value;
    else if (read) issues.push(...read.issues);
  }
  return issues.length === 0 ? { ok: true, value: values } : { ok: false, issues };
}

function substitute(value: unknown, values: QuestValues): unknown {
  if (Array.isArray(value)) return value.map((item) => substitute(item, values));
  if (value !== null && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, values)]));
  if (typeof value !== "string") return value;
  const whole = /^\{\{\s*([A-Za-z0-9_]+)\s*\}\}$/.exec(value)?.[1];
  if (whole !== undefined && typeof values[whole] === "number") return values[whole]; // a number stays a number
  return value.replace(placeholder, (_all, name: string) => String(values[name] ?? ""));
}

const stepExtras = z.object({ prompt: innerPath.optional(), repeat: repeat.optional() });

/**
 * The quest's steps as specs. A step that repeats comes as its
 * first occurrence; `fillOccurrence` makes the others.
 */
export function fillQuest(quest: QuestShape, given: Readonly<Record<string, unknown>>): Parsed<FilledQuest> {
  const values = readQuestValues(quest, given);
  if (!values.ok) return values;
  const issues: Issue[] = [];
  const steps: FilledStep[] = [];
  for (const [index, raw] of quest.steps.entries()) {
    const step = fillStep(raw, values.value, 1, `steps.${index}`);
    if (step.ok) steps.push(step.value);
    else issues.push(...step.issues);
  }
  return issues.length === 0 ? { ok: true, value: { values: values.value, steps } } : { ok: false, issues };
}
function fillStep(raw: RawStep, values: QuestValues, n: number, under: string): Parsed<FilledStep> {
  const { prompt, repeat: again, ...rest } = raw;
  const filled = { ...values, n };
  const extras = parseShape(
    substitute({ ...(prompt === undefined ? {} : { prompt }), ...(again === undefined ? {} : { repeat: again }) }, filled),
    stepExtras,
    under,
  );
  if (!extras.ok) return extras;
  const read = parseShape(substitute(rest, filled), specShape, under);
  if (!read.ok) return read;
  const issues = findStoredSpecIssues(read.value).map((issue) => ({ ...issue, path: `${under}.${issue.path}` }));
  return issues.length === 0 ? { ok: true, value: { spec: read.value, ...extras.value } } : { ok: false, issues };
}
/**
 * What is too much of it before it is begun: its plan and its run,
 * with what they come to say of it later, must be read again.
 */
export function findTooLong({ values, steps }: FilledQuest): Issue[] {
  return findUnreadable({ inputs: values, steps }, { bytes: 192 * 1024, depth: 16, tokens: 30_000 });
}
/** The n-th time of a step that repeats (1 is the first), with an id of its own. */
export function fillOccurrence(quest: QuestShape, id: string, values: QuestValues, n: number): Parsed<Spec> {
  const index = quest.steps.findIndex((step) => step.id === id);
  const raw = quest.steps[index];
  if (!raw || raw.repeat === undefined) return { ok: false, issues: [{ path: `steps.${index}`, message: "does not repeat" }] };
  const step = fillStep(raw, values, n, `steps.${index}`);
  return step.ok ? { ok: true, value: { ...step.value.spec, id: `${step.value.spec.id}-${n}` } } : step;
}
