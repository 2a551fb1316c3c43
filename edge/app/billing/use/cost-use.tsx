import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { BillingOut } from "../../../../schema/billing/billing.ts";
import type { UsageOut } from "../../../../schema/billing/usage.ts";
import { useActionQuery } from "../../live/use-action.ts";
import { isQuestOver } from "../../quest/quest-form.ts";
import { formatCost, formatCount } from "../../ui/format.ts";
import { useAgentNames } from "../billing-reads.ts";
import { CostTable } from "./cost-table.tsx";
import type { BarSeries } from "./day-chart.tsx";
import { DrawnDays } from "./drawn-days.tsx";
import { describeForecast, forecastUse } from "./forecast.ts";
import { listSavings, type Saving } from "./savings.ts";
import { sumOf } from "./use-words.ts";

const costSeries: readonly BarSeries[] = [{ title: "Cost", className: "c-acc" }];
type CostProps = { title: string; usage: UsageOut /** Of the running period alone. */; billing: BillingOut | undefined };
/** What models cost, by day, agent, quest, project and model. */
export function CostSection({ title, usage, billing }: CostProps) {
  const nameAgent = useAgentNames();
  const quests = useActionQuery("quests", { limit: 50 }).data?.quests;
  const days = useMemo(() => usage.days.map(({ day, costMicros }) => ({ day, parts: [costMicros / 1_000_000] })), [usage]);
  const { costMicros, input, output, calls } = billing
    ? { costMicros: billing.model.usedMicros, calls: billing.model.calls, ...billing.tokens }
    : sumDays(usage);
  const titles = new Map<string, string>(quests?.map(({ id, title }) => [id, title]));
  const total = `${formatCost(costMicros)}, ${formatCount(input + output)} tokens, ${formatCount(calls)} calls`;
  const ownMicros = sumOf(usage.days, (row) => row.ownMicros);
  return (
    <section className="card col" aria-label="Model time" style={{ gap: 12 }}>
      <h2>{title}</h2>
      {calls === 0 ? (
        <p className="s13 sub">Your agents {billing ? "have not used a model since then" : "used no model in that month"}.</p>
      ) : (
        <>
          <p className="s13 sub num">
            {formatCost(costMicros)} for {calls === 1 ? "one call" : `${formatCount(calls)} calls`} of models, which read{" "}
            {formatCount(input)} tokens and wrote {formatCount(output)}.
          </p>
          {ownMicros > 0 && (
            <p className="s13 sub num">Paid to providers by your own keys: {formatCost(ownMicros)}. It is not part of your plan.</p>
          )}
          {billing && <CostForecast billing={billing} usage={usage} />}
          <DrawnDays title={`Cost by day: ${total}`} days={days} series={costSeries} unit="$" />
          {billing && (
            <Savings savings={listSavings({ billing, usage, known: quests?.filter(({ state }) => !isQuestOver(state)) ?? [] })} />
          )}
          <CostTable
            by="Agent"
            rows={usage.agentCosts.map(({ agent, ...row }) => ({
              ...{ key: agent, ...row },
              name: nameAgent(agent),
            }))}
          />
          <CostTable
            by="Quest"
            rows={usage.quests.map(({ quest, ...row }) => ({
              ...{ key: quest ?? "", ...row },
              name: quest === null ? "No quest" : (titles.get(quest) ?? "An earlier quest"),
            }))}
          />
          <CostTable
            by="Project"
            rows={usage.projects.map(({ project, ...row }) => ({ key: project ?? "", name: project ?? "No project", ...row }))}
          />
          <CostTable by="Model" rows={usage.models.map((row) => ({ key: row.model, name: row.model, ...row }))} />
        </>
      )}
    </section>
  );
}
const sumDays = ({ days }: UsageOut) => ({
  costMicros: sumOf(days, (row) => row.costMicros),
  input: sumOf(days, (row) => row.inputTokens),
  output: sumOf(days, (row) => row.outputTokens),
  calls: sumOf(days, (row) => row.calls),
});
/** What this period's models cost by its end, where that can be said. */
function CostForecast({ billing: { model, entitlement, periodStart, subscription }, usage }: { billing: BillingOut; usage: UsageOut }) {
  if (entitlement !== "active" || !subscription || subscription.plan === "trial") return null;
  const period = { periodStart, periodEnd: subscription.periodEnd, days: usage.days };
  const forecast = forecastUse({ ...model, ...period }, Date.now());
  return forecast ? <p className="s13">{describeForecast(forecast, model.limitMicros)}</p> : null;
}
function Savings({ savings }: { savings: readonly Saving[] }) {
  if (savings.length === 0) return null;
  return (
    <ul className="col s13" aria-label="What costs most" style={{ gap: 6 }}>
      {savings.map(({ text, where }) => (
        <li key={text}>
          {text}{" "}
          {typeof where === "object" ? (
            <Link className="link" to="/quest" search={{ tab: "running", id: where.quest }}>
              See the quest
            </Link>
          ) : (
            <Link className="link" to="/model-key">
              {where === "models" ? "Choose models" : "Add a key"}
            </Link>
          )}
        </li>
      ))}
    </ul>
  );
}
