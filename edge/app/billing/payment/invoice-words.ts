import type { InvoiceView } from "../../../../schema/billing/payment.ts";
import { formatMoney } from "../money.ts";

type InvoiceState = { state: string; className: string };
const invoiceStates = { draft: "Draft", open: "Open", paid: "Paid", uncollectible: "Not paid", void: "Void" } as const;
type InvoiceFacts = Pick<InvoiceView, "status" | "failures" | "refunded" | "takenBack" | "currency">;
/** How an invoice stands, in words and the colour that repeats them. Pure. */
export function describeInvoice({ status, failures, refunded, takenBack, currency }: InvoiceFacts): InvoiceState {
  if (status === "paid" && takenBack) return { state: "Paid, then taken back", className: "c-bad" };
  if (status === "open" && failures > 0) return { state: "Payment failed", className: "c-bad" };
  if (status === "paid" && refunded > 0) return { state: `Paid, ${formatMoney({ amount: refunded, currency })} given back`, className: "" };
  return { state: status ? invoiceStates[status] : "", className: status === "paid" ? "c-acc" : "" };
}
