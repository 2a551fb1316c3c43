import { useQuery } from "@tanstack/react-query";
import type { BillingOut } from "../../../schema/billing/billing.ts";
import { limitReached } from "../../../schema/billing/limit-reached.ts";
import { egressUse } from "../../../schema/stack/egress-use.ts";
import { useLive } from "../live/use-live.ts";
import { useServices } from "../live/workspace.ts";
import { formatBytes, formatCost } from "../ui/format.ts";
import { judgeUse } from "./judge-use.ts";

/** What is used of each limit of the plan, with "near" and "reached" said. */
export function LimitsSection({ billing }: { billing: BillingOut }) {
  const { api } = useServices();
  const agents = useLive(({ view }) => [...view.agents.values()].filter(({ state }) => state === "working").length);
  // Its host says it: while the stack does not run, the row is left out.
  const egress = useQuery({ queryKey: ["egress"], queryFn: () => api.get("/egress", egressUse), retry: false, staleTime: 30_000 });
  const { limits, model } = billing;
  if (!limits) return null;
  const today = egress.isSuccess ? egress.data : undefined;
  return (
    <section className="card col" aria-label="Used of your limits" style={{ gap: 12 }}>
      <h2>Used of your limits</h2>
      <LimitRow
        name="Models, this period"
        used={model.usedMicros}
        most={model.limitMicros}
        text={`${formatCost(model.usedMicros)} of ${formatCost(model.limitMicros)}`}
        then={limitReached.model}
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
    </section>
  );
}

type LimitProps = { name: string; used: number; most: number; text: string; then: string; full?: boolean };
/** `full`: to be at the limit is usual, so nearing it is not told. */
function LimitRow({ name, used, most, text, then, full = false }: LimitProps) {
  const judged = judgeUse(used, most);
  const standing = full && judged.standing === "near" ? "free" : judged.standing;
  return (
    <div className="col" style={{ gap: 6 }}>
      <div className="fx s13">
        <span className="grow">{name}</span>
        {standing !== "free" && (
          <span className={standing === "near" ? "chip wait" : full ? "chip run" : "chip bad"}>
            {standing === "near" ? "Near the limit" : "Limit reached"}
          </span>
        )}
        <span className="num nowrap">{text}</span>
      </div>
      <progress className="meter" max={100} value={judged.percent} aria-label={`${name}: ${judged.percent} percent of the limit`} />
      {standing === "reached" && <p className="s12 sub">{then}</p>}
    </div>
  );
}
