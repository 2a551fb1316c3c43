import { mendText, startOfText } from "./foreign-text.ts";

/**
 * One redaction rule for every log: values under these names,
 * and anything that looks like a credential, are replaced.
 */
const secretNames =
  /^(authorization|cookie|set-cookie|password|secret|token|key|ticket|api[-_]?key|x-rivet-conn-params|sec-websocket-protocol|.*_(token|secret|password|key))$/i;
const shapes = [
  /\b(sk|pk|rk|gqb|gqj|gqp|gqt)[-_][A-Za-z0-9_-]{16,}/g, // provider keys; tokens of boxes, for joining, for access, for Git
  /:\/\/[^/\s:@]+:[^/\s@]+@/g, // user:password@ in a URL
];
const redacted = "[redacted]";
/**
 * A scheme is written in any case (RFC 9110). What follows the
 * others in small letters alone is a word: “basic understanding”.
 */
const scheme = /(bearer|basic|machine|token)[ \t]{1,8}([A-Za-z0-9._~+/=-]{12,})/gi;
const withoutScheme = (run: string, name: string, value: string): string =>
  name.toLowerCase() !== "bearer" && /^[a-z.-]+$/.test(value) ? run : redacted;
/** What of one text a log holds: more is of no use to a reader, and the rest is not looked at. */
const mostLogged = 16_384;

/** Of a run of a credential's characters all that is a JWT, whole or cut off. */
function withoutJwt(run: string): string {
  const parts = run.split(".");
  const kept: string[] = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at]!;
    const begin = part.indexOf("eyJ");
    const token = begin >= 0 && part.length - begin >= 13 && (parts[at + 1]?.length ?? 0) >= 10;
    kept.push(token ? part.slice(0, begin) + redacted : part);
    if (token) at += 2;
  }
  return kept.join(".");
}
const keyMark = /-----(BEGIN|END) [A-Z ]{0,40}PRIVATE KEY-----/g;
/** Private keys in PEM. One without its end is taken to go on to the end of the text. */
function withoutPem(text: string): string {
  let [kept, from, begun] = ["", 0, false];
  for (const mark of text.matchAll(keyMark)) {
    if (begun !== (mark[1] === "END")) continue;
    if (!begun) kept += text.slice(from, mark.index) + redacted;
    from = mark.index + mark[0].length;
    begun = !begun;
  }
  return begun ? kept : kept + text.slice(from);
}
/** A query that failed says itself with what it was given: what people wrote. */
function withoutValues(text: string): string {
  const query = text.indexOf("Failed query: ");
  const values = query < 0 ? -1 : text.indexOf("\nparams: ", query);
  return values < 0 ? text : text.slice(0, values);
}
function redactText(whole: string): string {
  const rest = whole.length - mostLogged;
  const text = withoutValues(mendText(rest > 0 ? startOfText(whole, mostLogged) : whole));
  const plain = withoutPem(text)
    .replace(/[A-Za-z0-9_.-]{24,}/g, withoutJwt)
    .replace(scheme, withoutScheme);
  const clean = shapes.reduce((left, shape) => left.replace(shape, redacted), plain);
  return rest > 0 ? `${clean}… and ${rest} characters more` : clean;
}

/** A copy of `value` fit for a log. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return String(value);
  if (value === null || typeof value !== "object") return value;
  if (depth > 6) return "[deeper]";
  if (value instanceof Error) {
    const { name, message, stack } = value;
    const code = (value as { code?: unknown }).code;
    return {
      name,
      message: redact(message),
      ...(code === undefined ? {} : { code: redact(code, depth + 1) }),
      stack: redact(stack ?? ""),
      ...(value.cause === undefined ? {} : { cause: redact(value.cause, depth + 1) }),
    };
  }
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  const secret = (name: string) => secretNames.test(startOfText(name, 200));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, secret(name) ? redacted : redact(item, depth + 1)]));
}

export type LogLevel = "debug" | "info" | "warn" | "error";
/** What each entry says of itself; no field of the same name takes its place. */
type EntryName = "at" | "level" | "part" | "message";
type LogFields = Record<string, unknown> & { [name in EntryName]?: never };
export type Logger = (level: LogLevel, message: string, fields?: LogFields) => void;

/** One JSON line per entry, redacted. `write` receives the line without its newline. */
export function logger(part: string, write: (line: string) => void, now: () => number = Date.now): Logger {
  return (level, message, fields = {}) => {
    write(JSON.stringify({ at: new Date(now()).toISOString(), level, part, message: redact(message), ...(redact(fields) as object) }));
  };
}
