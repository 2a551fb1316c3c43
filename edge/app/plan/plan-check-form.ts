import { z } from "zod";
import { type Check, checkSeconds, commandCheck, fileCheck, urlCheck } from "../../../schema/proof/check.ts";
import { type Issue, issuesOf } from "../../../schema/wire/yaml.ts";

/** An acceptance check as a form. `what` is the address, the file or the command. Pure. */
export const checkForm = z.object({
  key: z.number(),
  kind: z.enum(["url", "file", "command"]),
  what: z.string(),
  /** The status an address answers with, or the exit code of a command. */
  code: z.string(),
  contains: z.string(),
  /** The command that serves the address. */
  serve: z.string(),
  timeout: z.number(),
  /** The scenarios that it shows, as the plan says. */
  scenarios: z.array(z.number()).optional(),
});
export type CheckForm = z.infer<typeof checkForm>;

/** The code that counts as success by default. */
export const usualCodes: Record<CheckForm["kind"], string> = { url: "200", command: "0", file: "" };

export function fillCheckForm(check: Check, key: number): CheckForm {
  const { timeout, scenarios } = check;
  const none = { key, contains: "", serve: "", code: "", timeout, ...(scenarios ? { scenarios } : {}) };
  if ("file" in check) return { ...none, kind: "file", what: check.file, contains: check.contains ?? "" };
  if ("command" in check)
    return { ...none, kind: "command", what: check.command, code: String(check.exit_code), contains: check.contains ?? "" };
  const want = typeof check.should_respond === "number" ? { status: check.should_respond, contains: "" } : check.should_respond;
  return { ...none, kind: "url", what: check.url, code: String(want.status), contains: want.contains ?? "", serve: check.serve ?? "" };
}
export function newCheckForm(among: readonly CheckForm[]): CheckForm {
  const key = Math.max(-1, ...among.map((check) => check.key)) + 1;
  return { key, kind: "url", what: "", code: usualCodes.url, contains: "", serve: "", timeout: checkSeconds.default };
}

/** Reads a check from its form, or its issues. */
export function readCheckForm(form: CheckForm): { ok: true; check: Check } | { ok: false; issues: Issue[] } {
  const read = parsed(form);
  return read.success ? { ok: true, check: read.data } : { ok: false, issues: issuesOf(read.error) };
}
export type CheckWrong = Partial<Record<"what" | "code" | "contains" | "serve", string>>;
/** The issues by field of the check at `index`. */
export function sortCheckIssues(issues: readonly Issue[], index: number): CheckWrong {
  const under = `acceptance.${index}.`;
  const at: CheckWrong = {};
  for (const { path, message } of issues) {
    const name = path.startsWith(under) ? path.slice(under.length).split(".").at(-1) : undefined;
    if (name === undefined) continue;
    const known = name === "contains" || name === "serve";
    at[known ? name : ["url", "file", "command"].includes(name) ? "what" : "code"] ??= message;
  }
  return at;
}
function parsed({ kind, what: target, code, contains: text, serve, timeout, scenarios }: CheckForm) {
  const shows = scenarios ? { scenarios } : {};
  const contains = text === "" ? {} : { contains: text };
  const number = (usual: number) => (code.trim() === "" ? usual : Number(code));
  if (kind === "file") return fileCheck.safeParse({ file: target.trim(), ...contains, timeout, ...shows });
  if (kind === "command") return commandCheck.safeParse({ command: target, exit_code: number(0), ...contains, timeout, ...shows });
  const should_respond = text === "" ? number(200) : { status: number(200), ...contains };
  return urlCheck.safeParse({ url: target.trim(), should_respond, ...(serve.trim() === "" ? {} : { serve }), timeout, ...shows });
}
