import { useId, useState } from "react";
import type { BillingOut } from "../../../../schema/billing/billing.ts";
import { entitlementCeiling, trialDays } from "../../../../schema/billing/entitlement.ts";
import type { OfferedPlans, PlanChange } from "../../../../schema/billing/payment.ts";
import { mostQuantity, paidPlanName } from "../../../../schema/billing/subscription-plan.ts";
import { formatCost, formatDate } from "../../ui/format.ts";
import { Failed } from "../../ui/load-failed.tsx";
import { Announced } from "../announced.tsx";
import { formatMoney } from "../money.ts";
import { useCheckout, usePlanChange } from "../payment/payment.tsx";
import { type Acts, ChoosePlan } from "./choose-plan.tsx";
import { FirstPlan, StartTrial } from "./first-plan.tsx";
import { findPaidChoice, isStill, judgeChoice, nameChoice, type OfferedPlan, usePlans } from "./plan-choice.ts";
import { listPlanFacts, plansPlace } from "./plan-facts.ts";
import styles from "./plans.module.css";

/** Larger than what the plan allows: it is looked for first. */
function PlanPrice({ offered: { price, days }, quantity }: { offered: OfferedPlan; quantity: number }) {
  const large = { fontSize: 20, lineHeight: "28px" };
  if (days !== null) return <p className="b" style={large}>{`Free for ${days} days`}</p>;
  if (!price) return <p>Price not known just now</p>;
  return (
    <p className="num">
      <b className="b" style={large}>
        {formatMoney({ ...price, amount: price.amount * quantity })}
      </b>{" "}
      a month
    </p>
  );
}

/** The plans side by side, each with how to come to it. */
export function PlansSection({ billing }: { billing: BillingOut }) {
  const query = usePlans();
  const paid = findPaidChoice(billing);
  const isPaidAtOnce = judgeChoice(billing, paid ?? { plan: "studio", quantity: 1 }) === "buy";
  const runs = entitlementCeiling(billing.entitlement) === "running";
  const acts = { checkout: useCheckout(), change: usePlanChange() };
  const { data: changed } = acts.change;
  return (
    <section className="col" aria-label="Plans" style={{ gap: 12 }}>
      <h2 id={plansPlace} tabIndex={-1}>
        Plans
      </h2>
      <Announced
        text={
          changed && changed.payAt === null && isStill(changed.subscription, billing.subscription)
            ? describeChange(changed.subscription)
            : undefined
        }
      />
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      {query.isPending && <p className="s13 sub">Reading</p>}
      {isPaidAtOnce && billing.payments.open && (
        <p className="s13 sub">
          {billing.subscription
            ? `You confirm the payment on the next page. A plan is charged then and each month from then, before tax and promotions. ${runs ? "What it allows reaches a running stack within a minute; nothing that works is interrupted." : "Paying starts your stack again."}`
            : `The trial asks for no card, and nothing is charged when it ends. A paid plan can begin with ${trialDays} free days as well: then a card is asked for, and charged when they end. From then on it is charged each month, before tax and promotions.`}
          {billing.entitlement === "trialing" && " Your trial ends at that moment."}
        </p>
      )}
      {query.data && (
        <p className="s13 sub">
          Model time pays for the AI models that your agents think with; a large model thinks further and takes more of it. Working memory
          and processors are those of the computer that your agents work on. A project that sleeps wakes when a visitor comes.
        </p>
      )}
      {query.data && (
        <div className={styles.plans}>
          {query.data.plans
            .filter((plan) => plan.plan !== "trial" || (billing.subscription?.plan ?? "trial") === "trial")
            .map((plan) => (
              <PlanCard
                key={`${plan.plan} ${billing.subscription?.plan} ${billing.subscription?.quantity}`}
                offered={plan}
                plans={query.data}
                billing={billing}
                acts={acts}
              />
            ))}
        </div>
      )}
    </section>
  );
}

function describeChange({ upcoming, periodEnd, ...now }: PlanChange["subscription"]): string {
  if (!upcoming) return `Your plan is ${nameChoice(now)} now.`;
  return `From ${periodEnd ? formatDate(periodEnd) : "the next period"} on it is ${nameChoice(upcoming)}.`;
}

type PlanCardProps = { offered: OfferedPlan; plans: OfferedPlans; billing: BillingOut; acts: Acts };
function PlanCard({ offered, plans, billing, acts }: PlanCardProps) {
  const { subscription, entitlement } = billing;
  const mine = subscription?.plan === offered.plan;
  const runs = entitlementCeiling(entitlement) === "running";
  const sold = paidPlanName.safeParse(offered.plan).data;
  const [quantity, setQuantity] = useState(mine ? subscription.quantity : 1);
  return (
    <section className="card col" aria-label={offered.title} style={{ gap: 10 }}>
      <h3 className="fx">
        <span className="grow">{offered.title}</span>
        {mine && runs && quantity === subscription.quantity && <span className="chip run">Yours</span>}
      </h3>
      <PlanPrice offered={offered} quantity={quantity} />
      <ModelTime offered={offered} quantity={quantity} set={sold && billing.payments.open ? setQuantity : undefined} />
      <dl className={styles.facts}>
        {listPlanFacts(billing).map(({ name, show }) => (
          <div key={name}>
            <dt className="sub">{name}</dt>
            <dd>{show({ ...offered, egressMb: offered.egressMb * quantity })}</dd>
          </div>
        ))}
      </dl>
      {sold && billing.payments.open && subscription && (
        <ChoosePlan wanted={{ plan: sold, quantity }} plans={plans} billing={billing} acts={acts} />
      )}
      {sold && billing.payments.open && !subscription && (
        <FirstPlan wanted={{ plan: sold, quantity }} plans={plans} checkout={acts.checkout} />
      )}
      {offered.plan === "trial" && !subscription && <StartTrial />}
    </section>
  );
}
type ModelTimeProps = { offered: OfferedPlan; quantity: number; set: ((quantity: number) => void) | undefined };
/** A plan may be taken several times over: so many times its model time, and its way to the internet. */
function ModelTime({ offered, quantity, set }: ModelTimeProps) {
  const id = useId();
  const { price } = offered;
  const name = offered.days === null ? "Model time a month" : "Model time in these days";
  const amountOf = (times: number) => formatCost(offered.modelMicros * times);
  const priceOf = (times: number) => (price ? `, for ${formatMoney({ ...price, amount: price.amount * times })} a month` : "");
  if (!set)
    return (
      <p className="s13">
        <span className="sub">{name}</span> {amountOf(1)}
      </p>
    );
  return (
    <div className="col" style={{ gap: 4 }}>
      <label className="s13 sub" htmlFor={id}>
        {name}
      </label>
      <select id={id} className="inp" value={quantity} onChange={(event) => set(Number(event.target.value))}>
        {Array.from({ length: mostQuantity }, (_, index) => index + 1).map((times) => (
          <option key={times} value={times}>
            {amountOf(times)}
            {priceOf(times)}
          </option>
        ))}
      </select>
    </div>
  );
}
