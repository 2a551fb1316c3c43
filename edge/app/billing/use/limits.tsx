import { useQuery } from "@tanstack/react-query";
import type { BillingOut } from "../../../../schema/billing/billing.ts";
import { entitlementCeiling } from "../../../../schema/billing/entitlement.ts";
import { describeNoModelTime, limitReached } from "../../../../schema/billing/limit-reached.ts";
import { egressUse } from "../../../../schema/stack/egress-use.ts";
import { useLive } from "../../live/use-live.ts";
import { useServices } from "../../live/workspace.ts";
import { formatBytes, formatCost, formatDate, formatDay } from "../../ui/format.ts";
import { formatMb, plansPlace } from "../plan/plan-facts.ts";
import { judgeUse } from "./judge-use.ts";

/** What is used of each limit of the plan, with "near" and "reached" said. */
export function LimitsSection({ billing }: { billing: BillingOut }) {
  const { api } = useServices();
  const agents = useLive(({ view }) => [...view.agents.values()].filter(({ state }) => state === "working").length);
  // Its host says it: while the stack does not run, the row is left out.
  const egress = useQuery({ queryKey: ["egress"], queryFn: () => api.get("/egress", egressUse), retry: false, staleTime: 30_000 });
  const { limits, model, used } = billing;
  if (!limits) return null;
  const isMonthMissing = billing.subscription?.status === "past_due" && !billing.subscription.disputed;
  const today = egress.isSuccess ? egress.data : undefined;
  return (
    <section className="card col" aria-label="Used of your limits" style={{ gap: 12 }}>
      <h2>Used of your limits</h2>
      <LimitRow
        name="Model time"
        used={model.usedMicros}
        most={model.limitMicros}
        text={`${formatCost(model.usedMicros)} of ${formatCost(model.limitMicros)}`}
        more={isMonthMissing ? "(for a week, until the month is paid)" : undefined}
        then={describeUsedUp(billing)}
      />
      <LimitRow
        name="Agents at work"
        used={agents}
        most={limits.agents}
        text={`${agents} of ${limits.agents}`}
        then={limitReached.agents}
        full
      />
      {today && (
        <LimitRow
          name="Internet, today"
          used={today.today.bytes}
          most={today.mostBytes}
          text={`${formatBytes(today.today.bytes)} of ${formatBytes(today.mostBytes)}`}
          then={limitReached.egress}
        />
      )}
      <LimitRow
        name="Disk"
        used={used.disk?.bytes}
        most={limits.diskMb * 1_024 ** 2}
        text={used.disk ? `${formatBytes(used.disk.bytes)} of ${formatMb(limits.diskMb)}` : "Not measured yet"}
        more={used.disk ? `measured on ${formatDay(used.disk.at)}` : undefined}
        then={limitReached.disk}
      />
      <LimitRow
        name="Projects online"
        used={used.apps}
        most={limits.apps}
        text={`${used.apps} of ${limits.apps}`}
        then={limitReached.apps(limits.apps)}
        full
      />
      <LimitRow
        name="Domains of a project"
        used={used.domains}
        most={limits.domains}
        text={`${used.domains} of ${limits.domains}`}
        more="(the one that has most)"
        then={limitReached.domains(limits.domains)}
        full
      />
    </section>
  );
}

/** Once the plan has ended, what brings more of it is another beginning. */
function describeUsedUp({ subscription, entitlement }: BillingOut): string {
  const runs = subscription && entitlementCeiling(entitlement) === "running";
  return runs ? describeNoModelTime(subscription, formatDate) : `${limitReached.model} A plan that you choose begins with its own.`;
}

type LimitProps = {
  name: string;
  /** Undefined: not measured yet. */
  used: number | undefined;
  most: number;
  text: string;
  more?: string | undefined;
  then: string;
  /** To be at the limit is usual, so nearing it is not told. */
  full?: boolean;
};
function LimitRow({ name, used, most, text, more, then, full = false }: LimitProps) {
  const judged = used === undefined ? undefined : judgeUse(used, most);
  const standing = full && judged?.standing === "near" ? "free" : (judged?.standing ?? "free");
  return (
    <div className="col" style={{ gap: 6 }}>
      <div className="fx s13">
        <span className="grow">
          {name} {more && <span className="s12 sub">{more}</span>}
        </span>
        {standing !== "free" && (
          <span className={standing === "near" ? "chip wait" : full ? "chip run" : "chip bad"}>
            {standing === "near" ? "Near the limit" : "Limit reached"}
          </span>
        )}
        <span className="num nowrap">{text}</span>
      </div>
      {judged && (
        <progress
          className={standing === "reached" && !full ? "meter c-bad" : "meter"}
          max={100}
          value={judged.percent}
          aria-label={`${name}: ${judged.percent} percent of the limit`}
        />
      )}
      {standing === "reached" && (
        <p className="s12 sub">
          {then}{" "}
          <a className="link" href={`#${plansPlace}`} aria-label={`See plans, for more of: ${name}`}>
            See plans
          </a>
        </p>
      )}
    </div>
  );
}
