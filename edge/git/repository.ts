import type { Context } from "hono";
import type { z } from "zod";
import {
  deployKeyIn,
  deployKeyMade,
  deployKeysOut,
  gitTokenMade,
  gitTokensOut,
  isPushable,
  repoTokenIn,
} from "../../schema/git/git-token.ts";
import { type RepositoryView, repoCommitIn, repoCommitOut, repoParams } from "../../schema/git/repository.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { removedOut } from "../../schema/wire/removed.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import { askedRoutes, asksActor } from "../actor/asked-route.ts";
import { askActor } from "../actor/rivet.ts";
import { memberDoor } from "../door.ts";
import { type EdgeApp, jsonAnswer, jsonRequest, refusalAnswers } from "../http.ts";
import type { SessionVariables } from "../kernel/auth.ts";
import { sendCommit } from "./commit.ts";
import { listGitTokens, makeGitToken, removeGitToken } from "./git-token.ts";

/** A member's repositories by id. The actor knows only what is this member's, so another's is not found. */
type MemberCall = Context<EdgeApp & SessionVariables>;
const slow = { deadline: 25_000 }; // Git is asked several times
const findRepository = async (c: MemberCall, repoId: Id<"rep">): Promise<RepositoryView> =>
  (await askOwnActor(c, "repositoryName", { repoId })).repository;
/** As `findRepository`, for a token of that scope. */
async function findForToken(c: MemberCall, repoId: Id<"rep">, scope: "read" | "push"): Promise<string> {
  const { repo } = await findRepository(c, repoId);
  if (scope === "read" || isPushable(repo)) return repo;
  throw new AppError("forbidden", { what: "memory" }, { message: "The platform alone writes to this repository: a token of it reads." });
}
const keyParams = repoParams.extend({ tokenId: id("gtk") });

/** Several files in one commit, by the member's own way of pushing. */
async function commitToRepository(
  c: MemberCall,
  repoId: Id<"rep">,
  input: z.infer<typeof repoCommitIn>,
): Promise<z.infer<typeof repoCommitOut>> {
  const { config, member, requestId, signIn } = c.var;
  const { repo } = await findRepository(c, repoId);
  const caller = { config, member: member.id, requestId, signIn };
  await askActor(caller, "pushOpen", { repo }, slow);
  const made = await sendCommit(c, repo, input);
  await askActor(caller, "pushed", { repo }).catch((error: unknown) => c.var.log("warn", "the actor was not told of a commit", { error }));
  return made;
}

export const repositoryRoutes = askedRoutes("Git", {
  "GET /git/repos": asksActor("repositories", "Your repositories: the memory, then those of projects, the oldest first", "Repositories"),
  "POST /git/repos": asksActor(
    "repositoryMake",
    "A repository for a project of that name; one that is there is returned",
    "Being made; `ready` says when it can be cloned",
    { status: 202, scope: "git" },
  ),
  "GET /git/repos/{repoId}": asksActor(
    "repository",
    "One repository: where main stands, its branches, size and open pull requests, while its stack runs",
    "The repository",
    slow,
  ),
  "POST /git/repos/{repoId}/branch": asksActor(
    "branchMake",
    "A branch at another branch or at a commit; one that stands there already is returned",
    "The branch",
    { ...slow, scope: "git" },
  ),
  "GET /git/repos/{repoId}/pull-request": asksActor(
    "pullRequests",
    "Pull requests into main, the newest fifty, and of each whether it would be merged or what is missing",
    "Pull requests",
    slow,
  ),
  "POST /git/repos/{repoId}/pull-request": asksActor(
    "pullRequestMake",
    "A pull request of a branch into main; one that is open for the branch is returned",
    "The pull request",
    { ...slow, scope: "git" },
  ),
  "POST /git/repos/{repoId}/pull-request/{number}/merge": asksActor(
    "pullRequestMerge",
    "Merge what is proven: main moves on to the branch's newest commit, which has a current receipt and holds all of main",
    "The pull request, merged",
    { description: "Anything else is a conflict that says what is missing. Nothing is merged around a proof.", ...slow, scope: "git" },
  ),
})
  .openapi(
    memberDoor({
      method: "post",
      path: "/git/repos/{repoId}/commit",
      summary: "Several files in one commit on a branch; a conflict where the branch no longer stands at `expectedHead`",
      description:
        "Takes branches other than main and the agents' own. A commit that holds the value of a secret is refused by the secret's name.",
      tags: ["Git"],
      body: limits.modelBodyBytes - 64 * 1024,
      scope: "git",
      request: { params: repoParams, body: jsonRequest(repoCommitIn) },
      responses: { 201: jsonAnswer("The commit", repoCommitOut.meta({ id: "RepositoryCommit" })), ...refusalAnswers },
    }),
    async (c) => c.json(await commitToRepository(c, c.req.valid("param").repoId, c.req.valid("json")), 201),
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/git/repos/{repoId}/deploy-keys",
      summary: "The deploy keys of a repository, newest first; never the key",
      tags: ["Git"],
      request: { params: repoParams },
      responses: { 200: jsonAnswer("Deploy keys", deployKeysOut.meta({ id: "DeployKeys" })), ...refusalAnswers },
    }),
    async (c) => {
      const { repo } = await findRepository(c, c.req.valid("param").repoId);
      const all = await listGitTokens(c.var.db, c.var.member.id, "deploy");
      return c.json({ deployKeys: all.filter(({ repositories }) => repositories.includes(repo)) }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/git/repos/{repoId}/deploy-keys",
      summary: "A deploy key: a token over HTTPS for a machine, which opens this repository alone. It is shown this once",
      tags: ["Git"],
      key: "once",
      scope: "admin",
      request: { params: repoParams, body: jsonRequest(deployKeyIn) },
      responses: { 201: jsonAnswer("The key", deployKeyMade.meta({ id: "DeployKeyMade" })), ...refusalAnswers },
    }),
    async (c) => {
      const asked = c.req.valid("json");
      const repo = await findForToken(c, c.req.valid("param").repoId, asked.scope);
      const made = await makeGitToken(c.var, { ...asked, repositories: [repo], kind: "deploy" });
      return c.json({ deployKey: made.gitToken, token: made.token }, 201);
    },
  )
  .openapi(
    memberDoor({
      method: "delete",
      path: "/git/repos/{repoId}/deploy-keys/{tokenId}",
      summary: "Remove a deploy key: the next call with it is refused",
      tags: ["Git"],
      scope: "admin",
      request: { params: keyParams },
      responses: { 200: jsonAnswer("It is gone", removedOut), ...refusalAnswers },
    }),
    async (c) => {
      const { repoId, tokenId } = c.req.valid("param");
      const { repo } = await findRepository(c, repoId);
      await removeGitToken(c.var.db, c.var.member.id, { kind: "deploy", id: tokenId, repository: repo });
      return c.json({ removed: true }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/git/repos/{repoId}/tokens",
      summary: "Your Git tokens that open this repository, newest first; never the token",
      tags: ["Git"],
      request: { params: repoParams },
      responses: { 200: jsonAnswer("Git tokens", gitTokensOut.meta({ id: "GitTokens" })), ...refusalAnswers },
    }),
    async (c) => {
      const { repo } = await findRepository(c, c.req.valid("param").repoId);
      const all = await listGitTokens(c.var.db, c.var.member.id, "token");
      return c.json({ tokens: all.filter(({ repositories }) => repositories.includes(repo)) }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/git/repos/{repoId}/tokens",
      summary: "A Git token for this repository, for reading or for pushing too. It is shown this once",
      tags: ["Git"],
      key: "once",
      scope: "admin",
      request: { params: repoParams, body: jsonRequest(repoTokenIn) },
      responses: { 201: jsonAnswer("The token", gitTokenMade.meta({ id: "GitTokenMade" })), ...refusalAnswers },
    }),
    async (c) => {
      const asked = c.req.valid("json");
      const repo = await findForToken(c, c.req.valid("param").repoId, asked.scope);
      return c.json(await makeGitToken(c.var, { ...asked, repositories: [repo], kind: "token" }), 201);
    },
  );
