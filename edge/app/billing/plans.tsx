import { useId, useState } from "react";
import type { BillingOut } from "../../../schema/billing/billing.ts";
import { trialDays } from "../../../schema/billing/entitlement.ts";
import type { OfferedPlans } from "../../../schema/billing/payment.ts";
import { isSameChoice, mostQuantity, type PaidChoice, paidPlanName } from "../../../schema/billing/subscription-plan.ts";
import { failureText } from "../live/use-action.ts";
import { useScreen } from "../shell/screen.ts";
import { formatCost, formatCount, formatDate } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { FirstPlan, StartTrial } from "./first-plan.tsx";
import { formatMoney } from "./money.ts";
import { useCheckout, usePlanChange } from "./payment.tsx";
import {
  type ChoiceEffect,
  findPaidChoice,
  findPrice,
  isInFreeDays,
  judgeChoice,
  nameChoice,
  type OfferedPlan,
  usePlans,
} from "./plan-choice.ts";
import styles from "./plans.module.css";

const inGb = (mb: number) => `${Math.round(mb / 1_024)} GB`;
export const formatMb = (mb: number) => (mb < 1_024 ? `${mb} MB` : inGb(mb));
export const describeAwake = (awake: boolean): string => (awake ? "they stay up" : "they sleep until one comes");
const facts: readonly { name: string; show: (plan: OfferedPlan) => string }[] = [
  { name: "Agents at once", show: ({ agents }) => String(agents) },
  { name: "Processors", show: ({ cpus }) => String(cpus) },
  { name: "Memory", show: ({ memoryMb }) => inGb(memoryMb) },
  { name: "Internet a day", show: ({ egressMb }) => inGb(egressMb) },
  { name: "Domains a project", show: ({ domains }) => formatCount(domains) },
  { name: "Projects online", show: ({ apps }) => String(apps) },
  { name: "Data of each", show: ({ appDataMb }) => formatMb(appDataMb) },
  { name: "Without visitors", show: ({ appsAwake }) => describeAwake(appsAwake) },
  { name: "Support", show: ({ supportDays }) => (supportDays === 1 ? "in a working day" : `in ${supportDays} working days`) },
];
const describePrice = ({ price, days }: OfferedPlan, quantity: number): string =>
  days !== null
    ? `Free for ${days} days`
    : price
      ? `${formatMoney({ ...price, amount: price.amount * quantity })} a month`
      : "Price not known just now";

/** The plans side by side, each with how to come to it. */
export function PlansSection({ billing }: { billing: BillingOut }) {
  const query = usePlans();
  const paid = findPaidChoice(billing);
  const acts = { checkout: useCheckout(), change: usePlanChange() };
  return (
    <section className="col" aria-label="Plans" style={{ gap: 12 }}>
      <h2>Plans</h2>
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      {query.isPending && <p className="s13 sub">Reading</p>}
      {!paid && billing.payments.open && (
        <p className="s13 sub">
          {billing.subscription
            ? "A plan is charged when you choose it and each month from then, tax not counted. What it allows reaches a running stack within a minute; nothing that works is interrupted."
            : `A plan may begin with ${trialDays} free days. It is charged when they end, or when you pay, and each month from then, tax not counted.`}
          {billing.entitlement === "trialing" && " Your trial ends at that moment."}
        </p>
      )}
      {query.data && (
        <div className={styles.plans}>
          {query.data.plans.map((plan) => (
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

/** One of each for all cards: while one plan is chosen, no other is. */
type Acts = { checkout: ReturnType<typeof useCheckout>; change: ReturnType<typeof usePlanChange> };
type PlanCardProps = { offered: OfferedPlan; plans: OfferedPlans; billing: BillingOut; acts: Acts };
function PlanCard({ offered, plans, billing, acts }: PlanCardProps) {
  const { subscription, entitlement } = billing;
  const mine = subscription?.plan === offered.plan;
  const runs = entitlement === "trialing" || entitlement === "active" || entitlement === "grace";
  const sold = paidPlanName.safeParse(offered.plan).data;
  const [quantity, setQuantity] = useState(mine ? subscription.quantity : 1);
  return (
    <section className="card col" aria-label={offered.title} style={{ gap: 10 }}>
      <h3 className="fx">
        <span className="grow">{offered.title}</span>
        {mine && runs && <span className="chip run">Yours</span>}
      </h3>
      <p className="num">{describePrice(offered, quantity)}</p>
      <ModelTime offered={offered} quantity={quantity} set={sold && billing.payments.open ? setQuantity : undefined} />
      <dl className={styles.facts}>
        {facts.map(({ name, show }) => (
          <div key={name}>
            <dt className="sub">{name}</dt>
            <dd>{show({ ...offered, egressMb: offered.egressMb * quantity })}</dd>
          </div>
        ))}
      </dl>
      {sold && billing.payments.open && subscription && (
        <Choose wanted={{ plan: sold, quantity }} plans={plans} billing={billing} acts={acts} />
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
  const name = "Model time a month";
  const amountOf = (times: number) => formatCost(offered.modelMicros * times);
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
          </option>
        ))}
      </select>
    </div>
  );
}

const choiceTexts: Record<ChoiceEffect, (name: string) => string> = {
  buy: (name) => `Choose ${name}`,
  more: (name) => `Change to ${name}`,
  later: (name) => `Change to ${name}`,
  stay: (name) => `Stay on ${name}`,
  same: () => "This is your plan.",
  next: () => "It is your plan from the next period on.",
  keep: () => "Your plan is cancelled. Keep it first, then change it.",
  decided: () => "Another plan is decided for the next period. Take that back first.",
  disputed: () => "Your bank took your payment back. Once it is returned, you can change the plan.",
  due: () => "Pay what is open first, then change the plan.",
};
/** Of a change to more: what is left of the period is paid now. Undefined where a price is not known. */
function estimateNow(plans: OfferedPlans, paid: PaidChoice, wanted: PaidChoice, { subscription, periodStart }: BillingOut) {
  const [before, after] = [findPrice(plans, paid), findPrice(plans, wanted)];
  const end = subscription?.periodEnd ?? null;
  if (!before || !after || end === null || periodStart === null || end <= periodStart) return undefined;
  const left = Math.min(1, Math.max(0, (end - Date.now()) / (end - periodStart)));
  return formatMoney({ ...after, amount: Math.round((after.amount - before.amount) * left) });
}
type ChooseProps = { wanted: PaidChoice; plans: OfferedPlans; billing: BillingOut; acts: Acts };
function Choose({ wanted, plans, billing, acts: { checkout, change } }: ChooseProps) {
  const { ask } = useScreen();
  const effect = judgeChoice(billing, wanted);
  const name = nameChoice(wanted);
  const text = choiceTexts[effect](name);
  const waiting = checkout.isPending || change.isPending;
  const isThis = (choice: PaidChoice | undefined) => choice !== undefined && isSameChoice(choice, wanted);
  const [buys, changes] = [isThis(checkout.variables), isThis(change.variables)];
  const error = (buys ? checkout.error : null) ?? (changes ? change.error : null);
  const price = findPrice(plans, wanted);
  const monthly = price ? `${formatMoney(price)} a month` : "its price a month";
  const end = billing.subscription?.periodEnd ? formatDate(billing.subscription.periodEnd) : "the next period";
  const paid = findPaidChoice(billing);
  const now = paid && estimateNow(plans, paid, wanted, billing);
  const isFree = isInFreeDays(billing);
  const later = `${monthly} from ${end} on. Tax and promotions are not counted here.`;
  const questions: Partial<Record<ChoiceEffect, { text: string; yes: string }>> = {
    more: {
      text: isFree
        ? `You have it at once, in your free days with the same model time as now. Nothing is charged now; you pay ${later}`
        : `You have it at once. ${now ? `About ${now} are` : "The difference is"} charged now for the rest of this period, which brings as large a part of the model time, and ${later}`,
      yes: isFree ? "Change it" : "Change and pay",
    },
    later: {
      text: `From ${end} on you pay ${monthly}, and have what this plan allows. Tax and promotions are not counted here. Until then everything stays as it is, and you can take this back.`,
      yes: `Change on ${end}`,
    },
  };
  const send = () => paid && change.mutate({ ...wanted, from: paid });
  const press = () => {
    const question = questions[effect];
    if (waiting) return;
    if (question) ask({ title: `Change to ${name}?`, ...question, harmless: true, act: () => send() });
    else if (effect === "buy") checkout.mutate({ ...wanted, trial: false });
    else send();
  };
  const canAct = effect === "buy" || effect === "more" || effect === "later" || effect === "stay";
  return (
    <>
      {canAct ? (
        <button type="button" className={effect === "later" ? "btn" : "btn pri"} aria-disabled={waiting} onClick={press}>
          {buys && checkout.isPending ? "Opening the checkout" : changes && change.isPending ? "Changing the plan" : text}
        </button>
      ) : (
        <p className="s13 sub">{text}</p>
      )}
      {changes && change.data?.payAt && effect === "more" && (
        <p className="s13 c-bad" role="alert">
          Your card did not pay this, or your bank asks you first. Nothing is changed until it is paid.{" "}
          <a className="link" href={change.data.payAt}>
            Pay it at Stripe
          </a>
        </p>
      )}
      {error && (
        <p className="s13 c-bad" role="alert">
          {failureText(error)}
        </p>
      )}
    </>
  );
}
