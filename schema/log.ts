/** One redaction rule for every log: values under these names, and anything that looks like a credential, are replaced. */
const names =
  /^(authorization|cookie|set-cookie|password|secret|token|key|ticket|api[-_]?key|x-rivet-conn-params|sec-websocket-protocol|.*_(token|secret|password|key))$/i;
const shapes = [
  /eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*/g, // JWT
  /\b(sk|pk|rk|gqb|gqj|gqt)[-_][A-Za-z0-9_-]{16,}/g, // provider keys, box tokens, join tokens, Git tokens
  /(Bearer|Basic|Machine|token) [A-Za-z0-9._~+/=-]{12,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g,
  /:\/\/[^/\s:@]+:[^/\s@]+@/g, // user:password@ in a URL
];

/** A copy of `value` fit for a log. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return shapes.reduce((text, shape) => text.replace(shape, "[redacted]"), value);
  if (value === null || typeof value !== "object" || depth > 6) return value;
  if (value instanceof Error) {
    const { name, message, stack } = value;
    const code = (value as { code?: unknown }).code;
    return {
      name,
      message: redact(message),
      ...(code === undefined ? {} : { code }),
      stack: redact(stack ?? ""),
      ...(value.cause === undefined ? {} : { cause: redact(value.cause, depth + 1) }),
    };
  }
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, names.test(name) ? "[redacted]" : redact(item, depth + 1)]));
}

export type Level = "debug" | "info" | "warn" | "error";
export type Log = (level: Level, message: string, fields?: Record<string, unknown>) => void;

/** One JSON line per entry, redacted. `write` receives the line without its newline. */
export function logger(part: string, write: (line: string) => void, now: () => number = Date.now): Log {
  return (level, message, fields = {}) => {
    write(JSON.stringify({ at: new Date(now()).toISOString(), level, part, message: redact(message), ...(redact(fields) as object) }));
  };
}
