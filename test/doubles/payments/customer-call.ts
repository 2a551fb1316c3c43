import type { Bank } from "./bank.ts";
import { metadataIn, PaymentRefusal, readPaymentForm, refuseMissing } from "./form.ts";
import { inSeconds, type Ledger, newPaymentId } from "./ledger.ts";
import { asCustomer } from "./wire.ts";

type Customer = Ledger["customers"][number];

/**
 * Calls about customers. One who was deleted is still named when asked for by its id. `searchLag`: so many
 * seconds later a search knows of one that was made or deleted, as Stripe's own is late.
 */
export class CustomerDesk {
  searchLag = 0;
  readonly #bank: Bank;
  readonly #deleted = new Map<string, { customer: Customer; at: number }>();
  /** Those of whom nothing is listed any more. */
  readonly #unlisted = new Set<string>();
  constructor(bank: Bank) {
    this.#bank = bank;
  }

  #show = (customer: Customer) => asCustomer(customer, this.#bank.ledger);
  make(body: string): object {
    const form = readPaymentForm(body, "customers");
    const [email, name] = [form.get("email") || null, form.get("name") || null];
    const made: Customer = {
      id: newPaymentId("cus"),
      email,
      name,
      metadata: metadataIn(form),
      created: inSeconds(),
      currency: null,
      default_payment_method: null,
    };
    this.#bank.ledger.customers.push(made);
    this.#bank.tell("customer.created", this.#show(made));
    return this.#show(made);
  }
  read(id: string): object {
    return this.#deleted.has(id) ? { id, object: "customer", deleted: true } : this.#show(this.#bank.find("customers", id));
  }
  change(id: string, body: string): object {
    const customer = this.#bank.find("customers", id);
    const form = readPaymentForm(body, "customers");
    Object.assign(customer, { email: form.get("email") || customer.email, name: form.get("name") || customer.name });
    this.#bank.tell("customer.updated", this.#show(customer));
    return this.#show(customer);
  }
  /** By a call, or by a person on its dashboard. `lists`: whether what there was of them is still listed. */
  remove(id: string, { lists = true } = {}): object {
    const customer = this.#bank.find("customers", id);
    this.#deleted.set(id, { customer, at: inSeconds() });
    if (!lists) this.#unlisted.add(id);
    const removed = this.#bank.removeCustomer(id);
    this.#bank.tell("customer.deleted", this.#show(customer));
    return removed;
  }
  requireListed(query: URLSearchParams): void {
    const id = query.get("customer");
    if (id !== null && this.#unlisted.has(id)) throw refuseMissing("customer", id);
  }
  /** By a field of its metadata, as Stripe's query language writes it. The newest first. */
  search(query: URLSearchParams): object {
    const [, name, value] = /^metadata\['(\w+)'\]:'(\w+)'$/.exec(query.get("query") ?? "") ?? [];
    if (name === undefined) throw new PaymentRefusal(400, "invalid_request_error", "This double finds customers by their metadata.");
    const known = inSeconds() - this.searchLag;
    const deletedSince = [...this.#deleted.values()].filter(({ at }) => at > known).map(({ customer }) => customer);
    const indexed = [...this.#bank.ledger.customers, ...deletedSince].filter(({ created }) => created <= known);
    const found = indexed.filter(({ metadata }) => metadata[name] === value).toReversed();
    return { object: "search_result", url: "/v1/customers/search", has_more: false, next_page: null, data: found.map(this.#show) };
  }
}
