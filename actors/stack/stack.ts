import type { z } from "zod";
import type { Price } from "../../schema/billing/price.ts";
import {
  type AgentPut,
  type AgentSeen,
  agentSeen,
  type StackLine,
  type StackPut,
  type StackSeen,
  type StackTicketOut,
  stackLine,
  stackSeen,
  sweepOut,
} from "../../schema/stack/stack.ts";
import { AppError, errorCode } from "../../schema/wire/error.ts";
import { parseForeignJson } from "../../schema/wire/foreign-text.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { Edge } from "../runner/edge.ts";
import { type HostAnswer, type HostCall, type Hosts, lines, readJson, refusal } from "../runner/host.ts";

/** One member's stack through its host: the stack ticket is fetched, kept until shortly before its end, and put on every call. */
export type Stack = ReturnType<typeof stackClient>;
export function stackClient(edge: Edge, hosts: Hosts, member: string) {
  let held: Promise<StackTicketOut> | undefined;
  let ends = 0;
  let price: Price = { input: 0, output: 0 };
  const base = `/stacks/${member}`;

  async function ticket(requestId: string, fresh = false): Promise<StackTicketOut> {
    if (!held || fresh || performance.now() > ends) {
      const from = performance.now(); // how long it has been held: this clock and the edge's may differ
      const asked = edge.stackTicket(member, requestId);
      held = asked;
      ends = Number.POSITIVE_INFINITY; // callers in the meantime share the one that was asked for
      asked.then(
        (got) => {
          ends = from + (limits.stackTicket - 30) * 1000;
          price = got.price;
        },
        () => {
          held = undefined;
        },
      );
    }
    return held;
  }

  /** One call below /stacks/:member. A ticket the host no longer takes is replaced once. */
  async function open(requestId: string, call: HostCall): Promise<HostAnswer> {
    for (let fresh = false; ; fresh = true) {
      const { ticket: token, host } = await ticket(requestId, fresh);
      const headers = { ...call.headers, authorization: `Bearer ${token}`, "x-request-id": requestId };
      const answer = await hosts.open(host, { ...call, path: base + call.path, headers }).catch((error: unknown) => {
        held = undefined; // the stack may have been placed elsewhere since
        throw error;
      });
      if (answer.status !== 401 || fresh || typeof call.body === "object") return answer;
      answer.body.destroy();
    }
  }
  async function json<T>(requestId: string, shape: z.ZodType<T>, call: Omit<HostCall, "body"> & { body?: unknown }): Promise<T> {
    const { body, ...rest } = call;
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { ...call.headers, "content-type": "application/json" } };
    return readJson(await open(requestId, { ...rest, ...sent }), call.path, shape);
  }

  return {
    open,
    json,
    ticket,
    /** As the newest ticket told it: whoever has talked to the host has had one. */
    price: () => price,
    /** Brings the stack to a tier; `onLine` hears each step. Returns what the host saw at the end. */
    async put(requestId: string, body: StackPut, onLine: (line: StackLine) => Promise<void>, signal: AbortSignal): Promise<StackSeen> {
      await ticket(requestId, true); // the newest ceiling and place
      const headers = { "content-type": "application/json" };
      const answer = await open(requestId, { method: "PUT", path: "", body: JSON.stringify(body), headers, signal, firstByte: 30_000 });
      if (answer.status !== 200) throw await refusal(answer, base);
      for await (const text of lines(answer.body)) {
        if (!text.trim()) continue;
        const line = stackLine.parse(parseForeignJson(text));
        if (line.type === "observed") return line.stack;
        if (line.type === "error") {
          const code = errorCode.safeParse(line.code);
          throw new AppError(code.success ? code.data : "upstream", { what: "stack", code: line.code }, { message: line.message });
        }
        await onLine(line);
      }
      throw new AppError("unavailable", { what: "stack", reason: "the host's answer ended early" });
    },
    seen(requestId: string): Promise<StackSeen> {
      return json(requestId, stackSeen, { method: "GET", path: "" });
    },
    startAgent(requestId: string, agent: string, body: AgentPut, signal?: AbortSignal): Promise<AgentSeen> {
      return json(requestId, agentSeen, {
        method: "PUT",
        path: `/agents/${agent}`,
        body,
        firstByte: 30_000,
        ...(signal ? { signal } : {}),
      });
    },
    /** An agent the host does not know has no server to stop. */
    async stopAgent(requestId: string, agent: string): Promise<void> {
      const path = `/agents/${agent}`;
      const answer = await open(requestId, { method: "DELETE", path });
      if (answer.status > 299 && answer.status !== 404) throw await refusal(answer, path);
      answer.body.resume();
    },
    /** Gives the seat of an agent that is no more to another, with all that it had. False where the host knows of none. */
    async leaveSeat(requestId: string, agent: string): Promise<boolean> {
      const path = `/agents/${agent}/seat`;
      const answer = await open(requestId, { method: "DELETE", path, firstByte: 150_000 });
      if (answer.status > 299 && answer.status !== 404) throw await refusal(answer, path);
      answer.body.resume();
      return answer.status !== 404;
    },
    async sweep(requestId: string, agent: string, signal: AbortSignal): Promise<number> {
      return (await json(requestId, sweepOut, { method: "DELETE", path: `/agents/${agent}/processes`, signal })).killed;
    },
  };
}
