import { z } from "zod";
import { memberKeyOut } from "../../schema/account/member-key.ts";
import type { subAgentIn } from "../../schema/agent/team.ts";
import { type AuditRowsIn, auditHeadOut } from "../../schema/audit/audit.ts";
import { joinOut } from "../../schema/machine/host.ts";
import { type ProjectSecretValues, projectSecretValues } from "../../schema/project/project-secret.ts";
import type { RegistryProjectIn } from "../../schema/project/registry-project.ts";
import { type ReceiptIn, receiptOut } from "../../schema/receipt/receipt-api.ts";
import { type AppAddressIn, appAddressOut } from "../../schema/release/app-address.ts";
import type { AppNoticeIn } from "../../schema/reminder/app-notice.ts";
import { type ReminderIn, reminderOut } from "../../schema/reminder/reminder.ts";
import { secretOut } from "../../schema/secret.ts";
import {
  type SessionBudgets,
  type StackStatusIn,
  type StackTicketIn,
  type StackTicketOut,
  type StackWait,
  stackSessionOut,
  stackTicketOut,
  stackWaitOut,
} from "../../schema/stack/stack.ts";
import { AppError, errorBody } from "../../schema/wire/error.ts";
import { tryParseForeignJson } from "../../schema/wire/foreign-text.ts";
import { id } from "../../schema/wire/id.ts";
import { type PublishedKeys, publishedKeys } from "../../schema/wire/key.ts";
import { runnerTraces } from "../kernel/runner-traces.ts";
import { authorize, type Machine } from "./machine.ts";

const hostList = z.object({
  hosts: z.array(z.object({ id: id("hst"), address: z.string(), port: z.number().int() })),
  /** Machines whose certificates are refused before their end. */
  revoked: z.array(z.string()).default([]),
});
export type MemberKey = { key: Uint8Array; name: string; memberName: string };
export type HostAddress = z.infer<typeof hostList>["hosts"][number];

/** So old may the keys of receipts be that are believed: so long does one hold after it was revoked. */
const receiptKeysMs = 60_000;

/**
 * What the runner asks of the edge, each call signed by the machine's key. Failures are AppErrors with the
 * edge's own code.
 */
export class Edge {
  readonly #machine: Machine;
  #receiptKeys: { set: PublishedKeys; at: number } | undefined;
  constructor(machine: Machine) {
    this.#machine = machine;
  }
  async #call(method: string, path: string, body?: unknown, requestId?: string): Promise<unknown> {
    const text = body === undefined ? "" : JSON.stringify(body);
    const missed = (cause: Error) => {
      throw new AppError(cause.name === "TimeoutError" ? "timeout" : "unavailable", { what: "edge", path }, { cause });
    };
    const response = await fetch(new URL(path, this.#machine.edge), {
      method,
      headers: {
        authorization: await authorize(this.#machine, { method, path, body: text }),
        ...(text ? { "content-type": "application/json" } : {}),
        ...(requestId ? { "x-request-id": requestId, ...runnerTraces.header() } : {}),
      },
      ...(text ? { body: text } : {}),
      redirect: "manual",
      signal: AbortSignal.timeout(10_000),
    }).catch(missed);
    const answer = tryParseForeignJson(await response.text().catch(missed)); // it may break off in the middle
    if (response.ok) return answer;
    const failure = errorBody.safeParse(answer);
    throw new AppError(failure.success ? failure.data.error.code : "upstream", { what: "edge", path, status: response.status });
  }
  /** For a look at the stack, or for its stop: neither takes a slot. */
  async stackTicket(member: string, requestId: string, wants?: "stopped"): Promise<StackTicketOut> {
    const body: StackTicketIn = wants ? { wants } : {};
    return stackTicketOut.parse(await this.#call("POST", `/stacks/${member}/ticket`, body, requestId));
  }
  /** For the start by the command of this generation: a ticket with a slot, or the place in line. */
  async startTicket(member: string, generation: number, requestId: string): Promise<StackTicketOut | StackWait> {
    const body: StackTicketIn = { wants: "running", generation };
    return z.union([stackWaitOut, stackTicketOut]).parse(await this.#call("POST", `/stacks/${member}/ticket`, body, requestId));
  }
  async status(member: string, body: StackStatusIn, requestId: string): Promise<void> {
    await this.#call("PUT", `/stacks/${member}/status`, body, requestId);
  }
  /** A session's model calls are this agent's, and of its task and quest; what those have cost, and may. */
  async session(
    member: string,
    session: string,
    agent: string,
    requestId: string,
    budgets?: SessionBudgets,
  ): Promise<Pick<z.infer<typeof stackSessionOut>, "spent" | "modelTime">> {
    const body = { agent, ...(budgets ? { budgets } : {}) };
    return stackSessionOut.parse(await this.#call("PUT", `/stacks/${member}/sessions/${session}`, body, requestId));
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
  /** With which the member's actors seal what they keep: the same each time. */
  async memberKey(member: string, requestId: string): Promise<MemberKey> {
    const { key, ...called } = memberKeyOut.parse(await this.#call("POST", `/stacks/${member}/key`, {}, requestId));
    return { key: Buffer.from(key, "base64url"), ...called };
  }
  /**
   * Where the releases of a project are seen, and whether by everybody; a name is taken for it where it has
   * none.
   */
  async appAddress(member: string, project: string, body: AppAddressIn, requestId: string): Promise<z.infer<typeof appAddressOut>> {
    return appAddressOut.parse(await this.#call("PUT", `/stacks/${member}/projects/${project}/address`, body, requestId));
  }
  /** The values of a project's variables, for its releases alone, and which versions they are. */
  async projectSecrets(member: string, project: string, requestId: string): Promise<ProjectSecretValues> {
    return projectSecretValues.parse(await this.#call("POST", `/stacks/${member}/projects/${project}/secrets`, {}, requestId));
  }
  /** A project was made, or deleted: the edge keeps whose it is. The same again changes nothing. */
  async registerProject(member: string, project: string, body: RegistryProjectIn, requestId: string): Promise<void> {
    await this.#call("PUT", `/stacks/${member}/projects/${project}`, body, requestId);
  }
  /** A project is deleted or offline: its address is nothing, its domains and secrets go. */
  async removeProject(member: string, project: string, requestId: string): Promise<void> {
    await this.#call("DELETE", `/stacks/${member}/projects/${project}`, undefined, requestId);
  }
  /** Signs what a run showed; the same run gets the same receipt. */
  async receipt(member: string, body: ReceiptIn, requestId: string): Promise<z.infer<typeof receiptOut>> {
    return receiptOut.parse(await this.#call("POST", `/stacks/${member}/receipts`, body, requestId));
  }
  /**
   * All keys that receipts were ever signed with, as the edge publishes them. `newest`: none that were kept.
   */
  async receiptKeys(requestId: string, newest: boolean): Promise<PublishedKeys> {
    const known = this.#receiptKeys;
    if (known && !newest && performance.now() - known.at < receiptKeysMs) return known.set;
    const at = performance.now();
    const set = publishedKeys.parse(await this.#call("GET", "/.well-known/jwks.json", undefined, requestId));
    if (at >= (this.#receiptKeys?.at ?? 0)) this.#receiptKeys = { set, at }; // an answer that took long may be the older one
    return set;
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
  /** Tells the member what has become of an app. True: ask again later. */
  async noticeApp(member: string, body: AppNoticeIn, requestId: string): Promise<boolean> {
    return reminderOut.parse(await this.#call("POST", `/stacks/${member}/notices`, body, requestId)).again;
  }
  /** Hands over rows of the audit; each is taken once. */
  async audit(member: string, body: AuditRowsIn, requestId: string): Promise<void> {
    await this.#call("POST", `/stacks/${member}/audit`, body, requestId);
  }
  /** Where the member's audit stands, signed. */
  async auditHead(member: string, requestId: string): Promise<z.infer<typeof auditHeadOut>> {
    return auditHeadOut.parse(await this.#call("GET", `/stacks/${member}/audit/head`, undefined, requestId));
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
