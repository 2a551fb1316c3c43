import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { ticketHeader } from "../../schema/wire/ticket.ts";
import { formatUpgrade } from "../../schema/wire/upgrade.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import type { BoxConnections } from "../preview/box-connector.ts";
import { joinUpgrade } from "../preview/join-upgrade.ts";
import { forwardToLoopback, headersForPort } from "../preview/preview.ts";
import type { Apps } from "./apps.ts";

export type AskedApp = { row: LedgerStackRow; project: string; path: string; requestId: string };
type AppWays = { host: Host; apps: Apps; boxes: BoxConnections };

/** A ticket that came as `authorization` is the platform's; else that header is the visitor's own. */
function withoutTicket(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const dropped = (name: string) => name.startsWith("x-growqr-") || (name === "authorization" && headers[ticketHeader] === undefined);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped(name)));
}

/**
 * Enters the release that serves. A request that finds no process counts as one that got no answer, but not
 * one that wakes it.
 */
function enterApp(apps: Apps, row: LedgerStackRow, project: string) {
  const app = apps.requireApp(row, project);
  try {
    const process = apps.requireProcess(app);
    return { process, leave: process.enter() };
  } catch (error) {
    if (apps.describe(row, project).state !== "waking") apps.count({ member: row.member, project }, undefined, 0);
    throw error;
  }
}

/** Passes a request on to the release that serves. */
export async function forwardToApp(
  { host, apps, boxes }: AppWays,
  { row, project, path, requestId }: AskedApp,
  call: { incoming: IncomingMessage; outgoing: ServerResponse },
): Promise<void> {
  const { process, leave } = enterApp(apps, row, project);
  const began = performance.now();
  let [status, ms]: [number | undefined, number] = [undefined, 0];
  try {
    const { pid } = process;
    const { port } = process.release.plan;
    const headers = withoutTicket(call.incoming.headers);
    const answered = (code: number) => {
      status = code;
      ms = performance.now() - began;
    };
    const pool = process.connections(host, boxes);
    await forwardToLoopback(host, boxes, { pid, port, path, requestId, member: row.member, headers, answered, pool }, call);
  } finally {
    leave();
    const left = status === undefined && call.outgoing.destroyed && !call.outgoing.headersSent; // before there was an answer
    if (!left) apps.count({ member: row.member, project }, status, ms);
  }
}

/** Joins a WebSocket with the release that serves. */
export async function upgradeToApp(
  { apps, boxes }: AppWays,
  { row, project, path }: Omit<AskedApp, "requestId">,
  { incoming, socket, head }: { incoming: IncomingMessage; socket: Duplex; head: Buffer },
): Promise<void> {
  const { process, leave } = enterApp(apps, row, project);
  const { port } = process.release.plan;
  const began = performance.now();
  const count = (status?: number) => apps.count({ member: row.member, project }, status, performance.now() - began);
  try {
    const far = await boxes.connect(process.pid, port).catch((error: unknown) => {
      count();
      throw error;
    });
    far.once("close", leave);
    await joinUpgrade(socket, far, { request: formatUpgrade(path, headersForPort(withoutTicket(incoming.headers), port)), head });
    count(101);
  } catch (error) {
    leave();
    throw error;
  }
}
