import { useMemo } from "react";
import type { BillingOut } from "../../../schema/billing/billing.ts";
import type { UsageOut } from "../../../schema/billing/usage.ts";
import { useActionQuery } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { formatCost, formatCount, formatDate } from "../ui/format.ts";
import type { BarSeries } from "./day-chart.tsx";
import { DrawnDays } from "./drawn-days.tsx";
import { formatSpent, sumOf } from "./use-words.ts";

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
          <DrawnDays title={`Cost by day: ${total}`} days={days} series={costSeries} unit="$" />
          <CostTable
            by="Agent"
            rows={billing.agents.map(({ agent, ...row }) => ({
              ...{ key: agent, ...row, ownMicros: 0 },
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
type CostRow = { key: string; name: string; costMicros: number; ownMicros: number; inputTokens: number; outputTokens: number };
/** On a phone a long name takes all the room that it is given. */
const besideName = { paddingLeft: 12 };
/** Nothing, where all of it is one row without a name. */
function CostTable({ by, rows }: { by: string; rows: readonly CostRow[] }) {
  if (rows.every(({ key }) => key === "")) return null;
  return (
    <table className="num s13" aria-label={`By ${by.toLowerCase()}`}>
      <thead>
        <tr>
          <th>{by}</th>
          <th className="r">Tokens</th>
          <th className="r">Cost</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, name, inputTokens, outputTokens, ...spent }) => (
          <tr key={key}>
            <td className="rule-what">{name}</td>
            <td className="r nowrap" style={besideName}>
              {formatCount(inputTokens + outputTokens)}
            </td>
            <td className="r nowrap" style={besideName}>
              {formatSpent(spent)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
