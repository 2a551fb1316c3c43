import { createClient } from "rivetkit/client";
import type { z } from "zod";
import type { ActionName } from "../../schema/agent/grow-agent.ts";
import { instance } from "../../schema/machine/instance.ts";
import { toolAnswer } from "../../schema/tool/tool.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { signTicket } from "../../schema/wire/ticket.ts";
import { engineAddress } from "../local/engine.ts";
import { openSecrets } from "../local/secrets.ts";

type Handle = { action: (call: { name: string; args: unknown[] }) => Promise<unknown> };

/** A member's growAgent as the edge calls it: for what has no address of its own, such as a tool call of an agent. */
export async function actorOf(product: { instance: string; folder: string }, member: string, agent: string) {
  const { signingKeys, engineToken } = await openSecrets(product.folder);
  const client = createClient({
    endpoint: `http://${engineAddress()}:${instance(product.instance).ports.engine}`,
    namespace: "default",
    token: engineToken,
    poolName: "default",
    disableMetadataLookup: true,
  });
  async function ask<T extends z.ZodType>(out: T, name: ActionName, input: unknown, key: string = newId("req")): Promise<z.infer<T>> {
    const ticket = await signTicket(signingKeys, "actor", { member: member as Id<"mem"> }, Math.floor(Date.now() / 1000), 60);
    const handle = (client.growAgent as unknown as { get: (key: string[], options: unknown) => Handle }).get([member], {
      params: { ticket },
    });
    return out.parse(await handle.action({ name, args: [{ requestId: newId("req"), key, input }] }));
  }
  return {
    ask,
    /** A tool call; the same key again is the same call. */
    tool: (tool: string, given: unknown, key?: string) => ask(toolAnswer, "tool", { agent, tool, arguments: given }, key),
    close: () => client.dispose(),
  };
}
