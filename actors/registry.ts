import { setup } from "rivetkit";
import { growAgent } from "./grow-agent.ts";
import type { World } from "./kernel/self.ts";
import { search } from "./search/search.ts";
import { subAgent } from "./sub-agent.ts";

/**
 * All actors of a runner. The limits are above what one message (32,000 characters) and one page of events
 * need.
 */
export function createRegistry(world: World, endpoint: string) {
  return setup({
    use: { growAgent: growAgent(world), subAgent: subAgent(world), search: search(world) },
    endpoint,
    startServices: false,
    noWelcome: true,
    logging: { level: "warn" },
    maxIncomingMessageSize: 512 * 1024,
    maxOutgoingMessageSize: 4 * 1024 * 1024,
    shutdown: { gracePeriodMs: 5_000 },
  });
}
/** For typed clients. */
export type Registry = ReturnType<typeof createRegistry>;
