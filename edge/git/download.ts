import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { type DownloadIn, downloadIn, downloadName } from "../../schema/git/download.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type EdgeApp, middlewares, newApp, refusalAnswers } from "../http.ts";
import { requireSession } from "../kernel/auth.ts";
import { type Relayed, relayToHost } from "../stack/relay-client.ts";

const encodePath = (path: string) => path.split("/").map(encodeURIComponent).join("/");
function giteaPath({ repo, ref, path, folder }: DownloadIn): { path: string; query: string } {
  const api = `/git/api/v1/repos/${repo}`;
  if (path === undefined)
    return {
      path: `${api}/archive/${encodePath(ref)}.zip`,
      query: folder === undefined ? "" : `?${new URLSearchParams({ path: folder })}`,
    };
  return { path: `${api}/raw/${encodePath(path)}`, query: `?${new URLSearchParams({ ref })}` };
}

type Call = Pick<Relayed, "member" | "signal" | "requestId">;
/** What Gitea makes of a folder that is not there is no archive. */
async function requireFolder({ config, db }: EdgeApp["Variables"], call: Call, { repo, ref, folder }: DownloadIn): Promise<void> {
  if (folder === undefined) return;
  const path = `/git/api/v1/repos/${repo}/contents/${encodePath(folder)}`;
  const answer = await relayToHost(config, db, { ...call, path, query: `?${new URLSearchParams({ ref })}` });
  if (!Array.isArray(await answer.json())) throw new AppError("not_found"); // a file
}

/** A member's own files, as files: they are saved, and nothing in them runs on the app's origin. */
export const downloadRoutes = newApp().openapi(
  createRoute({
    method: "get",
    path: "/git/download",
    tags: ["Git"],
    summary: "A repository or one folder of it as a zip, or one file of it, at a branch or commit",
    security: [{ session: [] }],
    middleware: middlewares(requireSession),
    request: { query: downloadIn },
    responses: {
      200: { description: "The bytes", content: { "application/octet-stream": { schema: z.string() } } },
      ...refusalAnswers,
    },
  }),
  async (c) => {
    const { config, db, member, requestId } = c.var;
    const asked = c.req.valid("query");
    const call = { member: member.id, signal: c.req.raw.signal, requestId };
    const fetched = requireFolder(c.var, call, asked).then(() => relayToHost(config, db, { ...call, ...giteaPath(asked) }));
    const answer = await fetched.catch((error: unknown) => {
      // Gitea's own word for what it does not have, as the relay passes it on
      throw error instanceof AppError && error.meta.status === 404 ? new AppError("not_found", {}, { cause: error }) : error;
    });
    const name = downloadName(asked);
    const headers = {
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
      "content-security-policy": "sandbox; default-src 'none'",
    };
    return new Response(answer.body, { headers }) as never; // bytes as they come; Hono's type knows JSON and text
  },
);
