import type { PlanPrice } from "../../../schema/billing/payment.ts";

/** An amount in the smallest unit of its currency, as the reader writes money. */
export function formatMoney({ amount, currency }: PlanPrice): string {
  const format = new Intl.NumberFormat(undefined, { style: "currency", currency, currencyDisplay: "narrowSymbol" });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
