import type { Checkout, Ledger, PaidSubscription } from "./ledger.ts";
import { monthlyCents } from "./wire.ts";

/** The pages that people see at Stripe: a checkout, a portal, an invoice. No card is asked for. */
const escaped = (text: string) =>
  text.replace(/[&<>"']/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[char] ?? "&#39;");
const cents = (amount: number) => `$${(amount / 100).toFixed(2)}`;
const day = (at: number) => new Date(at * 1000).toISOString().slice(0, 10);
const shell = (title: string, inside: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>:root{color-scheme:light dark}body{font:16px/24px system-ui,sans-serif;max-width:440px;margin:32px auto;padding:0 16px}
button{font:inherit;min-height:44px;width:100%;margin:6px 0}table{width:100%}td{padding:4px 0}</style>
</head><body><p>Payments of this demo. No money moves.</p><h1>${escaped(title)}</h1>${inside}</body></html>`;
const button = (act: string, text: string) => `<form method="post"><button name="act" value="${act}">${escaped(text)}</button></form>`;
const back = (url: string, text: string) => `<p><a href="${escaped(url)}">${escaped(text)}</a></p>`;

export function checkoutPage(session: Checkout, declined: boolean): string {
  if (session.status !== "open")
    return shell("This checkout is over", `<p>It is ${session.status}.</p>${back(session.cancel_url, "Back to GrowQR")}`);
  const refused = declined ? '<p role="alert">Your card was declined.</p>' : "";
  const ways = `${button("pay", `Pay ${cents(monthlyCents)}`)}${button("decline", "Try a card that is declined")}`;
  return shell("Studio", `<p>${cents(monthlyCents)} a month</p>${refused}${ways}${back(session.cancel_url, "Back to GrowQR")}`);
}

function standing({ status, cancel_at_period_end, end }: PaidSubscription): string {
  if (status === "past_due" || status === "unpaid") return "The last payment failed";
  if (status === "canceled") return "Ended";
  return cancel_at_period_end ? `Ends on ${day(end)}` : `Renews on ${day(end)}`;
}
function actsOf({ status, cancel_at_period_end }: PaidSubscription): string {
  if (status === "canceled") return "";
  const pay = status === "active" ? button("fail", "End the month, with a payment that fails") : button("settle", "Pay what is open");
  const renew = status === "active" ? button("renew", "End the month, and pay") : "";
  return pay + renew + (cancel_at_period_end ? button("resume", "Keep the plan") : button("cancel", "Cancel at the end of the month"));
}
export function portalPage(url: string, subscription: PaidSubscription | undefined, invoices: Ledger["invoices"]): string {
  const rows = invoices.map(
    ({ number, created, amount, status }) => `<tr><td>${number}<td>${day(created)}<td>${cents(amount)}<td>${status}`,
  );
  const plan = subscription ? `<p>Studio. ${standing(subscription)}.</p>${actsOf(subscription)}` : "<p>There is no plan.</p>";
  return shell("Your plan", `${plan}<h2>Invoices</h2><table>${rows.join("")}</table>${back(url, "Back to GrowQR")}`);
}
export const invoicePage = ({ number, amount, status, created }: Ledger["invoices"][number]) =>
  shell(`Invoice ${number}`, `<p>Studio, ${day(created)}: ${cents(amount)}, ${status}</p>`);
