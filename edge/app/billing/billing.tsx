import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useContext } from "react";
import { type BillingOut, billingOut } from "../../../schema/billing/billing.ts";
import { useServices, Workspace } from "../live/workspace.ts";
import { TitleAnywhere } from "../shell/title-anywhere.tsx";
import { Failed } from "../ui/load-failed.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { useLateNews } from "./billing-reads.ts";
import { InvoicesSection } from "./payment/invoices.tsx";
import { PaymentReturn, usePaymentReturn } from "./payment/payment-return.tsx";
import { PlanSection } from "./plan/plan-card.tsx";
import { isPlanRunning } from "./plan/plan-choice.ts";
import { PlansSection } from "./plan/plans.tsx";
import { LimitsSection } from "./use/limits.tsx";
import { UsageSections } from "./use/usage.tsx";

/** The plan, when it ends, what it allows at once, and what was used of it. */
export function BillingScreen() {
  const { api } = useServices();
  const { paid } = useSearch({ from: "/plan-usage" });
  const inWorkspace = useContext(Workspace) !== undefined;
  const query = useQuery({
    queryKey: ["billing"],
    queryFn: () => api.get("/billing", billingOut),
    staleTime: 0,
    refetchOnWindowFocus: true,
  });
  const back = usePaymentReturn(paid === 1);
  return (
    <>
      <TitleAnywhere text="Plan and usage" />
      <div className="bar">
        <h1>Plan and usage</h1>
      </div>
      <ScrollPage label="Plan and usage">
        <div className="narrow col">
          {back && <PaymentReturn back={back} />}
          {query.isError && <Failed error={query.error} retry={query.refetch} />}
          {query.data ? (
            <Sections billing={query.data} inWorkspace={inWorkspace} isWaiting={back?.state === "waiting" || back?.state === "failed"} />
          ) : (
            query.isPending && <p className="empty s13">Reading</p>
          )}
        </div>
      </ScrollPage>
    </>
  );
}

type SectionsProps = { billing: BillingOut; inWorkspace: boolean /** For a payment that may be on its way. */; isWaiting: boolean };
function Sections({ billing, inWorkspace, isWaiting }: SectionsProps) {
  useLateNews(billing);
  const hasPlan = billing.subscription !== null;
  // Then what is used comes before what else could be bought.
  const usesFirst = isPlanRunning(billing) || billing.entitlement === "grace";
  const plans = !isWaiting && <PlansSection billing={billing} />;
  return (
    <>
      {(hasPlan || !isWaiting) && <PlanSection billing={billing} inWorkspace={inWorkspace} />}
      {!usesFirst && plans}
      {hasPlan && inWorkspace && (
        <>
          <LimitsSection billing={billing} />
          <UsageSections billing={billing} />
        </>
      )}
      {usesFirst && plans}
      {hasPlan && billing.payments.customer && <InvoicesSection billing={billing} />}
    </>
  );
}
