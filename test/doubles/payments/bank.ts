import { closeDispute, disputeCharge, makeCharge, refundCharge } from "./charge.ts";
import { EventSender, type EventWay } from "./event-sender.ts";
import { PaymentRefusal, refuseMissing } from "./form.ts";
import { asInvoice, dueNext, type InvoiceMade, makeInvoice, mostAttempts } from "./invoice.ts";
import {
  type Card,
  type Checkout,
  type Invoice,
  inSeconds,
  type Ledger,
  letPass,
  newPaymentId,
  openLedger,
  type PaidSubscription,
} from "./ledger.ts";
import { amountOf, coupon, type SoldPrices } from "./price.ts";
import { endSchedule, endsNow, enterNextPhase } from "./schedule.ts";
import { asCheckout, asSubscription } from "./wire.ts";

const day = 86_400;
export const month = 30 * day;
type Nouns = "customers" | "checkouts" | "subscriptions" | "schedules" | "invoices" | "charges" | "disputes" | "portals";

/**
 * What happens to money: a checkout is paid, a month ends, a payment fails, somebody cancels. Each writes the
 * ledger and tells it by events, sent again until they are taken.
 */
export class Bank {
  readonly ledger: Ledger;
  readonly prices: SoldPrices;
  readonly #save: () => void;
  readonly #sender: EventSender;
  /** Its own address. */
  base = "";
  constructor(settings: { file: string | undefined; prices: SoldPrices } & EventWay) {
    const { ledger, save } = openLedger(settings.file);
    this.ledger = ledger;
    this.#save = save;
    this.prices = settings.prices;
    this.#sender = new EventSender(ledger, save, settings);
  }

  /** How a customer's card behaves when the double takes money from it: a test or the portal says so. */
  get cards(): Record<string, Card> {
    return this.ledger.cards;
  }
  setCard(customer: string, card: Card): void {
    this.cards[customer] = card;
    this.#save();
  }
  cardOf = (customer: string): Card => this.cards[customer] ?? "works";

  find<N extends Nouns>(noun: N, id: string): Ledger[N][number] {
    const found = (this.ledger[noun] as Ledger[N][number][]).find((each) => each.id === id);
    if (!found) throw refuseMissing(noun.slice(0, -1), id);
    return found;
  }
  /** From now on a month of theirs that ends is billed what the meter has of it, too. */
  billByMeter(customer: string): void {
    this.ledger.billedByMeter.push(customer);
    this.#save();
  }

  subscriptionsOf = (customer: string) => this.ledger.subscriptions.filter((each) => each.customer === customer).toReversed();
  invoicesOf = (customer: string) => this.ledger.invoices.filter((each) => each.customer === customer).toReversed();

  /** What they pay ends with them; invoices stay. */
  removeCustomer(id: string): object {
    const customer = this.find("customers", id);
    for (const each of this.subscriptionsOf(id)) if (each.status !== "canceled") this.cancelNow(each.id);
    this.ledger.customers = this.ledger.customers.filter((each) => each !== customer);
    delete this.cards[id];
    return { id, object: "customer", deleted: true };
  }
  /** Writes what changed, and tells it. */
  tell(type: string, object: Record<string, unknown>): void {
    this.ledger.events.push({ id: newPaymentId("evt"), type, created: inSeconds(), object });
    this.#save();
    void this.sendEvents();
  }
  save(): void {
    this.#save();
  }
  tellSubscription(subscription: PaidSubscription, type = "customer.subscription.updated"): void {
    this.tell(type, asSubscription(subscription, this));
  }
  #tellInvoice(invoice: Invoice, happened: "created" | "marked_uncollectible" | "paid" | "payment_failed" | "voided"): void {
    this.tell(`invoice.${happened}`, asInvoice(invoice, this));
  }
  #takeMoney(invoice: Invoice): void {
    makeCharge(this.ledger, invoice);
    this.#tellInvoice(invoice, "paid");
  }
  invoice(subscription: PaidSubscription, made: InvoiceMade): Invoice {
    const invoice = makeInvoice(this, subscription, made);
    if (made.status === "paid") this.#takeMoney(invoice);
    else this.#tellInvoice(invoice, made.status === "draft" ? "created" : "payment_failed");
    return invoice;
  }

  /** Whether the code is one; the price of the page is less from then on. */
  takeCode(session: Checkout, code: string): boolean {
    if (!session.allow_promotion_codes || session.status !== "open" || code.trim().toUpperCase() !== coupon.id) return false;
    session.percent_off = coupon.percent_off;
    this.#save();
    return true;
  }
  /** Somebody paid on the page, or began days for free. A page that is sent twice pays once. */
  pay(session: Checkout): void {
    if (session.status !== "open") return;
    const { customer, price, quantity, percent_off, metadata, trial_days, missing_payment_method } = session;
    const now = inSeconds();
    const id = newPaymentId("sub");
    const end = now + (trial_days > 0 ? trial_days * day : month);
    const made: PaidSubscription = {
      ...{ id, customer, price, quantity, percent_off, metadata, missing_payment_method },
      ...{ cancel_at_period_end: false, default_payment_method: "card" },
      ...{ status: trial_days > 0 ? "trialing" : "active", trial_end: trial_days > 0 ? end : null },
      ...{ start: now, end, created: now, ended_at: null, schedule: null, pending: null, latest_invoice: null, prorations: [] },
    };
    this.ledger.subscriptions.push(made);
    session.status = "complete";
    session.subscription = id;
    this.tellSubscription(made, "customer.subscription.created");
    const amount = trial_days > 0 ? 0 : amountOf(this.prices, made);
    const discount = trial_days > 0 ? 0 : amountOf(this.prices, { ...made, percent_off: 0 }) - amount;
    this.invoice(made, { amount, discount, status: "paid", billing_reason: "subscription_create", created: now });
    this.tell("checkout.session.completed", asCheckout(session, this));
  }
  expire(session: Checkout): void {
    if (session.status !== "open")
      throw new PaymentRefusal(400, "invalid_request_error", "Only Checkout Sessions with a status in [open] can be expired.");
    session.status = "expired";
    this.tell("checkout.session.expired", asCheckout(session, this));
  }
  live(id: string): PaidSubscription {
    const subscription = this.find("subscriptions", id);
    if (subscription.status === "canceled") throw new PaymentRefusal(400, "invalid_request_error", "This subscription has ended.");
    return subscription;
  }
  cancelAtEnd(id: string, cancel: boolean): void {
    const subscription = this.live(id);
    if (subscription.schedule !== null)
      throw new PaymentRefusal(
        400,
        "invalid_request_error",
        `The subscription is managed by the subscription schedule \`${subscription.schedule}\`, and updating any cancelation behavior directly is not allowed. Please update the schedule instead.`,
      );
    subscription.cancel_at_period_end = cancel;
    this.tellSubscription(subscription);
  }
  cancelNow(id: string): void {
    const subscription = this.live(id);
    this.voidPending(subscription);
    endSchedule(this, subscription, "canceled");
    Object.assign(subscription, { status: "canceled", ended_at: inSeconds() });
    this.tellSubscription(subscription, "customer.subscription.deleted");
  }
  /** The month ends now: it is paid, or payment fails, or what was cancelled ends. */
  endPeriod(id: string, payment: "paid" | "failed"): void {
    const subscription = this.live(id);
    if (endsNow(this, subscription)) {
      endSchedule(this, subscription, "completed");
      this.cancelNow(id);
      return;
    }
    const now = inSeconds();
    this.voidPending(subscription);
    letPass(this.ledger, subscription.customer, Math.max(0, subscription.end - now));
    const due = dueNext(this, subscription, now);
    Object.assign(subscription, { start: now, end: now + month, prorations: [] });
    enterNextPhase(this, subscription);
    const isGivenUp = subscription.status === "unpaid"; // no payment is tried any more
    if (payment === "failed" && !isGivenUp) subscription.status = "past_due";
    else if (subscription.status !== "past_due" && !isGivenUp) subscription.status = "active";
    const asked = payment === "paid" && subscription.status === "active" ? "paid" : "open";
    const status = isGivenUp ? "draft" : asked;
    this.invoice(subscription, {
      ...due,
      status,
      ...(isGivenUp && { attempt_count: 0 }),
      billing_reason: "subscription_cycle",
      created: now,
    });
    this.tellSubscription(subscription);
  }
  releaseSchedule(id: string): void {
    const schedule = this.find("schedules", id);
    if (schedule.status !== "active")
      throw new PaymentRefusal(
        400,
        "invalid_request_error",
        `You cannot release a subscription schedule that is currently in the \`${schedule.status}\` status.`,
      );
    const subscription = this.find("subscriptions", schedule.subscription);
    endSchedule(this, subscription, "released");
    this.tellSubscription(subscription);
  }

  /** What the subscription is for changes now; the running phase of its schedule, if it has one, with it. */
  setItems(subscription: PaidSubscription, { price, quantity }: { price: string; quantity: number }): void {
    Object.assign(subscription, { price, quantity });
    const schedule = this.ledger.schedules.find(({ id }) => id === subscription.schedule);
    if (schedule) Object.assign(schedule.phases[schedule.phase]!, { price, quantity });
  }
  /** A change that waits for its payment gives way to the next one, and to the end of its month. */
  voidPending(subscription: PaidSubscription): boolean {
    const invoice = this.ledger.invoices.find(({ id }) => id === subscription.pending?.invoice);
    if (!invoice) return false;
    invoice.status = "void";
    subscription.pending = null;
    this.#tellInvoice(invoice, "voided");
    return true;
  }
  /** Nobody is asked for it any more: a change that waits for it is no more, a month stays unpaid. */
  voidOpen(invoice: Invoice): void {
    const subscription = this.find("subscriptions", invoice.subscription);
    if (subscription.pending?.invoice === invoice.id) this.expirePending(subscription.id);
    else {
      invoice.status = "void";
      this.#tellInvoice(invoice, "voided");
    }
  }
  /** Nobody paid a change in time: it is no more. */
  expirePending(id: string): void {
    const subscription = this.live(id);
    if (this.voidPending(subscription)) this.tellSubscription(subscription);
  }
  /** An open invoice is paid, on its page or otherwise: what waited for it happens. */
  payInvoice(id: string): void {
    const invoice = this.find("invoices", id);
    if (invoice.status !== "open" && invoice.status !== "uncollectible") return;
    invoice.status = "paid";
    invoice.attempt_count += 1;
    this.#takeMoney(invoice);
    const subscription = this.find("subscriptions", invoice.subscription);
    if (subscription.status === "canceled") return;
    const { pending } = subscription;
    const due = this.ledger.invoices.some(
      (each) => each.subscription === subscription.id && each.status === "open" && each.id !== pending?.invoice,
    );
    const owed = subscription.status === "past_due" || (subscription.status === "unpaid" && subscription.latest_invoice === id);
    if (pending?.invoice === id) {
      this.setItems(subscription, pending);
      subscription.pending = null;
    } else if (!due && owed) subscription.status = "active";
    else return;
    this.tellSubscription(subscription);
  }
  /** The card is asked once more for what is open. What fails for the last time ends the subscription. */
  tryAgain(invoice: Invoice): void {
    if (this.cardOf(invoice.customer) === "works") this.payInvoice(invoice.id);
    else {
      invoice.attempt_count += 1;
      this.#tellInvoice(invoice, "payment_failed");
      if (invoice.attempt_count >= mostAttempts) this.cancelNow(invoice.subscription);
    }
  }
  /** After the last try, where Stripe is set to leave it unpaid: each month has a draft from then on. */
  giveUp(id: string): void {
    const subscription = this.live(id);
    const open = this.ledger.invoices.filter((each) => each.subscription === id && each.status === "open");
    if (subscription.status !== "past_due" || !open.some((each) => each.id === subscription.latest_invoice)) return;
    for (const invoice of open) {
      invoice.status = "uncollectible";
      this.#tellInvoice(invoice, "marked_uncollectible");
    }
    subscription.status = "unpaid";
    this.tellSubscription(subscription);
  }
  /** Somebody at Stripe lets it rest: nothing is billed, and no payment brings it back. */
  pause(id: string): void {
    const subscription = this.live(id);
    subscription.status = "paused";
    this.tellSubscription(subscription, "customer.subscription.paused");
  }
  /** All that is open is paid. */
  settle(id: string): void {
    const subscription = this.live(id);
    for (const invoice of this.ledger.invoices.filter((each) => each.subscription === id && each.status === "open"))
      this.payInvoice(invoice.id);
    if (subscription.status !== "past_due") return;
    subscription.status = "active";
    this.tellSubscription(subscription);
  }

  /** The customer's bank takes back what paid the invoice. The id of the dispute. */
  dispute = (invoice: string): string => disputeCharge(this, invoice);
  closeDispute = (id: string, outcome: "won" | "lost"): void => closeDispute(this, id, outcome);
  /** All that is left of a charge, or of what paid an invoice, or a part of it. */
  refund = (paid: string, amount?: number): void => refundCharge(this, paid, amount);

  /** Sends what is due, the oldest first. */
  sendEvents(): Promise<void> {
    return this.#sender.send();
  }
  close(): Promise<void> {
    return this.#sender.close();
  }
}
