import { and, desc, eq } from "drizzle-orm";
import type { z } from "zod";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { holdsCapability } from "../../schema/agent/capability.ts";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import { judgeServiceCall, type PermissionVerdict } from "../../schema/approval/permission.ts";
import { buildServiceRequest, findOperation, type Service, type ServiceOperation, visibleJson } from "../../schema/service.ts";
import type { tools } from "../../schema/tool/tool.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Issue } from "../../schema/wire/yaml.ts";
import { isGrowAgent } from "../agent/agent.ts";
import { readAgentTypes, requireAgentType } from "../agent/agent-type.ts";
import { member, type Self } from "../kernel/self.ts";
import { readPermissionRules } from "../policy.ts";
import { questBound } from "../quest/quest.ts";

/**
 * Whether a call of a bound service goes through, is asked, or can't be: decided the same when OpenCode asks
 * and when the call is here.
 */
export type ServiceInput = z.infer<(typeof tools)["call_service"]["input"]>;
export type Call = { service: Service; operation: ServiceOperation; given: ServiceInput["arguments"] };
export type Considered = { service?: Service; issues: Issue[] } | { call: Call; verdict: PermissionVerdict };

export async function considerServiceCall(self: Self, row: AgentRow, input: ServiceInput): Promise<Considered> {
  const type = isGrowAgent(row) ? undefined : requireAgentType(await readAgentTypes(self.db, self.vars.world.types), row.type);
  const service = type?.service;
  if (!type || !service) return { issues: [{ path: "operation", message: "no service is bound to you" }] };
  const found = findOperation(service, input.operation);
  if (!found) {
    const how = service.kind === "http" ? "; name another one by its method and path, such as DELETE /items/{id}" : "";
    return { service, issues: [{ path: "operation", message: `is not on the list of ${service.name}${how}` }] };
  }
  const { operation, listed } = found;
  const call: Call = { service, operation, given: input.arguments };
  const held = await questBound(self.db, row.task, type.capabilities);
  if (listed && holdsCapability(held, `service:${service.name}/${operation.name}`))
    return { call, verdict: { decision: "allow", reason: "it is on its list" } };
  const shown = shownCall(call);
  if (typeof shown !== "string") return { service, issues: shown };
  const why = listed ? "its quest does not allow this" : `it is not on the list of ${service.name} for this kind of agent`;
  return {
    call,
    verdict: judgeServiceCall(
      { service, name: operation.name, shown, why },
      await readPermissionRules(self.db, self.vars.world.types, row),
    ),
  };
}
const shownCharacters = 3_900;
const unshown = (message: string): Issue[] => [{ path: "arguments", message }];
/**
 * The call as the member is shown it: byte for byte what is sent, beside the kept secret's header. What can't
 * be shown so is not asked.
 */
function shownCall({ service, operation, given: args }: Call): string | Issue[] {
  const request = service.kind === "http" ? buildServiceRequest(service, operation, args) : undefined;
  if (request && !request.ok) return request.issues;
  const json = visibleJson(args);
  if (!request && json !== JSON.stringify(args))
    return unshown("hold characters that can't be seen, so nobody can allow this; leave them out");
  const { method, url, body } = request?.value ?? { method: operation.name, url: `at ${service.url}`, body: json };
  const text = body === undefined ? `${method} ${url}` : `${method} ${url}\n${body}`;
  return text.length <= shownCharacters ? text : unshown("are too long to be shown, so nobody can allow this; make them shorter");
}

/** The secret the service needs, as the edge keeps it for its origin; undefined: it needs none. */
export async function secretOf(self: Self, { secret, url }: Service, requestId: string): Promise<string | undefined> {
  if (!secret) return undefined;
  const { origin } = new URL(url);
  const kept = await self.vars.world.edge.secret(member(self), secret.name, origin, requestId);
  if (kept !== undefined) return kept;
  const message = `the member keeps no secret ${secret.name} for ${origin}; ask them to add it`;
  throw new AppError("not_found", { what: "secret" }, { message });
}
/** Whether the service has it at all. Throws what keeps it from being called. */
export async function hasOperation(self: Self, { service, operation }: Call, requestId: string): Promise<boolean> {
  return self.vars.world.services.has(service, operation, await secretOf(self, service, requestId));
}

export const callHash = (input: ServiceInput): Promise<string> => hashSha256(JSON.stringify([input.operation, input.arguments]));
/** The member's yes to exactly this call in this turn: its newest approval. */
export async function allowedCall(
  self: Self,
  agent: Id<"agt">,
  turn: Id<"trn"> | undefined,
  input: ServiceInput,
): Promise<string | undefined> {
  return findAllowedCall(self, agent, turn, await callHash(input));
}
/** The newest approval in this turn of a call that was asked by this hash. */
export async function findAllowedCall(
  self: Self,
  agent: Id<"agt">,
  turn: Id<"trn"> | undefined,
  call: string,
): Promise<string | undefined> {
  if (turn === undefined) return undefined;
  const rows = await self.db
    .select({ id: approvalTable.id, body: approvalTable.body })
    .from(approvalTable)
    .where(and(eq(approvalTable.agent, agent), eq(approvalTable.turn, turn), eq(approvalTable.state, "allowed")))
    .orderBy(desc(approvalTable.id));
  return rows.find(({ body }) => body.opencode?.call === call)?.id;
}
