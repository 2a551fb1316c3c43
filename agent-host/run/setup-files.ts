import { z } from "zod";
import { chooseImage } from "../../schema/environment/describe-environment.ts";
import {
  describeEnvironmentIssues,
  type Environment,
  environmentPath,
  type ImageVariant,
  readEnvironment,
  type ServiceName,
} from "../../schema/environment/environment.ts";
import { findSetupPaths, type SetupTexts, setupFiles } from "../../schema/environment/install.ts";
import { type ListedFile, listNearRoot } from "../../schema/environment/near-root.ts";
import { type FileContent, fileContent } from "../../schema/git/file-content.ts";
import type { CheckFailure, RunIn } from "../../schema/proof/proof.ts";
import { planSetup, type SetupPlan } from "../../schema/proof/setup.ts";
import { canonicalJson, hashSha256 } from "../../schema/wire/canonical.ts";
import { AppError } from "../../schema/wire/error.ts";
import { innerPath } from "../../schema/wire/path.ts";
import { giteaUrl } from "../gitea/gitea.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { makeFailure } from "./run-step.ts";

const mostFileBytes = 16 * 1024 * 1024;
/** So many files Gitea gives at once, and so many entries of a folder. */
const [filesAtOnce, treePage] = [30, 1_000];

export const failSetup = (reason: string): CheckFailure => makeFailure("setup", "setup_failed", reason);
/**
 * What is installed for a commit. `base`: commands of the environment file run in the checkout of this
 * commit, with those files of the one to be proven that decide what is installed (`files`); undefined where
 * all is the latter's. `rest`: what else of the checkout decides, for the key.
 */
export type WantedSetup = {
  plan: SetupPlan;
  texts: SetupTexts;
  environment: { is: Environment; sha256: string } | undefined;
  base: { commit: string; files: string[]; gone: string[] } | undefined;
  rest: string | undefined;
};

/** The image in which a commit is set up and proven, and what is installed for it, if anything is. */
export type WantedGround = { image: ImageVariant; setup: WantedSetup | undefined };

const treeShape = z.looseObject({
  tree: z.array(z.looseObject({ path: z.string(), type: z.string(), sha: z.string(), size: z.number().default(0) })).nullish(),
});
const branchShape = z.looseObject({ commit: z.looseObject({ id: z.string() }) });

/** One repository in the member's Gitea, read by the platform. */
class Repository {
  private readonly url: string;
  private readonly headers: Record<string, string>;
  constructor(host: Host, row: LedgerStackRow, repo: string) {
    this.url = `${giteaUrl(host, row)}/api/v1/repos/${repo}`;
    this.headers = { authorization: `token ${host.ledger.secret(row.member, "writer")}`, "content-type": "application/json" };
  }
  /** Undefined where there is no such thing; Gitea says 400 of a tree that it does not have. */
  private async ask(path: string, body?: unknown): Promise<Response | undefined> {
    const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const asked = fetch(`${this.url}${path}`, { ...sent, headers: this.headers, redirect: "manual", signal: AbortSignal.timeout(15_000) });
    const answer = await asked.catch((cause: unknown) => {
      throw new AppError("unavailable", { what: "reading a project" }, { cause });
    });
    if (answer.status === 404 || answer.status === 400) return undefined;
    if (!answer.ok) throw new AppError("unavailable", { what: "reading a project", status: answer.status });
    return answer;
  }
  /** The files near a commit's root; undefined where the commit is not there. */
  files(commit: string): Promise<Map<string, ListedFile> | undefined> {
    return listNearRoot(commit, async (tree) => {
      const answer = await this.ask(`/git/trees/${tree}?per_page=${treePage}`);
      return answer && (treeShape.parse(await answer.json()).tree ?? []);
    });
  }
  private async contents(commit: string, paths: readonly string[]): Promise<FileContent[]> {
    const found: FileContent[] = [];
    for (let from = 0; from < paths.length; from += filesAtOnce) {
      const answer = await this.ask(`/file-contents?ref=${commit}`, { files: paths.slice(from, from + filesAtOnce) });
      const some = z.array(fileContent.nullable()).nullable();
      found.push(...(some.parse(answer === undefined ? [] : await answer.json()) ?? []).filter((each) => each !== null));
    }
    return found;
  }
  /** Plain files as text; what is not there is missing. */
  async texts(commit: string, paths: readonly string[]): Promise<SetupTexts | CheckFailure> {
    const found: Record<string, string> = {};
    for (const { type, path, size, encoding, content } of await this.contents(commit, paths)) {
      if (type !== "file") continue;
      if (size > mostFileBytes) return failSetup(`${path} is larger than ${mostFileBytes / 1024 / 1024} MB.`);
      found[path] = encoding === "base64" && content ? decode(content) : await this.raw(commit, path);
    }
    return found;
  }
  /** One that is too large for a list of contents, or empty. */
  private async raw(commit: string, path: string): Promise<string> {
    return (await (await this.ask(`/raw/${path.split("/").map(encodeURIComponent).join("/")}?ref=${commit}`))?.text()) ?? "";
  }
  /** Hashes of files and folders by path. */
  async hashes(commit: string, paths: readonly string[]): Promise<[string, string][]> {
    return (await this.contents(commit, paths)).map(({ path, sha }): [string, string] => [path, sha]).sort();
  }
  async head(branch: string): Promise<string | undefined> {
    const answer = await this.ask(`/branches/${encodeURIComponent(branch)}`);
    return answer && branchShape.parse(await answer.json()).commit.id;
  }
  /** The text of the environment file at a commit. */
  async environment(commit: string): Promise<string | undefined> {
    const texts = await this.texts(commit, [environmentPath]);
    return isSetupFailure(texts) ? undefined : texts[environmentPath];
  }
}
const decode = (content: string) => Buffer.from(content, "base64").toString("utf8");
export const isSetupFailure = (found: object): found is CheckFailure => "why" in found && "reason" in found;

/**
 * What a commit needs installed, and its image; a failure where it can't be done. The file of
 * the environment is believed where it is as it was before the task, or the spec lists it: else a task could
 * choose what its checks are run with.
 */
export async function readWantedSetup(host: Host, row: LedgerStackRow, input: RunIn): Promise<WantedGround | CheckFailure> {
  const repository = new Repository(host, row, input.repo);
  const [files, first] = await Promise.all([
    repository.files(input.commit),
    repository.texts(input.commit, [environmentPath, ...setupFiles]), // most projects have no other
  ]);
  if (isSetupFailure(first)) return first;
  if (!files) return { image: "workshop", setup: undefined }; // the commit is not there: the room says so
  const further = findSetupPaths([...files.keys()]).filter((path) => !setupFiles.some((name) => name === path));
  const second = await repository.texts(input.commit, further);
  if (isSetupFailure(second)) return second;
  const { [environmentPath]: said, ...root } = first;
  const texts = { ...root, ...second };
  const trusted = await findTrustedBase(repository, input, said);
  if (trusted === "edited") return makeFailure("checks", "checks_edited", editedReason(said));
  if (said === undefined) {
    const plan = planSetup(texts);
    const image = chooseImage([...files.keys()]);
    if (!plan) return { image, setup: undefined };
    return { image, setup: { plan, texts, environment: undefined, base: undefined, rest: plan.local ? input.commit : undefined } };
  }
  const environment = readEnvironment(said);
  if (!environment.ok) return failSetup(describeEnvironmentIssues(environment.issues).join("\n"));
  const plan = planSetup(texts, environment.value);
  const image = chooseImage([...files.keys()], environment.value);
  if (!plan) return { image, setup: undefined };
  const about = { plan, texts, environment: { is: environment.value, sha256: await hashSha256(said) } };
  if (!plan.byFile || trusted === undefined)
    return { image, setup: { ...about, base: undefined, rest: plan.local || plan.byFile ? input.commit : undefined } };
  const before = trusted === input.commit ? files : await repository.files(trusted);
  const checkout = await splitCheckout(repository, trusted, { plan, texts, before: [...(before?.keys() ?? [])] });
  return { image, setup: { ...about, ...checkout } };
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
/** Paths that a command may name. */
function findNamedPaths(script: string): string[] {
  const words = script.split(/[\s"'`=;|&()<>]+/).map((word) => word.replace(/^\.\//, "").replace(/\/$/, ""));
  return [...words, ...(words.includes("make") ? ["Makefile", "makefile", "GNUmakefile"] : [])];
}
type Checkout = { plan: SetupPlan; texts: SetupTexts; before: string[] };
/** What comes from the commit to be proven, and what stays as it was before; what that is, for the key. */
async function splitCheckout(
  repository: Repository,
  commit: string,
  { plan, texts, before }: Checkout,
): Promise<Pick<WantedSetup, "base" | "rest">> {
  const files = Object.keys(texts).filter((path) => !isSetting(path));
  const gone = findSetupPaths(before).filter((path) => texts[path] === undefined && !isSetting(path));
  const words = plan.steps.flatMap(({ script }) => findNamedPaths(script));
  const named = [...new Set([...words, ...before.filter(isSetting)])].filter((path) => innerPath.safeParse(path).success);
  const hashes = await repository.hashes(
    commit,
    named.filter((path) => !files.includes(path)),
  );
  return { base: { commit, files, gone }, rest: await hashSha256(canonicalJson(hashes)) };
}
