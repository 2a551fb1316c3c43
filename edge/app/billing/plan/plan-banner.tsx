import { useQuery } from "@tanstack/react-query";
import { Link, useRouterState } from "@tanstack/react-router";
import { Download } from "lucide-react";
import type { ReactNode } from "react";
import { type BillingOut, billingOut } from "../../../../schema/billing/billing.ts";
import { type InvoicesOut, invoicesOut } from "../../../../schema/billing/payment.ts";
import { failureText } from "../../live/use-action.ts";
import { useServices, useSpace } from "../../live/workspace.ts";
import { Ring } from "../../ui/ring.tsx";
import { formatMoney } from "../money.ts";
import { usePortal } from "../payment/payment.tsx";
import styles from "./plan-banner.module.css";
import { describeBanner } from "./plan-banner-words.ts";
import { findDue } from "./plan-choice.ts";
import { plansPlace } from "./plan-facts.ts";

/** On every page while the plan does not go on by itself: what it means, until when, and the way back. */
export default function PlanBanner(): ReactNode {
  const { api } = useServices();
  const { me } = useSpace();
  const query = { staleTime: 30_000, refetchOnWindowFocus: true };
  const billing = useQuery({ queryKey: ["billing"], queryFn: () => api.get("/billing", billingOut), ...query });
  const invoices = useQuery({
    ...{ queryKey: ["billing", "invoices"], queryFn: () => api.get("/billing/invoices", invoicesOut), ...query },
    enabled: me.entitlement !== "none",
    retry: false, // without them the portal is the way
  });
  const banner = describeBanner({ me, billing: billing.data, invoices: invoices.data?.invoices });
  if (!banner) return null;
  const isRead = !billing.isPending && !invoices.isPending;
  return (
    <section className={`${styles.banner} wrap`} role="status" aria-label="Your plan">
      <Ring state="waiting" size={20} label="" />
      <div className="grow" style={{ flexBasis: 240 }}>
        <b className="b">{banner.title}</b>
        <p className="s13">{banner.text}</p>
      </div>
      {banner.exports && (
        <Link className="btn" to="/profile">
          <Download className="i s14" aria-hidden="true" /> Export your data
        </Link>
      )}
      {banner.need === "plan" && <ToPlans />}
      {banner.need === "bank" && <ToPlans text="What to do" />}
      {banner.need === "payment" && isRead && <Pay billing={billing.data} invoices={invoices.data} />}
    </section>
  );
}

/** To the invoice that the plan waits for, else to where what is paid is managed. */
function Pay({ billing, invoices }: { billing: BillingOut | undefined; invoices: InvoicesOut | undefined }) {
  const portal = usePortal();
  const due = findDue(invoices?.invoices);
  if (due?.url)
    return (
      <a className="btn pri" href={due.url}>
        Pay {formatMoney(due)}
      </a>
    );
  if (!billing?.payments.open || !billing.payments.customer) return <ToPlans />;
  return (
    <>
      <button type="button" className="btn pri" aria-disabled={portal.isPending} onClick={() => !portal.isPending && portal.mutate()}>
        {portal.isPending ? "Opening" : due ? `Pay ${formatMoney(due)}` : "Pay what is open"}
      </button>
      {portal.error && (
        <p className="s13 c-bad" role="alert">
          {failureText(portal.error)}
        </p>
      )}
    </>
  );
}

/** On the page that has the plans, to where they stand; what to do is said there already. */
function ToPlans({ text = choosePlan }) {
  const here = useRouterState({ select: ({ location }) => location.pathname });
  if (here === "/plan-usage")
    return text === choosePlan ? (
      <a className="btn pri" href={`#${plansPlace}`}>
        {text}
      </a>
    ) : null;
  return (
    <Link className="btn pri" to="/plan-usage">
      {text}
    </Link>
  );
}
const choosePlan = "Choose a plan";
