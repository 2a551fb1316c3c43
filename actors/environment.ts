import { chooseImage, describeEnvironment, detectEnvironment } from "../schema/environment/describe-environment.ts";
import {
  describeEnvironmentIssues,
  environmentPath,
  type ImageVariant,
  readEnvironment,
  type ServiceName,
} from "../schema/environment/environment.ts";
import { composeProjectBriefing, instructionsPath, type ProjectBriefing } from "../schema/environment/environment-prompt.ts";
import { listNearRoot } from "../schema/environment/near-root.ts";
import { findSetupPaths, isLockfile } from "../schema/environment/setup-paths.ts";
import { box } from "../schema/stack/stack.ts";
import { AppError } from "../schema/wire/error.ts";
import { yamlIssue } from "../schema/wire/yaml.ts";
import { findBranchHead } from "./git/branch-head.ts";
import { readFileText } from "./git/file-content.ts";
import { Git, mainBranch } from "./git/git.ts";
import { me, type Self } from "./kernel/self.ts";

/** So large a file is read. */
const mostBytes = 128 * 1024;

/**
 * What an agent is told of a project: how it is built and run, and what its AGENTS.md says, both as main has
 * them. Undefined for a project of which nothing was heard yet. Read once for each commit of main.
 */
export const briefOnProject = async (self: Self, project: string, requestId: string): Promise<string | undefined> =>
  (await readBriefing(self, project, requestId))?.text;
/** How a project is built and run, in words, as main has it; nothing of it while its stack is away. */
export async function describeProjectEnvironment(self: Self, project: string, requestId: string): Promise<string[]> {
  if (!(await me(self.db)).ready) return [];
  try {
    return (await readBriefing(self, project, requestId))?.environment ?? [];
  } catch (error) {
    if (error instanceof AppError && (error.code === "unavailable" || error.code === "timeout")) return [];
    throw error;
  }
}

/**
 * The services that an agent's commands are to find: as its branch asks for them, where it has pushed one,
 * else as main does.
 */
export async function readProjectServices(self: Self, project: string, branch: string | null, requestId: string): Promise<ServiceName[]> {
  const repo = `${box.projectOwner}/${project}`;
  const pushed = branch === null || branch === mainBranch ? undefined : await findBranchHead(self.db, repo, branch);
  if (pushed === undefined) return (await readBriefing(self, project, requestId))?.services ?? [];
  const file = (await new Git(self.vars.stack, requestId).contents(repo, pushed, [environmentPath])).get(environmentPath);
  const read = readEnvironment((file && readFileText(file, mostBytes)) ?? "");
  return read.ok ? read.value.services : [];
}

/**
 * The image that a project is built in: as the branch of an agent asks for it, where it has pushed one, or as
 * main does.
 */
export async function readProjectImage(self: Self, project: string, branch: string | null, requestId: string): Promise<ImageVariant> {
  const repo = `${box.projectOwner}/${project}`;
  if ((await readBriefing(self, project, requestId))?.image === "full") return "full";
  const pushed = branch === null || branch === mainBranch ? undefined : await findBranchHead(self.db, repo, branch);
  const found = pushed && (await readProjectBriefing(new Git(self.vars.stack, requestId), repo, pushed, project));
  return found ? found.image : "workshop";
}

type Briefing = { commit: string; text: string; environment: string[]; services: ServiceName[]; image: ImageVariant };
async function readBriefing(self: Self, project: string, requestId: string): Promise<Briefing | undefined> {
  const repo = `${box.projectOwner}/${project}`;
  const commit = await findBranchHead(self.db, repo, mainBranch);
  if (commit === undefined) return undefined;
  const known = self.vars.briefings.get(repo);
  if (known?.commit === commit) return known;
  const found = await readProjectBriefing(new Git(self.vars.stack, requestId), repo, commit, project);
  if (found === undefined) return undefined;
  const issues = describeEnvironmentIssues(found.issues);
  const briefing = {
    commit,
    text: composeProjectBriefing(found),
    environment: [...found.environment, ...issues],
    services: found.services,
    image: found.image,
  };
  self.vars.briefings.set(repo, briefing);
  return briefing;
}
type FoundProject = ProjectBriefing & { services: ServiceName[]; image: ImageVariant };
async function readProjectBriefing(git: Git, repo: string, commit: string, project: string): Promise<FoundProject | undefined> {
  const files = await listNearRoot(commit, (tree) => git.folder(repo, tree));
  if (!files) return undefined; // the repository may have been made anew since the log told of that commit
  const paths = [...files.keys()];
  const decisive = findSetupPaths(paths);
  const asked = [environmentPath, instructionsPath, ...decisive.filter((path) => !isLockfile(path))].filter(
    (path) => (files.get(path)?.size ?? Number.POSITIVE_INFINITY) <= mostBytes,
  );
  const contents = await git.contents(repo, commit, asked);
  const textOf = (path: string) => {
    const file = contents.get(path);
    return (file && readFileText(file, mostBytes)) ?? undefined;
  };
  const texts = Object.fromEntries(decisive.map((path) => [path, textOf(path) ?? ""]));
  const said = textOf(environmentPath);
  const isThere = files.has(environmentPath);
  const read = said === undefined ? (isThere ? yamlIssue("", "is no text, or too large") : undefined) : readEnvironment(said);
  const detected = detectEnvironment(paths, texts);
  return {
    project,
    environment: describeEnvironment(detected, read?.ok ? read.value : undefined),
    issues: read && !read.ok ? read.issues : [],
    instructions: textOf(instructionsPath),
    services: read?.ok ? read.value.services : [],
    image: chooseImage(paths, read?.ok ? read.value : undefined),
  };
}
