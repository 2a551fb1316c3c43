import * as Tabs from "@radix-ui/react-tabs";
import { useState } from "react";
import type { BillingOut } from "../../../../schema/billing/billing.ts";
import type { UsageOut } from "../../../../schema/billing/usage.ts";
import { formatDate } from "../../ui/format.ts";
import { Failed } from "../../ui/load-failed.tsx";
import { useUsage } from "../billing-reads.ts";
import { CostSection } from "./cost-use.tsx";
import { MachineSection } from "./machine-use.tsx";
import { TimeSection } from "./time-use.tsx";
import { listUsageMonths, type UsageMonth } from "./usage-months.ts";

const period = "period";
/** As between the cards around them. */
const betweenCards = { gap: 12 };
/** What was used in the running period, or in a month before it. */
export function UsageSections({ billing }: { billing: BillingOut }) {
  const query = useUsage();
  const [chosen, choose] = useState(period);
  if (query.isError) return <Failed error={query.error} retry={query.refetch} />;
  if (!query.data) return <p className="card s13 sub">Reading what was used</p>;
  const months = listUsageMonths(query.data);
  const month = months.find((each) => each.month === chosen);
  const inPeriod = <UsageParts title={`Model time since ${formatDate(query.data.from)}`} usage={query.data} billing={billing} />;
  if (months.length === 0) return inPeriod;
  return (
    <Tabs.Root className="col" style={betweenCards} value={month ? chosen : period} onValueChange={choose}>
      <Tabs.List className="tabs" aria-label="When it was used" style={{ minHeight: 52, padding: 4, overflowX: "auto" }}>
        <Tabs.Trigger value={period} className="nowrap">
          This period
        </Tabs.Trigger>
        {months.map((each) => (
          <Tabs.Trigger key={each.month} value={each.month} className="nowrap">
            {each.title}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      <Tabs.Content className="col" style={betweenCards} value={month ? chosen : period}>
        {month ? <MonthSections key={chosen} month={month} /> : inPeriod}
      </Tabs.Content>
    </Tabs.Root>
  );
}
function MonthSections({ month: { month, title } }: { month: UsageMonth }) {
  const query = useUsage(true, month);
  if (query.isError) return <Failed error={query.error} retry={query.refetch} />;
  if (!query.data) return <p className="card s13 sub">Reading what was used</p>;
  const { days, time, machine } = query.data;
  if (days.length + time.length + machine.length === 0) return <p className="card s13 sub">Nothing was used in {title}.</p>;
  return <UsageParts title={`Model time in ${title}`} usage={query.data} />;
}

type PartsProps = { title: string; usage: UsageOut /** Of the running period alone: what is left is known of it. */; billing?: BillingOut };
/** What models cost, how long the stack ran, and what it moved and keeps. */
function UsageParts({ title, usage, billing }: PartsProps) {
  return (
    <>
      <CostSection title={title} usage={usage} billing={billing} />
      <TimeSection time={usage.time} agents={usage.agents} />
      <MachineSection machine={usage.machine} />
    </>
  );
}
