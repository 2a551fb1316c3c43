import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { BillingOut } from "../../../schema/billing/billing.ts";
import type { UsageOut } from "../../../schema/billing/usage.ts";
import { useActionQuery } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { isQuestOver } from "../quest/quest-form.ts";
import { formatCost, formatCount, formatDate } from "../ui/format.ts";
import { CostTable } from "./cost-table.tsx";
import type { BarSeries } from "./day-chart.tsx";
import { DrawnDays } from "./drawn-days.tsx";
import { describeForecast, forecastUse } from "./forecast.ts";
import { listSavings, type Saving } from "./savings.ts";
import { sumOf } from "./use-words.ts";

const costSeries: readonly BarSeries[] = [{ title: "Cost", className: "c-acc" }];
/** What models cost, by day, agent, quest, project and model. */
export function CostSection({ billing, usage }: { billing: BillingOut; usage: UsageOut }) {
  const agents = useLive(({ view }) => view.agents);
  const quests = useActionQuery("quests", { limit: 50 }).data?.quests;
  const days = useMemo(() => usage.days.map(({ day, costMicros }) => ({ day, parts: [costMicros / 1_000_000] })), [usage]);
  const { model, tokens } = billing;
  const titles = new Map<string, string>(quests?.map(({ id, title }) => [id, title]));
  const total = `${formatCost(model.usedMicros)}, ${formatCount(tokens.input + tokens.output)} tokens, ${formatCount(model.calls)} calls`;
  const ownMicros = sumOf(usage.days, (row) => row.ownMicros);
  return (
    <section className="card col" aria-label="Models" style={{ gap: 12 }}>
      <h2>Models since {formatDate(usage.from)}</h2>
      {model.calls === 0 ? (
        <p className="s13 sub">Your agents have not used a model since then.</p>
      ) : (
        <>
          <p className="s13 sub num">
            {total}; {formatCount(tokens.output)} of the tokens were written
          </p>
          {ownMicros > 0 && (
            <p className="s13 sub num">Paid to providers by your own keys: {formatCost(ownMicros)}. It is not part of your plan.</p>
          )}
          <CostForecast billing={billing} usage={usage} />
          <DrawnDays title={`Cost by day: ${total}`} days={days} series={costSeries} unit="$" />
          <Savings savings={listSavings({ billing, usage, known: quests?.filter(({ state }) => !isQuestOver(state)) ?? [] })} />
          <CostTable
            by="Agent"
            rows={billing.agents.map(({ agent, ...row }) => ({
              ...{ key: agent, ...row },
              name: agents.get(agent)?.title ?? "An agent that has ended",
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
