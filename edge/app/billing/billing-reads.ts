import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type BillingOut, billingOut } from "../../../schema/billing/billing.ts";
import { invoicesOut, planPreviewOut } from "../../../schema/billing/payment.ts";
import type { PaidChoice } from "../../../schema/billing/subscription-plan.ts";
import { usageOut } from "../../../schema/billing/usage.ts";
import { restCall } from "../live/api.ts";
import { useServices } from "../live/workspace.ts";
import { findDue, isPaymentMissing } from "./plan-choice.ts";

/** Something may have been paid in another tab. */
const reading = { staleTime: 0, refetchOnWindowFocus: true };
/** What the page reads beside the plan; parts that show the same read it once. `on`: whether there is any. */
export function useUsage(on = true) {
  const { api } = useServices();
  return useQuery({
    queryKey: ["billing", "usage"],
    queryFn: () => api.get("/billing/usage", usageOut),
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
