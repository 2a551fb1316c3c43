import { memberDecision } from "../policy/policy-file.ts";
import { type EgressRefusal, egressHost } from "../stack/egress-refusal.ts";
import { cutText, singleLine } from "../wire/cut-text.ts";
import { type Approval, reachedName, reachPrefix } from "./approval.ts";
import { findDeclined } from "./effect.ts";
import { granted, judgeOperation, type PermissionRules, type PermissionVerdict } from "./permission.ts";

const effectPrefix = "reach:";
/**
 * What the way out of the box has refused. A capability for the whole internet does not count: names are
 * opened one by one.
 */
export function judgeReach({ name, port, program }: EgressRefusal, rules: PermissionRules): PermissionVerdict {
  const wants = `${reachPrefix}${name}`;
  if (rules.capabilities.includes(wants)) return { decision: "allow", reason: "an address it may reach" };
  const detail = `${program} → ${name}:${port}`;
  return granted(judgeOperation(rules, wants, `Reach ${cutText(singleLine(name), 180)}`, detail, `${name} on the internet`), rules);
}
/** The names that a yes to this question opens, whatever was asked: a command that names an address too. */
export function reachEffects({ effects = [] }: Pick<Approval, "effects">): string[] {
  return effects.flatMap((effect) => (effect.startsWith(effectPrefix) ? [effect.slice(effectPrefix.length)] : []));
}
/** An answer that opens names, and for which turns it was: the one that asked, and the one that was told. */
export type ReachAnswer = { approval: Approval; turns: readonly (string | null)[] };
/**
 * The names that an agent may reach beside those of every box: by its type, the member's rules and their
 * answers, as far as each goes. What they declined in its task is closed.
 */
export function listReachable(rules: PermissionRules, answers: readonly ReachAnswer[], turn: string | undefined): string[] {
  const inForce = ({ approval: { id, agent, task, decided }, turns }: ReachAnswer) => {
    if (decided?.scope === "task") return task !== undefined && task === rules.task;
    if (agent !== rules.agent.id) return false;
    if (decided?.scope === "always") return rules.file.rules.some((rule) => rule.approval === id);
    return decided?.scope === "agent" || (turn !== undefined && turns.includes(turn));
  };
  const named = [...rules.capabilities, ...rules.file.rules.flatMap(({ kind, match }) => (kind === "operation" ? [match] : []))]
    .flatMap((operation) => reachedName({ kind: "operation", operation }) ?? [])
    .filter((name) => judgeReach({ name, port: 443, program: "" }, rules).decision === "allow");
  const names = new Set([...named, ...answers.filter(inForce).flatMap(({ approval }) => reachEffects(approval))]);
  return [...names]
    .filter((name) => egressHost.safeParse(name).success && !findDeclined([`${effectPrefix}${name}`], rules.declined))
    .filter((name) => memberDecision(rules.file, rules.agent, `${reachPrefix}${name}`)?.decision !== "deny")
    .sort();
}
