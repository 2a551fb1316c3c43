import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import type { BillingOut } from "../../../schema/billing/billing.ts";
import { type UsageOut, usageOut } from "../../../schema/billing/usage.ts";
import { useActionQuery } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { useServices } from "../live/workspace.ts";
import { formatCost, formatCount, formatDate, formatDuration } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import type { BarSeries } from "./day-chart.tsx";

const DayChart = lazy(() => import("./day-chart.tsx").then((part) => ({ default: part.DayChart })));
const costSeries: readonly BarSeries[] = [{ title: "Cost", className: "c-acc" }];
const timeSeries: readonly BarSeries[] = [
  { title: "Dead", className: "c-bad" },
  { title: "Idle", className: "sub" },
  { title: "Active", className: "c-acc" },
];
const hourMs = 3_600_000;
const sumOf = <T,>(rows: readonly T[], read: (row: T) => number) => rows.reduce((sum, row) => sum + read(row), 0);

/** What models cost, by day, agent, quest and project, and how long the stack ran. */
export function UsageSections({ billing }: { billing: BillingOut }) {
  const { api } = useServices();
  const query = useQuery({ queryKey: ["billing", "usage"], queryFn: () => api.get("/billing/usage", usageOut), staleTime: 0 });
  if (query.isError) return <Failed error={query.error} retry={query.refetch} />;
  if (!query.data) return <p className="card s13 sub">Reading what was used</p>;
  return (
    <>
      <CostSection billing={billing} usage={query.data} />
      <TimeSection usage={query.data} />
    </>
  );
}

function CostSection({ billing, usage }: { billing: BillingOut; usage: UsageOut }) {
  const agents = useLive(({ view }) => view.agents);
  const quests = useActionQuery("quests", { limit: 50 }).data?.quests;
  const days = useMemo(() => usage.days.map(({ day, costMicros }) => ({ day, parts: [costMicros / 1_000_000] })), [usage]);
  const { model, tokens } = billing;
  const titles = new Map<string, string>(quests?.map(({ id, title }) => [id, title]));
  const total = `${formatCost(model.usedMicros)}, ${formatCount(tokens.input + tokens.output)} tokens, ${formatCount(model.calls)} calls`;
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
          <Suspense fallback={<p className="s13 sub">Drawing</p>}>
            <DayChart title={`Cost by day: ${total}`} days={days} series={costSeries} unit="$" />
          </Suspense>
          <CostTable
            by="Agent"
            rows={billing.agents.map(({ agent, ...row }) => ({
              key: agent,
              name: agents.get(agent)?.title ?? "An agent that has ended",
              ...row,
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
        </>
      )}
    </section>
  );
}
type CostRow = { key: string; name: string; costMicros: number; inputTokens: number; outputTokens: number };
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
        {rows.map(({ key, name, inputTokens, outputTokens, costMicros }) => (
          <tr key={key}>
            <td>{name}</td>
            <td className="r">{formatCount(inputTokens + outputTokens)}</td>
            <td className="r">{formatCost(costMicros)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const formatTimeRan = (ms: number) => (ms === 0 ? "0 m" : formatDuration(ms));
function TimeSection({ usage: { time } }: { usage: UsageOut }) {
  const days = useMemo(
    () => time.map(({ day, activeMs, idleMs, deadMs }) => ({ day, parts: [deadMs, idleMs, activeMs].map((ms) => ms / hourMs) })),
    [time],
  );
  const [active, idle, dead] = [sumOf(time, (row) => row.activeMs), sumOf(time, (row) => row.idleMs), sumOf(time, (row) => row.deadMs)];
  const text = `${formatTimeRan(active)} active, ${formatTimeRan(idle)} idle, ${formatTimeRan(dead)} dead`;
  return (
    <section className="card col" aria-label="Time your stack ran" style={{ gap: 12 }}>
      <h2>Time your stack ran</h2>
      {time.length === 0 ? (
        <p className="s13 sub">Nothing was measured in this period. Each half minute that your stack runs is added here.</p>
      ) : (
        <>
          <Suspense fallback={<p className="s13 sub">Drawing</p>}>
            <DayChart title={`Hours by day: ${text}`} days={days} series={timeSeries} unit="h" />
          </Suspense>
          <dl className="facts3 left wraps">
            <TimeFact name="Active" className="c-acc" ms={active} more="an agent was at work" />
            <TimeFact name="Idle" className="sub" ms={idle} more="it ran and waited" />
            <TimeFact name="Dead" className="c-bad" ms={dead} more="it should have run and did not" />
          </dl>
          <p className="s12 sub">
            As the machine of your stack found its containers. Days are UTC. Time in which that machine was silent is in none.
          </p>
        </>
      )}
    </section>
  );
}
function TimeFact({ name, className, ms, more }: { name: string; className: string; ms: number; more: string }) {
  return (
    <div>
      <dt>
        <span className={className} aria-hidden="true">
          ■
        </span>{" "}
        {name}
      </dt>
      <dd>
        {formatTimeRan(ms)} <span className="sub">{more}</span>
      </dd>
    </div>
  );
}
