import { eq, sql } from "drizzle-orm";
import type Stripe from "stripe";
import { type MemberRow, memberTable } from "../../schema/account/member.table.ts";
import { type PaymentCustomerRow, paymentCustomerTable } from "../../schema/billing/payment.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { findCustomer } from "./payment-sync.ts";
import { callStripe, isThere, minuteOf, readCustomer } from "./stripe.ts";
import { endCustomer, letGoOfCustomer } from "./stripe-customer.ts";
import { findCustomers } from "./stripe-read.ts";

/** Of a member who is here, is not being erased, and has no row yet. */
async function writeCustomer(db: Database, member: Id<"mem">, customer: string): Promise<void> {
  const now = Date.now();
  await db.run(sql`insert into payment_customer (member, customer, visited_at, next_look) select ${member}, ${customer}, ${now}, ${now}
    where exists (select 1 from ${memberTable} where ${memberTable.id} = ${member} and ${memberTable.erasingSince} is null) on conflict do nothing`);
}
export const findByCustomer = (db: Database, customer: string): Promise<PaymentCustomerRow | undefined> =>
  db.select().from(paymentCustomerTable).where(eq(paymentCustomerTable.customer, customer)).get();

/**
 * A repeat with its key is answered as the first was, also by a customer who was deleted since: then the key
 * names that one, too.
 */
async function makeCustomer(config: EdgeConfig, member: Id<"mem">, idempotencyKey: string): Promise<Stripe.Customer> {
  const made = await callStripe(config, async (stripe) => {
    const { id: customer } = await stripe.customers.create({ metadata: { member } }, { idempotencyKey });
    return { customer, now: await readCustomer(stripe, customer) };
  });
  return isThere(made.now) ? made.now : makeCustomer(config, member, `${idempotencyKey}-${made.customer}`);
}
/** What Stripe does not say of the payer yet, as where the call died that had made their customer. */
async function nameCustomer(config: EdgeConfig, { id: customer, ...said }: Stripe.Customer, { email, name }: MemberRow): Promise<void> {
  const missing = { ...(!said.email && email && { email }), ...(!said.name && name && { name }) };
  if (Object.keys(missing).length > 0) await callStripe(config, (stripe) => stripe.customers.update(customer, missing));
}

/**
 * One a member, and one who is there: who was deleted at Stripe is let go of. It is written here only after
 * Stripe has made it: one whose answer never came, or whose row a restore took back, is found there by the
 * member's id. That search is late by a minute; a call within the minute is a repeat to Stripe, by its key. A
 * failure is repeated too, so no key lasts longer, and what two minutes made is ended by a later look.
 */
export async function ensureCustomer(config: EdgeConfig, db: Database, member: MemberRow): Promise<PaymentCustomerRow> {
  const known = await findCustomer(db, member.id);
  if (known) {
    const there = await callStripe(config, (stripe) => readCustomer(stripe, known.customer));
    if (isThere(there)) {
      await nameCustomer(config, there, member);
      return known;
    }
    await letGoOfCustomer(db, known, Date.now());
  }
  const [found] = await findCustomers(config, member.id);
  const there = found === undefined ? undefined : await callStripe(config, (stripe) => readCustomer(stripe, found));
  const key = `customer-${member.id}-${minuteOf(Date.now())}`;
  const customer = isThere(there) ? there : await makeCustomer(config, member.id, key);
  await writeCustomer(db, member.id, customer.id);
  const made = await findCustomer(db, member.id);
  if (made?.customer !== customer.id && !found) await endCustomer(config, customer.id); // another was first, or they are being erased
  if (!made) throw new AppError("not_found");
  // Only now: what is left of a call that ended in between says nothing of a person.
  if (made.customer === customer.id) await nameCustomer(config, customer, member);
  return made;
}

/** Whom Stripe finds by the id of a member without a row: who paid, and whose row a restore took back. */
export async function adoptCustomers(config: EdgeConfig, db: Database, member: Id<"mem">): Promise<void> {
  const [found] = await findCustomers(config, member);
  if (found) await writeCustomer(db, member, found);
}
/**
 * The row of a customer whom an event is about and nobody here is known by, where Stripe's own word now is
 * that they are a member without one. An event's word is not asked, and the customers of other products of
 * the same account stay strangers.
 */
export async function adoptStranger(config: EdgeConfig, db: Database, customer: string): Promise<PaymentCustomerRow | undefined> {
  const there = await callStripe(config, (stripe) => readCustomer(stripe, customer));
  const named = id("mem").safeParse(isThere(there) ? there.metadata.member : undefined);
  if (!named.success) return undefined;
  if (!(await findCustomer(db, named.data))) {
    await adoptCustomers(config, db, named.data); // the one with a plan, where they are several
    await writeCustomer(db, named.data, customer); // its search may be late
  }
  return findByCustomer(db, customer);
}
