import { useQuery } from "@tanstack/react-query";
import { type BillingOut, billingOut } from "../../schema/billing/billing.ts";
import { useLive } from "./live/use-live.ts";
import { useServices } from "./live/workspace.ts";
import { useTitle } from "./shell/page-title.ts";
import { formatCost, formatCount, formatDate } from "./ui/format.ts";
import { Failed } from "./ui/load-failed.tsx";
import { Ring, type RingState } from "./ui/ring.tsx";

/** The plan, when it ends, what it allows at once, and what was used of it. */
export function BillingScreen() {
  const { api } = useServices();
  const query = useQuery({
    queryKey: ["billing"],
    queryFn: () => api.get("/billing", billingOut),
    staleTime: 0,
    refetchOnWindowFocus: true,
  });
  useTitle("Plan and usage");
  return (
    <>
      <div className="bar">
        <h1>Plan and usage</h1>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className="page" tabIndex={0} aria-label="Plan and usage">
        <div className="narrow col">
          {query.isError && <Failed error={query.error} retry={query.refetch} />}
          {query.data ? (
            <>
              <PlanSection billing={query.data} />
              <UsageSection billing={query.data} />
            </>
          ) : (
            query.isPending && <p className="empty s13">Reading</p>
          )}
        </div>
      </section>
    </>
  );
}

type PlanStanding = { ring: RingState; text: (end: string) => string };
const standings: Record<BillingOut["entitlement"], PlanStanding> = {
  none: { ring: "cancelled", text: () => "There is no plan. Your history stays readable." },
  trialing: { ring: "working", text: (end) => `Your trial ends on ${end}. Then your stack stops; nothing is deleted.` },
  active: { ring: "done", text: (end) => `Paid until ${end}.` },
  grace: { ring: "waiting", text: (end) => `A payment was due on ${end} and is missing. Everything runs for a week from then.` },
  suspended: { ring: "cancelled", text: (end) => `It ended on ${end}. Your stack is stopped and nothing is deleted.` },
  archived: { ring: "cancelled", text: (end) => `It ended on ${end}. Your stack is archived and nothing is deleted.` },
};
function PlanSection({ billing }: { billing: BillingOut }) {
  const { ring, text } = standings[billing.entitlement];
  const { limits, subscription } = billing;
  return (
    <section className="card col" aria-label="Your plan" style={{ gap: 12 }}>
      <h2 className="fx">
        <Ring state={ring} size={20} label="" />
        <span className="grow">{limits?.title ?? "No plan"}</span>
      </h2>
      <p className="s13">{text(subscription ? formatDate(subscription.periodEnd) : "")}</p>
      {limits && (
        <dl className="facts3 left wraps">
          <Fact name="Agents at once" value={String(limits.agents)} more="yours among them" />
          <Fact name="Processors" value={String(limits.cpus)} />
          <Fact name="Memory" value={`${limits.memoryMb / 1024} GB`} />
          <Fact name="Processes" value={formatCount(limits.pids)} />
        </dl>
      )}
      <p className="s12 sub">Plans are changed and paid here as soon as payments are open.</p>
    </section>
  );
}
function Fact({ name, value, more }: { name: string; value: string; more?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value} {more && <span className="sub">{more}</span>}
      </dd>
    </div>
  );
}

function UsageSection({ billing }: { billing: BillingOut }) {
  const agents = useLive(({ view }) => view.agents);
  const { model, tokens, periodStart } = billing;
  const share = model.limitMicros > 0 ? Math.min(100, Math.round((100 * model.usedMicros) / model.limitMicros)) : 0;
  return (
    <section className="card col" aria-label="What was used" style={{ gap: 12 }}>
      <h2 className="fx">
        <span className="grow">Models{periodStart !== null && ` since ${formatDate(periodStart)}`}</span>
      </h2>
      <div className="fx">
        <progress className="meter" max={100} value={share} aria-label={`${share} percent of what the plan allows`} />
        <span className="s13 num nowrap">
          {formatCost(model.usedMicros)} of {formatCost(model.limitMicros)}
        </span>
      </div>
      <dl className="facts3 left wraps">
        <Fact name="Tokens" value={formatCount(tokens.input + tokens.output)} more={`${formatCount(tokens.output)} written`} />
        <Fact name="Calls" value={formatCount(model.calls)} />
        <Fact name="Left" value={formatCost(Math.max(0, model.limitMicros - model.usedMicros))} />
      </dl>
      {billing.agents.length > 0 ? (
        <table className="num s13">
          <thead>
            <tr>
              <th>Agent</th>
              <th className="r">Tokens</th>
              <th className="r">Cost</th>
            </tr>
          </thead>
          <tbody>
            {billing.agents.map(({ agent, inputTokens, outputTokens, costMicros }) => (
              <tr key={agent}>
                <td>{agents.get(agent)?.title ?? "An agent that has ended"}</td>
                <td className="r">{formatCount(inputTokens + outputTokens)}</td>
                <td className="r">{formatCost(costMicros)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p className="s13 sub">No model was called in this period.</p>
      )}
    </section>
  );
}
