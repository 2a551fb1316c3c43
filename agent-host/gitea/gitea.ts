import { randomBytes } from "node:crypto";
import { pack } from "tar-stream";
import { z } from "zod";
import { dockerName, pairAddresses } from "../../schema/machine/instance.ts";
import { box, gitMail, gitUser } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { waitUntil } from "../deadline.ts";
import { execInContainer, ifFound, runInContainer } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";

const dataFolder = "/var/lib/gitea";
const platformUser = box.memoryRepo.owner;
export const giteaUrl = (host: Host, row: Pick<LedgerStackRow, "slot">) =>
  `http://${pairAddresses(host.instance, row.slot).gitea}:${box.giteaPort}`;
const giteaContainer = (host: Host, row: Pick<LedgerStackRow, "member">) => dockerName(host.instance, "gitea", row.member);
const giteaUserCommand = (...args: string[]) => ["gitea", "--config", "/etc/gitea/app.ini", "admin", "user", ...args];

/**
 * Gitea's own secrets, made once per volume: its configuration is read-only, so they must lie there before
 * its first start.
 */
export async function putGiteaSecrets(host: Host, row: LedgerStackRow): Promise<void> {
  const target = host.engine.docker.getContainer(giteaContainer(host, row));
  if (await host.engine.call("gitea secrets", ifFound(target.infoArchive({ path: `${dataFolder}/internal` })))) return;
  // An empty volume in the place of one that held a memory: Gitea would begin afresh in it.
  if (host.ledger.hasMemory(row.member)) throw new AppError("memory_missing", { member: row.member, what: "the volume is empty" });
  const tar = pack();
  const file = (name: string, content: string) => tar.entry({ name, uid: 1000, gid: 1000, mode: 0o600 }, content);
  file("jwt", randomBytes(32).toString("base64url"));
  file("secret", randomBytes(48).toString("base64"));
  file("internal", randomBytes(80).toString("base64"));
  tar.finalize();
  await host.engine.call("gitea secrets", target.putArchive(tar as unknown as NodeJS.ReadableStream, { path: dataFolder }));
}

export async function waitForGitea(host: Host, row: LedgerStackRow): Promise<void> {
  const url = `${giteaUrl(host, row)}/api/healthz`;
  const check = async () => {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(1_000) });
    await response.body?.cancel();
    return response.ok ? true : undefined;
  };
  await waitUntil(check, { deadline: 30_000, every: 30, what: "gitea" });
}

/**
 * The first administrator and its token: the platform's writer. A token that Gitea no longer takes is made
 * anew.
 */
export async function ensureGiteaWriter(host: Host, row: LedgerStackRow): Promise<void> {
  const known = host.ledger.secret(row.member, "writer");
  if (known && (await acceptsToken(host, row, known))) return;
  const name = giteaContainer(host, row);
  const mail = `${platformUser}@agents.growqr.invalid`;
  const made = await execInContainer(host.engine, name, {
    cmd: giteaUserCommand(
      "create",
      "--admin",
      "--username",
      platformUser,
      "--random-password",
      "--email",
      mail,
      "--must-change-password=false",
    ),
  });
  if (made.code !== 0) {
    const list = await runInContainer(host.engine, name, { cmd: giteaUserCommand("list", "--admin") });
    if (!list.split("\n").some((line) => line.split(/\s+/)[1] === platformUser))
      throw new AppError("upstream", { what: "gitea administrator", code: made.code, err: made.err.slice(-300) });
  }
  const out = await runInContainer(host.engine, name, {
    cmd: giteaUserCommand(
      "generate-access-token",
      "--username",
      platformUser,
      "--token-name",
      `host-${newId("req")}`,
      "--scopes",
      "all",
      "--raw",
    ),
  });
  const token = /^[0-9a-f]{40}$/m.exec(out)?.[0];
  if (!token) throw new AppError("upstream", { what: "gitea token" });
  host.ledger.saveSecret(row.member, "writer", token);
}

async function acceptsToken(host: Host, row: LedgerStackRow, token: string): Promise<boolean> {
  const response = await callGitea(host, row, "/user", { authorization: `token ${token}` });
  await response.body?.cancel();
  return response.status !== 401;
}

function callGitea(
  host: Host,
  row: LedgerStackRow,
  path: string,
  headers: Record<string, string>,
  method = "GET",
  body?: unknown,
): Promise<Response> {
  return fetch(`${giteaUrl(host, row)}/api/v1${path}`, {
    method,
    redirect: "manual",
    headers: { "content-type": "application/json", ...headers },
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function readGiteaAnswer(response: Response, name: string, ...statuses: number[]): Promise<unknown> {
  const text = await response.text();
  if (!statuses.includes(response.status))
    throw new AppError("upstream", { what: name, status: response.status, answer: text.slice(0, 300) });
  return text === "" ? undefined : JSON.parse(text);
}

const tokenOut = z.object({ sha1: z.string() });

function writerHeaders(host: Host, row: LedgerStackRow): Record<string, string> {
  const writer = host.ledger.secret(row.member, "writer");
  if (!writer) throw new AppError("unavailable", { what: "gitea writer" });
  return { authorization: `token ${writer}` };
}
/** The agent's Gitea user and with it its tokens and rights; commits and branches stay. */
export async function removeGiteaUser(host: Host, row: LedgerStackRow, agent: string): Promise<void> {
  await readGiteaAnswer(
    await callGitea(host, row, `/admin/users/${gitUser(agent)}`, writerHeaders(host, row), "DELETE"),
    "gitea user",
    204,
    404,
  );
}

/** A Gitea user that owns nothing and sees only where it is a collaborator. */
export type RestrictedUser = { name: string; mail: string };
export const agentGiteaUser = (agent: string): RestrictedUser => ({ name: gitUser(agent), mail: gitMail(agent) });
/** That user with a token for repositories: the known one while Gitea takes it. */
export async function ensureGiteaUser(host: Host, row: LedgerStackRow, { name, mail }: RestrictedUser, known: string): Promise<string> {
  if (known && (await acceptsToken(host, row, known))) return known;
  const as = writerHeaders(host, row);
  const password = randomBytes(24).toString("base64url");
  const common = { email: mail, password, must_change_password: false, restricted: true };
  const made = await callGitea(host, row, "/admin/users", as, "POST", { ...common, username: name, visibility: "private" });
  if (made.status === 422) {
    await made.body?.cancel();
    const again = await callGitea(host, row, `/admin/users/${name}`, as, "PATCH", { ...common, login_name: name, source_id: 0 });
    await readGiteaAnswer(again, "gitea user", 200);
  } else await readGiteaAnswer(made, "gitea user", 201);
  const basic = { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` };
  const token = await callGitea(host, row, `/users/${name}/tokens`, basic, "POST", {
    name: `host-${newId("req")}`,
    scopes: ["write:repository", "read:user"],
  });
  return tokenOut.parse(await readGiteaAnswer(token, "gitea token", 201)).sha1;
}
