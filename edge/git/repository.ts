import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { z } from "zod";
import { actions } from "../../schema/actions.ts";
import {
  deployKeyIn,
  deployKeyMade,
  deployKeysOut,
  gitTokenMade,
  gitTokensOut,
  isPushable,
  repoTokenIn,
} from "../../schema/git/git-token.ts";
import {
  branchMakeIn,
  pullRequestMakeIn,
  pullRequestMergeIn,
  pullRequestsIn,
  type RepositoryView,
  repoCommitIn,
  repoCommitOut,
  repoParams,
} from "../../schema/git/repository.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { removedOut } from "../../schema/wire/removed.ts";
import { askOwnActor } from "../actor/actor-call.ts";
import { askActor } from "../actor/rivet.ts";
import { type EdgeApp, jsonAnswer, jsonBody, jsonBodyOf, jsonRequest, middlewares, newApp, refusalAnswers } from "../http.ts";
import { requireSession, type SessionVariables } from "../kernel/auth.ts";
import { idempotent } from "../kernel/idempotency.ts";
import { sendCommit } from "./commit.ts";
import { listGitTokens, makeGitToken, removeGitToken } from "./git-token.ts";

/** A member's repositories by id. The actor knows only what is this member's, so another's is not found. */
type MemberCall = Context<EdgeApp & SessionVariables>;
const repoRoute = { tags: ["Git"], security: [{ session: [] }] };
const repoReadRoute = { ...repoRoute, middleware: middlewares(requireSession) };
const repoChangeRoute = { ...repoRoute, middleware: middlewares(requireSession, jsonBody, idempotent) };
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
const pullParams = repoParams.extend({ number: z.coerce.number().int().positive() });

/** Several files in one commit, by the member's own way of pushing. */
async function commitToRepository(
  c: MemberCall,
  repoId: Id<"rep">,
  input: z.infer<typeof repoCommitIn>,
): Promise<z.infer<typeof repoCommitOut>> {
  const { config, member, requestId } = c.var;
  const { repo } = await findRepository(c, repoId);
  const caller = { config, member: member.id, requestId };
  await askActor(caller, "pushOpen", { repo }, slow);
  const made = await sendCommit(c, repo, input);
  await askActor(caller, "pushed", { repo }).catch((error: unknown) => c.var.log("warn", "the actor was not told of a commit", { error }));
  return made;
}

export const repositoryRoutes = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/git/repos",
      summary: "Your repositories: the memory, then those of projects, the oldest first",
      ...repoReadRoute,
      responses: { 200: jsonAnswer("Repositories", actions.repositories.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "repositories", {}), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/git/repos",
      summary: "A repository for a project of that name; one that is there is returned",
      ...repoChangeRoute,
      request: { body: jsonRequest(actions.repositoryMake.in) },
      responses: { 202: jsonAnswer("Being made; `ready` says when it can be cloned", actions.repositoryMake.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "repositoryMake", c.req.valid("json")), 202),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/git/repos/{repoId}",
      summary: "One repository: where main stands, its branches, size and open pull requests, while its stack runs",
      ...repoReadRoute,
      request: { params: repoParams },
      responses: { 200: jsonAnswer("The repository", actions.repository.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "repository", c.req.valid("param"), slow), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/git/repos/{repoId}/commit",
      summary: "Several files in one commit on a branch; a conflict where the branch no longer stands at `expectedHead`",
      description:
        "Takes branches other than main and the agents' own. A commit that holds the value of a secret is refused by the secret's name.",
      ...repoRoute,
      middleware: middlewares(requireSession, jsonBodyOf(limits.modelBodyBytes - 64 * 1024), idempotent),
      request: { params: repoParams, body: jsonRequest(repoCommitIn) },
      responses: { 201: jsonAnswer("The commit", repoCommitOut.meta({ id: "RepositoryCommit" })), ...refusalAnswers },
    }),
    async (c) => c.json(await commitToRepository(c, c.req.valid("param").repoId, c.req.valid("json")), 201),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/git/repos/{repoId}/branch",
      summary: "A branch at another branch or at a commit; one that stands there already is returned",
      ...repoChangeRoute,
      request: { params: repoParams, body: jsonRequest(branchMakeIn.omit({ repoId: true })) },
      responses: { 200: jsonAnswer("The branch", actions.branchMake.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "branchMake", { ...c.req.valid("json"), ...c.req.valid("param") }, slow), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/git/repos/{repoId}/pull-request",
      summary: "Pull requests into main, the newest fifty, and of each whether it would be merged or what is missing",
      ...repoReadRoute,
      request: { params: repoParams, query: pullRequestsIn.omit({ repoId: true }) },
      responses: { 200: jsonAnswer("Pull requests", actions.pullRequests.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "pullRequests", { ...c.req.valid("param"), ...c.req.valid("query") }, slow), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/git/repos/{repoId}/pull-request",
      summary: "A pull request of a branch into main; one that is open for the branch is returned",
      ...repoChangeRoute,
      request: { params: repoParams, body: jsonRequest(pullRequestMakeIn.omit({ repoId: true })) },
      responses: { 200: jsonAnswer("The pull request", actions.pullRequestMake.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "pullRequestMake", { ...c.req.valid("json"), ...c.req.valid("param") }, slow), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/git/repos/{repoId}/pull-request/{number}/merge",
      summary: "Merge what is proven: main moves on to the branch's newest commit, which has a current receipt and holds all of main",
      description: "Anything else is a conflict that says what is missing. Nothing is merged around a proof.",
      ...repoChangeRoute,
      request: { params: pullParams, body: { ...jsonRequest(pullRequestMergeIn.pick({ commit: true })), required: false } },
      responses: { 200: jsonAnswer("The pull request, merged", actions.pullRequestMerge.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "pullRequestMerge", { ...c.req.valid("json"), ...c.req.valid("param") }, slow), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/git/repos/{repoId}/deploy-keys",
      summary: "The deploy keys of a repository, newest first; never the key",
      ...repoReadRoute,
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
    createRoute({
      method: "post",
      path: "/git/repos/{repoId}/deploy-keys",
      summary: "A deploy key: a token over HTTPS for a machine, which opens this repository alone. It is shown this once",
      ...repoChangeRoute,
      request: { params: repoParams, body: jsonRequest(deployKeyIn) },
      responses: { 201: jsonAnswer("The key", deployKeyMade.meta({ id: "DeployKeyMade" })), ...refusalAnswers },
    }),
    async (c) => {
      const asked = c.req.valid("json");
      const repo = await findForToken(c, c.req.valid("param").repoId, asked.scope);
      const made = await makeGitToken(c.var.db, c.var.member.id, { ...asked, repositories: [repo], kind: "deploy" });
      return c.json({ deployKey: made.gitToken, token: made.token }, 201);
    },
  )
  .openapi(
    createRoute({
      method: "delete",
      path: "/git/repos/{repoId}/deploy-keys/{tokenId}",
      summary: "Remove a deploy key: the next call with it is refused",
      ...repoReadRoute,
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
    createRoute({
      method: "get",
      path: "/git/repos/{repoId}/tokens",
      summary: "Your Git tokens that open this repository, newest first; never the token",
      ...repoReadRoute,
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
    createRoute({
      method: "post",
      path: "/git/repos/{repoId}/tokens",
      summary: "A Git token for this repository, for reading or for pushing too. It is shown this once",
      ...repoChangeRoute,
      request: { params: repoParams, body: jsonRequest(repoTokenIn) },
      responses: { 201: jsonAnswer("The token", gitTokenMade.meta({ id: "GitTokenMade" })), ...refusalAnswers },
    }),
    async (c) => {
      const asked = c.req.valid("json");
      const repo = await findForToken(c, c.req.valid("param").repoId, asked.scope);
      return c.json(await makeGitToken(c.var.db, c.var.member.id, { ...asked, repositories: [repo], kind: "token" }), 201);
    },
  );
