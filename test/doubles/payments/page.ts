import type { Bank } from "./bank.ts";
import { lastChargeOf, openDisputeOf } from "./charge.ts";
import type { Checkout, Invoice, Ledger, PaidSubscription } from "./ledger.ts";
import { amountOf, type SoldPrices, titleOf } from "./price.ts";

/** The pages that people see at Stripe: a checkout, a portal, an invoice. No card is asked for. */
const escaped = (text: string) =>
  text.replace(/[&<>"']/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[char] ?? "&#39;");
const cents = (amount: number) => `${amount < 0 ? "−" : ""}$${(Math.abs(amount) / 100).toFixed(2)}`;
const day = (at: number) => new Date(at * 1000).toISOString().slice(0, 10);
const shell = (title: string, inside: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>:root{color-scheme:light dark}body{font:16px/24px system-ui,sans-serif;max-width:440px;margin:32px auto;padding:0 16px}
button{font:inherit;min-height:44px;width:100%;margin:6px 0}table{width:100%}td{padding:4px 0}</style>
</head><body><p>Payments of this demo. No money moves.</p><h1>${escaped(title)}</h1>${inside}</body></html>`;
const button = (act: string, text: string) => `<form method="post"><button name="act" value="${act}">${escaped(text)}</button></form>`;
const back = (url: string, text: string) => `<p><a href="${escaped(url)}">${escaped(text)}</a></p>`;

export function checkoutPage(session: Checkout, prices: SoldPrices, refused: string | undefined): string {
  if (session.status !== "open")
    return shell("This checkout is over", `<p>It is ${session.status}.</p>${back(session.cancel_url, "Back to GrowQR")}`);
  const { percent_off, trial_days } = session;
  const price = cents(amountOf(prices, session));
  const free = `${trial_days} days free`;
  const alert = refused === undefined ? "" : `<p role="alert">${escaped(refused)}</p>`;
  const less = percent_off > 0 ? `<p>${percent_off} % off, for ever</p>` : "";
  const code = '<form method="post"><label>Promotion code <input name="code"></label><button name="act" value="code">Apply</button></form>';
  const ways = [
    button("pay", trial_days > 0 ? `Start ${free}` : `Pay ${price}`),
    button("decline", "Try a card that is declined"),
    button("ask", "Try a card that asks you"),
    ...(session.allow_promotion_codes && percent_off === 0 ? [code] : []),
    back(session.cancel_url, "Back to GrowQR"),
  ];
  return shell(titleOf(prices, session), `<p>${trial_days > 0 ? `${free}, then ` : ""}${price} a month</p>${less}${alert}${ways.join("")}`);
}
export const askPage = () => shell("Your bank asks: was it you?", button("pay", "Yes") + button("decline", "No"));

function standing({ status, cancel_at_period_end, end }: PaidSubscription): string {
  if (status === "past_due" || status === "unpaid") return "The last payment failed";
  if (status === "canceled") return "Ended";
  if (status === "trialing") return `Free until ${day(end)}${cancel_at_period_end ? ", then it ends" : ""}`;
  return cancel_at_period_end ? `Ends on ${day(end)}` : `Renews on ${day(end)}`;
}
function actsOf({ status, cancel_at_period_end, schedule, pending }: PaidSubscription): string {
  if (status === "canceled") return "";
  const runs = status === "active" || status === "trialing";
  const settle = !runs || pending ? button("settle", "Pay what is open") : "";
  const fail = runs ? button("fail", "End the month, with a payment that fails") : "";
  const renew = runs ? button("renew", "End the month, and pay") : "";
  const end = cancel_at_period_end ? button("resume", "Keep the plan") : button("cancel", "Cancel at the end of the month");
  return fail + settle + renew + (schedule === null ? end : ""); // a schedule decides of the end
}
/** What the customer's bank may do, also after the plan has ended. */
function disputeActsOf({ ledger }: Bank, customer: string): string {
  const takeBack = lastChargeOf(ledger, customer)?.disputed === false ? button("dispute", "Have the bank take the last payment back") : "";
  return takeBack + (openDisputeOf(ledger, customer) ? button("win", "The bank gives it back") : "");
}
const cards = { works: "Use a card that works", declines: "Use a card that is declined", asks: "Use a card that asks you" };
export function portalPage(bank: Bank, url: string, subscription: PaidSubscription | undefined, invoices: Ledger["invoices"]): string {
  const rows = invoices.map(
    ({ number, created, amount, status }) => `<tr><td>${number}<td>${day(created)}<td>${cents(amount)}<td>${status}`,
  );
  const card = subscription && bank.cardOf(subscription.customer);
  const switches = Object.entries(cards).flatMap(([act, text]) => (card === undefined || act === card ? [] : [button(act, text)]));
  const time = button("week", "Let a week go by");
  const acts = subscription && actsOf(subscription) + time + disputeActsOf(bank, subscription.customer) + switches.join("");
  const plan = subscription
    ? `<p>${escaped(titleOf(bank.prices, subscription))}. ${standing(subscription)}.</p>${acts}`
    : "<p>There is no plan.</p>";
  return shell("Your plan", `${plan}<h2>Invoices</h2><table>${rows.join("")}</table>${back(url, "Back to GrowQR")}`);
}
export const describeInvoice = ({ description, amount, status, created }: Invoice) =>
  `${description}, ${day(created)}: ${cents(amount)}, ${status}`;
export function invoicePage(invoice: Invoice): string {
  const pay = invoice.status === "open" ? button("pay", "Pay") : "";
  return shell(`Invoice ${invoice.number}`, `<p>${escaped(describeInvoice(invoice))}</p>${pay}`);
}
