import { z } from "zod";
import type { InputOf, LiveAction } from "../../schema/actions.ts";
import { type CallEnvelope, connectionEvents } from "../../schema/agent/grow-agent.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { TicketClaims } from "../../schema/wire/ticket.ts";
import type { EdgeConfig } from "../env.ts";
import { ingressHeaders } from "../kernel/ingress.ts";
import { issueTicket } from "../kernel/ticket.ts";

/**
 * A connection of the Worker's own to a member's growAgent, by the Rivet Kit client's JSON
 * protocol: the stock client does not come back from an engine restart in workerd. The protocol
 * is not documented; the versions are pinned and test/edge/event/event-stream.test.ts holds it.
 */
const wireCount = z.union([z.number(), z.bigint()]).transform(Number);
const frame = z.object({
  body: z.discriminatedUnion("tag", [
    z.object({ tag: z.literal("Init") }),
    z.object({ tag: z.literal("Event"), val: z.object({ name: z.string(), args: z.array(z.unknown()) }) }),
    z.object({ tag: z.literal("ActionResponse"), val: z.object({ id: wireCount, output: z.unknown() }) }),
    z.object({ tag: z.literal("Error"), val: z.object({ group: z.string(), code: z.string(), actionId: wireCount.nullish() }) }),
  ]),
});
/** Large integers travel as ["$BigInt", "…"]; all of ours fit a number. */
const revive = (_: string, value: unknown): unknown =>
  Array.isArray(value) && value.length === 2 && value[0] === "$BigInt" ? Number(value[1]) : value;

export type LinkEvent =
  | { what: "ready" }
  | { what: "event"; name: string; body: unknown }
  | { what: "answer"; id: number; output: unknown }
  | { what: "refused"; id: number | undefined; code: string }
  | { what: "closed" }
  /** The engine knows no such actor. */
  | { what: "lost" };
export type ActorLink = {
  ask: <A extends LiveAction>(id: number, action: A, call: CallEnvelope & { input: InputOf<A> }) => void;
  close: () => void;
};

/**
 * Opens the connection as the member's own, with a live ticket: it may read and be renewed, no more; throws
 * `unavailable` when the engine or the actor can't be reached in ten seconds. `heard` is called in order, and
 * no more once the link is closed.
 */
export async function openActorLink(
  config: EdgeConfig,
  claims: TicketClaims<"live">,
  heard: (event: LinkEvent) => void,
): Promise<ActorLink> {
  const params = JSON.stringify({ ticket: (await issueTicket(config, "live", claims)).ticket });
  const query = new URLSearchParams({
    "rvt-namespace": "default",
    "rvt-method": "get",
    "rvt-key": claims.member,
    "rvt-token": config.RIVET_TOKEN,
  });
  const protocol = `rivet, rivet_encoding.json, rivet_conn_params.${encodeURIComponent(params)}`;
  const stop = new AbortController(); // until it is open only: an abort later would close the socket
  const late = setTimeout(() => stop.abort(), 10_000);
  const response = await fetch(`${config.RIVET_URL}/gateway/growAgent/connect?${query}`, {
    headers: { Upgrade: "websocket", "Sec-WebSocket-Protocol": protocol, ...ingressHeaders(config) },
    redirect: "manual",
    signal: stop.signal,
  })
    .catch((cause: unknown) => {
      throw new AppError("unavailable", { what: "actor connection" }, { cause });
    })
    .finally(() => clearTimeout(late));
  const socket = response.webSocket;
  if (!socket) {
    await response.body?.cancel();
    throw new AppError("unavailable", { what: "actor connection", status: response.status });
  }
  socket.accept();
  // A socket that was closed here still delivers what was on its way, until the other side has answered: who
  // has gone on to another link would hear it a second time.
  let open = true;
  const end = (event: LinkEvent) => open && heard(event);
  const say = (tag: string, val: unknown) => socket.send(JSON.stringify({ body: { tag, val } }));
  socket.addEventListener("message", (message) => {
    if (!open) return;
    const text = typeof message.data === "string" ? message.data : new TextDecoder().decode(message.data);
    const { body } = frame.parse(JSON.parse(text, revive));
    if (body.tag === "Init") {
      for (const eventName of connectionEvents) say("SubscriptionRequest", { eventName, subscribe: true });
      heard({ what: "ready" });
    } else if (body.tag === "Event") heard({ what: "event", name: body.val.name, body: body.val.args[0] });
    else if (body.tag === "ActionResponse") heard({ what: "answer", id: body.val.id, output: body.val.output });
    else heard({ what: "refused", id: body.val.actionId ?? undefined, code: body.val.code });
  });
  socket.addEventListener("close", ({ reason }) => end({ what: reason.startsWith("actor.not_found") ? "lost" : "closed" }));
  socket.addEventListener("error", () => end({ what: "closed" }));
  return {
    ask: (id, name, envelope) => say("ActionRequest", { id, name, args: [envelope] }),
    close: () => {
      open = false;
      socket.close(1000, "done");
    },
  };
}
