import { useMemo } from "react";
import type { UsageOut } from "../../../../schema/billing/usage.ts";
import { formatBytes } from "../../ui/format.ts";
import type { BarSeries } from "./day-chart.tsx";
import { DrawnDays } from "./drawn-days.tsx";
import { chooseByteUnit, describeDisk, sumOf } from "./use-words.ts";

const internetSeries: readonly BarSeries[] = [{ title: "Internet", className: "c-acc" }];
/** What the stack sent and fetched, by day, and what it keeps. */
export function MachineSection({ machine }: { machine: UsageOut["machine"] }) {
  const { unit, bytes } = chooseByteUnit(Math.max(0, ...machine.map((row) => row.egressBytes)));
  const days = useMemo(() => machine.map(({ day, egressBytes }) => ({ day, parts: [egressBytes / bytes] })), [machine, bytes]);
  const moved = formatBytes(sumOf(machine, (row) => row.egressBytes));
  const disk = describeDisk(machine);
  return (
    <section className="card col" aria-label="Internet and disk" style={{ gap: 12 }}>
      <h2>Internet and disk</h2>
      {machine.length === 0 ? (
        <p className="s13 sub">Nothing was measured in this period yet.</p>
      ) : (
        <>
          <DrawnDays title={`Internet by day: ${moved}`} days={days} series={internetSeries} unit={unit} />
          <dl className="facts3 left wraps">
            <MachineFact name="What your agents, projects and apps sent and fetched" value={moved} />
            <MachineFact name="What your memory, projects and apps keep" value={disk?.kept ?? "Not measured yet"} more={disk?.measured} />
          </dl>
          <p className="s12 sub">As the machine of your stack counted it. Days are UTC.</p>
        </>
      )}
    </section>
  );
}
function MachineFact({ name, value, more }: { name: string; value: string; more?: string | undefined }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd style={{ whiteSpace: "normal" }}>
        {value} {more && <span className="sub">{more}</span>}
      </dd>
    </div>
  );
}
