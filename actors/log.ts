import { logger } from "../schema/log.ts";

/** The runner's log: one redacted JSON line per entry on standard output. */
export const log = logger("runner", (line) => process.stdout.write(`${line}\n`));
