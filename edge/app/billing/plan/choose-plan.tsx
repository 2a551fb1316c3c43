import type { BillingOut } from "../../../../schema/billing/billing.ts";
import type { OfferedPlans } from "../../../../schema/billing/payment.ts";
import { isSameChoice, type PaidChoice } from "../../../../schema/billing/subscription-plan.ts";
import { describeError } from "../../live/api.ts";
import { failureText } from "../../live/use-action.ts";
import { useScreen } from "../../shell/screen.ts";
import type { useCheckout, usePlanChange } from "../payment/payment.tsx";
import { type Agreed, ChangeQuestion, ChangeYes } from "./change-question.tsx";
import { type ChoiceEffect, findPaidChoice, judgeChoice, nameChoice } from "./plan-choice.ts";

const choiceTexts: Record<ChoiceEffect, (name: string) => string> = {
  buy: (name) => `Choose ${name}`,
  more: (name) => `Change to ${name}`,
  later: (name) => `Change to ${name}`,
  stay: (name) => `Stay on ${name}`,
  same: () => "This is your plan.",
  next: () => "It is your plan from the next period on.",
  keep: () => "Your plan is cancelled. Keep it first, then change it.",
  decided: () => "Another plan is decided for the next period. Take that back first.",
  disputed: () => "Your bank took a payment back. Once it is returned, you can change the plan.",
  due: () => "Pay what is open first, then change the plan.",
};
/** One of each for all cards: while one plan is chosen, no other is. */
export type Acts = { checkout: ReturnType<typeof useCheckout>; change: ReturnType<typeof usePlanChange> };
type ChooseProps = { wanted: PaidChoice; plans: OfferedPlans; billing: BillingOut; acts: Acts };
export function ChoosePlan({ wanted, plans, billing, acts: { checkout, change } }: ChooseProps) {
  const { ask } = useScreen();
  const effect = judgeChoice(billing, wanted);
  const name = nameChoice(wanted);
  const text = choiceTexts[effect](name);
  const waiting = checkout.isPending || change.isPending;
  const isThis = (choice: PaidChoice | undefined) => choice !== undefined && isSameChoice(choice, wanted);
  const [buys, changes] = [isThis(checkout.variables), isThis(change.variables)];
  const error = (buys ? checkout.error : null) ?? (changes ? change.error : null);
  const paid = findPaidChoice(billing);
  const send = (proratedAt?: Agreed) => {
    const onError = (error: Error) => {
      const { code, message } = describeError(error);
      if (code === "proration_expired" && effect === "more") askChange(effect, message); // its amount is read anew
    };
    if (paid) change.mutate({ ...wanted, from: paid, ...(proratedAt !== undefined && { proratedAt }) }, { onError });
  };
  const askChange = (effect: "more" | "later", expired?: string) => {
    const asked = { wanted, effect, plans, billing };
    let shown: Agreed;
    const button = (yes: () => void) => {
      const agree = (proratedAt: Agreed) => {
        shown = proratedAt;
        yes();
      };
      return <ChangeYes {...asked} yes={agree} />;
    };
    ask({ title: `Change to ${name}?`, text: <ChangeQuestion {...asked} expired={expired} />, yes: button, act: () => send(shown) });
  };
  const press = () => {
    if (waiting) return;
    if (effect === "more" || effect === "later") askChange(effect);
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
            Pay it
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
