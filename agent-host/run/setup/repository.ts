import pLimit from "p-limit";
import { z } from "zod";
import { environmentPath } from "../../../schema/environment/environment.ts";
import { type ListedFile, listNearRoot } from "../../../schema/environment/near-root.ts";
import type { SetupTexts } from "../../../schema/environment/setup-paths.ts";
import { type FileContent, fileContent } from "../../../schema/git/file-content.ts";
import type { CheckFailure } from "../../../schema/proof/proof.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { giteaUrl } from "../../gitea/gitea.ts";
import type { Host } from "../../host.ts";
import type { LedgerStackRow } from "../../ledger.ts";
import { failSetup, isSetupFailure } from "./failure.ts";

const mostFileBytes = 16 * 1024 * 1024;
/**
 * So many files Gitea gives at once, so many entries of a folder, and so many folders are asked for at
 * once.
 */
const [filesAtOnce, treePage, listsAtOnce] = [30, 1_000, 12];

const treeShape = z.looseObject({
  tree: z.array(z.looseObject({ path: z.string(), type: z.string(), sha: z.string(), size: z.number().default(0) })).nullish(),
});
const branchShape = z.looseObject({ commit: z.looseObject({ id: z.string() }) });

/** One repository in the member's Gitea, read by the platform. */
export class Repository {
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
  /**
   * The files near a commit's root, and in folders that are members; undefined where the commit is not
   * there.
   */
  files(commit: string, isMember?: (folder: string) => boolean): Promise<Map<string, ListedFile> | undefined> {
    const few = pLimit(listsAtOnce);
    const list = async (tree: string) => {
      const answer = await this.ask(`/git/trees/${tree}?per_page=${treePage}`);
      return answer && (treeShape.parse(await answer.json()).tree ?? []);
    };
    return listNearRoot(commit, (tree) => few(list, tree), isMember);
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
