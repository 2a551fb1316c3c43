import { useNavigate } from "@tanstack/react-router";
import { trialDays } from "../../../../schema/billing/entitlement.ts";
import type { OfferedPlans } from "../../../../schema/billing/payment.ts";
import { isSameChoice, type PaidChoice, subscriptionPlans } from "../../../../schema/billing/subscription-plan.ts";
import { describeStart } from "../../account/door.tsx";
import { useStartAgent } from "../../account/start-agent.ts";
import { failureText } from "../../live/use-action.ts";
import { formatCost } from "../../ui/format.ts";
import { formatMoney } from "../money.ts";
import type { useCheckout } from "../payment/payment.tsx";
import { findPrice, nameChoice } from "./plan-choice.ts";

type FirstPlanProps = { wanted: PaidChoice; plans: OfferedPlans; checkout: ReturnType<typeof useCheckout> };
/** What a person begins with who never had a plan: free days before it is paid, or the payment at once. */
export function FirstPlan({ wanted, plans, checkout }: FirstPlanProps) {
  const name = nameChoice(wanted);
  const price = findPrice(plans, wanted);
  const pays = price ? formatMoney(price) : "its price";
  const pressed = checkout.variables && isSameChoice(checkout.variables, wanted) ? checkout.variables : undefined;
  const press = (trial: boolean) => checkout.isPending || checkout.mutate({ ...wanted, trial });
  const textOf = (trial: boolean, text: string) => (checkout.isPending && pressed?.trial === trial ? "Opening the checkout" : text);
  const free = textOf(true, `Try it ${trialDays} days free`);
  const paid = textOf(false, "Pay now");
  return (
    <>
      <button
        type="button"
        className="btn pri"
        aria-label={`${free}: ${name}`}
        aria-disabled={checkout.isPending}
        onClick={() => press(true)}
      >
        {free}
      </button>
      <p className="s12 sub">
        A card is asked for. It is charged {pays} a month when the days end, unless you cancel before. In these days there is{" "}
        {formatCost(subscriptionPlans.trial.modelMicros)} of model time.
      </p>
      <button type="button" className="btn" aria-label={`${paid}: ${name}`} aria-disabled={checkout.isPending} onClick={() => press(false)}>
        {paid}
      </button>
      {pressed && checkout.error && (
        <p className="s13 c-bad" role="alert">
          {failureText(checkout.error)}
        </p>
      )}
    </>
  );
}

/** The trial without a card, as the door begins it. */
export function StartTrial() {
  const navigate = useNavigate();
  const start = useStartAgent({ hasPlan: false, onStarted: () => void navigate({ to: "/" }) });
  return (
    <>
      <button type="button" className="btn" aria-disabled={start.isPending} onClick={() => start.isPending || start.mutate()}>
        {start.isPending ? "Starting your trial" : "Start free trial"}
      </button>
      <p className="s12 sub">No card is asked for, and nothing is charged when it ends. Its days begin when your agent is ready.</p>
      {start.error && (
        <p className="s13 c-bad" role="alert">
          {describeStart(start.error)}
        </p>
      )}
    </>
  );
}
