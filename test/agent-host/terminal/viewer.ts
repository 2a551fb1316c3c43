import { WebSocket } from "ws";
import { terminalProtocol } from "../../../schema/terminal/terminal.ts";
import type { Id } from "../../../schema/wire/id.ts";
import { ticketHeader } from "../../../schema/wire/ticket.ts";
import { eventually } from "../../harness/eventually.ts";
import { ground, hostInstance } from "../ground.ts";
import { type Person, signRelayTicket } from "../runner-client.ts";

/** Looks at a terminal as a browser does, by way of the host's own port. */
export type Viewer = {
  text: () => string;
  bytes: () => number;
  replayed: () => string | undefined;
  type: (text: string) => void;
  order: (order: object | string) => void;
  shows: (text: string | RegExp, ms?: number) => Promise<void>;
  closed: Promise<number>;
  leave: () => void;
};
export type Look = { columns?: number; rows?: number; ticketFor?: string; acknowledges?: boolean };

export async function lookAt(person: Person, id: Id<"trm">, look: Look = {}): Promise<Viewer> {
  const { columns = 80, rows = 24, acknowledges = true } = look;
  const path = `/stacks/${person.member}/terminals/${id}`;
  const { key, certificate, ca } = ground.runner;
  const socket = new WebSocket(`wss://127.0.0.1:${hostInstance.ports.host}${path}?columns=${columns}&rows=${rows}`, [terminalProtocol], {
    headers: { [ticketHeader]: await signRelayTicket(person, look.ticketFor ?? path) },
    ...{ key, cert: certificate, ca, checkServerIdentity: () => undefined, perMessageDeflate: false },
  });
  let text = "";
  let bytes = 0;
  let replayed: string | undefined;
  socket.on("message", (data: Buffer, binary) => {
    if (!binary) {
      replayed ??= text;
      return;
    }
    bytes += data.length;
    text = (text + data.toString("utf8")).slice(-200_000);
    if (acknowledges) socket.send(JSON.stringify({ type: "seen", bytes: data.length }));
  });
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
    socket.once("unexpected-response", (_request, answer) => reject(new Error(`refused with ${answer.statusCode}`)));
  });
  const shown = (wanted: string | RegExp) => (typeof wanted === "string" ? text.includes(wanted) : wanted.test(text));
  return {
    text: () => text,
    bytes: () => bytes,
    replayed: () => replayed,
    type: (typed) => socket.send(Buffer.from(typed)),
    order: (order) => socket.send(typeof order === "string" ? order : JSON.stringify(order)),
    shows: async (wanted, ms) => {
      await eventually(`the terminal shows ${String(wanted)}`, async () => shown(wanted), ms).catch((error: unknown) =>
        Promise.reject(new Error(text.slice(-2_000), { cause: error })),
      );
    },
    closed,
    leave: () => socket.close(),
  };
}
