import { readdirSync, readFileSync } from "node:fs";
import { z } from "zod";
import { findExcessCapabilities } from "../../schema/agent/capability.ts";
import {
  findPackageIssues,
  type PackageFile,
  packageLimits,
  type Quest,
  type QuestSource,
  readQuest,
  readQuestSource,
} from "../../schema/quest/quest.ts";
import { packageOut } from "../../schema/quest/quest-package.ts";
import { box } from "../../schema/stack/stack.ts";
import { AppError, invalidIssues } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import type { Parsed } from "../../schema/wire/yaml.ts";
import { growCapabilities, readOfferedTypes } from "../agent/agent-type.ts";
import { readFiles, readFileText, requireFile } from "../git/file-content.ts";
import { Git } from "../git/git.ts";
import type { Self } from "../kernel/self.ts";

/**
 * Where quests are read: the platform's library, and at a pinned commit the member's own Gitea or an address
 * outside that its operator allows. Nothing of a package is ever run or checked out here.
 */
export type Package = { source: QuestSource; quest: Quest; texts: ReadonlyMap<string, string> };

const folder = new URL("../../schema/quests/", import.meta.url);
function shipped(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const packages = new Map<string, Map<string, string>>();
  for (const file of files) {
    const path = `${file.parentPath}/${file.name}`;
    const [name = "", ...rest] = path.slice(folder.pathname.length).split("/");
    packages.set(name, (packages.get(name) ?? new Map()).set(rest.join("/"), readFileSync(path, "utf8")));
  }
  return packages;
}
/** Texts of each shipped quest by the path in its folder. */
const library = shipped();
export const libraryIds: readonly string[] = [...library.keys()].sort();
/**
 * One line each, for the Grow Agent. Read at the start: a shipped quest that can't be read is a product that
 * is not whole.
 */
export const librarySummaries: readonly { id: string; summary: string }[] = libraryIds.map((id) => {
  const read = readQuest(library.get(id) ?? new Map());
  if (!read.ok) throw new Error(`quest ${id}: ${read.issues.map((issue) => `${issue.path} ${issue.message}`).join("; ")}`);
  const inputs = read.value.inputs.map((input) => `${input.name}${input.required && input.default === undefined ? "" : "?"}`);
  return { id, summary: `${read.value.summary} Inputs: ${inputs.join(", ")}.` };
});

/**
 * Reads the texts of a package as this member's quest: its steps' agents exist, and it asks for no more than
 * the Grow Agent has.
 */
export async function asQuest(self: Self, texts: ReadonlyMap<string, string>): Promise<Parsed<Quest>> {
  const read = readQuest(texts, new Set((await readOfferedTypes(self.db, self.vars.world.types)).keys()));
  if (!read.ok) return read;
  const more = findExcessCapabilities(read.value.permissions, growCapabilities);
  const issues = more.map(({ index, capability }) => ({
    path: `permissions.${index}`,
    message: `${capability} is more than your Grow Agent has`,
  }));
  return issues.length === 0 ? read : { ok: false, issues };
}

/**
 * The package behind what a member or an agent named. Throws `invalid` with what is wrong with it by path,
 * `not_found`, or that it can't be fetched.
 */
export async function readPackage(self: Self, text: string, requestId: string): Promise<Package> {
  const source = readQuestSource(text);
  if (!source.ok) throw invalidIssues(source.issues);
  const texts = await textsOf(self, source.value, requestId);
  const quest = await asQuest(self, texts);
  if (!quest.ok) throw invalidIssues(quest.issues);
  return { source: source.value, quest: quest.value, texts };
}
async function textsOf(self: Self, source: QuestSource, requestId: string): Promise<ReadonlyMap<string, string>> {
  if ("library" in source) {
    const texts = library.get(source.library);
    if (!texts) throw new AppError("not_found", { what: "quest" }, { message: `There is no quest ${source.library} in the library.` });
    return texts;
  }
  if ("git" in source) return outsideTexts(self, source, requestId);
  return ownTexts(self, source, requestId);
}

/**
 * Fetched by the member's host where its operator allows the address; the host reads the listing first, as it
 * is done here.
 */
async function outsideTexts(
  self: Self,
  { git: url, commit, folder }: Extract<QuestSource, { git: string }>,
  requestId: string,
): Promise<ReadonlyMap<string, string>> {
  const body = { id: newId("wrk"), url, commit, ...(folder === undefined ? {} : { folder }) };
  const { files, texts } = await self.vars.stack.json(requestId, packageOut, {
    method: "POST",
    path: "/packages",
    body,
    firstByte: 50_000,
  });
  const issues = findPackageIssues(files);
  if (issues.length > 0) throw invalidIssues(issues);
  return new Map(Object.entries(texts));
}

const blob = z.looseObject({ path: z.string(), mode: z.string(), type: z.string(), size: z.number().default(0) });
/** Lists the tree first; only a fit one is read, and of it only `quest.yaml` and prompts. */
async function ownTexts(
  self: Self,
  source: Extract<QuestSource, { project: string }>,
  requestId: string,
): Promise<ReadonlyMap<string, string>> {
  const git = new Git(self.vars.stack, requestId);
  const repo = `${box.projectOwner}/${source.project}`;
  const under = source.folder === undefined ? "" : `${source.folder}/`;
  if (!(await git.repository(repo)))
    throw new AppError("not_found", { what: "project" }, { message: `You have no project ${source.project}.` });
  const files = await listed(git, repo, source.commit, under);
  const issues = findPackageIssues(files);
  if (issues.length > 0) throw invalidIssues(issues);
  const texts = new Map<string, string>();
  const wanted = files.map(({ path }) => path).filter((path) => path === "quest.yaml" || path.endsWith(".md"));
  const there = await readFiles(
    git,
    repo,
    source.commit,
    wanted.map((path) => `${under}${path}`),
  );
  for (const path of wanted) {
    const found = there.get(`${under}${path}`);
    const text = found === undefined ? null : readFileText(requireFile(found), packageLimits.fileBytes);
    if (text === null) throw invalidIssues([{ path, message: "is not text" }]);
    texts.set(path, text);
  }
  return texts;
}
async function listed(git: Git, repo: string, commit: string, under: string): Promise<PackageFile[]> {
  const all = await git.wholeTree(repo, commit, packageLimits.listed).catch((error: unknown) => {
    if (error instanceof AppError && ["not_found", "invalid", "conflict"].includes(error.code))
      throw new AppError("not_found", { what: "commit" }, { message: `${repo} has no commit ${commit.slice(0, 10)}.` });
    throw error;
  });
  if (all.length >= packageLimits.listed) throw invalidIssues([{ path: "", message: `holds more than ${packageLimits.listed} files` }]);
  const entries = z.array(blob).parse(all.filter((entry) => entry.type !== "tree" && entry.path.startsWith(under)));
  return entries.map(({ path, mode, size }) => ({ path: path.slice(under.length), mode, bytes: size }));
}
