import type { Context } from "hono";
import { z } from "zod";
import { actions } from "../schema/actions.ts";
import { type ViewRight, viewHeader } from "../schema/preview/preview-access.ts";
import { terminalProtocol, terminalPut, terminalSize, terminalTicketOut, terminalTicketPrefix } from "../schema/terminal/terminal.ts";
import { AppError } from "../schema/wire/error.ts";
import { id } from "../schema/wire/id.ts";
import { queryNumber } from "../schema/wire/query-number.ts";
import { askOwnActor } from "./actor/actor-call.ts";
import { memberDoor, socketDoor } from "./door.ts";
import { type EdgeApp, jsonAnswer, jsonRequest, newApp, passWebSocket, refusalAnswers } from "./http.ts";
import { countAgainstLimit } from "./kernel/auth.ts";
import { seeSignIn } from "./kernel/sign-in.ts";
import { issueTicket, readOwnTicket } from "./kernel/ticket.ts";
import { openRelay, readRelayRefusal } from "./stack/relay-client.ts";

/** Shells of the member's own in their box. Their bytes go through the relay; the actor knows of each. */
const terminalParams = z.object({ terminalId: id("trm") });

/** The ticket of a WebSocket, which can carry it in a subprotocol alone. */
function readOffered(c: Context<EdgeApp>): string {
  const offered = (c.req.header("sec-websocket-protocol") ?? "").split(",").map((each) => each.trim());
  const given = offered.filter((each) => each.startsWith(terminalTicketPrefix));
  if (!offered.includes(terminalProtocol) || given.length !== 1) throw new AppError("unauthenticated", { what: "terminal" });
  return given[0]!.slice(terminalTicketPrefix.length);
}

async function connectTerminal(c: Context<EdgeApp>, terminal: string, query: string): Promise<Response> {
  const { config, db, requestId } = c.var;
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket") throw new AppError("not_found");
  const pass = await readOwnTicket(config, "terminal", readOffered(c));
  c.set("who", pass.member);
  if (pass.terminal !== terminal) throw new AppError("unauthenticated", { what: "another terminal" });
  await countAgainstLimit(c.env.RATE, `terminal:${pass.member}`);
  const { member, signIn } = pass;
  const right: ViewRight = { key: terminal, at: Date.now(), ...(await seeSignIn(db, signIn)) };
  const answer = await openRelay(config, db, {
    ...{ member, path: `/terminals/${terminal}`, query, requestId },
    headers: { upgrade: "websocket", "sec-websocket-protocol": terminalProtocol, [viewHeader]: JSON.stringify(right) },
  });
  if (!answer.webSocket) throw await readRelayRefusal(answer);
  return passWebSocket(answer);
}

export const terminalRoutes = newApp()
  .openapi(
    memberDoor({
      method: "get",
      path: "/terminals",
      summary: "Terminals that run",
      tags: ["Terminals"],
      responses: { 200: jsonAnswer("Terminals", actions.terminals.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "terminals", {}), 200),
  )
  .openapi(
    memberDoor({
      method: "put",
      path: "/terminals/{terminalId}",
      summary: "A ticket for one terminal, good for a minute; the first connection with an id begins it, later ones resume it",
      tags: ["Terminals"],
      key: false,
      scope: "admin",
      request: { params: terminalParams, body: jsonRequest(terminalPut) },
      responses: { 200: jsonAnswer("The ticket", terminalTicketOut), ...refusalAnswers },
    }),
    async (c) => {
      const { terminalId } = c.req.valid("param");
      await askOwnActor(c, "terminalOpen", { terminalId, ...c.req.valid("json") });
      return c.json(
        await issueTicket(c.var.config, "terminal", { member: c.var.member.id, terminal: terminalId, signIn: c.var.signIn }),
        200,
      );
    },
  )
  .openapi(
    memberDoor({
      method: "delete",
      path: "/terminals/{terminalId}",
      summary: "End a terminal and what it runs",
      tags: ["Terminals"],
      scope: "admin",
      request: { params: terminalParams },
      responses: { 200: jsonAnswer("It has ended", actions.terminalEnd.out), ...refusalAnswers },
    }),
    async (c) => c.json(await askOwnActor(c, "terminalEnd", c.req.valid("param")), 200),
  )
  .openapi(
    socketDoor({
      method: "get",
      path: "/terminals/{terminalId}/connect",
      summary: "The terminal itself (WebSocket), with its ticket in a subprotocol",
      description: `Offer two subprotocols: "${terminalProtocol}" and "${terminalTicketPrefix}" followed by the ticket. Binary frames are what is typed and printed; text frames are JSON.`,
      tags: ["Terminals"],
      request: {
        params: terminalParams,
        query: z.object({
          columns: queryNumber(terminalSize.shape.columns),
          rows: queryNumber(terminalSize.shape.rows),
        }),
      },
      responses: { 101: { description: "Connected" }, ...refusalAnswers },
    }),
    async (c) => {
      const { columns, rows } = c.req.valid("query");
      const query = `?${new URLSearchParams({ columns: String(columns), rows: String(rows) })}`;
      return connectTerminal(c, c.req.valid("param").terminalId, query);
    },
  );
