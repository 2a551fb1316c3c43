import { logger } from "../../schema/wire/log.ts";

/** The runner's log: one redacted JSON line per entry on standard output. */
export const log = logger("runner", (line) => process.stdout.write(`${line}\n`));
