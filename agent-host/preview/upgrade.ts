import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { terminalSize } from "../../schema/terminal/terminal.ts";
import { AppError } from "../../schema/wire/error.ts";
import { id, newId } from "../../schema/wire/id.ts";
import { formatRefusal, formatUpgrade } from "../../schema/wire/upgrade.ts";
import { admitToStack, readPeer, requestPath } from "../auth.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { upgradeToApp } from "../release/app-forward.ts";
import type { HostServices } from "../server.ts";
import { joinUpgrade } from "./join-upgrade.ts";
import { headersForPort, requirePort } from "./preview.ts";

type Upgrade = { incoming: IncomingMessage; socket: Duplex; head: Buffer };
const terminalPath = /^\/stacks\/mem_\w{26}\/terminals\/(trm_\w{26})$/;
const appPath = /^\/stacks\/mem_\w{26}\/apps\/([a-z0-9-]{2,40})\/http(\/[^?]*)$/;
const portPath = /^\/stacks\/mem_\w{26}\/agents\/(agt_\w{26})\/ports\/(\d{4,5})(\/[^?]*)$/;

/** A connection that becomes a WebSocket: to a program in a box, to an app, or to a terminal. */
export async function serveUpgrade(api: HostServices, upgrade: Upgrade): Promise<void> {
  const { incoming, socket } = upgrade;
  socket.on("error", () => socket.destroy());
  const given = incoming.headers["x-request-id"];
  const requestId = id("req").safeParse(given).success ? String(given) : newId("req");
  const path = requestPath(incoming);
  try {
    const row = await admitUpgrade(api, incoming, path);
    api.views.watch(row.member, incoming.headers, socket);
    const [, terminal] = terminalPath.exec(path) ?? [];
    if (appPath.test(path)) await passToApp(api, row, upgrade);
    else if (terminal === undefined) await passUpgrade(api, row, upgrade);
    else await openTerminal(api, row, terminal, upgrade);
    api.host.log("info", "upgraded", { requestId, path });
  } catch (error) {
    api.host.log("info", "upgrade refused", { requestId, path, error });
    socket.end(formatRefusal(error, requestId));
  }
}

/** The stack that the call's ticket opens. */
async function admitUpgrade(api: HostServices, incoming: IncomingMessage, path: string): Promise<LedgerStackRow> {
  const caller = readPeer(incoming);
  if (api.revoked.has(caller)) throw new AppError("forbidden", { what: "this machine was revoked", caller });
  const member = id("mem").safeParse(/^\/stacks\/(\w+)\//.exec(path)?.[1]).data;
  if (!member || ![terminalPath, portPath, appPath].some((known) => known.test(path)) || /(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path))
    throw new AppError("not_found");
  const row = await admitToStack(api, incoming, { member, path, bytes: true });
  // An app runs while its stack's pair sleeps.
  if (!appPath.test(path) && !api.stacks.running(row.member)) throw new AppError("unavailable", { what: "stack is not running" });
  return row;
}
const queryOf = (incoming: IncomingMessage, path: string) => (incoming.url ?? "").slice(path.length);

async function openTerminal(api: HostServices, row: LedgerStackRow, terminal: string, upgrade: Upgrade): Promise<void> {
  const { incoming } = upgrade;
  const query = new URLSearchParams(queryOf(incoming, requestPath(incoming)));
  const size = terminalSize.safeParse({ columns: Number(query.get("columns")), rows: Number(query.get("rows")) });
  const known = id("trm").safeParse(terminal);
  if (!known.success || !size.success) throw new AppError("not_found");
  await api.terminals.view({ row, id: known.data, size: size.data }, upgrade);
}

async function passToApp(api: HostServices, row: LedgerStackRow, upgrade: Upgrade): Promise<void> {
  const path = requestPath(upgrade.incoming);
  const [, project = "", rest = ""] = appPath.exec(path) ?? [];
  await upgradeToApp(api, { row, project, path: rest + queryOf(upgrade.incoming, path) }, upgrade);
}
async function passUpgrade(api: HostServices, row: LedgerStackRow, { incoming, socket, head }: Upgrade): Promise<void> {
  const path = requestPath(incoming);
  const [, agentText, portText = "", rest = ""] = portPath.exec(path) ?? [];
  const agent = id("agt").safeParse(agentText);
  if (!agent.success) throw new AppError("not_found");
  const port = Number(portText);
  const { pid, addresses } = await requirePort(api.host, { row, agent: agent.data, port });
  const far = await api.boxes.connect(pid, port, addresses);
  await joinUpgrade(socket, far, { request: formatUpgrade(rest + queryOf(incoming, path), headersForPort(incoming.headers, port)), head });
}
