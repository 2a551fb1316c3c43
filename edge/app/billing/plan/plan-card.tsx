import type { BillingOut } from "../../../../schema/billing/billing.ts";
import { entitlementCeiling } from "../../../../schema/billing/entitlement.ts";
import type { InvoicesOut } from "../../../../schema/billing/payment.ts";
import { formatCost, formatCount, formatDate, formatDay, formatTime } from "../../ui/format.ts";
import { Ring } from "../../ui/ring.tsx";
import { useInvoices, useUsage } from "../billing-reads.ts";
import { formatMoney } from "../money.ts";
import { PaidTwice } from "../payment/paid-twice.tsx";
import { PaymentActions } from "../payment/payment.tsx";
import { formatRan, sumOf } from "../use/use-words.ts";
import { describeBanner } from "./plan-banner-words.ts";
import { findDue, findPaidChoice, isPlanRunning, nameChoice, useMonthlyPrice } from "./plan-choice.ts";
import { listPlanFacts, nameWorkingDays, plansPlace } from "./plan-facts.ts";
import { describePlanStanding } from "./plan-standing.ts";

/** The plan: how it stands, what was used of it, what is paid next, and what it allows. */
export function PlanSection({ billing, inWorkspace }: { billing: BillingOut; inWorkspace: boolean }) {
  const { limits, subscription } = billing;
  const price = useMonthlyPrice(subscription?.plan === "trial" ? null : subscription);
  const nextPrice = useMonthlyPrice(subscription?.upcoming ?? subscription);
  const { invoices, waiting } = useInvoices(billing).data ?? {};
  const { ring, chip, text } = describePlanStanding(billing, { price: nextPrice, invoices, isBelowBanner: inWorkspace });
  // In the workspace the banner above says what is missing: it is said once.
  const missing = inWorkspace || billing.entitlement !== "grace" ? undefined : describeBanner({ me: billing, billing, invoices });
  return (
    <section className="card col" aria-label="Your plan" style={{ gap: 12 }}>
      <h2 className="fx wrap">
        <span className="grow">{namePlan(billing, price)}</span>
        {chip && (
          <span className={chip.className}>
            <Ring state={ring} size={12} label="" />
            {chip.text}
          </span>
        )}
      </h2>
      {missing && (
        <p className="s13">
          <b className="b">{missing.title}</b> {missing.text}
        </p>
      )}
      <p className="s13">{text}</p>
      {waiting && <WaitingChange waiting={waiting} />}
      {limits && subscription && (
        <>
          <UsedFacts billing={billing} inWorkspace={inWorkspace} />
          <details className="fold s13">
            <summary>What your plan allows</summary>
            <dl className="facts3 left wraps">
              <Fact name="Model time this period" value={formatCost(billing.model.limitMicros)} />
              {listPlanFacts(billing).map(({ name, show, more }) => (
                <Fact key={name} name={name} value={show({ ...limits, plan: subscription.plan })} more={more} />
              ))}
              <Fact name="Processes" value={formatCount(limits.pids)} />
            </dl>
          </details>
        </>
      )}
      <PaidTwice billing={billing} />
      <Support billing={billing} />
      <PaymentActions billing={billing}>
        {isPlanRunning(billing) && (
          <a className="btn" href={`#${plansPlace}`}>
            Change plan
          </a>
        )}
      </PaymentActions>
    </section>
  );
}
/** What it cost is not what is paid any more once it has ended. */
function namePlan(billing: BillingOut, price: string | undefined): string {
  const { subscription, entitlement } = billing;
  if (!subscription) return "No plan";
  const name = nameChoice(subscription);
  if (entitlementCeiling(entitlement) !== "running" && !findPaidChoice(billing)) return `Your last plan: ${name}`;
  return price ? `${name}, ${price} a month` : name;
}
function Support({ billing: { support, limits, entitlement } }: { billing: BillingOut }) {
  if (support === null) return null;
  return (
    <p className="s13">
      Questions? Write to{" "}
      <a className="link" href={`mailto:${support}`}>
        {support}
      </a>
      .
      {limits &&
        entitlementCeiling(entitlement) === "running" &&
        ` With your plan you are answered within ${nameWorkingDays(limits.supportDays)}.`}
    </p>
  );
}
/** What is used, and what is paid next or still open. */
function UsedFacts({ billing, inWorkspace }: { billing: BillingOut; inWorkspace: boolean }) {
  const { model, tokens } = billing;
  const time = useUsage(inWorkspace).data?.time;
  const invoices = useInvoices(billing).data;
  const due = findDue(invoices?.invoices);
  const upcoming = invoices?.upcoming;
  return (
    <dl className="facts3 left wraps">
      <Fact name="Model time used" value={formatCost(model.usedMicros)} more={`of ${formatCost(model.limitMicros)}`} />
      <Fact name="Tokens" value={formatCount(tokens.input + tokens.output)} />
      {time && <Fact name="Stack ran" value={formatRan(sumOf(time, ({ activeMs, idleMs }) => activeMs + idleMs))} />}
      {due ? (
        <Fact
          name="Still to pay"
          value={formatMoney(due)}
          more={due.count > 1 ? `${due.count} invoices` : `since ${formatDay(due.newest.at)}`}
        />
      ) : (
        upcoming && <Fact name="Next invoice" value={formatMoney(upcoming)} more={`on ${formatDay(upcoming.at)}`} />
      )}
    </dl>
  );
}
function Fact({ name, value, more }: { name: string; value: string; more?: string | undefined }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value} {more && <span className="sub">{more}</span>}
      </dd>
    </div>
  );
}
/** A change to more whose payment did not come through: it is done once that is paid. */
function WaitingChange({ waiting: { payAt, until, ...choice } }: { waiting: NonNullable<InvoicesOut["waiting"]> }) {
  const name = nameChoice(choice);
  return (
    <>
      <p className="s13">
        Your change to {name} waits for its payment until {formatDate(until)}, {formatTime(until)}. Without it your plan stays as it is.
      </p>
      <div className="fx wrap">
        <a className="btn pri" href={payAt}>
          Pay for {name}
        </a>
      </div>
    </>
  );
}
