import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { type BillingOut, billingOut } from "../../../schema/billing/billing.ts";
import { trialDays } from "../../../schema/billing/entitlement.ts";
import { useServices } from "../live/workspace.ts";
import { useTitle } from "../shell/page-title.ts";
import { formatCount, formatDate } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring, type RingState } from "../ui/ring.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { InvoicesSection } from "./invoices.tsx";
import { LimitsSection } from "./limits.tsx";
import { afterTheEnd, isPaid, PaymentActions, PaymentReceived } from "./payment.tsx";
import { nameChoice } from "./plan-choice.ts";
import { describeAwake, formatMb, PlansSection } from "./plans.tsx";
import { UsageSections } from "./usage.tsx";

/** The plan, when it ends, what it allows at once, and what was used of it. */
export function BillingScreen() {
  const { api } = useServices();
  const { paid } = useSearch({ from: "/plan-usage" });
  const query = useQuery({
    queryKey: ["billing"],
    queryFn: () => api.get("/billing", billingOut),
    staleTime: 0,
    refetchOnWindowFocus: true,
    // Stripe tells within a second or two that a checkout was paid.
    refetchInterval: ({ state }) => (paid && !isPaid(state.data) ? 1_500 : false),
  });
  useTitle("Plan and usage");
  return (
    <>
      <div className="bar">
        <h1>Plan and usage</h1>
      </div>
      <ScrollPage label="Plan and usage">
        <div className="narrow col">
          {query.isError && <Failed error={query.error} retry={query.refetch} />}
          {query.data ? (
            <>
              {paid && <PaymentReceived billing={query.data} />}
              <PlanSection billing={query.data} />
              {!isPlanPaid(query.data) && <PlansSection billing={query.data} />}
              <LimitsSection billing={query.data} />
              <UsageSections billing={query.data} />
              {isPlanPaid(query.data) && <PlansSection billing={query.data} />}
              {query.data.payments.customer && <InvoicesSection />}
            </>
          ) : (
            query.isPending && <p className="empty s13">Reading</p>
          )}
        </div>
      </ScrollPage>
    </>
  );
}

/** Then what is used comes before what else could be bought. */
const isPlanPaid = ({ entitlement, subscription }: BillingOut) =>
  subscription?.plan !== "trial" && (entitlement === "active" || entitlement === "grace");

type PlanStanding = { ring: RingState; text: (end: string, ends: boolean) => string };
const standings: Record<BillingOut["entitlement"], PlanStanding> = {
  none: { ring: "cancelled", text: () => "There is no plan. Your history stays readable." },
  trialing: {
    ring: "complete",
    text: (end) =>
      `${end ? `Your trial ends on ${end}.` : `Your trial begins when your stack is ready, and lasts ${trialDays} days.`} ${afterTheEnd}`,
  },
  active: {
    ring: "done",
    text: (end, ends) => (ends ? `Cancelled: it runs until ${end}. ${afterTheEnd}` : `Paid until ${end}.`),
  },
  grace: {
    ring: "waiting",
    text: (end) =>
      `A payment was due on ${end} and is missing. Everything runs for a week from then. If it does not come, your agents stop then, and what you have online is no longer shown. Nothing is deleted.`,
  },
  suspended: {
    ring: "cancelled",
    text: (end) =>
      `It ended on ${end}. Your agents are stopped, and what you have online is not shown. You can still read everything and nothing is deleted; paying restarts it all in seconds.`,
  },
  archived: {
    ring: "cancelled",
    text: (end) =>
      `It ended on ${end}. Your agents and files are archived, and what you have online is not shown. Nothing is deleted; paying brings it all back.`,
  },
};
function PlanSection({ billing }: { billing: BillingOut }) {
  const { ring, text } = standings[billing.entitlement];
  const { limits, subscription } = billing;
  return (
    <section className="card col" aria-label="Your plan" style={{ gap: 12 }}>
      <h2 className="fx">
        <Ring state={ring} size={20} label="" />
        <span className="grow">{subscription ? nameChoice(subscription) : "No plan"}</span>
      </h2>
      <p className="s13">{text(subscription?.periodEnd ? formatDate(subscription.periodEnd) : "", subscription?.status === "canceled")}</p>
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
