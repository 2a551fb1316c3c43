import { createClient } from "rivetkit/client";
import { z } from "zod";
import { limit } from "./suite/limit.ts";

/** How Rivet Kit refuses a call. */
export type Refused = {
  group: string;
  code: string;
  message?: string;
  metadata?: { requestId?: string; retryAfter?: number; issues?: { path: string; message: string }[] };
};
type Call = { name: string; args: unknown[] };
/** An actor as any program may call it; what its actions take and return is said in `schema/actions.ts`. */
export type ActorHandle = { action(call: Call): Promise<unknown>; connect(): ActorConnection };
export type ActorConnection = {
  action(call: Call): Promise<unknown>;
  on(name: string, heard: (body: unknown) => void): () => void;
  onStatusChange(heard: (status: string) => void): () => void;
  onError(heard: (error: Pick<Refused, "code">) => void): () => void;
  dispose(): Promise<void>;
};
type ActorDoor = {
  get(key: string[], options: { params: unknown }): ActorHandle;
  getOrCreate(key: string[], options: { params: unknown; createWithInput?: unknown }): ActorHandle;
};
export type ActorClient = { growAgent: ActorDoor; subAgent: ActorDoor; search: ActorDoor; dispose(): Promise<void> };

/** The actors of an engine, past the edge. */
export function openActorClient(endpoint: string, token: string): ActorClient {
  const client = createClient({ endpoint, namespace: "default", token, poolName: "default", disableMetadataLookup: true });
  const { growAgent, subAgent, search } = client;
  return { growAgent: growAgent!, subAgent: subAgent!, search: search!, dispose: () => client.dispose() };
}

const actorList = z.object({ actors: z.array(z.object({ actor_id: z.string() })) });
/**
 * Ends the actors of an engine, whoever they belong to. The engine answers most of them within a second, and
 * now and then one after a minute: it is not waited for, and ends all the same.
 */
export async function destroyActors(url: string, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  for (const name of ["growAgent", "subAgent", "search"]) {
    const answer = await fetch(`${url}/actors?namespace=default&name=${name}&limit=1000`, { headers });
    const { actors } = actorList.parse(await answer.json());
    const end = ({ actor_id: each }: (typeof actors)[number]) =>
      fetch(`${url}/actors/${each}?namespace=default`, { method: "DELETE", headers, signal: AbortSignal.timeout(limit(5_000)) });
    await Promise.allSettled(actors.map(end));
  }
}
