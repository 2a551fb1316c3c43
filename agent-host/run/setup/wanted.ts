import { chooseImage } from "../../../schema/environment/describe-environment.ts";
import {
  describeEnvironmentIssues,
  type Environment,
  environmentPath,
  type ImageVariant,
  readEnvironment,
  type ServiceName,
} from "../../../schema/environment/environment.ts";
import { planInstall } from "../../../schema/environment/install.ts";
import { findSetupPaths, mostSetupPaths, type SetupTexts, setupFiles } from "../../../schema/environment/setup-paths.ts";
import { readWorkspace } from "../../../schema/environment/workspaces.ts";
import { commandsOfChecks } from "../../../schema/proof/check-file.ts";
import { listAskedPackages } from "../../../schema/proof/check-installs.ts";
import type { CheckFailure, RunIn } from "../../../schema/proof/proof.ts";
import { planSetup, type SetupPlan } from "../../../schema/proof/setup.ts";
import { hashSha256 } from "../../../schema/wire/canonical.ts";
import { innerPath, isWithin } from "../../../schema/wire/path.ts";
import type { Host } from "../../host.ts";
import type { LedgerStackRow } from "../../ledger.ts";
import { makeFailure } from "../run-step.ts";
import { failSetup, isSetupFailure } from "./failure.ts";
import { Repository } from "./repository.ts";

/**
 * What is installed for a commit. `base`: commands of the environment file run in the checkout of this
 * commit, with those files of the one to be proven that decide what is installed (`files`) and without those
 * that it has not (`gone`). Undefined where package managers install: they see what the plan names alone.
 */
export type WantedSetup = {
  plan: SetupPlan;
  texts: SetupTexts;
  /** What of the project is installed as it is, by path and hash. */
  parts: [string, string][];
  environment: { is: Environment; sha256: string } | undefined;
  base: { commit: string; files: string[]; gone: string[] } | undefined;
};

/** The image in which a commit is set up and proven, and what is installed for it, if anything is. */
export type WantedGround = { image: ImageVariant; setup: WantedSetup | undefined };

/** What decides what is installed, as a commit has it. */
type Declared = { files: readonly string[]; said: string | undefined; texts: SetupTexts };
/** Undefined where the commit is not there. */
async function readDeclared(repository: Repository, { commit, checks }: RunIn): Promise<Declared | CheckFailure | undefined> {
  const [near, first] = await Promise.all([repository.files(commit), repository.texts(commit, [environmentPath, ...setupFiles])]);
  if (isSetupFailure(first)) return first;
  if (!near) return undefined;
  const { [environmentPath]: said, ...root } = first;
  let [sizes, texts]: [typeof near, SetupTexts] = [near, root];
  const read = new Set<string>(setupFiles);
  const asked = listAskedPackages(checks);
  const isAsked = (path: string) => asked.some(({ folder }) => folder === path);
  const leadsToAsked = (path: string) => asked.some(({ folder }) => isWithin(path, folder));
  // A manifest may lead to folders, and a list to another: some times over.
  for (let round = 0; round < mostRounds; round++) {
    const workspace = readWorkspace(texts);
    const [holds, leadsTo] = [either(workspace.holds, isAsked), either(workspace.leadsTo, leadsToAsked)];
    if (workspace.any || asked.some(({ folder }) => folder !== "")) sizes = (await repository.files(commit, leadsTo)) ?? near;
    const wanted = [...findSetupPaths([...sizes.keys()], holds, Number.POSITIVE_INFINITY), ...(planInstall(texts, asked)?.files ?? [])];
    const further = [...new Set(wanted)].filter((path) => !read.has(path) && innerPath.safeParse(path).success);
    if (further.length === 0) return { files: [...sizes.keys()], said, texts };
    if (read.size + further.length > mostSetupPaths)
      return failSetup(`More than ${mostSetupPaths} files of the project decide what is installed: ${further.slice(0, 3).join(", ")} …`);
    const bytes = further.reduce((sum, path) => sum + (sizes.get(path)?.size ?? 0), 0);
    if (bytes > mostDeclaredBytes)
      return failSetup(`Files that decide what is installed are larger than ${mostDeclaredBytes / 1024 / 1024} MB in all.`);
    for (const path of further) read.add(path);
    const more = await repository.texts(commit, further);
    if (isSetupFailure(more)) return more;
    texts = { ...texts, ...more };
  }
  return failSetup(`Files that decide what is installed lead to each other more than ${mostRounds} times.`);
}
type IsFolder = (path: string) => boolean;
const either = (first: IsFolder, second: IsFolder) => (path: string) => first(path) || second(path);
const mostRounds = 10;
const mostDeclaredBytes = 32 * 1024 * 1024;

/**
 * What a commit needs installed, and its image; a failure where it can't be done. The file of
 * the environment is believed where it is as it was before the task, or the spec lists it: else a task could
 * choose what its checks are run with.
 */
export async function readWantedSetup(host: Host, row: LedgerStackRow, input: RunIn): Promise<WantedGround | CheckFailure> {
  const repository = new Repository(host, row, input.repo);
  const declared = await readDeclared(repository, input);
  if (!declared) return { image: "workshop", setup: undefined }; // the commit is not there: the room says so
  if (isSetupFailure(declared)) return declared;
  const { files, said, texts } = declared;
  const trusted = await findTrustedBase(repository, input, said);
  if (trusted === "edited") return makeFailure("checks", "checks_edited", editedReason(said));
  const read = said === undefined ? undefined : readEnvironment(said);
  if (read && !read.ok) return failSetup(describeEnvironmentIssues(read.issues).join("\n"));
  const plan = planSetup(texts, read?.value, listAskedPackages(input.checks));
  const image = chooseImage(files, read?.value, commandsOfChecks(input.checks));
  if (!plan) return { image, setup: undefined };
  if (plan.broken.length > 0) return failSetup(plan.broken.join("\n"));
  const environment = read && { is: read.value, sha256: await hashSha256(said ?? "") };
  const parts = await repository.hashes(input.commit, plan.parts);
  const about = { plan, texts, parts, environment };
  if (!plan.byFile) return { image, setup: { ...about, base: undefined } };
  const base = trusted ?? input.commit;
  const before = base === input.commit ? files : [...((await repository.files(base)) ?? new Map<string, unknown>()).keys()];
  return { image, setup: { ...about, base: splitCheckout(base, { texts, before }) } };
}
/** The services that checks of a commit find; its environment file is as `readWantedSetup` believed it. */
export async function readAskedServices(host: Host, row: LedgerStackRow, { repo, commit }: RunIn): Promise<ServiceName[]> {
  const said = await new Repository(host, row, repo).environment(commit);
  const read = said === undefined ? undefined : readEnvironment(said);
  return read?.ok ? read.value.services : [];
}
/** What a commit says of itself, for who serves it; undefined where it is not there. */
export async function readProject(
  host: Host,
  row: LedgerStackRow,
  repo: string,
  commit: string,
): Promise<ProjectFiles | CheckFailure | undefined> {
  const repository = new Repository(host, row, repo);
  const [files, texts] = await Promise.all([repository.files(commit), repository.texts(commit, [environmentPath, ...setupFiles])]);
  if (!files) return undefined;
  if (isSetupFailure(texts)) return texts;
  const { [environmentPath]: said, ...rest } = texts;
  return { paths: [...files.keys()], texts: rest, said };
}
/** Paths near the root, what decides what is installed, and the text of the environment file. */
export type ProjectFiles = { paths: string[]; texts: SetupTexts; said: string | undefined };

const editedReason = (said: string | undefined) =>
  said === undefined
    ? `${environmentPath} was there before the task and was removed; restore it, or name it in \`outputs\` of your report that the work is done; then the member is asked.`
    : `${environmentPath} is not as main has it; restore it or merge main, or name it in \`outputs\` of your report that the work is done; then the member is asked.`;

/**
 * A commit whose environment file is the same and that is not the task's own: from before it, or what main
 * has got since. Undefined where there is none and the file is believed all the same: as an output, or in a
 * merge, which is held against git's own later.
 */
async function findTrustedBase(repository: Repository, input: RunIn, said: string | undefined): Promise<string | "edited" | undefined> {
  const { begun, merged } = input;
  const first = begun?.main ?? merged?.into;
  const before = [...(first === undefined ? [] : [first]), ...(begun?.handed ?? []), ...(merged?.from ?? [])];
  const isSame = async (commit: string) => commit === input.commit || (await repository.environment(commit)) === said;
  for (const commit of before) if (await isSame(commit)) return commit;
  const main = merged || (begun && input.branch === "main") ? undefined : await repository.head("main");
  if (main !== undefined && (await isSame(main))) return main;
  if (said === undefined && main === undefined && before.length === 0) return undefined;
  const declared = (said !== undefined && input.outputs.includes(environmentPath)) || input.also?.includes(environmentPath);
  return merged || declared ? undefined : "edited";
}

/** Settings of package managers can name programs: they are those of before. */
const isSetting = (path: string) => /(?:^|\/)\.npmrc$/.test(path);
/** What comes from the commit to be proven, and what stays as it was before. */
function splitCheckout(commit: string, { texts, before }: { texts: SetupTexts; before: readonly string[] }): WantedSetup["base"] {
  const files = Object.keys(texts).filter((path) => !isSetting(path));
  const gone = findSetupPaths(before).filter((path) => texts[path] === undefined && !isSetting(path));
  return { commit, files, gone };
}
