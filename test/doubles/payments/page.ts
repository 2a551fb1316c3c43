import { type Bank, month } from "./bank.ts";
import { lastChargeOf, openDisputeOf } from "./charge.ts";
import { dueNext } from "./invoice.ts";
import { type Card, type Checkout, findEnd, type Invoice, inSeconds, type Ledger, type PaidSubscription } from "./ledger.ts";
import { escapeText, makeActs, makeButton, makeFacts, makeLink, makePage, nameDay, writeCents } from "./page-parts.ts";
import { nameMethod } from "./payment-method.ts";
import { amountOf, coupon, type Items, type SoldPrices, titleOf } from "./price.ts";

/** The pages that people see at Stripe: a checkout, a portal, an invoice. No card is asked for. */
const backText = "Back to GrowQR";
const day = 86_400;
const goWrong = "Or try what can go wrong";
const noTax: [string, string] = ["Tax", "None in this demo"];
const writePrice = (prices: SoldPrices, items: Items) => `${writeCents(amountOf(prices, items))} a month`;

function checkoutFacts(prices: SoldPrices, session: Checkout): string {
  const price = writeCents(amountOf(prices, session));
  const isFree = session.trial_days > 0;
  const next = nameDay(inSeconds() + (isFree ? session.trial_days * day : month));
  return makeFacts([
    ["Due today", isFree ? writeCents(0) : price],
    [isFree ? "First payment" : "Next payment", `${price} on ${next}`],
    noTax,
  ]);
}
const codeForm = `<form method="post" class="code"><label for="code">Promotion code</label><input id="code" name="code" autocomplete="off">
<button name="act" value="code">Apply</button><p class="soft">${coupon.id} takes ${coupon.percent_off} % off.</p></form>`;
export function checkoutPage(session: Checkout, prices: SoldPrices, refused: string | undefined): string {
  if (session.status !== "open")
    return makePage("This checkout is over", `<p>It is ${session.status}.</p>${makeLink(session.cancel_url, backText)}`);
  const { percent_off, trial_days } = session;
  const free = `${trial_days} days free`;
  const price = writePrice(prices, session);
  const parts = [
    `<p>${trial_days > 0 ? `${free}, then ` : ""}${price}</p>`,
    percent_off > 0 ? `<p>${percent_off} % off, for ever</p>` : "",
    checkoutFacts(prices, session),
    refused === undefined ? "" : `<p role="alert">${escapeText(refused)}</p>`,
    makeActs([makeButton("pay", trial_days > 0 ? `Start ${free}` : `Pay ${writeCents(amountOf(prices, session))}`, "primary")]),
    session.allow_promotion_codes && percent_off === 0 ? codeForm : "",
    makeActs(
      [
        makeButton("decline", "Pay with a card that is declined"),
        makeButton("ask", "Pay with a card whose bank asks you to confirm (3-D Secure)"),
      ],
      goWrong,
    ),
    makeLink(session.cancel_url, backText),
  ];
  return makePage(titleOf(prices, session), parts.join(""));
}
export const askPage = () =>
  makePage(
    "Your bank asks: was it you?",
    `<p>This is 3-D Secure: nothing is paid until you answer.</p>${makeActs([makeButton("pay", "Yes", "primary"), makeButton("decline", "No")])}`,
  );

function describeStanding({ ledger }: Bank, subscription: PaidSubscription): string {
  const { status, end } = subscription;
  const ends = findEnd(ledger, subscription);
  if (status === "past_due" || status === "unpaid") return "The last payment failed";
  if (status === "canceled") return "It has ended";
  if (status === "paused") return "It is paused";
  if (status === "trialing") return `Free until ${nameDay(end)}${ends === null ? "" : ", then it ends"}`;
  return ends === null ? `Renews on ${nameDay(end)}` : `Ends on ${nameDay(ends)}`;
}
function planFacts(bank: Bank, subscription: PaidSubscription): string {
  const { id, status, end } = subscription;
  const goesOn = (status === "active" || status === "trialing") && findEnd(bank.ledger, subscription) === null;
  const open = bank.ledger.invoices.filter((each) => each.subscription === id && each.status === "open");
  const due = open.reduce((sum, { amount }) => sum + amount, 0);
  const next = Math.max(0, dueNext(bank, subscription, end).amount);
  const pays = nameMethod(bank.ledger, subscription);
  return makeFacts([
    ...(due > 0 ? ([["Open now", writeCents(due)]] satisfies [string, string][]) : []),
    ...(goesOn ? ([["Next payment", `${writeCents(next)} on ${nameDay(end)}`]] satisfies [string, string][]) : []),
    ...(pays === undefined ? [] : ([["Paid with", pays]] satisfies [string, string][])),
    noTax,
  ]);
}
const nameTime = ({ status }: PaidSubscription) => (status === "trialing" ? "free days" : "month");
/** What its member most likely came for comes first. */
function planActs(bank: Bank, subscription: PaidSubscription): string {
  const { status, cancel_at_period_end, schedule, pending } = subscription;
  const runs = status === "active" || status === "trialing";
  const isDue = status === "past_due" || status === "unpaid" || pending !== null;
  const keeps = cancel_at_period_end && schedule === null && status !== "canceled";
  const ends = findEnd(bank.ledger, subscription) !== null;
  const renew = `End the ${nameTime(subscription)}, ${ends ? "and the plan with it" : "and pay"}`;
  const first = [
    ...(isDue ? [makeButton("settle", "Pay what is open", "primary")] : []),
    ...(keeps ? [makeButton("resume", "Keep the plan", isDue ? "plain" : "primary")] : []),
  ];
  const time = [
    ...(runs ? [makeButton("renew", renew, first.length === 0 ? "primary" : "plain")] : []),
    makeButton("week", "Let a week go by"),
  ];
  return makeActs(first) + makeActs(time, "Let time go by");
}
/** A schedule decides of the end of its subscription. */
function endActs(subscription: PaidSubscription): string {
  const { status, cancel_at_period_end, schedule } = subscription;
  if (status === "canceled" || cancel_at_period_end || schedule !== null) return "";
  return makeActs([makeButton("cancel", `Cancel at the end of the ${nameTime(subscription)}`)], "End the plan");
}
const cardWords: Record<Card, string> = {
  works: "Use a card that works",
  declines: "Use a card that is declined",
  asks: "Use a card whose bank asks you to confirm (3-D Secure)",
};
function cardActs(bank: Bank, { customer }: PaidSubscription): string {
  const used = bank.cardOf(customer);
  const buttons = (Object.keys(cardWords) as Card[]).map((card) =>
    makeButton(card, card === used ? `${cardWords[card]}: in use` : cardWords[card], card === used ? "current" : "plain"),
  );
  return makeActs(buttons, "Card");
}
/** What the customer's bank may do, also after the plan has ended. */
function wrongActs({ ledger }: Bank, subscription: PaidSubscription): string {
  const { customer, status } = subscription;
  const isAsked = (status === "active" || status === "trialing") && findEnd(ledger, subscription) === null;
  return makeActs(
    [
      ...(isAsked ? [makeButton("fail", `End the ${nameTime(subscription)} with a payment that fails`)] : []),
      ...(lastChargeOf(ledger, customer)?.disputed === false ? [makeButton("dispute", "Have the bank take the last payment back")] : []),
      ...(openDisputeOf(ledger, customer) ? [makeButton("win", "The bank gives it back")] : []),
    ],
    goWrong,
  );
}

const statusWords: Record<Invoice["status"], string> = {
  ...{ draft: "Draft", open: "Open", paid: "Paid", uncollectible: "Given up", void: "Void" },
};
function invoiceTable(invoices: Ledger["invoices"]): string {
  if (invoices.length === 0) return "<p>There are none yet.</p>";
  const rows = invoices.map(({ id, number, created, amount, status }) => {
    const name = status === "draft" ? number : `<a class="go" href="/invoice/${id}">${number}</a>`;
    return `<tr><td>${name}<td>${nameDay(created)}<td>${writeCents(amount)}<td>${statusWords[status]}`;
  });
  return `<table><thead><tr><th scope="col">Number<th scope="col">Date<th scope="col">Amount<th scope="col">Status</thead><tbody>${rows.join("")}</tbody></table>`;
}
function describePlan(bank: Bank, subscription: PaidSubscription): string {
  const less = subscription.percent_off > 0 ? `, ${subscription.percent_off} % off` : "";
  const words = `${titleOf(bank.prices, subscription)}, ${writePrice(bank.prices, subscription)}${less}. ${describeStanding(bank, subscription)}.`;
  const facts = subscription.status === "canceled" ? "" : planFacts(bank, subscription);
  return `<p>${escapeText(words)}</p>${facts}${planActs(bank, subscription)}`;
}
export function portalPage(bank: Bank, url: string, subscription: PaidSubscription | undefined, invoices: Ledger["invoices"]): string {
  const parts = [
    subscription ? describePlan(bank, subscription) : "<p>There is no plan.</p>",
    makeLink(url, backText),
    `<h2>Invoices</h2>${invoiceTable(invoices)}`,
    ...(subscription ? [cardActs(bank, subscription), endActs(subscription), wrongActs(bank, subscription)] : []),
  ];
  return makePage("Your plan", parts.join(""));
}
export const describeInvoice = ({ description, amount, status, created }: Invoice) =>
  `${description}, ${nameDay(created)}: ${writeCents(amount)}, ${statusWords[status].toLowerCase()}`;
export function invoicePage(invoice: Invoice): string {
  const { id, number, description, created, amount, status } = invoice;
  const facts = makeFacts([
    ["For", description],
    ["Date", nameDay(created)],
    ["Amount", writeCents(amount)],
    ["Status", statusWords[status]],
  ]);
  const pay = status === "open" ? makeActs([makeButton("pay", "Pay", "primary")]) : "";
  return makePage(`Invoice ${number}`, `${facts}${pay}${makeLink(`/invoice/${id}/pdf`, "Download it as a file (PDF)")}`);
}
