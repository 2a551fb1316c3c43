import { z } from "zod";
import { capabilityShape, isKnownCapability } from "../agent/capability.ts";
import { findPlanIssues } from "../plan/plan.ts";
import { type Budget, budgetShape, projectName } from "../task/spec.ts";
import { commitHash } from "../task/task-command.ts";
import { innerPath, isWithin } from "../wire/path.ts";
import { type Issue, type Parsed, readYaml, yamlIssue } from "../wire/yaml.ts";
import { fillQuest, placeholderIssues, sampleValues } from "./quest-fill.ts";

/**
 * A quest: a folder or Git repository at a pinned commit, with `quest.yaml` and prompts, that runs as tasks.
 */
export const inputName = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, "lower-case letters, digits and _, at most 40");
const title = z.string().trim().min(1).max(200);
/**
 * What the member fills in. `slug`, `number`, `choice` and
 * `boolean` may stand in commands and paths; free text may not.
 */
export const questInput = z.discriminatedUnion("kind", [
  z.strictObject({
    name: inputName,
    title,
    kind: z.literal("text"),
    required: z.boolean().default(true),
    default: z.string().max(500).optional(),
    max: z.number().int().min(1).max(500).default(200),
  }),
  z.strictObject({
    name: inputName,
    title,
    kind: z.literal("long"),
    required: z.boolean().default(true),
    default: z.string().max(4_000).optional(),
    max: z.number().int().min(1).max(4_000).default(4_000),
  }),
  z.strictObject({
    name: inputName,
    title,
    kind: z.literal("slug"),
    required: z.boolean().default(true),
    default: z.string().max(40).optional(),
  }),
  z.strictObject({
    name: inputName,
    title,
    kind: z.literal("number"),
    required: z.boolean().default(true),
    default: z.number().optional(),
    min: z.number().default(0),
    max: z.number().default(1_000_000),
  }),
  z.strictObject({
    name: inputName,
    title,
    kind: z.literal("choice"),
    required: z.boolean().default(true),
    default: z.string().optional(),
    options: z.array(z.string().min(1).max(200)).min(1).max(30),
  }),
  z.strictObject({
    name: inputName,
    title,
    kind: z.literal("boolean"),
    required: z.boolean().default(true),
    default: z.boolean().optional(),
  }),
]);
export type QuestInput = z.infer<typeof questInput>;

/** Steps come as they are written: only filled in do they become specs. */
const rawStep = z.looseObject({ id: z.string().max(200) });
export type RawStep = z.infer<typeof rawStep>;
export const questShape = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/),
  version: z.string().regex(/^[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}$/, "must be like 1.0.0"),
  title,
  summary: z.string().trim().min(1).max(500),
  inputs: z.array(questInput).max(30).default([]),
  /** How the quest agent leads the member: a file of the package. */
  prompt: innerPath,
  steps: z.array(rawStep).min(1).max(40),
  permissions: z.array(capabilityShape.refine(isKnownCapability, "names something that does not exist")).max(60),
  budget: budgetShape,
  /** Files it puts into memory when it starts, below `quests/<id>/`. */
  memory: z
    .array(z.strictObject({ path: innerPath, text: z.string().max(16_000) }))
    .max(20)
    .default([]),
});
export type QuestShape = z.infer<typeof questShape>;
export type Quest = QuestShape & { prompts: ReadonlyMap<string, string>; budget: Budget };

// ── the package ────────────────────────────────────────────────────────────────────────────────────────────

/** As `git ls-tree -r -l` lists it. Texts are read only after the listing was accepted. */
export type PackageFile = { path: string; mode: string; bytes: number };
export const packageLimits = {
  files: 200,
  fileBytes: 256 * 1024,
  bytes: 2 * 1024 * 1024,
  /** Of a repository that holds it: files that are listed, and bytes of the pack that is fetched. */
  listed: 5_000,
  packBytes: 16 * 1024 * 1024,
} as const;
const gitSettingFiles = new Set([".gitmodules", ".gitattributes", ".lfsconfig", ".mailmap"]);

/**
 * What makes a package unfit, by path of the file. Nothing of it is read or checked out before this is empty.
 */
export function findPackageIssues(files: readonly PackageFile[]): Issue[] {
  const issues: Issue[] = [];
  if (files.length > packageLimits.files) issues.push({ path: "", message: `holds more than ${packageLimits.files} files` });
  if (files.reduce((sum, file) => sum + file.bytes, 0) > packageLimits.bytes)
    issues.push({ path: "", message: `is larger than ${packageLimits.bytes} bytes` });
  if (!files.some((file) => file.path === "quest.yaml")) issues.push({ path: "quest.yaml", message: "is missing" });
  const seen = new Set<string>();
  for (const { path, mode, bytes } of files) {
    const problem = fileProblem(path, mode, bytes, seen);
    if (problem) issues.push({ path, message: problem });
    seen.add(path.normalize("NFC").toLowerCase());
  }
  return issues;
}
function fileProblem(path: string, mode: string, bytes: number, seen: ReadonlySet<string>): string | undefined {
  if (mode === "120000") return "symbolic links are not taken";
  if (mode === "160000") return "submodules are not taken";
  if (mode !== "100644" && mode !== "100755") return `mode ${mode} is not a plain file`;
  if (!innerPath.safeParse(path).success) return "is not a path inside the package";
  if (gitSettingFiles.has(path.split("/").at(-1)?.toLowerCase() ?? "")) return "changes how Git behaves";
  if (seen.has(path.normalize("NFC").toLowerCase())) return "is there twice where upper and lower case are one";
  return bytes > packageLimits.fileBytes ? `is larger than ${packageLimits.fileBytes} bytes` : undefined;
}

/** A repository outside, by https on its usual port. */
export const gitAddress = z
  .url({ protocol: /^https$/ })
  .max(500)
  .refine((url) => !/[@\s]/.test(url.slice(8).split("/")[0] ?? ""), "must not carry a name or password")
  .refine((url) => /^https:\/\/[^/:?#]+\/[^?#]+$/.test(url), "must be https://host/path, without port, query or fragment");

/**
 * Where a quest comes from: one of the library by its id, a project of the
 * member's own Gitea, or a Git address; the last two pinned to a commit.
 */
export const questSource = z.union([
  z.strictObject({ library: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/) }),
  z.strictObject({ project: projectName, commit: commitHash, folder: innerPath.optional() }),
  z.strictObject({
    git: gitAddress,
    commit: commitHash,
    folder: innerPath.optional(),
  }),
]);
export type QuestSource = z.infer<typeof questSource>;
/**
 * `https://host/repo.git@<40 hex>` (a folder after `.git/`), `projects/name@<40 hex>`
 * or `projects/name/folder@<40 hex>` (also as the box clones it), or a library id.
 */
export function readQuestSource(text: string): Parsed<QuestSource> {
  const [, where = "", commit] = /^(.+)@([0-9a-f]{40}|[0-9a-f]{64})$/.exec(text) ?? [];
  const [, project, folder] = /^(?:http:\/\/[a-z0-9.:-]{1,80}\/)?projects\/([a-z][a-z0-9-]{1,39})(?:\.git)?(?:\/(.+))?$/.exec(where) ?? [];
  const source = { project, commit, ...(folder === undefined ? {} : { folder }) };
  const at = where.lastIndexOf(".git/", where.length - 6); // something stands behind it
  const [git, below] = at > 0 ? [where.slice(0, at + 4), where.slice(at + 5)] : [where, undefined];
  const outside = { git, commit, ...(below === undefined ? {} : { folder: below }) };
  const read = questSource.safeParse(project ? source : commit ? outside : { library: text });
  return read.success
    ? { ok: true, value: read.data }
    : yamlIssue(
        "quest",
        "must be the id of a quest in the library, or a project of yours or an https Git address, @ and a full commit hash",
      );
}

/** The whole quest from its files' texts. `owners` are the agent types there are. */
export function readQuest(texts: ReadonlyMap<string, string>, owners?: ReadonlySet<string>): Parsed<Quest> {
  const read = readYaml(texts.get("quest.yaml") ?? "", questShape, { bytes: 128 * 1024, depth: 16, tokens: 20_000 });
  if (!read.ok) return read;
  const shape = read.value;
  const issues = [...fileIssues(shape, texts), ...placeholderIssues(shape)];
  if (issues.length > 0) return { ok: false, issues };
  const sample = fillQuest(shape, sampleValues(shape));
  if (!sample.ok) return sample;
  const steps = findPlanIssues({ title: shape.title, story: "", tasks: sample.value.steps.map((step) => step.spec) }, owners);
  if (steps.length > 0) return { ok: false, issues: steps.map((issue) => ({ ...issue, path: issue.path.replace(/^tasks/, "steps") })) };
  return { ok: true, value: { ...shape, prompts: new Map([...texts].filter(([path]) => path.endsWith(".md"))) } };
}
function fileIssues(quest: QuestShape, texts: ReadonlyMap<string, string>): Issue[] {
  const issues: Issue[] = [];
  const prompts = [
    { at: "prompt", path: quest.prompt },
    ...quest.steps.map((step, index) => ({ at: `steps.${index}.prompt`, path: step.prompt })),
  ];
  for (const { at, path } of prompts)
    if (path !== undefined && !(typeof path === "string" && path.endsWith(".md") && texts.has(path)))
      issues.push({ path: at, message: "must be a .md file of the package" });
  for (const [index, { name }] of quest.inputs.entries())
    if (quest.inputs.findIndex((other) => other.name === name) !== index || name === "n")
      issues.push({ path: `inputs.${index}.name`, message: "is used already" });
  const again = new Set(quest.steps.filter((step) => step.repeat !== undefined).map((step) => step.id));
  for (const [index, { depends_on }] of quest.steps.entries())
    if (Array.isArray(depends_on) && depends_on.some((id) => again.has(id)))
      issues.push({ path: `steps.${index}.depends_on`, message: "names a step that repeats: it is never over" });
  for (const [index, { path }] of quest.memory.entries())
    if (!isWithin(`quests/${quest.id}`, path)) issues.push({ path: `memory.${index}.path`, message: `must lie below quests/${quest.id}/` });
  return issues;
}
