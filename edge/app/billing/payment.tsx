import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { BillingOut } from "../../../schema/billing/billing.ts";
import { subscriptionPlans } from "../../../schema/billing/entitlement.ts";
import { paymentPage, renewalOut } from "../../../schema/billing/payment.ts";
import { restCall } from "../live/api.ts";
import { failureText } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { useScreen } from "../shell/screen.ts";
import { formatDate } from "../ui/format.ts";
import { usePaidPrice } from "./plan-table.tsx";

/** Goes to a page of Stripe's: to pay a plan, or to manage what is paid. */
function useLeave(to: "checkout" | "portal") {
  const { api } = useServices();
  return useMutation({
    mutationFn: async () => {
      const call =
        to === "checkout"
          ? restCall("POST", "/billing/checkout", { body: { plan: "studio" } })
          : restCall("POST", "/billing/portal", { body: {} });
      location.assign((await api.send(call, paymentPage)).url);
      return new Promise<never>(() => undefined); // the page is left: no second click
    },
  });
}
/** Whether a plan is paid and goes on: nothing is left to buy. */
const goesOn = ({ subscription }: BillingOut) => subscription?.status === "active" || subscription?.status === "past_due";

export const isPaid = (billing: BillingOut | undefined): boolean =>
  billing !== undefined && goesOn(billing) && billing.entitlement === "active";

/** Ends the paid plan with its period, or keeps it: no page of Stripe's is needed for that. */
function useRenewal() {
  const { api } = useServices();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (renews: boolean) => api.send(restCall("PUT", "/billing/renewal", { body: { renews } }), renewalOut),
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: ["billing"] }), queries.invalidateQueries({ queryKey: ["me"] })]),
  });
}

export function PaymentActions({ billing }: { billing: BillingOut }) {
  const [checkout, portal, renewal] = [useLeave("checkout"), useLeave("portal"), useRenewal()];
  const { open, customer } = billing.payments;
  if (!open) return <p className="s12 sub">Payments are not set up on this GrowQR yet.</p>;
  const { subscription, entitlement } = billing;
  const ended = subscription?.status === "canceled" && entitlement === "active";
  const due = subscription?.status === "past_due";
  const renews = subscription?.status === "active" && entitlement === "active";
  const waiting = checkout.isPending || portal.isPending || renewal.isPending;
  const error = checkout.error ?? portal.error ?? renewal.error;
  return (
    <>
      <NextPayment billing={billing} />
      <div className="fx wrap">
        {!goesOn(billing) && !ended && (
          <button type="button" className="btn pri" aria-disabled={waiting} onClick={() => !waiting && checkout.mutate()}>
            {checkout.isPending ? "Opening the checkout" : `Choose ${subscriptionPlans.studio.title}`}
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
        {renews && customer && subscription.periodEnd !== null && (
          <CancelPlan end={subscription.periodEnd} waiting={waiting} cancel={() => renewal.mutate(false)} />
        )}
      </div>
      {error && (
        <p className="s13 c-bad" role="alert">
          {failureText(error)}
        </p>
      )}
    </>
  );
}
/** What a trial or a plan leaves behind when it ends: apps run only while the account lets the stack run. */
export const afterTheEnd =
  "Then your agents stop, and what you have online is no longer shown until you choose a plan. Nothing is deleted.";
function CancelPlan({ end, waiting, cancel }: { end: number; waiting: boolean; cancel: () => void }) {
  const { ask } = useScreen();
  const question = {
    title: "Cancel the plan?",
    text: `Everything runs until ${formatDate(end)}, and nothing more is charged. ${afterTheEnd}`,
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
  const price = usePaidPrice();
  const { subscription, entitlement } = billing;
  if (!price || entitlement === "grace") return null;
  const end = subscription?.periodEnd ? formatDate(subscription.periodEnd) : "";
  const { title } = subscriptionPlans.studio;
  const text =
    subscription?.status === "active" && entitlement === "active"
      ? `${price} are charged on ${end} for the next month, tax not counted.`
      : subscription?.status === "canceled" && entitlement === "active"
        ? `If you keep it, ${price} are charged on ${end}. Keeping it costs nothing today.`
        : subscription?.status === "past_due"
          ? undefined
          : `${title} costs ${price} a month, tax not counted, charged when you choose it and each month from then. What it allows reaches a running stack within a minute; nothing that works is interrupted.${
              entitlement === "trialing" ? " Your trial ends at that moment." : ""
            }`;
  return text ? <p className="s13 sub">{text}</p> : null;
}

/** After a checkout: until the account says that the plan is paid, which takes a moment. */
export function PaymentReceived({ billing }: { billing: BillingOut }) {
  const queries = useQueryClient();
  const paid = isPaid(billing);
  useEffect(() => {
    if (paid) void queries.invalidateQueries({ queryKey: ["me"] });
  }, [paid, queries]);
  return (
    <p className="card s13" role="status">
      {paid ? "Your payment was received. Your stack runs, or is just starting." : "Thank you. Waiting for the payment to be confirmed."}
    </p>
  );
}
