import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { reachedName } from "../../schema/approval/approval.ts";
import type { MemberRule } from "../../schema/policy/policy-file.ts";
import { publicEgressNames } from "../../schema/stack/egress-names.ts";
import { failureText, useAction, useActionQuery } from "./live/use-action.ts";
import { useLive } from "./live/use-live.ts";
import { formatDay, formatTime } from "./ui/format.ts";
import { Failed } from "./ui/load-failed.tsx";
import { Ring } from "./ui/ring.tsx";

/** The rules and grants beyond one answer, each with its revoke. */
export function RuleList() {
  const agents = useLive(({ view }) => view.agents);
  const tasks = useLive(({ view }) => view.tasks);
  const policies = useActionQuery("policies", {});
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const removed = (id: string) => setGone(new Set([...gone, id]));
  if (policies.isError)
    return (
      <div className="page">
        <Failed error={policies.error} retry={policies.refetch} className="c-bad" />
      </div>
    );
  const rules = policies.data?.rules.filter((rule) => !gone.has(rule.id)) ?? [];
  const grants = policies.data?.grants.filter((grant) => grant.scope !== "always" && !gone.has(grant.approval)) ?? [];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section className="page" tabIndex={0} aria-label="Rules">
      <div className="narrow col">
        {policies.data?.error && (
          <p className="quiet bad">
            <Ring state="failed" label="" />
            <span>
              The policy file in memory has a mistake: {policies.data.error}. Until it is mended, what it forbade stays forbidden and what
              it allowed is asked each time.{" "}
              <Link className="link" to="/memories" search={{ path: "policies/commands.yaml" }}>
                Open the file
              </Link>
            </span>
          </p>
        )}
        <h2>Always</h2>
        <p className="s13 sub">
          Kept in <code>policies/commands.yaml</code> in your memory. A no wins over a yes.
        </p>
        <ul className="rules">
          {rules.map((rule) => (
            <RuleRow
              key={rule.id}
              id={rule.id}
              subject={describeRule(rule)}
              about={`${rule.decision === "allow" ? "Allowed" : rule.decision === "deny" ? "Forbidden" : "Asked each time"}${rule.agents ? ` for ${rule.agents.map((agent) => agents.get(agent)?.title ?? agent).join(", ")}` : ""}${rule.added ? `, since ${rule.added}` : ""}`}
              good={rule.decision === "allow"}
              removed={removed}
            />
          ))}
        </ul>
        {rules.length === 0 && (
          <p className="empty s13">{policies.isPending ? "Reading" : "No rules. Answer “Always” in the inbox and one stands here."}</p>
        )}
        <h2>For a task or an agent</h2>
        <ul className="rules">
          {grants.map((grant) => (
            <RuleRow
              key={grant.approval}
              id={grant.approval}
              subject={describeRule({ kind: grant.kind, match: grant.what })}
              about={`${grant.scope === "task" ? `In ${(grant.task && tasks.get(grant.task)?.title) ?? "its task"}` : `For ${agents.get(grant.agent)?.title ?? "one agent"}`}, ${formatDay(grant.at)} ${formatTime(grant.at)}`}
              good
              removed={removed}
            />
          ))}
        </ul>
        {grants.length === 0 && <p className="empty s13">{policies.isPending ? "Reading" : "Nothing is allowed beyond one answer."}</p>}
        <PublicNames />
      </div>
    </section>
  );
}

/** A name of the internet in words, all else as it is written. */
function describeRule({ kind, match }: { kind: MemberRule["kind"]; match: string }): string {
  const name = kind === "operation" ? reachedName({ kind, operation: match }) : undefined;
  return name === undefined ? match : `Reach ${name}`;
}

/** What needs no rule. Whoever runs the machines can add to it, or close it. */
function PublicNames() {
  return (
    <details className="fold s13">
      <summary>What every agent may reach on the internet</summary>
      <p className="sub">Packages and public repositories. What is not here is refused, and you are asked.</p>
      <ul className="checks">
        {publicEgressNames.map(({ name, use }) => (
          <li key={name}>
            <span className="grow">{use}</span>
            <code>{name}</code>
          </li>
        ))}
      </ul>
    </details>
  );
}

function RuleRow({
  id,
  subject,
  about,
  good,
  removed,
}: {
  id: string;
  subject: string;
  about: string;
  good: boolean;
  removed: (id: string) => void;
}) {
  const [sure, setSure] = useState(false);
  const act = useAction("revoke");
  const press = () => (sure ? act.mutate({ id }, { onSuccess: () => removed(id) }) : setSure(true));
  return (
    <li>
      <Ring state={good ? "done" : "cancelled"} label="" />
      <div className="grow">
        <code className="rule-what">{subject}</code>
        <p className="s12 sub">{about}</p>
        {act.isError && (
          <p className="s12 c-bad" role="alert">
            {failureText(act.error)} It still holds.
          </p>
        )}
      </div>
      <button
        type="button"
        className={sure ? "btn bad" : "btn"}
        aria-disabled={act.isPending}
        onClick={press}
        onBlur={() => setSure(false)}
      >
        {act.isPending ? "Revoking" : sure ? "Really revoke" : "Revoke"}
      </button>
    </li>
  );
}
