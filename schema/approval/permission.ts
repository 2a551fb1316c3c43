import { z } from "zod";
import { typeCommandPolicy } from "../agent/agent-type.ts";
import { holdsCapability } from "../agent/capability.ts";
import type { CommandDecision, CommandPolicy, CommandRule } from "../command/command-rule.ts";
import { deniedCommands } from "../command/command-set.ts";
import { commandTitle } from "../command/command-title.ts";
import { exactRules, judgeCommand } from "../command/judge.ts";
import { isGitControlFile } from "../command/shell-scope.ts";
import { memberAskReason, memberDecision, type PolicyFile } from "../policy/policy-file.ts";
import type { Service } from "../service.ts";
import { box } from "../stack/stack.ts";
import { cutText, singleLine } from "../wire/cut-text.ts";
import type { Id } from "../wire/id.ts";
import { isWithin } from "../wire/path.ts";
import { type ApprovalSubject, approvalSubject, deployPrefix, seenBy } from "./approval.ts";
import { effectsOfCommand, effectsOfCommands } from "./command-effect.ts";
import { type DeclinedEffect, describeDeclined, type Effect, effectsOfSubject, findDeclined } from "./effect.ts";
import { findGrant, type Grant } from "./grant.ts";

/**
 * What OpenCode asks before it acts, as far as we read it. `metadata`
 * holds the exact act: the command, the diff, the address.
 */
export const permissionRequest = z.looseObject({
  id: z.string(),
  sessionID: z.string(),
  permission: z.string(),
  patterns: z.array(z.string()).default([]),
  metadata: z.record(z.string(), z.unknown()).default({}),
  /** The call it is about; of a tool of the platform's the arguments stand there and not in `metadata`. */
  tool: z.looseObject({ messageID: z.string(), callID: z.string() }).optional(),
});
/** The tool by which an agent calls its service, as OpenCode names it. */
export const serviceTool = `${box.mcp}_call_service`;
/** The tool by which an agent deploys. */
export const deployPermission = `${box.mcp}_deploy`;
export type PermissionRequest = z.infer<typeof permissionRequest>;

/**
 * What every agent's OpenCode asks before it acts; the rest it
 * does by itself, inside the walls. Later entries win.
 */
export const opencodePermissions = {
  "*": "allow",
  bash: "ask",
  edit: "ask",
  external_directory: "ask",
  webfetch: "ask",
  websearch: "deny",
  [serviceTool]: "ask",
  [deployPermission]: "ask",
  question: "deny", // the platform's own tool `ask` is durable
  task: "deny", // agents are made by the platform
} as const satisfies Record<string, "allow" | "ask" | "deny">;

/** What the Grow Agent runs without a question: everyday work in its own directory. */
const growCommands: CommandPolicy = typeCommandPolicy({
  default: "ask",
  sets: ["look", "edit", "git", "install", "build", "test"],
  allow: [],
  ask: [],
  deny: [],
});
export const growCommandLayers = (member: CommandPolicy): CommandPolicy[] => [
  growCommands,
  { default: "ask", rules: [...deniedCommands] },
  member,
];
export { growCommands };

/**
 * By what a request is decided. `layers` are those of `judgeCommand`;
 * `file` is the member's, `directory` the agent's own.
 */
export type PermissionRules = {
  agent: { id: Id<"agt">; type: string };
  task?: Id<"tsk"> | undefined;
  directory: string;
  layers: readonly CommandPolicy[];
  file: PolicyFile;
  capabilities: readonly string[];
  grants: readonly Grant[];
  /** What the member said no to in this task. */
  declined: readonly DeclinedEffect[];
};
/** `always`: what would be written to the member's file; absent when it can't be recognised again. */
export type AlwaysRule = { kind: "command"; rules: CommandRule[] } | { kind: "operation"; match: string };
export type PermissionVerdict =
  | { decision: "allow"; reason: string }
  | { decision: "deny"; reason: string }
  | { decision: "ask"; reason: string; subject: ApprovalSubject; title: string; reach: string; effects: Effect[]; always?: AlwaysRule };

/** The decision on one request of OpenCode: pure. What can't be read is asked, never allowed. */
export function judgePermission(request: PermissionRequest, rules: PermissionRules): PermissionVerdict {
  return granted(byKind(request, rules), rules);
}
/**
 * When the member has refused an effect, the task may not bring it about in another way either: it is denied
 * without a question.
 */
function refusedBy(effects: readonly Effect[], rules: PermissionRules): PermissionVerdict | undefined {
  const no = findDeclined(effects, rules.declined);
  return no && { decision: "deny", reason: describeDeclined(no) };
}
export function granted(found: PermissionVerdict, rules: PermissionRules): PermissionVerdict {
  if (found.decision !== "ask") return found;
  const grant = findGrant({ agent: rules.agent.id, task: rules.task, subject: found.subject }, rules.grants);
  return grant ? { decision: "allow", reason: `you allowed it for this ${grant.scope}` } : found;
}
function byKind(request: PermissionRequest, rules: PermissionRules): PermissionVerdict {
  const { metadata } = request;
  const command = z.string().safeParse(metadata.command);
  if (request.permission === "bash")
    return command.success ? ofCommand(removeCommandMark(command.data), rules) : ofOperation(request, rules, "shell");
  if (request.permission === "external_directory") return ofPlaces(request, rules);
  if (request.permission === "edit") return ofEdit(request, rules);
  if (request.permission === "webfetch") return ofAddress(request, rules);
  return ofOperation(request, rules, `tool:${request.permission}`);
}

/** The box's plugin puts this before each command, so that OpenCode asks about every one. */
const commandMark = ":\n";
export function removeCommandMark(command: string): string {
  return command.startsWith(commandMark) ? command.slice(commandMark.length) : command;
}

const oneLine = (text: string, max = 160) => cutText(singleLine(text), max) || "(nothing to read)";
const joinReasons = (parts: { decision: CommandDecision; text: string; reason: string }[], decision: CommandDecision) =>
  cutText(
    [...new Set(parts.filter((part) => part.decision === decision).map((part) => `${cutText(part.text, 200)}: ${part.reason}`))].join("\n"),
    1_900,
  );

/**
 * A reason as a sentence. The member sees what is asked right below it, whole, so it does not say that again.
 */
const sentence = (reason: string) => `${reason.charAt(0).toUpperCase()}${reason.slice(1)}${/[.!?]$/.test(reason) ? "" : "."}`;
const askedWhy = (parts: { decision: CommandDecision; reason: string }[]) =>
  cutText([...new Set(parts.filter((part) => part.decision === "ask").map((part) => sentence(part.reason)))].join(" "), 1_900);

function ofCommand(command: string, rules: PermissionRules): PermissionVerdict {
  const { decision, parts } = judgeCommand(rules.layers, command, rules.directory);
  const reason = joinReasons(parts, decision);
  const refused = decision === "deny" ? undefined : refusedBy([...new Set(parts.flatMap(({ text }) => effectsOfCommand(text)))], rules);
  if (refused) return refused;
  if (decision === "allow") return { decision, reason };
  if (decision === "deny") return { decision, reason };
  const checked = approvalSubject.safeParse({ kind: "command", command });
  if (!checked.success) return { decision: "deny", reason: "it is too long to be shown, so nobody can allow it; split it up" };
  const always = exactRules(rules.layers, command, rules.directory);
  const reach = "the agent's own box, with its rights";
  const asked = parts.filter((part) => part.decision === "ask").map((part) => part.text);
  return {
    decision: "ask",
    reason: askedWhy(parts),
    subject: checked.data,
    title: cutText(commandTitle(command, asked), 190),
    reach,
    effects: effectsOfCommands(asked),
    ...(always && always.length > 0 ? { always: { kind: "command", rules: always } } : {}),
  };
}

/** Places that all may look into; what may be written there, the kernel says. */
const openFolders = ["/usr", "/etc", "/opt", "/bin", "/lib", "/lib64", "/dev", "/proc", "/tmp"];
const isPlainPath = (path: string) =>
  path.startsWith("/") && path.length <= 4_096 && !/(^|\/)\.\.?(\/|$)|[\p{Cc}*?]/u.test(path) && !/^\/proc\/[^/]+\//.test(path);
/** Where an agent keeps what is its own: its directory and its scratch folder beside it. */
const isOwn = (rules: PermissionRules, path: string) =>
  isWithin(rules.directory, path) || isWithin(`${rules.directory.replace(/\/[^/]+$/, "")}/.tmp`, path);

function ofPlaces(request: PermissionRequest, rules: PermissionRules): PermissionVerdict {
  const { directories, filepath, parentDir } = request.metadata;
  const named = z
    .array(z.string())
    .min(1)
    .safeParse(directories ?? [filepath ?? parentDir]);
  const paths = named.success ? named.data : request.patterns;
  const unknown = paths.filter(
    (path) => !isPlainPath(path) || !(isOwn(rules, path) || openFolders.some((folder) => isWithin(folder, path))),
  );
  if (paths.length > 0 && unknown.length === 0) return { decision: "allow", reason: "its own, or open to all" };
  const agents = rules.directory.split("/").slice(0, -2).join("/");
  if (unknown.some((path) => isPlainPath(path) && isWithin(agents, path)))
    return { decision: "deny", reason: "That folder belongs to another agent or to the platform; use your own working directory." };
  const places = oneLine(unknown.join(" "), 400);
  if (unknown.length > 0 && places !== unknown.join(" ")) return unshown;
  return judgeOperation(rules, `files:${places}`, cutText(`Work in ${unknown.map(placeWords).join(" and ")}`, 190), detailOf(request));
}

/** `/srv/*` is the folder `/srv`, with all that is in it. */
const placeWords = (path: string) => (path.endsWith("/*") ? `the folder ${oneLine(path.slice(0, -2), 100) || "/"}` : oneLine(path, 100));

const shownDiff = 24_000;
function ofEdit(request: PermissionRequest, rules: PermissionRules): PermissionVerdict {
  const { filepath, diff } = request.metadata;
  const paths = typeof filepath === "string" ? filepath.split(", ") : request.patterns;
  const absolute = paths.map((path) => (path.startsWith("/") ? path : `${rules.directory}/${path}`));
  const home =
    absolute.length > 0 &&
    absolute.every((path) => isPlainPath(path) && !isGitControlFile(path) && (isOwn(rules, path) || isWithin("/tmp", path)));
  if (home && holdsCapability(rules.capabilities, "files:write")) return { decision: "allow", reason: "a file of its own" };
  const path = oneLine(absolute.join(" "), 400);
  if (path !== absolute.join(" ")) return unshown;
  const text = typeof diff === "string" && diff !== "" ? diff : undefined;
  if (!text) return judgeOperation(rules, `files:write ${path}`, `Change ${path}`, detailOf(request));
  if (text.length > shownDiff) return unshown;
  const changed: ApprovalSubject = { kind: "diff", path, diff: text };
  return (
    refusedBy(effectsOfSubject(changed), rules) ?? {
      decision: "ask",
      reason: "This file lies outside of what it may change by itself.",
      subject: changed,
      title: cutText(`Change ${path}`, 190),
      reach: path,
      effects: effectsOfSubject(changed),
    }
  );
}

function ofAddress(request: PermissionRequest, rules: PermissionRules): PermissionVerdict {
  const address = z.url({ protocol: /^https?$/ }).safeParse(request.metadata.url ?? request.patterns[0]);
  if (!address.success) return { decision: "deny", reason: "That is no web address." };
  const { hostname } = new URL(address.data);
  const wants = `network:${hostname}`;
  if (holdsCapability(rules.capabilities, wants)) return { decision: "allow", reason: "an address it may reach" };
  return judgeOperation(rules, wants, cutText(`Fetch ${oneLine(address.data)}`, 190), address.data, `${hostname} on the internet`);
}

function ofOperation(request: PermissionRequest, rules: PermissionRules, name: string): PermissionVerdict {
  return judgeOperation(
    rules,
    oneLine(`${name} ${request.patterns.join(" ")}`, 480),
    `Use ${oneLine(request.permission, 60)}`,
    detailOf(request),
  );
}
const shownDetail = 3_900;
const detailOf = (request: PermissionRequest) => JSON.stringify({ patterns: request.patterns, ...request.metadata });
/**
 * What is asked is shown whole, and a rule names it letter by letter: what can't be shown so is not asked.
 */
const unshown: PermissionVerdict = {
  decision: "deny",
  reason:
    "It is too long, or holds characters that can't be seen, so nobody can be shown what they would allow. Split it up or write it plainly.",
};

/**
 * A call of a bound service that its agent may not make by itself. What is
 * allowed beyond once is the operation at that origin, with any arguments.
 */
export function judgeServiceCall(
  call: { service: Service; name: string; shown: string; why: string },
  rules: PermissionRules,
): PermissionVerdict {
  const { origin, host } = new URL(call.service.url);
  const found = judgeOperation(
    rules,
    `service:${call.service.name}/${call.name} at ${origin}`,
    `Call ${call.name} of ${call.service.name}`,
    call.shown,
    host,
  );
  return granted(found.decision === "ask" ? { ...found, reason: sentence(call.why) } : found, rules);
}

/** A release of what is on main of a project, which every kind of agent is asked about. */
export function judgeDeploy(
  release: { project: string; commit: string; address?: string | null; published: boolean },
  rules: PermissionRules,
): PermissionVerdict {
  const { project, commit, address } = release;
  const seen = address ?? "an address of its own";
  const detail = `Commit ${commit} of main\nSeen at ${seen}\n${release.published ? seenBy.everybody : seenBy.member}`;
  const found = judgeOperation(rules, `${deployPrefix}${project}`, `Deploy ${project}`, detail, seen);
  if (found.decision !== "ask") return found;
  const { always: _always, ...asked } = found;
  return { ...asked, reason: `What runs of ${project} is replaced by this commit, once that is well.` };
}

/** Whether a question that waits has its answer by the rules as they are now. */
export function isAllowedByRules(subject: ApprovalSubject, rules: PermissionRules): boolean {
  if (findGrant({ agent: rules.agent.id, task: rules.task, subject: subject }, rules.grants)) return true;
  if (subject.kind === "command") return judgeCommand(rules.layers, subject.command, rules.directory).decision === "allow";
  return subject.kind === "operation" && memberDecision(rules.file, rules.agent, subject.operation)?.decision === "allow";
}

/** Anything that is no command: asked unless the member's file speaks of exactly this. */
export function judgeOperation(rules: PermissionRules, name: string, title: string, detail: string, reach = name): PermissionVerdict {
  const refused = refusedBy(effectsOfSubject({ kind: "operation", operation: name }), rules);
  if (refused) return refused;
  const decided = memberDecision(rules.file, rules.agent, name);
  const why = decided?.why ?? "the member's policy says so";
  if (decided?.decision === "allow") return { decision: "allow", reason: why };
  if (decided?.decision === "deny") return { decision: "deny", reason: why };
  if (detail.length > shownDetail) return unshown;
  const subject: ApprovalSubject = { kind: "operation", operation: name, detail };
  const reason = decided ? sentence(decided.why ?? memberAskReason) : "This kind of agent may not do this by itself.";
  return {
    decision: "ask",
    reason,
    subject: subject,
    title: cutText(title, 190),
    reach: cutText(reach, 290),
    effects: effectsOfSubject(subject),
    always: { kind: "operation", match: name },
  };
}
