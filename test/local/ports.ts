import type { Instance } from "../../schema/machine/instance.ts";
import { listens } from "./process.ts";

/**
 * Throws when anything listens on the instance's ports. Another checkout on this machine may run the same
 * instance: this checkout's lock does not know of it, and its containers must stay untouched.
 */
export async function portsFree(instance: Instance): Promise<void> {
  const { spare: _spare, ...used } = instance.ports;
  for (const [name, port] of Object.entries(used)) {
    const until = Date.now() + 3_000; // what was ended just now may hold it for a moment
    while (await listens(port)) {
      if (Date.now() > until)
        throw new Error(
          `Port ${port} (${name}) is in use by another program (ss -ltnp 'sport = :${port}' shows it). End it, or choose other ports: GROWQR_INSTANCE=<name>.`,
        );
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
