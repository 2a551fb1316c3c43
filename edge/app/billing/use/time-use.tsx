import { useMemo } from "react";
import type { UsageOut } from "../../../../schema/billing/usage.ts";
import { useAgentNames } from "../billing-reads.ts";
import type { BarSeries } from "./day-chart.tsx";
import { DrawnDays } from "./drawn-days.tsx";
import { formatRan, sumOf } from "./use-words.ts";

const timeSeries: readonly BarSeries[] = [
  { title: "Dead", className: "c-bad" },
  { title: "Idle", className: "sub" },
  { title: "Active", className: "c-acc" },
];
const hourMs = 3_600_000;
/** How long the stack ran, and how long it did not. */
export function TimeSection({ time, agents }: Pick<UsageOut, "time" | "agents">) {
  const days = useMemo(
    () => time.map(({ day, activeMs, idleMs, deadMs }) => ({ day, parts: [deadMs, idleMs, activeMs].map((ms) => ms / hourMs) })),
    [time],
  );
  const [active, idle, dead] = [sumOf(time, (row) => row.activeMs), sumOf(time, (row) => row.idleMs), sumOf(time, (row) => row.deadMs)];
  const [paused, stopped] = [sumOf(time, (row) => row.pausedMs), sumOf(time, (row) => row.stoppedMs)];
  const text = `${formatRan(active)} active, ${formatRan(idle)} idle, ${formatRan(dead)} dead`;
  return (
    <section className="card col" aria-label="Time your stack ran" style={{ gap: 12 }}>
      <h2>Time your stack ran</h2>
      {time.length === 0 ? (
        <p className="s13 sub">Nothing was measured in this period. Each half minute that your stack runs is added here.</p>
      ) : (
        <>
          <DrawnDays title={`Hours by day: ${text}`} days={days} series={timeSeries} unit="h" />
          <dl className="facts3 left wraps">
            <TimeFact name="Active" className="c-acc" ms={active} more="an agent was at work" />
            <TimeFact name="Idle" className="sub" ms={idle} more="it ran and waited" />
            <TimeFact name="Dead" className="c-bad" ms={dead} more="it should have run and did not" />
            {paused > 0 && <TimeFact name="Paused" ms={paused} more="asleep, its memory kept" />}
            <TimeFact name="Stopped" ms={stopped} more="it was off" />
          </dl>
          <AgentTimes agents={agents} />
          <p className="s12 sub">
            As the machine of your stack found its containers. Days are UTC. Time in which that machine was silent is in none.
          </p>
        </>
      )}
    </section>
  );
}
/** `className`: its colour in the chart, where it is in that. */
function TimeFact({ name, className, ms, more }: { name: string; className?: string; ms: number; more: string }) {
  return (
    <div>
      <dt>
        {className && (
          <>
            <span className={className} aria-hidden="true">
              ■
            </span>{" "}
          </>
        )}
        {name}
      </dt>
      <dd>
        {formatRan(ms)} <span className="sub">{more}</span>
      </dd>
    </div>
  );
}

/** How long each agent worked and waited while the stack ran. */
function AgentTimes({ agents }: Pick<UsageOut, "agents">) {
  const nameAgent = useAgentNames();
  if (agents.length === 0) return null;
  const dead = agents.some(({ deadMs }) => deadMs > 0);
  return (
    <table className="num s13" aria-label="Time by agent">
      <thead>
        <tr>
          <th>Agent</th>
          <th className="r">Active</th>
          <th className="r">Idle</th>
          {dead && <th className="r">Dead</th>}
        </tr>
      </thead>
      <tbody>
        {agents.map(({ agent, activeMs, idleMs, deadMs }) => (
          <tr key={agent}>
            <td className="rule-what">{nameAgent(agent)}</td>
            <TimeCell ms={activeMs} />
            <TimeCell ms={idleMs} />
            {dead && <TimeCell ms={deadMs} />}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
const TimeCell = ({ ms }: { ms: number }) => (
  <td className="r nowrap" style={{ paddingLeft: 12 }}>
    {ms > 0 ? formatRan(ms) : "–"}
  </td>
);
