import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useContext } from "react";
import { type BillingOut, billingOut } from "../../../schema/billing/billing.ts";
import { useServices, Workspace } from "../live/workspace.ts";
import { TitleAnywhere } from "../shell/title-anywhere.tsx";
import { formatCount } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { InvoicesSection } from "./invoices.tsx";
import { LimitsSection } from "./limits.tsx";
import { PaymentActions } from "./payment.tsx";
import { PaymentReturn, usePaymentReturn } from "./payment-return.tsx";
import { isPlanRunning, nameChoice, useMonthlyPrice } from "./plan-choice.ts";
import { describePlanStanding } from "./plan-standing.ts";
import { describeAwake, formatMb, PlansSection } from "./plans.tsx";
import { UsageSections } from "./usage.tsx";

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
  const hasPlan = billing.subscription !== null;
  // Then what is used comes before what else could be bought.
  const usesFirst = isPlanRunning(billing) || billing.entitlement === "grace";
  const plans = !isWaiting && <PlansSection billing={billing} />;
  return (
    <>
      {(hasPlan || !isWaiting) && <PlanSection billing={billing} />}
      {!usesFirst && plans}
      {hasPlan && inWorkspace && (
        <>
          <LimitsSection billing={billing} />
          <UsageSections billing={billing} />
        </>
      )}
      {usesFirst && plans}
      {hasPlan && billing.payments.customer && <InvoicesSection />}
    </>
  );
}

function PlanSection({ billing }: { billing: BillingOut }) {
  const { limits, subscription } = billing;
  const { ring, text } = describePlanStanding(billing, useMonthlyPrice(subscription?.upcoming ?? subscription));
  return (
    <section className="card col" aria-label="Your plan" style={{ gap: 12 }}>
      <h2 className="fx">
        <Ring state={ring} size={20} label="" />
        <span className="grow">{subscription ? nameChoice(subscription) : "No plan"}</span>
      </h2>
      <p className="s13">{text}</p>
      {limits && (
        <dl className="facts3 left wraps">
          <Fact name="Agents at once" value={String(limits.agents)} more="including your Grow Agent" />
          <Fact name="Processors" value={String(limits.cpus)} />
          <Fact name="Memory" value={`${limits.memoryMb / 1024} GB`} />
          <Fact name="Processes" value={formatCount(limits.pids)} />
          <Fact name="Internet a day" value={`${Math.round(limits.egressMb / 1024)} GB`} />
          <Fact name="Domains a project" value={String(limits.domains)} />
          <Fact name="Projects online" value={String(limits.apps)} more={`with ${formatMb(limits.appDataMb)} of data each`} />
          <Fact name="Without visitors" value={describeAwake(limits.appsAwake)} />
        </dl>
      )}
      <PaymentActions billing={billing} />
    </section>
  );
}
function Fact({ name, value, more }: { name: string; value: string; more?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value} {more && <span className="sub">{more}</span>}
      </dd>
    </div>
  );
}
