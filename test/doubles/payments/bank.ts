import { type Checkout, inSeconds, type Ledger, newPaymentId, openLedger, type PaidSubscription } from "./ledger.ts";
import { asCheckout, asEvent, asInvoice, asSubscription, monthlyCents, PaymentRefusal, refuseMissing, signEvent } from "./wire.ts";

const month = 30 * 86_400;
type Delivery = (body: string, signature: string) => Promise<boolean>;

/**
 * What happens to money: a checkout is paid, a month ends, a payment fails, somebody cancels. Each writes the
 * ledger and tells it by events, sent again until they are taken.
 */
export class Bank {
  readonly ledger: Ledger;
  readonly #save: () => void;
  readonly #secret: string;
  readonly #deliver: Delivery;
  #sending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  /** Its own address. */
  base = "";
  constructor(settings: { file: string | undefined; secret: string; deliver: Delivery }) {
    const { ledger, save } = openLedger(settings.file);
    this.ledger = ledger;
    this.#save = save;
    this.#secret = settings.secret;
    this.#deliver = settings.deliver;
  }

  find<N extends "customers" | "checkouts" | "subscriptions" | "invoices" | "portals">(noun: N, id: string): Ledger[N][number] {
    const found = (this.ledger[noun] as Ledger[N][number][]).find((each) => each.id === id);
    if (!found) throw refuseMissing(noun.slice(0, -1), id);
    return found;
  }
  subscriptionsOf = (customer: string) => this.ledger.subscriptions.filter((each) => each.customer === customer).toReversed();
  invoicesOf = (customer: string) => this.ledger.invoices.filter((each) => each.customer === customer).toReversed();

  /** What they pay ends with them; invoices stay. */
  removeCustomer(id: string): object {
    const customer = this.find("customers", id);
    for (const each of this.subscriptionsOf(id)) if (each.status !== "canceled") this.cancelNow(each.id);
    this.ledger.customers = this.ledger.customers.filter((each) => each !== customer);
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
  #tellSubscription(subscription: PaidSubscription, type = "customer.subscription.updated"): void {
    this.tell(type, asSubscription(subscription));
  }
  #invoice(subscription: PaidSubscription, status: "paid" | "open"): void {
    this.ledger.invoiced += 1;
    const number = `GROW-${String(this.ledger.invoiced).padStart(4, "0")}`;
    const { customer, id } = subscription;
    const made = { id: newPaymentId("in"), number, customer, subscription: id, amount: monthlyCents, status, created: subscription.start };
    this.ledger.invoices.push(made);
    this.tell(status === "paid" ? "invoice.paid" : "invoice.payment_failed", asInvoice(made, this.base));
  }

  /** Somebody paid on the page. A page that is sent twice pays once. */
  pay(session: Checkout): void {
    if (session.status !== "open") return;
    const { customer, price, metadata } = session;
    const now = inSeconds();
    const id = newPaymentId("sub");
    const times = { start: now, end: now + month, created: now, ended_at: null };
    const made: PaidSubscription = { id, customer, price, status: "active", cancel_at_period_end: false, metadata, ...times };
    this.ledger.subscriptions.push(made);
    session.status = "complete";
    session.subscription = id;
    this.#tellSubscription(made, "customer.subscription.created");
    this.#invoice(made, "paid");
    this.tell("checkout.session.completed", asCheckout(session, this.base));
  }
  expire(session: Checkout): void {
    if (session.status !== "open")
      throw new PaymentRefusal(400, "invalid_request_error", "Only Checkout Sessions with a status in [open] can be expired.");
    session.status = "expired";
    this.tell("checkout.session.expired", asCheckout(session, this.base));
  }
  #live(id: string): PaidSubscription {
    const subscription = this.find("subscriptions", id);
    if (subscription.status === "canceled") throw new PaymentRefusal(400, "invalid_request_error", "This subscription has ended.");
    return subscription;
  }
  cancelAtEnd(id: string, cancel: boolean): void {
    const subscription = this.#live(id);
    subscription.cancel_at_period_end = cancel;
    this.#tellSubscription(subscription);
  }
  cancelNow(id: string): void {
    const subscription = this.#live(id);
    Object.assign(subscription, { status: "canceled", ended_at: inSeconds() });
    this.#tellSubscription(subscription, "customer.subscription.deleted");
  }
  /** The month ends now: it is paid, or payment fails, or what was cancelled ends. */
  endPeriod(id: string, payment: "paid" | "failed"): void {
    const subscription = this.#live(id);
    if (subscription.cancel_at_period_end) {
      this.cancelNow(id);
      return;
    }
    const now = inSeconds();
    Object.assign(subscription, { start: now, end: now + month });
    if (payment === "failed") subscription.status = "past_due";
    else if (subscription.status !== "past_due") subscription.status = "active";
    this.#invoice(subscription, payment === "paid" && subscription.status === "active" ? "paid" : "open");
    this.#tellSubscription(subscription);
  }
  /** All that is open is paid. */
  settle(id: string): void {
    const subscription = this.#live(id);
    for (const invoice of this.ledger.invoices.filter((each) => each.subscription === id && each.status === "open")) {
      invoice.status = "paid";
      this.tell("invoice.paid", asInvoice(invoice, this.base));
    }
    if (subscription.status === "active") return;
    subscription.status = "active";
    this.#tellSubscription(subscription);
  }

  /** Sends what is due, the oldest first; what is not taken waits for the next try. */
  sendEvents(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
      if (this.ledger.events.length > 0 && !this.#closed) this.#timer ??= setTimeout(() => this.#again(), 1_000).unref();
    });
    return this.#sending;
  }
  #again(): void {
    this.#timer = undefined;
    void this.sendEvents();
  }
  async #sendAll(): Promise<void> {
    for (let event = this.ledger.events[0]; event && !this.#closed; event = this.ledger.events[0]) {
      const body = JSON.stringify(asEvent(event), null, 2);
      if (!(await this.#deliver(body, signEvent(body, this.#secret)).catch(() => false))) return;
      this.ledger.events = this.ledger.events.filter(({ id }) => id !== event?.id);
      this.#save();
    }
  }
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#sending;
  }
}
