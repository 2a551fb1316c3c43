import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { pushLimits, pushMail, pushUser } from "../../schema/git/push.ts";
import { pushPaths } from "../../schema/git/repository.ts";
import { AppError } from "../../schema/wire/error.ts";
import { ticketHeader } from "../../schema/wire/ticket.ts";
import { forwardRequest, keepHeaders } from "../gateway/forward.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { requestQuery, restOfPath } from "../request.ts";
import type { HostRequest, HostServices } from "../server.ts";
import { ensureGiteaUser, giteaUrl } from "./gitea.ts";

/**
 * What a member pushes themselves: by a Gitea user of its own, whose rights are a collaborator's. So the
 * platform's token, which may do everything, has no part in it.
 */
const secretName = "pusher";
const basic = (token: string) => `Basic ${Buffer.from(`${pushUser}:${token}`).toString("base64")}`;

export async function ensurePusher(host: Host, row: LedgerStackRow): Promise<{ user: string }> {
  const known = host.ledger.secret(row.member, secretName) ?? "";
  const token = await ensureGiteaUser(host, row, { name: pushUser, mail: pushMail }, known);
  if (token !== known) host.ledger.saveSecret(row.member, secretName, token);
  return { user: pushUser };
}
/** The header by which the member's own pushes are made. */
export function pusherAuthorization(host: Host, row: LedgerStackRow): string {
  const token = host.ledger.secret(row.member, secretName);
  if (token === undefined) throw new AppError("unavailable", { what: "pusher" });
  return basic(token);
}

const droppedHeaders = ["authorization", "cookie", ticketHeader, "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];
/** Git's own two calls of a push to a project, as they come; every other address is nothing. */
export async function forwardPush(api: HostServices, c: HostRequest, row: LedgerStackRow): Promise<Response> {
  const rest = restOfPath(c, "/push");
  const query = requestQuery(c);
  const refs = c.req.method === "GET" && rest.endsWith("/info/refs") && query === "?service=git-receive-pack";
  const pack = c.req.method === "POST" && rest.endsWith("/git-receive-pack") && query === "";
  if (!pushPaths.test(rest) || !(refs || pack)) throw new AppError("not_found");
  const { incoming, outgoing } = c.env;
  api.views.watch(row.member, incoming.headers, outgoing);
  await forwardRequest(incoming, outgoing, {
    url: giteaUrl(api.host, row) + rest + query,
    keep: false,
    headers: { ...keepHeaders(incoming.headers, droppedHeaders), authorization: pusherAuthorization(api.host, row) },
    maxBody: pushLimits.bytes + pushLimits.commandBytes,
    firstByte: pushLimits.ms,
    requestId: c.var.requestId,
    strip: ["set-cookie", "www-authenticate"],
  });
  return RESPONSE_ALREADY_SENT;
}
