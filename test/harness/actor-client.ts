import { type ActionName, actions, type InputOf, type OutputOf } from "../../schema/actions.ts";
import { readInstance } from "../../schema/machine/instance.ts";
import type { ToolName } from "../../schema/tool/tool-call.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { signTicket } from "../../schema/wire/ticket.ts";
import { engineAddress } from "../local/engine.ts";
import { openSecrets } from "../local/secrets.ts";
import { openActorClient } from "./rivet-client.ts";

/** Calls a member's growAgent as the edge does, for actions without a route, such as an agent's tool call. */
export async function actorOf(product: { instance: string; folder: string }, member: string, agent: string) {
  const { signingKeys, engineToken } = await openSecrets(product.folder);
  const client = openActorClient(`http://${engineAddress()}:${readInstance(product.instance).ports.engine}`, engineToken);
  async function ask<A extends ActionName>(name: A, input: InputOf<A>, key: string = newId("req")): Promise<OutputOf<A>> {
    const claims = { member: member as Id<"mem">, entitled: true };
    const ticket = await signTicket(signingKeys, "actor", claims, Math.floor(Date.now() / 1000), 60);
    const handle = client.growAgent.get([member], { params: { ticket } });
    const answer = await handle.action({ name, args: [{ requestId: newId("req"), key, input }] });
    return actions[name].out.parse(answer) as OutputOf<A>;
  }
  return {
    ask,
    /** A tool call; the same key again is the same call. */
    tool: (tool: ToolName, given: unknown, key?: string) => ask("tool", { agent: agent as Id<"agt">, tool, arguments: given }, key),
    close: () => client.dispose(),
  };
}
