import { z } from "zod";
import { type DownloadIn, downloadIn, downloadName, downloadOut } from "../../schema/git/download.ts";
import { AppError } from "../../schema/wire/error.ts";
import { memberDoor, publicDoor } from "../door.ts";
import { type EdgeApp, jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import { countAgainstLimit, limitByAddress } from "../kernel/auth.ts";
import { heldBySignIn } from "../kernel/sign-in.ts";
import { issueTicket, readOwnTicket, ticketQuery } from "../kernel/ticket.ts";
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

type Call = Pick<Relayed, "member" | "signal" | "requestId"> & { signIn: string | undefined };
/** Gitea's own word for what it does not have, as the relay passes it on. */
async function askGit({ config, db }: EdgeApp["Variables"], call: Relayed): Promise<Response> {
  return relayToHost(config, db, call).catch((error: unknown) => {
    throw error instanceof AppError && error.meta.status === 404 ? new AppError("not_found", {}, { cause: error }) : error;
  });
}
/** What Gitea makes of a folder that is not there is no archive. `folder`: "" is the root. */
async function requireFolder(vars: EdgeApp["Variables"], call: Call, { repo, ref }: DownloadIn, folder: string): Promise<void> {
  const path = `/git/api/v1/repos/${repo}/contents${folder === "" ? "" : `/${encodePath(folder)}`}`;
  const answer = await askGit(vars, { ...call, path, query: `?${new URLSearchParams({ ref })}` });
  if (!Array.isArray(await answer.json())) throw new AppError("not_found"); // a file
}
/** Of a file its first byte is asked for: there is no call that tells nothing but whether it is there. */
async function requireFile(vars: EdgeApp["Variables"], call: Call, asked: DownloadIn): Promise<void> {
  const answer = await askGit(vars, { ...call, ...giteaPath(asked), headers: { range: "bytes=0-0" } }).catch((error: unknown) => {
    if (error instanceof AppError && error.meta.status === 416) return undefined; // it is empty
    throw error;
  });
  await answer?.body?.cancel();
}
/** Refuses what is not there, before a browser begins to save it. */
const requireThere = (vars: EdgeApp["Variables"], call: Call, asked: DownloadIn): Promise<void> =>
  asked.path === undefined ? requireFolder(vars, call, asked, asked.folder ?? "") : requireFile(vars, call, asked);

/** The bytes as they come: they are saved, and nothing in them runs on the app's origin. */
async function answerFile(vars: EdgeApp["Variables"], call: Call, asked: DownloadIn): Promise<Response> {
  if (asked.folder !== undefined) await requireFolder(vars, call, asked, asked.folder);
  const answer = await askGit(vars, { ...call, ...giteaPath(asked), headers: await heldBySignIn(vars.db, "download", call.signIn) });
  const headers = {
    "content-type": "application/octet-stream",
    "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(downloadName(asked))}`,
    "content-security-policy": "sandbox; default-src 'none'",
    "cache-control": "no-store",
  };
  return new Response(answer.body, { headers });
}
const bytesAnswer = { description: "The bytes", content: { "application/octet-stream": { schema: z.string() } } } as const;

/** A member's own files, as files. */
export const downloadRoutes = newApp()
  .openapi(
    memberDoor({
      method: "get",
      path: "/git/download",
      tags: ["Git"],
      summary: "A repository or one folder of it as a zip, or one file of it, at a branch or commit",
      request: { query: downloadIn },
      responses: { 200: bytesAnswer, ...refusalAnswers },
    }),
    async (c) => {
      const call = { member: c.var.member.id, signIn: c.var.signIn, signal: c.req.raw.signal, requestId: c.var.requestId };
      return (await answerFile(c.var, call, c.req.valid("query"))) as never; // bytes: Hono's type knows JSON and text
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/git/downloads",
      tags: ["Git"],
      summary: "An address at which a browser saves the same, however large it is; good for a minute",
      key: false,
      scope: "read",
      request: { body: jsonRequest(downloadIn) },
      responses: { 201: jsonAnswer("The address", downloadOut), ...refusalAnswers },
    }),
    async (c) => {
      const { config, member, signIn, requestId } = c.var;
      const asked = c.req.valid("json");
      await requireThere(c.var, { member: member.id, signIn, signal: c.req.raw.signal, requestId }, asked);
      const { ticket, expiresAt } = await issueTicket(config, "download", { member: member.id, asked, signIn });
      const url = `${config.PUBLIC_URL}/git/downloads?${new URLSearchParams({ ticket })}`;
      return c.json({ url, name: downloadName(asked), expiresAt: expiresAt * 1_000 }, 201);
    },
  )
  .openapi(
    publicDoor(limitByAddress, {
      method: "get",
      path: "/git/downloads",
      tags: ["Git"],
      summary: "What such an address saves",
      request: {
        query: ticketQuery,
      },
      responses: { 200: bytesAnswer, ...refusalAnswers },
    }),
    async (c) => {
      const { member, asked, signIn } = await readOwnTicket(c.var.config, "download", c.req.valid("query").ticket);
      await countAgainstLimit(c.env.RATE, `download ${member}`);
      c.set("who", member);
      return (await answerFile(c.var, { member, signIn, signal: c.req.raw.signal, requestId: c.var.requestId }, asked)) as never;
    },
  );
