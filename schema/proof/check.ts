import { z } from "zod";
import { innerPath } from "../wire/path.ts";

/**
 * What a clean room runs to see whether a task is done. Every
 * check ends: seconds, with a default and a maximum.
 */
export const checkSeconds = { default: 60, max: 900 } as const;
const timeout = z
  .number()
  .int()
  .min(1)
  .max(checkSeconds.max)
  .default(checkSeconds.default)
  .describe("Seconds until the check counts as failed");
export const commandLine = z
  .string()
  .trim()
  .min(1)
  .max(2_000)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]+$/u, "must be one line");
const contains = z.string().min(1).max(2_000).describe("Text that must be found");

/** Only the sandbox itself is asked: a clean room has no network. */
const port = "(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})";
const sandboxUrl = z
  .string()
  .max(500)
  .regex(
    new RegExp(`^http://(localhost|127\\.0\\.0\\.1):${port}(/[^\\s\\\\#]*)?$`),
    "must be http://localhost:<port>/… or http://127.0.0.1:<port>/…",
  );

/** A scenario that no check names is told as not checked in the receipt. */
const scenarios = z
  .array(z.number().int().min(1).max(20))
  .min(1)
  .max(20)
  .optional()
  .describe("Numbers, from 1, of the spec's scenarios that this check shows to hold");
const httpStatus = z.number().int().min(100).max(599);
export const urlCheck = z.strictObject({
  url: sandboxUrl,
  should_respond: z.union([httpStatus, z.strictObject({ status: httpStatus.default(200), contains: contains.optional() })]),
  serve: commandLine
    .optional()
    .describe("Command that serves the address; started before, stopped after. Its port must be free before it starts."),
  timeout,
  scenarios,
});
export const commandCheck = z.strictObject({
  command: commandLine,
  exit_code: z.number().int().min(0).max(255).default(0),
  contains: contains.optional(),
  timeout,
  scenarios,
});
export const fileCheck = z.strictObject({ file: innerPath, contains: contains.optional(), timeout, scenarios });
export const checkShape = z.union([urlCheck, commandCheck, fileCheck]);
export type Check = z.infer<typeof checkShape>;

/** A check with the name under which its result is reported: its path in the spec. */
export type NamedCheck =
  | { name: string; kind: "url"; url: string; status: number; contains?: string | undefined; serve?: string | undefined; seconds: number }
  | { name: string; kind: "command"; command: string; exitCode: number; contains?: string | undefined; seconds: number }
  | { name: string; kind: "file"; file: string; contains?: string | undefined; seconds: number };

/** One shape for the runner, whatever short form the spec used. */
export function toNamedCheck(name: string, from: Check): NamedCheck {
  if ("url" in from) {
    const want = typeof from.should_respond === "number" ? { status: from.should_respond } : from.should_respond;
    const { url, serve, timeout: seconds } = from;
    const also = want.contains === undefined ? {} : { contains: want.contains };
    return { name, kind: "url", url, status: want.status, ...also, ...(serve === undefined ? {} : { serve }), seconds };
  }
  const also = from.contains === undefined ? {} : { contains: from.contains };
  if ("file" in from) return { name, kind: "file", file: from.file, ...also, seconds: from.timeout };
  return { name, kind: "command", command: from.command, exitCode: from.exit_code, ...also, seconds: from.timeout };
}

/** Scripts of the project that a command begins with, as `./run-tests.sh` does. */
export function namedScripts(check: NamedCheck): string[] {
  if (check.kind !== "command") return [];
  const path = /^(?:(?:ba|da)?sh )?\.\/([\w./-]+)(?:\s|$)/.exec(check.command)?.[1];
  return path !== undefined && innerPath.safeParse(path).success ? [path] : [];
}

/** What a check says of an address, where that is to answer well: its port and path, and what comes of it. */
export function readAnswer(check: NamedCheck): { port: number; path: string; status: number; contains?: string } | undefined {
  if (check.kind !== "url" || check.status < 200 || check.status > 299) return undefined;
  const { port, pathname, search } = new URL(check.url);
  const { status, contains } = check;
  return { port: port === "" ? 80 : Number(port), path: pathname + search, status, ...(contains === undefined ? {} : { contains }) };
}

/** A check as people read it. */
export function describeCheck(check: NamedCheck): string {
  const also = check.contains === undefined ? "" : `, with “${check.contains}” in it`;
  if (check.kind === "command") return `${check.command}${also}`;
  return check.kind === "file" ? `${check.file}${also}` : `${check.url} answers ${check.status}${also}`;
}
