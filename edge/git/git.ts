import { z } from "zod";
import { isUploadPack } from "../../schema/git/git-token.ts";
import { AppError, errorBody } from "../../schema/wire/error.ts";
import { gitDoor, mountPlain } from "../door.ts";
import { answerRefusal, newApp, readBytes, refusalAnswers } from "../http.ts";
import { heldBySignIn } from "../kernel/sign-in.ts";
import { relayToHost } from "../stack/relay-client.ts";
import { explainGitFailure, findNamedRepository, type GitCall, gitWords, refuseGit } from "./git-access.ts";
import { openPush, takePush } from "./push.ts";

/** The most bytes of a call: enough for over a hundred thousand commits that a client says it has. */
const mostAsked = 8 * 1024 * 1024;
/**
 * Git's smart HTTP for stock clients: what they may read of a member's
 * repositories, and by push.ts write. Refusals are plain text.
 */
const carried = ["accept", "content-type", "git-protocol"];
/**
 * Unpacks the body of an upload-pack call and checks it here, because Gitea answers a body that it can't
 * read with nothing, or as broken.
 */
async function askedOf(c: GitCall): Promise<Uint8Array<ArrayBuffer>> {
  const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  const encoding = c.req.header("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (type !== "application/x-git-upload-pack-request" || !["identity", "gzip", "x-gzip"].includes(encoding))
    throw refuseGit("unsupported_media_type", gitWords.garbage);
  const sent = await readBytes(c.req.raw, mostAsked);
  const asked = encoding === "identity" ? sent : await unzip(sent);
  if (!isUploadPack(asked)) throw refuseGit("invalid", gitWords.garbage);
  return asked;
}
async function unzip(sent: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const inflated = new Blob([sent]).stream().pipeThrough(new DecompressionStream("gzip"));
  try {
    return await readBytes({ headers: new Headers(), body: inflated }, mostAsked);
  } catch (cause) {
    throw cause instanceof AppError && cause.code === "too_large" ? cause : refuseGit("invalid", gitWords.garbage, cause);
  }
}
async function readRepository(c: GitCall, service: "/info/refs" | "/git-upload-pack", query = ""): Promise<Response> {
  const row = c.var.gitToken;
  const path = `/git/${findNamedRepository(c)}.git${service}`;
  const { config, db, requestId } = c.var;
  const given = Object.fromEntries(carried.flatMap((name) => (c.req.header(name) ? [[name, c.req.header(name)!]] : [])));
  const headers = { ...given, ...(await heldBySignIn(db, "git", row.signIn)) };
  const { signal } = c.req.raw;
  const asked = { member: row.member, path, query, headers, signal, requestId };
  const sent = service === "/git-upload-pack" ? { ...asked, method: "POST" as const, body: await askedOf(c) } : asked;
  const answer = await relayToHost(config, db, sent).catch(async (cause: unknown) => {
    throw await explainGitFailure(c, cause);
  });
  return new Response(answer.body, { headers: { "content-type": answer.headers.get("content-type") ?? "application/octet-stream" } });
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
function answerRefs(c: GitCall): Promise<Response> {
  const service = c.req.query("service");
  if (service === "git-upload-pack") return readRepository(c, "/info/refs", "?service=git-upload-pack");
  if (service === "git-receive-pack") return openPush(c);
  findNamedRepository(c);
  throw refuseGit("not_found", gitWords.missing);
}

const repositoryParams = z.object({ owner: z.string(), repository: z.string().meta({ description: "With `.git` at its end" }) });
const served = [
  ["get", "/git/{owner}/{repository}/info/refs", "What a repository has: the first call of a clone, a fetch or a push", answerRefs],
  [
    "post",
    "/git/{owner}/{repository}/git-upload-pack",
    "The objects that a clone or fetch asks for",
    (c: GitCall) => readRepository(c, "/git-upload-pack"),
  ],
  [
    "post",
    "/git/{owner}/{repository}/git-receive-pack",
    "What a push brings to branches of a project, other than main and the agents' own",
    takePush,
  ],
] as const;
for (const [method, path, summary, serve] of served)
  mountPlain(
    gitRoutes,
    gitDoor({
      method,
      path,
      summary,
      tags: ["Git"],
      description:
        "Git's smart HTTP protocol; use `git clone` and `git push`. Refusals are plain text; what of a push is not taken, git says itself.",
      body: "bytes",
      request: {
        params: repositoryParams,
        ...(method === "get" ? { query: z.object({ service: z.enum(["git-upload-pack", "git-receive-pack"]) }) } : {}),
      },
      responses: {
        200: { description: "Packet lines" },
        default: { ...refusalAnswers.default, content: { "text/plain": { schema: z.string() } } },
      },
    }),
    serve,
  );
