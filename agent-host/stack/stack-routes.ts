import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { dockerName } from "../../schema/machine/instance.ts";
import { type StackLine, type StackSeen, stackPut } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { readStackTicket } from "../auth.ts";
import { describeFailure } from "../disk.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { answerJson, memberParameter, readJsonBody } from "../request.ts";
import type { HostRequest, HostServices } from "../server.ts";

async function describeStack(api: HostServices, row: LedgerStackRow): Promise<StackSeen> {
  return {
    member: row.member,
    stackId: row.stack,
    epoch: row.epoch,
    generation: row.generation,
    tier: row.tier,
    ceiling: row.ceiling,
    observed: api.stacks.look(row),
    memoryMissing: api.stacks.memoryMissing(row),
    containers: {
      gitea: dockerName(api.host.instance, "gitea", row.member),
      opencode: dockerName(api.host.instance, "opencode", row.member),
    },
    agents: await api.agents.list(row.member),
    used: { ...api.host.use.describe(row.member), ...(api.terminals.isAtWork(row.member) ? { looked: 0 } : {}) },
  };
}

/** A ticket opens one stack, so the list is of one. */
export async function listStacks(api: HostServices, c: HostRequest): Promise<Response> {
  const claims = await readStackTicket(c.env.incoming, api.machine(), api.keys);
  const row = api.host.ledger.stack(claims.member);
  return answerJson(c, { stacks: row && row.epoch <= claims.epoch ? [await describeStack(api, row)] : [] });
}

export async function getStack(api: HostServices, c: HostRequest): Promise<Response> {
  await api.stacks.refresh();
  return answerJson(c, await describeStack(api, c.var.row));
}

/**
 * Steps as they happen, one JSON line each, then what is seen or one error. The work goes on when the caller
 * leaves.
 */
export async function putStack(api: HostServices, c: HostRequest): Promise<Response> {
  const asked = memberParameter(c);
  const claims = await readStackTicket(c.env.incoming, api.machine(), api.keys);
  if (claims.member !== asked) throw new AppError("not_found", { what: "ticket for another member" });
  const body = await readJsonBody(c, stackPut);
  const { requestId } = c.var;
  const { outgoing: response } = c.env;
  const line = (text: StackLine) => {
    if (!response.destroyed) response.write(`${JSON.stringify(text)}\n`);
  };
  const row = api.stacks.accept(claims, body);
  response.writeHead(200, { "content-type": "application/x-ndjson", "x-request-id": requestId });
  response.flushHeaders();
  api.host.log("info", "stack wanted", { requestId, member: claims.member, epoch: claims.epoch, ...body });
  try {
    line({ type: "observed", stack: await describeStack(api, await api.stacks.bring(row, line)) });
  } catch (error) {
    api.host.log("warn", "stack not as wanted", { requestId, member: claims.member, error });
    const { code, message } = describeFailure(error);
    line({ type: "error", code, message });
  }
  response.end();
  return RESPONSE_ALREADY_SENT;
}
