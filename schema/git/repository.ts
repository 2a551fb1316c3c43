import { z } from "zod";
import { branchName } from "../proof/proof.ts";
import { projectName } from "../task/spec.ts";
import { commitHash } from "../task/task-command.ts";
import { id } from "../wire/id.ts";
import { innerPath } from "../wire/path.ts";
import { queryNumber } from "../wire/query-number.ts";
import { judgePushBranch } from "./push.ts";

/**
 * A member's repositories as the API has them. A repository's id is that of what it belongs to under
 * another prefix: of the project, or of the stack, whose repository is the memory.
 */
export const repoParams = z.object({ repoId: id("rep") });
export const repositoryView = z
  .object({
    id: id("rep"),
    repo: z.string(),
    kind: z.enum(["memory", "project"]),
    projectId: id("prj").nullable(),
    /** It can be cloned: a project's is made within seconds after it was asked for. */
    ready: z.boolean(),
    createdAt: z.number().nullable(),
  })
  .meta({ id: "Repository" });
export type RepositoryView = z.infer<typeof repositoryView>;
export const repositoriesOut = z.object({ repositories: z.array(repositoryView) });
export const repositoryOut = z.object({ repository: repositoryView });

export const pullRequestStates = ["open", "merged", "closed"] as const;
export const pullRequestView = z
  .object({
    number: z.number().int().positive(),
    title: z.string(),
    body: z.string(),
    state: z.enum(pullRequestStates),
    branch: z.string(),
    /** The newest commit of its branch, or the last that it had. */
    commit: commitHash,
    createdAt: z.number(),
    /** Whether it would be merged now, and if not, what is missing. */
    proof: z.object({ can: z.boolean(), reason: z.string(), receipt: id("rct").optional() }),
  })
  .meta({ id: "PullRequest" });
export type PullRequestView = z.infer<typeof pullRequestView>;

/** Action `repository`. `status`: null while the stack does not run, for only Git knows it. */
export const repositoryIn = z.strictObject({ repoId: id("rep") });
export const repositoryDetail = z.object({
  repository: repositoryView,
  status: z
    .object({
      /** Of `main`; null while it has no commit. */
      head: commitHash.nullable(),
      branches: z.array(z.object({ name: z.string(), hash: commitHash })),
      bytes: z.number().int(),
      openPullRequests: z.number().int(),
    })
    .nullable(),
});

/** Action `repositoryMake`: a project and with it its repository. A name that is there is opened again. */
export const repositoryMakeIn = z.strictObject({ name: projectName });

/** A branch that a member may write to. */
const ownBranch = branchName.refine((branch) => judgePushBranch(branch) === undefined, "must be neither main nor below agent/");
/** Action `branchMake`. `from`: a branch or a commit. */
export const branchMakeIn = z.strictObject({ repoId: id("rep"), name: ownBranch, from: branchName.default("main") });
export const branchOut = z.object({ branch: z.object({ name: z.string(), hash: commitHash }), made: z.boolean() });

/** Action `pushOpen`: the walls for a member's own push stand, and the repository takes it. */
export const pushOpenIn = z.strictObject({ repo: z.string().max(201) });
export const pushOpenOut = z.object({ open: z.literal(true) });
/** Action `pushed`: commits came by a member's own push. */
export const pushedOut = z.object({ queued: z.literal(true) });

export const pullRequestsIn = z.strictObject({ repoId: id("rep"), state: z.enum(["open", "closed", "all"]).default("open") });
export const pullRequestsOut = z.object({ pullRequests: z.array(pullRequestView) });
const line = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, "must be one line of text");
/**
 * Action `pullRequestMake`: of a branch that is there, into `main`. One that is open for it already is
 * returned.
 */
export const pullRequestMakeIn = z.strictObject({
  repoId: id("rep"),
  branch: branchName.refine((branch) => branch !== "main", "must be another branch than main"),
  title: line,
  body: z.string().max(8_000).default(""),
});
export const pullRequestOut = z.object({ pullRequest: pullRequestView });
/**
 * Action `pullRequestMerge`. `commit`: what is merged; another newest commit of the branch is a conflict.
 */
export const pullRequestMergeIn = z.strictObject({
  repoId: id("rep"),
  number: queryNumber(z.number().int().positive()),
  commit: commitHash.optional(),
});

/** What one commit by the API may bring. */
export const commitLimits = { files: 100, bytes: 6 * 1024 * 1024 } as const;
/**
 * A file as the commit leaves it; `content: null` takes it away. A file keeps its mode where none is
 * given.
 */
export const commitFile = z.strictObject({
  path: innerPath,
  content: z.string().nullable(),
  encoding: z.enum(["utf-8", "base64"]).default("utf-8"),
  executable: z.boolean().optional(),
});
const trailerless = /^(?:[^\p{C}\p{Zl}\p{Zp}]|[\n\t])+$/u;
export const repoCommitIn = z.strictObject({
  branch: ownBranch,
  /**
   * Where the branch stands, as you know it: once it stands elsewhere this is a conflict and changes
   * nothing.
   */
  expectedHead: commitHash,
  message: z.string().trim().min(1).max(4_000).regex(trailerless, "must be text"),
  files: z
    .array(commitFile)
    .min(1)
    .max(commitLimits.files)
    .refine((files) => new Set(files.map(({ path }) => path)).size === files.length, "must name each file once"),
});
export const repoCommitOut = z.object({ commit: commitHash, branch: z.string(), parent: commitHash });
/**
 * POST /stacks/:member/commits: what the edge hands to the host. `key`: a repeat of it finds its own
 * commit.
 */
export const hostCommitIn = repoCommitIn.extend({
  repo: z.string().regex(/^projects\/[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/),
  author: z.strictObject({ name: z.string().max(200), email: z.string().max(320) }),
  key: z.string().regex(/^[0-9a-f]{64}$/),
});
export type HostCommitIn = z.infer<typeof hostCommitIn>;
/** The two calls of a stock git client that pushes, below /stacks/:member/push. */
export const pushPaths = /^\/projects\/[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\.git\/(info\/refs|git-receive-pack)$/;
/** PUT /stacks/:member/pusher: the user of a member's own pushes is there. */
export const pusherOut = z.object({ user: z.string() });
