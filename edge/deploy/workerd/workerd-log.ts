import { z } from "zod";
import type { Logger, LogLevel } from "../../../schema/wire/log.ts";

const ours = z.looseObject({ at: z.string(), level: z.string(), part: z.string(), message: z.string() });
const levels: Record<string, LogLevel> = { error: "error", warn: "warn", debug: "debug" };
function isOurs(message: string): boolean {
  try {
    return ours.safeParse(JSON.parse(message)).success;
  } catch {
    return false;
  }
}

/**
 * Turns workerd's output into lines of the edge's log. The Worker's own lines pass unchanged; a message of
 * workerd, of one or more lines, becomes one line.
 */
export function edgeLines(write: (line: string) => void, log: Logger): (said: { level: string; message: string }) => void {
  return ({ level, message }) => (isOurs(message) ? write(message) : log(levels[level] ?? "info", message));
}
