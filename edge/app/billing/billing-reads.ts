import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type BillingOut, billingOut } from "../../../schema/billing/billing.ts";
import { invoicesOut, planPreviewOut } from "../../../schema/billing/payment.ts";
import type { PaidChoice } from "../../../schema/billing/subscription-plan.ts";
import { usageOut } from "../../../schema/billing/usage.ts";
import type { Id } from "../../../schema/wire/id.ts";
import { restCall } from "../live/api.ts";
import { useActionQuery } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { useServices } from "../live/workspace.ts";
import { formatDate } from "../ui/format.ts";
import { findDue, isPaymentMissing } from "./plan/plan-choice.ts";

/** Something may have been paid in another tab. */
const reading = { staleTime: 0, refetchOnWindowFocus: true };
/**
 * What the page reads beside the plan; parts that show the same read it once. `on`: whether there is any.
 * `month`: as 2026-11; without one it is the running period.
 */
export function useUsage(on = true, month?: string) {
  const { api } = useServices();
  return useQuery({
    queryKey: ["billing", "usage", month ?? "period"],
    queryFn: () => api.get("/billing/usage", usageOut, { params: { query: month === undefined ? {} : { month } } }),
    enabled: on,
    ...reading,
  });
}
export function useInvoices({ payments }: Pick<BillingOut, "payments">) {
  const { api } = useServices();
  return useQuery({
    queryKey: ["billing", "invoices"],
    queryFn: () => api.get("/billing/invoices", invoicesOut),
    enabled: payments.customer,
    ...reading,
  });
}
/** How agents are called here, those that have ended too. */
export function useAgentNames(): (agent: Id<"agt">) => string {
  const known = useActionQuery("agents", {}).data?.agents;
  const working = useLive(({ view }) => view.agents);
  return (agent) => {
    const found = known?.find(({ id }) => id === agent);
    if (found?.retiredAt) return `${found.title}, ended ${formatDate(found.retiredAt)}`;
    return found?.title ?? working.get(agent)?.title ?? "An agent that has ended";
  };
}
/** A payment that is said to be missing while nothing is open was just made: Stripe itself is asked. */
export function useLateNews(billing: BillingOut): void {
  const { api } = useServices();
  const queries = useQueryClient();
  const { data } = useInvoices(billing);
  useQuery({
    queryKey: ["payment-late"],
    queryFn: async () => {
      const now = await api.send(restCall("POST", "/billing/refresh", { body: {} }), billingOut);
      await queries.cancelQueries({ queryKey: ["billing"], exact: true }); // what it reads may be older
      queries.setQueryData(["billing"], now);
      return now.entitlement;
    },
    enabled: data !== undefined && isPaymentMissing(billing.subscription) && !findDue(data.invoices),
    ...{ retry: false, refetchOnWindowFocus: true },
  });
}
/** What Stripe would charge for a change, read anew for each question: it counts by the second. */
export function usePlanPreview({ plan, quantity }: PaidChoice) {
  const { api } = useServices();
  return useQuery({
    queryKey: ["billing", "preview", plan, quantity],
    queryFn: () => api.get("/billing/plan/preview", planPreviewOut, { params: { query: { plan, quantity } } }),
    ...{ staleTime: 0, gcTime: 0, retry: false },
  });
}
