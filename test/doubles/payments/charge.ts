import { expansionsIn, listOf, PaymentRefusal, refuseMissing } from "./form.ts";
import { asInvoice, asInvoicePayment, type Shown } from "./invoice.ts";
import { type Charge, type Dispute, type Invoice, inSeconds, type Ledger, newPaymentId } from "./ledger.ts";
import { asCharge, asDispute } from "./wire.ts";

/** Money that was taken for invoices, and what becomes of it: the bank takes it back, or we give it back. */
type Teller = { ledger: Ledger; tell: (type: string, object: Record<string, unknown>) => void };
const refuse = (message: string, code?: string) =>
  new PaymentRefusal(400, "invalid_request_error", message, code === undefined ? {} : { code });

/** What costs nothing, or brings credit, takes no money. */
export function makeCharge({ charges }: Ledger, { id: invoice, customer, amount }: Invoice): void {
  if (amount <= 0) return;
  const ids = { id: newPaymentId("ch"), payment_intent: newPaymentId("pi") };
  charges.push({ ...ids, customer, invoice, amount, amount_refunded: 0, disputed: false, created: inSeconds() });
}
/** Of its own id, or of the invoice that it paid. */
function chargeOf({ charges }: Ledger, paid: string): Charge {
  const found = charges.find(({ id, invoice }) => id === paid || invoice === paid);
  if (!found) throw refuseMissing("charge or charge of invoice", paid);
  return found;
}
/** The charge stays disputed, whatever comes of it. */
export function disputeCharge(bank: Teller, invoice: string): string {
  const charge = chargeOf(bank.ledger, invoice);
  if (charge.disputed) throw refuse(`Charge ${charge.id} has been disputed already.`);
  charge.disputed = true;
  const { id, payment_intent, amount } = charge;
  const made: Dispute = { id: newPaymentId("du"), charge: id, payment_intent, amount, status: "needs_response", created: inSeconds() };
  bank.ledger.disputes.push(made);
  bank.tell("charge.dispute.created", asDispute(made));
  return made.id;
}
export function closeDispute(bank: Teller, id: string, outcome: "won" | "lost"): void {
  const dispute = bank.ledger.disputes.find((each) => each.id === id);
  if (!dispute) throw refuseMissing("dispute", id);
  if (dispute.status !== "needs_response") throw refuse("This dispute is already closed.");
  dispute.status = outcome;
  bank.tell("charge.dispute.closed", asDispute(dispute));
}
/** Its invoice stays paid. */
export function refundCharge(bank: Teller, paid: string, amount?: number): void {
  const charge = chargeOf(bank.ledger, paid);
  const rest = charge.amount - charge.amount_refunded;
  if (bank.ledger.disputes.some((each) => each.charge === charge.id && each.status !== "won"))
    throw refuse(`Charge ${charge.id} has been charged back; cannot issue a refund.`, "charge_disputed");
  if (rest === 0) throw refuse(`Charge ${charge.id} has already been refunded.`, "charge_already_refunded");
  if (amount !== undefined && (amount <= 0 || amount > rest))
    throw refuse(`A refund of ${amount} is not within the ${rest} that are left.`);
  charge.amount_refunded += amount ?? rest;
  bank.tell("charge.refunded", asCharge(charge));
}

export const lastChargeOf = ({ charges }: Ledger, customer: string) => charges.findLast((each) => each.customer === customer);
export function openDisputeOf({ charges, disputes }: Ledger, customer: string): Dispute | undefined {
  const paid = new Set(charges.filter((each) => each.customer === customer).map(({ id }) => id));
  return disputes.findLast(({ charge, status }) => status === "needs_response" && paid.has(charge));
}

/** Lists show the newest first. */
export function listCharges({ charges }: Ledger, query: URLSearchParams): object {
  const customer = query.get("customer");
  const asked = charges.filter((each) => customer === null || each.customer === customer);
  return listOf("/v1/charges", asked.toReversed().map(asCharge), query);
}
export function listDisputes({ disputes }: Ledger, query: URLSearchParams): object {
  const charge = query.get("charge");
  const asked = disputes.filter((each) => charge === null || each.charge === charge);
  return listOf("/v1/disputes", asked.toReversed().map(asDispute), query);
}
/** Which invoice a payment was for; none where it is not known here. */
export function listInvoicePayments(shown: Shown, query: URLSearchParams): object {
  const { charges, invoices } = shown.ledger;
  if (query.get("payment[type]") !== "payment_intent")
    throw new PaymentRefusal(400, "invalid_request_error", "This double finds invoices by a payment intent.");
  const charge = charges.find(({ payment_intent }) => payment_intent === query.get("payment[payment_intent]"));
  const invoice = invoices.find(({ id }) => id === charge?.invoice);
  const whole = expansionsIn(query, "data.").has("invoice");
  const data = charge && invoice ? [{ ...asInvoicePayment(charge), invoice: whole ? asInvoice(invoice, shown) : invoice.id }] : [];
  return listOf("/v1/invoice_payments", data, query);
}
