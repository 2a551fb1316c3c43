import { setTimeout as after } from "node:timers/promises";
import { z } from "zod";
import { type FileContent, fileContent } from "../../schema/git/file-content.ts";
import { commitHash } from "../../schema/task/task-command.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { HostAnswer } from "../runner/host.ts";
import { readJson, readText, refusal } from "../runner/host.ts";
import type { Stack } from "../stack/stack.ts";

/** Where merges go: nobody pushes to it but the platform and the agent of the one task that merges. */
export const mainBranch = "main";

const repositoryMeta = z.looseObject({
  empty: z.boolean().default(false),
  /** Kilobytes. */
  size: z.number().default(0),
  open_pr_counter: z.number().default(0),
  archived: z.boolean().default(false),
  created_at: z.string().default(""),
});
const person = z.looseObject({ name: z.string(), date: z.string().default("") });
const commitMeta = z.looseObject({
  sha: z.string(),
  commit: z.looseObject({ message: z.string(), author: person }),
  parents: z.array(z.looseObject({ sha: z.string() })).nullish(),
});
export type GitCommit = z.infer<typeof commitMeta>;
const branchMeta = z.looseObject({ name: z.string(), commit: z.looseObject({ id: z.string() }) });
const treePage = z.looseObject({
  truncated: z.boolean().default(false),
  tree: z.array(z.looseObject({ path: z.string(), type: z.string(), size: z.number().default(0), sha: z.string().default("") })).nullish(),
});
type TreePage = z.infer<typeof treePage>;
/** A file, or what a folder holds. */
const pathContent = z.looseObject({ file_contents: fileContent.nullish(), dir_contents: z.array(z.unknown()).nullish() });
const commitResult = z.looseObject({
  commit: z.looseObject({ sha: z.string(), message: z.string(), author: person, parents: z.array(z.looseObject({ sha: z.string() })) }),
});
export type FileChange = { path: string; content: string; operation: "create" | "update" | "delete"; sha?: string };

const perPage = 50;
/** So many files Gitea gives at once. */
const filesAtOnce = 30;
const encodePath = (path: string) => path.split("/").map(encodeURIComponent).join("/");

/**
 * The member's Gitea, through the host, which adds the platform's token. Every call may be repeated: what is
 * there already is success.
 */
export class Git {
  readonly #stack: Pick<Stack, "open">;
  readonly #requestId: string;
  constructor(stack: Pick<Stack, "open">, requestId: string) {
    this.#stack = stack;
    this.#requestId = requestId;
  }

  #open(method: string, path: string, body?: unknown): Promise<HostAnswer> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    return this.#stack.open(this.#requestId, { method, path: `/git/api/v1${path}`, ...sent });
  }
  /** Any call of Gitea's API whose answer is JSON. */
  async ask<T>(method: string, path: string, shape: z.ZodType<T>, body?: unknown): Promise<T> {
    return readJson(await this.#open(method, path, body), path, shape);
  }
  /** A call whose wish may be fulfilled already: these statuses are fine too. */
  async ensure(method: string, path: string, body: unknown, fine: number[]): Promise<void> {
    const answer = await this.#open(method, path, body);
    if (answer.status > 299 && !fine.includes(answer.status)) throw await refusal(answer, path);
    answer.body.resume();
  }
  async #maybe<T>(path: string, shape: z.ZodType<T>): Promise<T | undefined> {
    const answer = await this.#open("GET", path);
    if (answer.status === 404) {
      answer.body.resume();
      return undefined;
    }
    return readJson(answer, path, shape);
  }
  /**
   * A whole list, page by page: Gitea gives fifty at most, whatever is asked. `optional`: none where there is
   * no such thing.
   */
  async #every<T>(path: string, shape: z.ZodType<T>, optional: boolean): Promise<T[]> {
    const all: T[] = [];
    for (let page = 1; ; page++) {
      const at = `${path}?limit=${perPage}&page=${page}`;
      const some = optional ? await this.#maybe(at, z.array(shape)) : await this.ask("GET", at, z.array(shape));
      all.push(...(some ?? []));
      if (!some || some.length < perPage) return all;
    }
  }

  async ensureOrganisation(name: string): Promise<void> {
    await this.ensure("POST", "/orgs", { username: name, visibility: "private" }, [409, 422]);
  }
  /** Private, with a first commit on `main`; an organisation's or (undefined) the platform's own user's. */
  async ensureRepository(name: string, organisation?: string, description = ""): Promise<void> {
    const body = { name, description, private: true, auto_init: true, readme: "Default", default_branch: "main" };
    await this.ensure("POST", organisation ? `/orgs/${organisation}/repos` : "/user/repos", body, [409]);
  }
  /**
   * Who may push to and merge into the branches of a rule; without a list of its own, Gitea lets everybody
   * who may write merge.
   */
  async ensureProtection(repo: string, rule: string, pushers: string[], priority: number): Promise<void> {
    const path = `/repos/${repo}/branch_protections/${encodeURIComponent(rule)}`;
    const names = z.array(z.string()).nullish();
    const shape = z.looseObject({
      push_whitelist_usernames: names,
      merge_whitelist_usernames: names,
      enable_merge_whitelist: z.boolean(),
    });
    const there = await this.#maybe(path, shape);
    const lists = [there?.push_whitelist_usernames ?? [], there?.merge_whitelist_usernames ?? []];
    const users = [...new Set([...lists[0]!, ...pushers])];
    const whole = there?.enable_merge_whitelist === true && pushers.every((user) => lists.every((list) => includesUser(list, user)));
    if (whole) return;
    const merging = { enable_merge_whitelist: true, merge_whitelist_usernames: users, push_whitelist_usernames: users };
    if (there) return this.ensure("PATCH", path, merging, []);
    const pushing = { enable_push: true, enable_push_whitelist: true, enable_force_push: false };
    await this.ensure("POST", `/repos/${repo}/branch_protections`, { rule_name: rule, priority, ...pushing, ...merging }, [403, 409, 422]);
  }
  /**
   * Exactly these may make, move or remove tags: rules for branches do not speak of them. `kept`: who is
   * named already stays.
   */
  async setTaggers(repo: string, taggers: string[], kept = false): Promise<void> {
    const path = `/repos/${repo}/tag_protections`;
    const shape = z.looseObject({ id: z.number(), name_pattern: z.string() });
    const there = (await this.ask("GET", path, z.array(shape).nullable()))?.find((rule) => rule.name_pattern === everyTag);
    if (there && kept) return;
    const body = { name_pattern: everyTag, whitelist_usernames: taggers };
    await this.ensure(there ? "PATCH" : "POST", there ? `${path}/${there.id}` : path, body, there ? [] : [409, 422]);
  }
  /** Exactly these may push to the branches of a rule, whoever might before. */
  async setPushers(repo: string, rule: string, pushers: string[], priority: number): Promise<void> {
    const path = `/repos/${repo}/branch_protections/${encodeURIComponent(rule)}`;
    if (!(await this.#maybe(path, z.looseObject({})))) return this.ensureProtection(repo, rule, pushers, priority);
    await this.ensure(
      "PATCH",
      path,
      { push_whitelist_usernames: pushers, enable_merge_whitelist: true, merge_whitelist_usernames: pushers },
      [],
    );
  }
  async ensureCollaborator(repo: string, user: string, permission: "read" | "write"): Promise<void> {
    await this.ensure("PUT", `/repos/${repo}/collaborators/${user}`, { permission }, []);
  }
  /** Names of an organisation's repositories, none without it; archived ones are left out. */
  async repositories(organisation: string): Promise<string[]> {
    const shape = z.looseObject({ name: z.string(), archived: z.boolean().default(false) });
    return (await this.#every(`/orgs/${organisation}/repos`, shape, true)).filter(({ archived }) => !archived).map(({ name }) => name);
  }
  /** Read by those who could read it, and written by nobody; or not so any more. */
  setArchived(repo: string, archived: boolean): Promise<void> {
    return this.ensure("PATCH", `/repos/${repo}`, { archived }, [404]);
  }
  repository(repo: string) {
    return this.#maybe(`/repos/${repo}`, repositoryMeta);
  }
  /** With all that it holds. One that is not there is gone already. */
  removeRepository(repo: string): Promise<void> {
    return this.ensure("DELETE", `/repos/${repo}`, undefined, [404]);
  }
  /**
   * Whether a repository is there with a commit on `main`, by Git itself: Gitea's own tables outlive a folder
   * that is gone. One that Gitea fails to read three times, while it answers, is not there.
   */
  async holds(repo: string): Promise<boolean> {
    for (let left = 2; ; left -= 1) {
      try {
        return (await this.commits(repo, "main", 1)).length > 0;
      } catch (error) {
        const code = error instanceof AppError ? error.code : undefined;
        if (code === "not_found" || code === "conflict") return false;
        if (code !== "upstream") throw error;
        if (left === 0) return false;
        await after(500);
      }
    }
  }
  branches(repo: string) {
    return this.#every(`/repos/${repo}/branches`, branchMeta, false);
  }
  /** Where a branch stands; undefined when there is none by that name. */
  async head(repo: string, name: string): Promise<string | undefined> {
    return (await this.#maybe(`/repos/${repo}/branches/${encodePath(name)}`, branchMeta))?.commit.id;
  }
  /** What a ref of any kind points to, by its full name; undefined when there is none. */
  async ref(repo: string, name: string): Promise<string | undefined> {
    const refShape = z.looseObject({ ref: z.string(), object: z.looseObject({ sha: z.string() }) });
    const all = await this.#maybe(`/repos/${repo}/git/${encodePath(name)}`, z.union([refShape, z.array(refShape)]));
    return [all ?? []].flat().find(({ ref }) => ref === name)?.object.sha;
  }
  /** Newest first. */
  commits(repo: string, ref: string, limit: number, path?: string, page = 1): Promise<GitCommit[]> {
    return this.ask(
      "GET",
      `/repos/${repo}/commits?sha=${encodeURIComponent(ref)}&limit=${limit}&page=${page}&stat=false&files=false&verification=false${path ? `&path=${encodeURIComponent(path)}` : ""}`,
      z.array(commitMeta),
    );
  }
  commit(repo: string, hash: string): Promise<GitCommit> {
    return this.ask("GET", `/repos/${repo}/git/commits/${hash}?stat=false&files=false&verification=false`, commitMeta);
  }
  /** What `head` has and `base` has not, newest first. */
  async compare(repo: string, base: string, head: string): Promise<GitCommit[]> {
    const shape = z.looseObject({ commits: z.array(commitMeta).nullish() });
    return (await this.ask("GET", `/repos/${repo}/compare/${encodePath(base)}...${encodePath(head)}`, shape)).commits ?? [];
  }
  async diff(repo: string, hash: string): Promise<string> {
    const answer = await this.#open("GET", `/repos/${repo}/git/commits/${hash}.diff`);
    if (answer.status !== 200) throw await refusal(answer, "diff");
    return readText(answer.body, 8 * 1024 * 1024);
  }
  /** A file with its content, or what a folder holds; undefined when there is nothing by that path. */
  async content(repo: string, ref: string, path: string): Promise<FileContent | unknown[] | undefined> {
    const query = `ref=${encodeURIComponent(ref)}&includes=file_content`;
    const found = await this.#maybe(`/repos/${repo}/contents-ext/${encodePath(path)}?${query}`, pathContent);
    return found?.file_contents ?? found?.dir_contents ?? undefined;
  }
  /** The hash of a file's content; undefined where no file lies there. */
  async fileHash(repo: string, ref: string, path: string): Promise<string | undefined> {
    const found = await this.#maybe(`/repos/${repo}/contents-ext/${encodePath(path)}?ref=${encodeURIComponent(ref)}`, pathContent);
    return found?.file_contents?.sha;
  }
  /**
   * Files with their contents, by path, for a fraction of what single readings cost. One that Gitea fails to
   * read is missing, as one that is not there: where that is no answer, `content` says which it is.
   */
  async contents(repo: string, ref: string, paths: readonly string[]): Promise<Map<string, FileContent>> {
    const found = new Map<string, FileContent>();
    const left = [...new Set(paths)];
    while (left.length > 0) {
      const some = await this.#filesAt(repo, ref, left.slice(0, filesAtOnce));
      left.splice(0, some.length);
      for (const file of some) if (file && file.type !== "dir") found.set(file.path, file);
    }
    return found;
  }
  /** The first of these files, at least one; null for what is not there. */
  async #filesAt(repo: string, ref: string, paths: string[]): Promise<(FileContent | null)[]> {
    const at = `/repos/${repo}/file-contents?ref=${encodeURIComponent(ref)}`;
    try {
      const answer = await this.#open("POST", at, { files: paths });
      if (answer.status === 404) answer.body.resume();
      const some = answer.status === 404 ? [] : await readJson(answer, at, z.array(fileContent.nullable()).nullable());
      return some?.length ? some : paths.map(() => null);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "too_large" || paths.length === 1) throw error;
      return this.#filesAt(repo, ref, paths.slice(0, Math.ceil(paths.length / 2)));
    }
  }
  /**
   * What one folder holds, its first thousand entries, by the hash of its tree or of a commit; undefined
   * where there is none.
   */
  async folder(repo: string, tree: string): Promise<(TreePage["tree"] & {}) | undefined> {
    const path = `/repos/${repo}/git/trees/${tree}?per_page=1000`;
    const answer = await this.#open("GET", path);
    if (answer.status !== 404 && answer.status !== 400) return (await readJson(answer, path, treePage)).tree ?? [];
    answer.body.resume(); // Gitea says 400 of a commit that it does not have
    return undefined;
  }
  /**
   * Every path at a ref, a page of a thousand at a time, up to `most`. Gitea takes whatever is forty
   * characters long for a hash here; a branch of that length, as `agent/<id>/web`, is asked by its full name.
   */
  async wholeTree(repo: string, ref: string, most: number): Promise<z.infer<typeof treePage>["tree"] & {}> {
    const all: NonNullable<z.infer<typeof treePage>["tree"]> = [];
    const name = ref.length === 40 && !commitHash.safeParse(ref).success ? `refs/heads/${ref}` : ref;
    for (let page = 1; all.length < most; page++) {
      const path = `/repos/${repo}/git/trees/${encodeURIComponent(name)}?recursive=true&per_page=1000&page=${page}`;
      const answer = await this.ask("GET", path, treePage).catch((cause: unknown) => {
        // Gitea says 400 of a commit that it does not have.
        throw cause instanceof AppError && cause.meta.status === 400
          ? new AppError("not_found", { what: "commit", ref }, { cause })
          : cause;
      });
      all.push(...(answer.tree ?? []));
      if (!answer.truncated || (answer.tree ?? []).length === 0) break;
    }
    return all.slice(0, most);
  }
  /** Those folders and files of a commit as a gzipped tar; each must be there. */
  async archive(repo: string, ref: string, paths: readonly string[]): Promise<HostAnswer["body"]> {
    const query = paths.map((path) => `path=${encodeURIComponent(path)}`).join("&");
    const answer = await this.#open("GET", `/repos/${repo}/archive/${encodeURIComponent(ref)}.tar.gz?${query}`);
    if (answer.status !== 200) throw await refusal(answer, "archive");
    return answer.body;
  }
  /** Several files in one commit on `main`, or on a new branch from there; answers it. */
  async commitFiles(
    repo: string,
    message: string,
    author: { name: string; email: string },
    files: FileChange[],
    branch?: string,
  ): Promise<GitCommit> {
    const body = {
      branch: mainBranch,
      ...(branch === undefined ? {} : { new_branch: branch }),
      message,
      author,
      committer: author,
      files: files.map((file) => ({ ...file, content: Buffer.from(file.content).toString("base64") })),
    };
    const path = `/repos/${repo}/contents`;
    const { sha, parents, ...commit } = (await readJson(await this.#open("POST", path, body), path, commitResult)).commit;
    return { sha, parents, commit };
  }
}

const everyTag = "/.+/";
const includesUser = (list: readonly string[], user: string) => list.some((known) => known.toLowerCase() === user.toLowerCase());
