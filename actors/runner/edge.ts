import { z } from "zod";
import type { subAgentIn } from "../../schema/agent/team.ts";
import { joinOut } from "../../schema/machine/host.ts";
import { type ReceiptIn, receiptOut } from "../../schema/receipt/receipt-api.ts";
import { type ReminderIn, reminderOut } from "../../schema/reminder/reminder.ts";
import { secretOut } from "../../schema/secret.ts";
import { type StackStatusIn, type StackTicketOut, stackTicketOut } from "../../schema/stack/stack.ts";
import { AppError, errorBody } from "../../schema/wire/error.ts";
import { mendValue } from "../../schema/wire/foreign-text.ts";
import { id } from "../../schema/wire/id.ts";
import { authorize, type Machine } from "./machine.ts";

const hostList = z.object({
  hosts: z.array(z.object({ id: id("hst"), address: z.string(), port: z.number().int() })),
  /** Machines whose certificates are refused before their end. */
  revoked: z.array(z.string()).default([]),
});
export type HostAddress = z.infer<typeof hostList>["hosts"][number];

/**
 * What the runner asks of the edge, each call signed by the machine's key. Failures are AppErrors with the
 * edge's own code.
 */
export class Edge {
  readonly #machine: Machine;
  constructor(machine: Machine) {
    this.#machine = machine;
  }
  async #call(method: string, path: string, body?: unknown, requestId?: string): Promise<unknown> {
    const text = body === undefined ? "" : JSON.stringify(body);
    const response = await fetch(new URL(path, this.#machine.edge), {
      method,
      headers: {
        authorization: await authorize(this.#machine, { method, path, body: text }),
        ...(text ? { "content-type": "application/json" } : {}),
        ...(requestId ? { "x-request-id": requestId } : {}),
      },
      ...(text ? { body: text } : {}),
      redirect: "manual",
      signal: AbortSignal.timeout(10_000),
    }).catch((cause: Error) => {
      throw new AppError(cause.name === "TimeoutError" ? "timeout" : "unavailable", { what: "edge", path }, { cause });
    });
    const answer: unknown = response.status === 204 ? undefined : mendValue(await response.json().catch(() => undefined));
    if (response.ok) return answer;
    const failure = errorBody.safeParse(answer);
    throw new AppError(failure.success ? failure.data.error.code : "upstream", { what: "edge", path, status: response.status });
  }
  async stackTicket(member: string, requestId: string): Promise<StackTicketOut> {
    return stackTicketOut.parse(await this.#call("POST", `/stacks/${member}/ticket`, {}, requestId));
  }
  async status(member: string, body: StackStatusIn, requestId: string): Promise<void> {
    await this.#call("PUT", `/stacks/${member}/status`, body, requestId);
  }
  async session(member: string, session: string, agent: string, requestId: string): Promise<void> {
    await this.#call("PUT", `/stacks/${member}/sessions/${session}`, { agent }, requestId);
  }
  /** A sub-agent exists: the edge then takes its model and tool calls. */
  async subAgent(member: string, agent: string, body: z.infer<typeof subAgentIn>, requestId: string): Promise<void> {
    await this.#call("PUT", `/stacks/${member}/agents/${agent}`, body, requestId);
  }
  /**
   * A member's secret, which may go to this origin only; undefined when they keep none by that name for it.
   */
  async secret(member: string, name: string, origin: string, requestId: string): Promise<string | undefined> {
    try {
      return secretOut.parse(await this.#call("POST", `/stacks/${member}/secrets/${name}`, { origin }, requestId)).value;
    } catch (error) {
      if (error instanceof AppError && error.code === "not_found") return undefined;
      throw error;
    }
  }
  /** Signs what a run showed; the same run gets the same receipt. */
  async receipt(member: string, body: ReceiptIn, requestId: string): Promise<z.infer<typeof receiptOut>> {
    return receiptOut.parse(await this.#call("POST", `/stacks/${member}/receipts`, body, requestId));
  }
  async receiptStale(member: string, receipt: string, staleAt: number, requestId: string): Promise<void> {
    await this.#call("PUT", `/stacks/${member}/receipts/${receipt}`, { staleAt }, requestId);
  }
  /**
   * Tells the member that a question waits; the same one again reaches only whom it has not reached. True:
   * ask again later.
   */
  async remind(member: string, body: ReminderIn, requestId: string): Promise<boolean> {
    return reminderOut.parse(await this.#call("POST", `/stacks/${member}/reminders`, body, requestId)).again;
  }
  async hosts(): Promise<z.infer<typeof hostList>> {
    return hostList.parse(await this.#call("GET", "/hosts/mine"));
  }
  async probe(host: string, reachable: boolean, at: number): Promise<void> {
    await this.#call("POST", `/hosts/${host}/probe`, { reachable, at });
  }
  async renew(csr: string): Promise<z.infer<typeof joinOut>> {
    return joinOut.parse(await this.#call("POST", `/hosts/${this.#machine.id}/certificate`, { csr }));
  }
}
