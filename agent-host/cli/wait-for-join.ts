import { setTimeout as after } from "node:timers/promises";
import type { Logger } from "../../schema/wire/log.ts";
import { readHostMachine } from "../machine/machine.ts";

/**
 * Waits until this folder belongs to a machine. A daemon that ended instead would be started again without
 * end where something keeps it running.
 */
export async function waitForJoin(folder: string, log: Logger, signal: AbortSignal): Promise<void> {
  for (let told = false; readHostMachine(folder) === undefined && !signal.aborted; told = true) {
    if (!told)
      log(
        "warn",
        "not joined: an operator makes a token at /machine; run `agent-host join <token>`, or `docker compose run --rm join <token>`, and this goes on",
        { folder },
      );
    await after(1_000, undefined, { signal }).catch(() => undefined); // cut short by the end
  }
}
