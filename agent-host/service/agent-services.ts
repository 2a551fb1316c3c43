import path from "node:path";
import { pack } from "tar-stream";
import { dockerName } from "../../schema/machine/instance.ts";
import { type AgentServicesPut, type AgentServicesSeen, agentServicesPut } from "../../schema/stack/agent-services.ts";
import { box } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { execInContainer } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerAgentRow, LedgerStackRow } from "../ledger.ts";
import { environmentFile } from "../opencode/opencode-config.ts";
import { judgeDatabase, openedMs, readDatabaseUses } from "./database-use.ts";
import { accessName, accessPorts, grantAccess, makeServiceEnv } from "./service-access.ts";
import { ensureWay } from "./service-way.ts";
import { ensureServices } from "./services-container.ts";

/** The one way of a box: all that agents of this member may use. What is deployed is not among it. */
const boxWay = "box";
const workspace = "/workspace"; // the box's volume: nothing else of it can be written
const startMs = 5 * 60_000;

/**
 * What an agent works with: the project's database for development, which no release uses. The agent's
 * commands find it from the next one on.
 */
export async function openAgentServices(
  host: Host,
  row: LedgerStackRow,
  agent: string,
  { project, services }: AgentServicesPut,
): Promise<AgentServicesSeen> {
  const known = host.ledger.agent(row.member, agent);
  if (!known) throw new AppError("not_found");
  const opening = openServices(host, row, known, { project, services });
  opening.catch((error: unknown) => host.log("warn", "an agent's services were not opened", { member: row.member, agent, error }));
  try {
    await host.images.waitFor("services", AbortSignal.timeout(startMs)); // whoever asks hears soon that this takes longer
    return await opening;
  } catch (error) {
    if (error instanceof AppError && (error.meta.what === "image" || isPortTaken(error))) return { variables: [], trouble: error.message };
    throw error;
  }
}
async function openServices(
  host: Host,
  row: LedgerStackRow,
  { agent, seat }: LedgerAgentRow,
  { project, services }: AgentServicesPut,
): Promise<AgentServicesSeen> {
  const container = await ensureServices(host, row, AbortSignal.timeout(startMs));
  const access = await grantAccess(host, container, { name: accessName(project, "dev"), way: boxWay, services });
  host.openedDatabases.set(`${row.member} ${access.name}`, host.now());
  const target = dockerName(host.instance, "opencode", row.member);
  const asked = [project, ...services].join(" ");
  await ensureWay(host, row, { target, way: boxWay }, accessPorts(access)).catch(async (error: unknown) => {
    await writeEnvironment(host, target, { agent, gid: box.uid(seat), env: {}, asked }); // who holds a port now would hear the password
    throw error;
  });
  const env = makeServiceEnv(access);
  // Its seat may be another one's by now, who would read what is written for it.
  if (host.ledger.agent(row.member, agent)?.seat !== seat) throw new AppError("not_found");
  await writeEnvironment(host, target, { agent, gid: box.uid(seat), env, asked });
  const warning = await warnOfSize(host, row, container, access.name);
  return { variables: Object.keys(env), ...(warning === undefined ? {} : { warning }) };
}
/** An agent hears of what is too large as long as it is led to it: who does not may find it closed. */
async function warnOfSize(host: Host, row: LedgerStackRow, container: string, name: string): Promise<string | undefined> {
  const uses = await readDatabaseUses(host, container).catch((error: unknown) => {
    host.log("warn", "databases were not measured", { member: row.member, error });
    return undefined;
  });
  const use = uses?.get(name);
  const { words, isOver } = use ? judgeDatabase(use, row.limits.appDataMb) : { words: undefined, isOver: false };
  const until = `In ${openedMs / 60_000} minutes nobody can log in to it any more, until your next turn.`;
  return words && isOver ? `${words} ${until}` : words;
}

const isPortTaken = (error: unknown) => error instanceof AppError && error.meta.port !== undefined;

/** The first line of that file says what was asked for. */
const askedMark = "# services of ";
/**
 * Opens again what agents of this member were given, where the services may have lost it: their volume was
 * removed from outside. The same where they have not. Throws what may pass, after all others were opened; a
 * port that a program of the agent's holds stays a matter between the two.
 */
export async function reopenAgentServices(host: Host, row: LedgerStackRow): Promise<void> {
  const failures: unknown[] = [];
  for (const known of host.ledger.agents(row.member)) {
    const cmd = ["head", "-n", "1", environmentFile(known.agent)];
    const { code, out } = await execInContainer(host.engine, dockerName(host.instance, "opencode", row.member), { cmd, user: "0:0" });
    if (code !== 0 || !out.startsWith(askedMark)) continue;
    const [project, ...services] = out.slice(askedMark.length).trim().split(" ");
    const asked = agentServicesPut.safeParse({ project, services });
    if (!asked.success) continue;
    await openServices(host, row, known, asked.data).catch((error: unknown) => {
      if (!isPortTaken(error)) failures.push(error);
    });
  }
  if (failures.length > 0) throw failures[0];
}

/**
 * The agent may read the file, and nobody but the platform may write it or put another one in its place: a
 * command that was judged runs after what it says.
 */
async function writeEnvironment(
  host: Host,
  target: string,
  { agent, gid, env, asked }: { agent: string; gid: number; env: Record<string, string>; asked: string },
): Promise<void> {
  const file = path.posix.relative(workspace, environmentFile(agent));
  const tar = pack();
  tar.entry({ name: path.posix.dirname(file), type: "directory", mode: 0o711, uid: 0, gid: 0 });
  const text = Object.entries(env).map(([name, value]) => `export ${name}='${value}'\n`);
  tar.entry({ name: file, mode: 0o640, uid: 0, gid }, `${askedMark}${asked}\n${text.join("")}`);
  tar.finalize();
  const container = host.engine.docker.getContainer(target);
  await host.engine.call("environment", container.putArchive(tar as unknown as NodeJS.ReadableStream, { path: workspace }));
}
