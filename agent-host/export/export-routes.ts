import type { Hono } from "hono";
import { z } from "zod";
import type { StackExport } from "../../schema/account/export.ts";
import { dockerName } from "../../schema/machine/instance.ts";
import { box } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { admitMember } from "../auth.ts";
import { runInContainer } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { agentUser, boxContainer } from "../opencode/server-process.ts";
import { answerJson, memberRoute, requireRunning } from "../request.ts";
import type { HostEnv, HostRequest, HostServices } from "../server.ts";
import { openContainerOutput } from "./container-output.ts";
import { leftFilesScript } from "./left-files.ts";

const exportRoute = `${memberRoute}/exports` as const;
/** What a member takes along of their stack: each repository and each folder by itself, as streams. */
export function mountExportRoutes(app: Hono<HostEnv>, api: HostServices): void {
  const bytes = admitMember(api, true);
  app
    .get(exportRoute, bytes, async (c) => answerJson(c, await listStackExport(api.host, requireRunning(api, c))))
    .get(`${exportRoute}/repositories/:owner/:name`, bytes, (c) => getRepository(api, c))
    .get(`${exportRoute}/folders/:folder{[A-Za-z0-9_]+}`, bytes, (c) => getFolder(api, c));
}

const repositories = "/var/lib/gitea/repos";
const gitRuns = { user: "1000:1000", env: ["GIT_CONFIG_GLOBAL=/dev/null", "HOME=/nonexistent", "LC_ALL=C.UTF-8"] };
const repositoryName = z
  .string()
  .regex(/^[a-z0-9._-]{1,100}$/)
  .refine((name) => name !== "." && name !== "..");
const giteaContainer = (host: Host, row: LedgerStackRow) => dockerName(host.instance, "gitea", row.member);
/** Those with a commit: of an empty repository Git makes no bundle. */
const listScript = `cd ${repositories} || exit 1
for each in */*.git; do
  [ -d "$each" ] && [ -n "$(git --git-dir="$each" for-each-ref --count=1)" ] && printf '%s\\n' "\${each%.git}"
done
true`;
async function listStackExport(host: Host, row: LedgerStackRow): Promise<StackExport> {
  const named = await runInContainer(host.engine, giteaContainer(host, row), { cmd: ["bash", "-c", listScript], ...gitRuns, ms: 30_000 });
  const agents = host.ledger.agents(row.member).map(({ agent }) => agent);
  return { repositories: named.split("\n").filter(Boolean), folders: [...agents, "member"] };
}

/**
 * All branches, tags and notes. Whether an object is missing is looked at first, as long as that is
 * quick: then it is refused as a whole instead of breaking off. It packs in little memory: the
 * container has half a gigabyte.
 */
const bundleScript = `cd "${repositories}/$1.git" || exit 1
timeout 15 git rev-list --objects --all --quiet || [ $? = 124 ] || exit 1
exec git -c pack.threads=1 -c pack.windowMemory=32m -c pack.deltaCacheSize=16m -c core.bigFileThreshold=1m bundle create --quiet - --all`;
async function getRepository(api: HostServices, c: HostRequest): Promise<Response> {
  const [owner, name] = [repositoryName.safeParse(c.req.param("owner")), repositoryName.safeParse(c.req.param("name"))];
  if (!owner.success || !name.success) throw new AppError("not_found");
  const container = giteaContainer(api.host, requireRunning(api, c));
  return answerOutput(api, c, { container, cmd: ["bash", "-c", bundleScript, "bundle", `${owner.data}/${name.data}`], ...gitRuns });
}

async function getFolder(api: HostServices, c: HostRequest): Promise<Response> {
  const row = requireRunning(api, c);
  const { path, user } = findFolder(api.host, row, c.req.param("folder") ?? "");
  return answerOutput(api, c, { container: boxContainer(api.host, row.member), cmd: ["bash", "-c", leftFilesScript, "files", path], user });
}
function findFolder(host: Host, row: LedgerStackRow, folder: string): { path: string; user: string } {
  if (folder === "member") return { path: box.memberHome, user: `${box.uid(box.memberSeat)}:${box.uid(box.memberSeat)}` };
  const agent = host.ledger.agent(row.member, folder);
  if (!agent) throw new AppError("not_found", { what: "agent" });
  return { path: box.agentDirectory(agent.agent), user: agentUser(agent) };
}

const firstByteMs = 25_000; // the relay waits half a minute
/** The output as it comes; 204 where there is none. */
async function answerOutput(api: HostServices, c: HostRequest, command: Parameters<typeof openContainerOutput>[1]): Promise<Response> {
  const output = await openContainerOutput(api.host.engine, command, firstByteMs);
  const headers = { "x-request-id": c.var.requestId };
  if (!output) return c.body(null, 204, headers);
  return c.body(output, 200, { ...headers, "content-type": "application/octet-stream" });
}
