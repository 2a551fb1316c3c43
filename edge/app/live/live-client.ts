import { type ActorConnRaw, type AnyActorDefinition, createClient } from "rivetkit/client";
import type { LiveLink } from "./live-link.ts";

/**
 * The stock client, whose connections `link` hears of. The SDK's hook opens a connection again as soon as one
 * is gone, at once and with fixed params; so this hands out connections whose params come from `link`, which
 * waits its turn and brings a fresh ticket.
 */
export function liveClient(link: LiveLink, endpoint: string) {
  const client = createClient({ endpoint, encoding: "json", disableMetadataLookup: true, devtools: false });
  const get = client.get;
  client.get = <AD extends AnyActorDefinition>(name: string, key?: string | string[]) => {
    const handle = get<AD>(name, key, { getParams: () => link.params() });
    const connect = () => {
      const connection = handle.connect();
      // The actors' types are on the other side of the wire; without them the SDK's types are empty.
      const raw = connection as unknown as ActorConnRaw;
      link.opened(raw);
      raw.onStatusChange((status) => link.status(raw, status));
      raw.onError((error) => console.warn("live connection", error));
      return connection;
    };
    return new Proxy(handle, { get: (target, name) => (name === "connect" ? connect : Reflect.get(target, name)) });
  };
  return client;
}
