import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useCallback, useEffect } from "react";
import type { BillingOut } from "../../../../schema/billing/billing.ts";
import { paymentPage, planChangeOut, renewalOut } from "../../../../schema/billing/payment.ts";
import type { PaidChoice } from "../../../../schema/billing/subscription-plan.ts";
import { restCall } from "../../live/api.ts";
import { failureText } from "../../live/use-action.ts";
import { useServices } from "../../live/workspace.ts";
import { useScreen } from "../../shell/screen.ts";
import { formatDate } from "../../ui/format.ts";
import { Announced } from "../announced.tsx";
import { useInvoices } from "../billing-reads.ts";
import { formatMoney } from "../money.ts";
import { findDue, findPaidChoice, isInFreeDays, isPaymentMissing, isStill, nameChoice } from "../plan/plan-choice.ts";
import { afterTheEnd } from "../plan/plan-standing.ts";
import { NextPayment } from "./next-payment.tsx";
import { PaysWith } from "./pays-with.tsx";

/** Goes to a page of Stripe's: the page is left, so there is no second click. */
async function leaveFor(url: string): Promise<never> {
  location.assign(url);
  return new Promise<never>(() => undefined);
}
function useLeave<T>(pageOf: (input: T) => Promise<{ url: string }>) {
  const readAgain = useReadAgain();
  const leave = useMutation({ mutationFn: async (input: T) => leaveFor((await pageOf(input)).url) });
  const { reset } = leave;
  useEffect(() => {
    // By "back" the browser may show the page as it was left.
    const shown = ({ persisted }: PageTransitionEvent) => {
      if (!persisted) return;
      reset();
      void readAgain();
    };
    window.addEventListener("pageshow", shown);
    return () => window.removeEventListener("pageshow", shown);
  }, [reset, readAgain]);
  return leave;
}
/** To where a plan is paid; with `trial` its free days come first. */
export function useCheckout() {
  const { api } = useServices();
  return useLeave((body: PaidChoice & { trial: boolean }) => api.send(restCall("POST", "/billing/checkout", { body }), paymentPage));
}
/** To where what is paid is managed. */
export function usePortal() {
  const { api } = useServices();
  return useLeave<void>(() => api.send(restCall("POST", "/billing/portal", { body: {} }), paymentPage));
}
function useReadAgain() {
  const queries = useQueryClient();
  return useCallback(
    () => Promise.all([["billing"], ["me"], ["egress"]].map((queryKey) => queries.invalidateQueries({ queryKey }))),
    [queries],
  );
}
/** The answer is what the page shows, also where nothing can be read again. */
function useAnswered() {
  const queries = useQueryClient();
  return async ({ subscription }: { subscription: SubscriptionView }) => {
    for (const queryKey of [["billing"], ["me"]]) {
      await queries.cancelQueries({ queryKey, exact: true }); // what it reads may be older
      queries.setQueryData<object>(queryKey, (before) => before && { ...before, subscription });
    }
  };
}
type PlanChangeBody = PaidChoice & { from: PaidChoice; proratedAt?: number | null };
/** Changes the paid plan: no page of Stripe's is needed, unless the card does not pay. */
export function usePlanChange() {
  const { api } = useServices();
  const [onSuccess, readAgain] = [useAnswered(), useReadAgain()];
  return useMutation({
    mutationFn: (body: PlanChangeBody) => api.send(restCall("PUT", "/billing/plan", { body }), planChangeOut),
    onSuccess,
    onSettled: () => void readAgain(),
  });
}
/** Ends the paid plan with its period, or keeps it. */
function useRenewal() {
  const { api } = useServices();
  const [onSuccess, readAgain] = [useAnswered(), useReadAgain()];
  return useMutation({
    mutationFn: (renews: boolean) => api.send(restCall("PUT", "/billing/renewal", { body: { renews } }), renewalOut),
    onSuccess,
    onSettled: () => void readAgain(),
  });
}

/** `children`: what else can be done. */
export function PaymentActions({ billing, children }: { billing: BillingOut; children?: ReactNode }) {
  const [portal, atStripe, renewal, change] = [usePortal(), usePortal(), useRenewal(), usePlanChange()];
  const { open, customer } = billing.payments;
  const { subscription, entitlement } = billing;
  const ended = subscription?.status === "canceled" && entitlement === "active";
  const invoices = useInvoices(billing).data;
  const missing = isPaymentMissing(subscription);
  const due = missing ? findDue(invoices?.invoices) : undefined;
  const isFree = isInFreeDays(billing) && entitlement === "trialing";
  const renews = isFree || (subscription?.status === "active" && entitlement === "active");
  const waiting = [portal, atStripe, renewal, change].some(({ isPending }) => isPending);
  const error = portal.error ?? atStripe.error ?? renewal.error ?? change.error;
  const paid = findPaidChoice(billing);
  if (!open) return <p className="s12 sub">Payments are not set up on this GrowQR yet.</p>;
  const asks = missing && !due?.url; // the portal shows what is open
  const said = change.data ?? renewal.data;
  const done =
    said && isStill(said.subscription, subscription) ? (change.data ? "Your plan stays." : describeRenewal(said.subscription)) : undefined;
  /** Only the last act is spoken of. */
  const begin = (act: () => void) => {
    if (waiting) return;
    for (const { reset } of [portal, atStripe, renewal, change]) reset();
    act();
  };
  const stays = paid && subscription?.upcoming && !subscription.disputed;
  return (
    <>
      <NextPayment billing={billing} />
      <PaysWith billing={billing} />
      <Announced text={done} />
      {(customer || ended || stays || children) && (
        <div className="fx wrap">
          {stays && (
            <button
              type="button"
              className="btn pri"
              aria-disabled={waiting}
              onClick={() => begin(() => change.mutate({ ...paid, from: paid }))}
            >
              {change.isPending ? "Keeping the plan" : `Stay on ${nameChoice(paid)}`}
            </button>
          )}
          {ended && (
            <button type="button" className="btn pri" aria-disabled={waiting} onClick={() => begin(() => renewal.mutate(true))}>
              {renewal.isPending ? "Keeping the plan" : "Keep the plan"}
            </button>
          )}
          {due?.url && (
            <a className="btn pri" href={due.url}>
              Pay {formatMoney(due)}
            </a>
          )}
          {customer && (
            <button type="button" className={asks ? "btn pri" : "btn"} aria-disabled={waiting} onClick={() => begin(() => portal.mutate())}>
              {portal.isPending ? "Opening" : asks ? "Pay what is open" : "Manage billing"}
            </button>
          )}
          {children}
          {customer && paid && !renews && !ended && (
            // The payment service's page alone ends a plan whose payment is missing.
            <button type="button" className="btn ghost" aria-disabled={waiting} onClick={() => begin(() => atStripe.mutate())}>
              {atStripe.isPending ? "Opening" : "Cancel plan"}
            </button>
          )}
          {renews && customer && typeof subscription?.periodEnd === "number" && (
            <CancelPlan
              {...{ isFree, waiting, end: subscription.periodEnd }}
              drops={subscription.upcoming !== null || Boolean(invoices?.waiting)}
              cancel={() => begin(() => renewal.mutate(false))}
            />
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
const describeRenewal = ({ status, periodEnd }: SubscriptionView): string =>
  status === "canceled" ? `Your plan is cancelled${periodEnd ? `. It runs until ${formatDate(periodEnd)}` : ""}.` : "Your plan goes on.";
type SubscriptionView = NonNullable<BillingOut["subscription"]>;
type CancelProps = { end: number; isFree: boolean; waiting: boolean; drops: boolean; cancel: () => void };
/** `drops`: a change is decided, or waits for its payment. */
function CancelPlan({ end, isFree, waiting, drops, cancel }: CancelProps) {
  const { ask } = useScreen();
  const question = {
    title: "Cancel the plan?",
    text: `Everything runs until ${formatDate(end)}, and ${isFree ? "nothing is charged" : "nothing more is charged"}. ${afterTheEnd}${drops ? " The change of plan that you decided is dropped now." : ""}`,
    yes: "Cancel the plan",
    act: cancel,
  };
  return (
    <button type="button" className="btn ghost" aria-disabled={waiting} onClick={() => !waiting && ask(question)}>
      Cancel plan
    </button>
  );
}
