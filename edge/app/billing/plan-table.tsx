import { useQuery } from "@tanstack/react-query";
import type { BillingOut } from "../../../schema/billing/billing.ts";
import { type OfferedPlans, offeredPlansOut, type PlanPrice } from "../../../schema/billing/payment.ts";
import { useServices } from "../live/workspace.ts";
import { formatCost, formatCount } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { formatMoney } from "./money.ts";

export function usePlans() {
  const { api } = useServices();
  return useQuery({ queryKey: ["billing", "plans"], queryFn: () => api.get("/billing/plans", offeredPlansOut), staleTime: 300_000 });
}
/** What the paid plan costs a month. Undefined while that is not known. */
export function usePaidPrice(): string | undefined {
  const price = usePlans().data?.plans.find(({ plan }) => plan === "studio")?.price;
  return price ? formatMoney(price) : undefined;
}

type Plan = OfferedPlans["plans"][number];
const inGb = (mb: number) => `${Math.round(mb / 1_024)} GB`;
const priceText = (price: PlanPrice | null) => (price === null ? "not known just now" : price.amount === 0 ? "free" : formatMoney(price));
export const formatMb = (mb: number) => (mb < 1_024 ? `${mb} MB` : inGb(mb));
export const describeAwake = (awake: boolean): string => (awake ? "they stay up" : "they sleep until one comes");
const rows: readonly { name: string; show: (plan: Plan) => string }[] = [
  { name: "Price a month", show: ({ price }) => priceText(price) },
  { name: "Lasts", show: ({ days }) => (days === null ? "until cancelled" : `${days} days`) },
  { name: "Models a period", show: ({ modelMicros }) => formatCost(modelMicros) },
  { name: "Agents at once", show: ({ agents }) => String(agents) },
  { name: "Processors", show: ({ cpus }) => String(cpus) },
  { name: "Memory", show: ({ memoryMb }) => inGb(memoryMb) },
  { name: "Internet a day", show: ({ egressMb }) => inGb(egressMb) },
  { name: "Domains a project", show: ({ domains }) => formatCount(domains) },
  { name: "Projects online", show: ({ apps }) => String(apps) },
  { name: "Data of each", show: ({ appDataMb }) => formatMb(appDataMb) },
  { name: "Without visitors", show: ({ appsAwake }) => describeAwake(appsAwake) },
];

/** The plans side by side. */
export function PlanTable({ billing }: { billing: BillingOut }) {
  const query = usePlans();
  const now = billing.subscription?.plan;
  return (
    <section className="card col" aria-label="Plans" style={{ gap: 12 }}>
      <h2>Plans</h2>
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      {query.isPending && <p className="s13 sub">Reading</p>}
      {query.data && (
        <table className="num s13">
          <thead>
            <tr>
              <th>
                <span className="vh">What</span>
              </th>
              {query.data.plans.map(({ plan, title }) => (
                <th key={plan} className="r">
                  {title}
                  {plan === now && ", yours"}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, show }) => (
              <tr key={name}>
                <td>{name}</td>
                {query.data.plans.map((plan) => (
                  <td key={plan.plan} className="r">
                    {show(plan)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
