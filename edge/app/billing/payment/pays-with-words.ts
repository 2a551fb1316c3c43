import type { PayingCard } from "../../../../schema/billing/payment.ts";

/** By Stripe's words. Of any other, its `unknown` among them, only the digits are said. */
const brands = new Map([
  ["visa", "Visa"],
  ["mastercard", "Mastercard"],
  ["amex", "American Express"],
  ["discover", "Discover"],
  ["diners", "Diners Club"],
  ["jcb", "JCB"],
  ["unionpay", "UnionPay"],
  ["cartes_bancaires", "Cartes Bancaires"],
  ["eftpos_au", "eftpos"],
]);
const expiryMonth = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric", timeZone: "UTC" });
/** "the Visa ending 4242". */
export const namePayingCard = ({ brand, last4 }: PayingCard): string => `the ${brands.get(brand) ?? "one"} ending ${last4}`;
/** Which card pays, and what to do where it will not. `nextAt`: when it is charged next, if it is. Pure. */
export function describePayingCard(paying: PayingCard, now: number, nextAt: number | undefined): string {
  const [year = 0, month = 1] = paying.expires.split("-").map(Number);
  const name = expiryMonth.format(Date.UTC(year, month - 1));
  const end = Date.UTC(year, month); // it pays to the end of its month
  const card = `Your card is ${namePayingCard(paying)}`;
  if (now >= end) return `${card}, which expired in ${name}: choose another under Manage billing.`;
  const warning = nextAt !== undefined && nextAt >= end ? " It expires before the next payment: choose another under Manage billing." : "";
  return `${card}, which expires in ${name}.${warning}`;
}
