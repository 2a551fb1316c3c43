import { createRoute } from "@hono/zod-openapi";
import { and, eq, gt } from "drizzle-orm";
import type { Context } from "hono";
import { z } from "zod";
import { type GitTokenRow, gitTokenTable } from "../../schema/git/git-token.table.ts";
import { gitTokenOf, isUploadPack } from "../../schema/git/git-token.ts";
import { registryAgentTable } from "../../schema/stack/registry.table.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import { AppError, errorBody } from "../../schema/wire/error.ts";
import { answerRefusal, type EdgeApp, newApp, readBytes, refusalAnswers } from "../http.ts";
import { callerAddress, countAgainstLimit } from "../kernel/auth.ts";
import { relayToHost } from "../stack/relay-client.ts";

/** The most bytes of a call: enough for over a hundred thousand commits that a client says it has. */
const mostAsked = 8 * 1024 * 1024;
/**
 * Git's smart HTTP for stock clients: what they may read of a member's
 * repositories. Refusals are plain text, which git shows to who runs it.
 */
const says = {
  token: "Give a Git token as the password. You make one in GrowQR, under Git tokens; one that has ended or was revoked opens nothing.",
  missing: "This Git token opens no repository by that name.",
  push: "This is a copy for reading: nothing can be pushed here. Ask your agents in GrowQR for the change.",
  stopped: "The stack with this repository is not running. Start your stack first (in GrowQR), or ask its owner to, then run this again.",
  garbage: "This is not what git asks for. Use a stock git client.",
  away: "The stack with this repository can't be reached right now. Run this again in a moment.",
} as const;
const refuseGit = (
  code: "unauthenticated" | "not_found" | "forbidden" | "unavailable" | "invalid" | "unsupported_media_type",
  message: string,
  cause?: unknown,
) => new AppError(code, {}, { message, cause });

/** The token's row. Its last use is noted to the minute. */
async function admitted(c: Context<EdgeApp>): Promise<GitTokenRow> {
  const { db } = c.var;
  await countAgainstLimit(c.env.RATE_OPEN, callerAddress(c));
  const token = gitTokenOf(c.req.header("authorization"));
  const now = Date.now();
  const row =
    token &&
    (await db
      .select()
      .from(gitTokenTable)
      .where(and(eq(gitTokenTable.hash, await hashSha256(token)), gt(gitTokenTable.expiresAt, now)))
      .get());
  if (!row) throw refuseGit("unauthenticated", says.token);
  c.set("who", row.member);
  if ((row.lastUsedAt ?? 0) < now - 60_000) await db.update(gitTokenTable).set({ lastUsedAt: now }).where(eq(gitTokenTable.id, row.id));
  return row;
}
/** The repository of the address, when the token names it. */
function repositoryOf(c: Context<EdgeApp>, row: GitTokenRow): string {
  const address = `${c.req.param("owner")}/${c.req.param("repository")}`;
  const named = row.repositories.find((name) => `${name}.git` === address);
  if (named === undefined) throw refuseGit("not_found", says.missing);
  return named;
}

const carried = ["accept", "content-type", "git-protocol"];
/**
 * Unpacks the body of an upload-pack call and checks it here, because Gitea answers a body that it can't read
 * with nothing, or as broken.
 */
async function askedOf(c: Context<EdgeApp>): Promise<Uint8Array<ArrayBuffer>> {
  const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  const encoding = c.req.header("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (type !== "application/x-git-upload-pack-request" || !["identity", "gzip", "x-gzip"].includes(encoding))
    throw refuseGit("unsupported_media_type", says.garbage);
  const sent = await readBytes(c.req.raw, mostAsked);
  const asked = encoding === "identity" ? sent : await unzip(sent);
  if (!isUploadPack(asked)) throw refuseGit("invalid", says.garbage);
  return asked;
}
async function unzip(sent: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const inflated = new Blob([sent]).stream().pipeThrough(new DecompressionStream("gzip"));
  try {
    return await readBytes({ headers: new Headers(), body: inflated }, mostAsked);
  } catch (cause) {
    throw cause instanceof AppError && cause.code === "too_large" ? cause : refuseGit("invalid", says.garbage, cause);
  }
}
async function readRepository(c: Context<EdgeApp>, service: "/info/refs" | "/git-upload-pack", query = ""): Promise<Response> {
  const row = await admitted(c);
  const path = `/git/${repositoryOf(c, row)}.git${service}`;
  const headers = Object.fromEntries(carried.flatMap((name) => (c.req.header(name) ? [[name, c.req.header(name)!]] : [])));
  const { config, db, requestId } = c.var;
  const { signal } = c.req.raw;
  const asked = { member: row.member, path, query, headers, signal, requestId };
  const sent = service === "/git-upload-pack" ? { ...asked, method: "POST" as const, body: await askedOf(c) } : asked;
  const answer = await relayToHost(config, db, sent).catch(async (cause: unknown) => {
    throw await refusalText(c, row, cause);
  });
  return new Response(answer.body, { headers: { "content-type": answer.headers.get("content-type") ?? "application/octet-stream" } });
}
/**
 * What a failure behind the relay means for who runs git. The
 * stack's state is a cache: it chooses words only.
 */
async function refusalText(c: Context<EdgeApp>, { member }: GitTokenRow, cause: unknown): Promise<unknown> {
  if (!(cause instanceof AppError)) return cause;
  if (cause.meta.status === 400 || cause.meta.status === 415) return refuseGit("invalid", says.garbage, cause);
  const stack = await c.var.db
    .select({ observed: registryAgentTable.observed })
    .from(registryAgentTable)
    .where(eq(registryAgentTable.member, member))
    .get();
  if (stack?.observed !== "running") return refuseGit("unavailable", says.stopped, cause);
  return cause.meta.status === 404 ? refuseGit("not_found", says.missing, cause) : refuseGit("unavailable", says.away, cause);
}

export const gitRoutes = newApp();
gitRoutes.onError(async (error, c) => {
  const json = answerRefusal(error, c);
  const { message } = errorBody.parse(await json.json()).error;
  const headers = new Headers(json.headers);
  headers.set("content-type", "text/plain; charset=utf-8");
  if (json.status === 401) headers.set("www-authenticate", 'Basic realm="GrowQR", charset="UTF-8"');
  return new Response(`${message}\n`, { status: json.status, headers });
});
gitRoutes.get("/git/:owner/:repository/info/refs", async (c) => {
  const service = c.req.query("service");
  if (service === "git-upload-pack") return readRepository(c, "/info/refs", "?service=git-upload-pack");
  repositoryOf(c, await admitted(c));
  throw service === "git-receive-pack" ? refuseGit("forbidden", says.push) : refuseGit("not_found", says.missing);
});
gitRoutes.post("/git/:owner/:repository/git-upload-pack", (c) => readRepository(c, "/git-upload-pack"));
gitRoutes.post("/git/:owner/:repository/git-receive-pack", async (c) => {
  repositoryOf(c, await admitted(c));
  throw refuseGit("forbidden", says.push);
});

const repositoryParams = z.object({ owner: z.string(), repository: z.string().meta({ description: "With `.git` at its end" }) });
const gitRoute = {
  tags: ["Git"],
  description: "Git's smart HTTP protocol; use `git clone`. Refusals are plain text.",
  security: [{ gitToken: [] }],
};
const described = [
  ["get", "/git/{owner}/{repository}/info/refs", "What a repository has: the first call of a clone or fetch"],
  ["post", "/git/{owner}/{repository}/git-upload-pack", "The objects that a clone or fetch asks for"],
  ["post", "/git/{owner}/{repository}/git-receive-pack", "Refused: repositories are read here, not pushed to"],
] as const;
for (const [method, path, summary] of described)
  gitRoutes.openAPIRegistry.registerPath(
    createRoute({
      method,
      path,
      summary,
      ...gitRoute,
      request: { params: repositoryParams, ...(method === "get" ? { query: z.object({ service: z.literal("git-upload-pack") }) } : {}) },
      responses: {
        200: { description: "Packet lines" },
        default: { ...refusalAnswers.default, content: { "text/plain": { schema: z.string() } } },
      },
    }),
  );
