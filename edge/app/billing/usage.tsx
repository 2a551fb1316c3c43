import type { BillingOut } from "../../../schema/billing/billing.ts";
import { Failed } from "../ui/load-failed.tsx";
import { useUsage } from "./billing-reads.ts";
import { CostSection } from "./cost-use.tsx";
import { MachineSection } from "./machine-use.tsx";
import { TimeSection } from "./time-use.tsx";

/** What models cost, how long the stack ran, and what it moved and keeps. */
export function UsageSections({ billing }: { billing: BillingOut }) {
  const query = useUsage();
  if (query.isError) return <Failed error={query.error} retry={query.refetch} />;
  if (!query.data) return <p className="card s13 sub">Reading what was used</p>;
  return (
    <>
      <CostSection billing={billing} usage={query.data} />
      <TimeSection time={query.data.time} />
      <MachineSection machine={query.data.machine} />
    </>
  );
}
