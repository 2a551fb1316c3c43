import { type LogLevel, logger } from "../../schema/wire/log.ts";

const print = console.log.bind(console);
/** The Worker's log: one redacted JSON line per entry. */
export const edgeLog = logger("edge", print);

const levels: Record<"debug" | "log" | "info" | "warn" | "error", LogLevel> = {
  ...{ debug: "debug", log: "info", info: "info", warn: "warn", error: "error" },
};
/**
 * What libraries print goes the same way: an object or a trace of
 * theirs would be many lines, with ids that are nobody's business.
 */
if (navigator.userAgent === "Cloudflare-Workers")
  for (const [name, level] of Object.entries(levels))
    console[name as keyof typeof levels] = (...said: unknown[]) => edgeLog(level, "a library says", { said });
