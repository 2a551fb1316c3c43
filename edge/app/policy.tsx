import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { reachedName } from "../../schema/approval/approval.ts";
import { limitReached } from "../../schema/billing/limit-reached.ts";
import type { MemberRule } from "../../schema/policy/policy-file.ts";
import { publicEgressNames } from "../../schema/stack/egress-names.ts";
import { type EgressDay, egressUse } from "../../schema/stack/egress-use.ts";
import { PlanLink } from "./billing/plan/plan-link.tsx";
import { failureText, useAction, useActionQuery } from "./live/use-action.ts";
import { useLive } from "./live/use-live.ts";
import { useServices } from "./live/workspace.ts";
import { afterPress } from "./ui/after-press.ts";
import { formatBytes, formatDay, formatTime } from "./ui/format.ts";
import { Failed } from "./ui/load-failed.tsx";
import { Ring } from "./ui/ring.tsx";
import { ScrollPage } from "./ui/scroll-page.tsx";

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
    <ScrollPage label="Rules">
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
          Kept in <code>policies/commands.yaml</code> in your memory. Where two rules disagree, the one that forbids counts.
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
          <p className="empty s13">
            {policies.isPending ? "Reading" : "No rules yet. When you answer a question with “Always”, the rule appears here."}
          </p>
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
        {grants.length === 0 && (
          <p className="empty s13">
            {policies.isPending ? "Reading" : "Nothing yet. What you allow for a whole task or agent appears here."}
          </p>
        )}
        <PublicNames />
        <EgressUsed />
      </div>
    </ScrollPage>
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

const mostShown = 30;
/** What went out and came back, summed up over the days that are kept: by name, an app's for itself. */
function sumByName(days: readonly EgressDay[]): Pick<EgressDay, "name" | "requests" | "bytes">[] {
  const names = new Map<string, { requests: number; bytes: number }>();
  for (const { name, app, requests, bytes } of days) {
    const label = app ? `${app}: ${name}` : name;
    const known = names.get(label) ?? { requests: 0, bytes: 0 };
    names.set(label, { requests: known.requests + requests, bytes: known.bytes + bytes });
  }
  return [...names].map(([name, sums]) => ({ name, ...sums })).sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}
/** What agents, and rooms that install for them, did ask of the internet. It is read when it is looked at. */
function EgressUsed() {
  const { api } = useServices();
  const [open, setOpen] = useState(false);
  const used = useQuery({ queryKey: ["egress"], queryFn: () => api.get("/egress", egressUse), enabled: open, refetchOnMount: "always" });
  const names = sumByName(used.data?.days ?? []);
  return (
    <details className="fold s13" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>What your agents and apps asked of the internet in the last month</summary>
      {used.isError && <Failed error={used.error} retry={used.refetch} className="c-bad" />}
      {used.data && (
        <p className="sub">
          Today {formatBytes(used.data.today.bytes)} of {formatBytes(used.data.mostBytes)} that your plan lets through in a day.
          {used.data.today.bytes >= used.data.mostBytes && (
            <>
              {" "}
              {limitReached.egress}
              <PlanLink after={limitReached.egress} />
            </>
          )}
        </p>
      )}
      <ul className="checks">
        {names.slice(0, mostShown).map(({ name, requests, bytes }) => (
          <li key={name}>
            <code className="grow">{name}</code>
            <span className="sub num">
              {requests} {requests === 1 ? "request" : "requests"}, {formatBytes(bytes)}
            </span>
          </li>
        ))}
      </ul>
      {names.length > mostShown && <p className="sub">And {names.length - mostShown} other names.</p>}
      {names.length === 0 && !used.isError && <p className="empty">{used.isPending ? "Reading" : "Nothing yet."}</p>}
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
        onBlur={() => afterPress(() => setSure(false))}
      >
        {act.isPending ? "Revoking" : sure ? "Really revoke" : "Revoke"}
      </button>
    </li>
  );
}
