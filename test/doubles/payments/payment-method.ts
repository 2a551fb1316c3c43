import type { Card, Ledger, PaidSubscription } from "./ledger.ts";

/** What Stripe charges: a card of Visa, known by its last digits, or Link, which is no card. */
type Customer = Ledger["customers"][number];
type Method = NonNullable<Customer["default_payment_method"]>;
/** Of Stripe's own numbers for tests: 0341 is taken by a page, and declined after that. */
export const cardEnds = { works: "4242", declines: "0341", asks: "3220" } as const satisfies Record<Card, string>;
const readCard = ({ cards }: Ledger, customer: string): Card => cards[customer] ?? "works";

const methodId = (ledger: Ledger, customer: string, method: Method) =>
  `pm_${customer.slice(4)}${method === "card" ? cardEnds[readCard(ledger, customer)] : method}`;
/** A card ends three years after its customer was made here: it is the same one at each look. */
function asCard(card: Card, { created }: Customer) {
  const made = new Date(created * 1_000);
  return {
    ...{ brand: "visa", display_brand: "visa", checks: null, country: "US", description: null, fingerprint: null, funding: "credit" },
    ...{ exp_month: made.getUTCMonth() + 1, exp_year: made.getUTCFullYear() + 3, last4: cardEnds[card], generated_from: null },
    ...{ networks: { available: ["visa"], preferred: null }, three_d_secure_usage: { supported: true }, wallet: null },
    regulated_status: "unregulated",
  };
}
function asPaymentMethod(ledger: Ledger, customer: Customer, method: Method) {
  const { id, email, name, created } = customer;
  return {
    ...{ id: methodId(ledger, id, method), object: "payment_method", livemode: false, created, customer: id, type: method },
    ...{ allow_redisplay: "always", billing_details: { address: null, email, name, phone: null, tax_id: null }, metadata: {} },
    ...(method === "card" ? { card: asCard(readCard(ledger, id), customer) } : { link: { email } }),
  };
}
/** By its id, or whole where the call asks for that and its customer is still there. */
export function showMethod(ledger: Ledger, { customer, method, whole }: { customer: string; method: Method | null; whole: boolean }) {
  const payer = whole ? ledger.customers.find(({ id }) => id === customer) : undefined;
  if (method === null) return null;
  return payer ? asPaymentMethod(ledger, payer, method) : methodId(ledger, customer, method);
}
/** In words, of what pays a subscription. */
export function nameMethod(ledger: Ledger, { customer, default_payment_method }: PaidSubscription): string | undefined {
  const method = default_payment_method ?? ledger.customers.find(({ id }) => id === customer)?.default_payment_method;
  if (!method) return undefined;
  return method === "card" ? `Visa ending ${cardEnds[readCard(ledger, customer)]}` : "Link";
}
