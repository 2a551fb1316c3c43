import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { BillingOut } from "../../../schema/billing/billing.ts";
import { paymentPage, planChangeOut, renewalOut } from "../../../schema/billing/payment.ts";
import type { PaidChoice } from "../../../schema/billing/subscription-plan.ts";
import { restCall } from "../live/api.ts";
import { failureText } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { useScreen } from "../shell/screen.ts";
import { formatDate } from "../ui/format.ts";
import { findPaidChoice, isInFreeDays, nameChoice, useMonthlyPrice } from "./plan-choice.ts";
import { afterTheEnd } from "./plan-standing.ts";

/** Goes to a page of Stripe's: the page is left, so there is no second click. */
async function leaveFor(url: string): Promise<never> {
  location.assign(url);
  return new Promise<never>(() => undefined);
}
/** To where a plan is paid; with `trial` its free days come first. */
export function useCheckout() {
  const { api } = useServices();
  return useMutation({
    mutationFn: async (body: PaidChoice & { trial: boolean }) =>
      leaveFor((await api.send(restCall("POST", "/billing/checkout", { body }), paymentPage)).url),
  });
}
/** To where what is paid is managed. */
function usePortal() {
  const { api } = useServices();
  return useMutation({
    mutationFn: async () => leaveFor((await api.send(restCall("POST", "/billing/portal", { body: {} }), paymentPage)).url),
  });
}
function useReadAgain() {
  const queries = useQueryClient();
  return () => Promise.all([queries.invalidateQueries({ queryKey: ["billing"] }), queries.invalidateQueries({ queryKey: ["me"] })]);
}
/** Changes the paid plan: no page of Stripe's is needed, unless the card does not pay. */
export function usePlanChange() {
  const { api } = useServices();
  const onSettled = useReadAgain();
  return useMutation({
    mutationFn: (body: PaidChoice & { from: PaidChoice }) => api.send(restCall("PUT", "/billing/plan", { body }), planChangeOut),
    onSettled,
  });
}
/** Ends the paid plan with its period, or keeps it. */
function useRenewal() {
  const { api } = useServices();
  const onSettled = useReadAgain();
  return useMutation({
    mutationFn: (renews: boolean) => api.send(restCall("PUT", "/billing/renewal", { body: { renews } }), renewalOut),
    onSettled,
  });
}

export function PaymentActions({ billing }: { billing: BillingOut }) {
  const [portal, renewal, change] = [usePortal(), useRenewal(), usePlanChange()];
  const { open, customer } = billing.payments;
  if (!open) return <p className="s12 sub">Payments are not set up on this GrowQR yet.</p>;
  const { subscription, entitlement } = billing;
  const ended = subscription?.status === "canceled" && entitlement === "active";
  const due = subscription?.status === "past_due" && !subscription.disputed; // of what was taken back nothing is open
  const isFree = isInFreeDays(billing) && entitlement === "trialing";
  const renews = isFree || (subscription?.status === "active" && entitlement === "active");
  const waiting = portal.isPending || renewal.isPending || change.isPending;
  const error = portal.error ?? renewal.error ?? change.error;
  const paid = findPaidChoice(billing);
  return (
    <>
      <NextPayment billing={billing} />
      {(customer || ended || subscription?.upcoming) && (
        <div className="fx wrap">
          {paid && subscription?.upcoming && (
            <button
              type="button"
              className="btn pri"
              aria-disabled={waiting}
              onClick={() => !waiting && change.mutate({ ...paid, from: paid })}
            >
              {change.isPending ? "Keeping the plan" : `Stay on ${nameChoice(paid)}`}
            </button>
          )}
          {ended && (
            <button type="button" className="btn pri" aria-disabled={waiting} onClick={() => !waiting && renewal.mutate(true)}>
              {renewal.isPending ? "Keeping the plan" : "Keep the plan"}
            </button>
          )}
          {customer && (
            <button type="button" className={due ? "btn pri" : "btn"} aria-disabled={waiting} onClick={() => !waiting && portal.mutate()}>
              {portal.isPending ? "Opening" : due ? "Pay what is open" : "Manage billing"}
            </button>
          )}
          {renews && customer && typeof subscription?.periodEnd === "number" && (
            <CancelPlan end={subscription.periodEnd} isFree={isFree} waiting={waiting} cancel={() => renewal.mutate(false)} />
          )}
        </div>
      )}
      {error && (
        <p className="s13 c-bad" role="alert">
          {failureText(error)}
        </p>
      )}
    </>
  );
}
type CancelProps = { end: number; isFree: boolean; waiting: boolean; cancel: () => void };
function CancelPlan({ end, isFree, waiting, cancel }: CancelProps) {
  const { ask } = useScreen();
  const question = {
    title: "Cancel the plan?",
    text: `Everything runs until ${formatDate(end)}, and ${isFree ? "nothing is charged" : "nothing more is charged"}. ${afterTheEnd}`,
    yes: "Cancel the plan",
    act: cancel,
  };
  return (
    <button type="button" className="btn ghost" aria-disabled={waiting} onClick={() => !waiting && ask(question)}>
      Cancel plan
    </button>
  );
}
/** What will be charged, and when. */
function NextPayment({ billing }: { billing: BillingOut }) {
  const { subscription, entitlement } = billing;
  const isFree = isInFreeDays(billing) && entitlement === "trialing";
  const next = subscription?.upcoming ?? null;
  const price = useMonthlyPrice(next ?? subscription);
  if (!price || !subscription?.periodEnd || subscription.plan === "trial" || !(isFree || entitlement === "active")) return null;
  const end = formatDate(subscription.periodEnd);
  const month = isFree ? "the first month" : "the next month";
  const text =
    subscription.status === "canceled"
      ? `If you keep it, ${price} are charged on ${end}. Keeping it costs nothing today.`
      : next
        ? `From ${end} on it is ${nameChoice(next)}: ${price} are charged then for ${month}. Tax and promotions are not counted here. Until then everything stays.`
        : `${price} are charged on ${end} for ${month}. Tax and promotions are not counted here.`;
  return <p className="s13 sub">{text}</p>;
}
