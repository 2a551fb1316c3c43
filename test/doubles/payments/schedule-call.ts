import { type Bank, month } from "./bank.ts";
import { choiceIn, metadataIn, PaymentRefusal, quantityIn, readPaymentForm, refuseParam, secondsIn } from "./form.ts";
import { discountId, inSeconds, newPaymentId, type PaidSubscription, type Phase, type Schedule } from "./ledger.ts";
import { coupon, soldPrice } from "./price.ts";
import { asSchedule } from "./wire.ts";

type Form = ReadonlyMap<string, string>;
const refuse = (message: string) => new PaymentRefusal(400, "invalid_request_error", message);

/** Its first phase is the subscription as it is, to the end of its period. */
export function makeSchedule(bank: Bank, body: string): object {
  const form = readPaymentForm(body, "schedules");
  const id = form.get("from_subscription");
  if (!id) throw refuseParam("from_subscription", "Missing required param: from_subscription.");
  const subscription = bank.live(id);
  if (subscription.schedule !== null)
    throw refuse(`You cannot migrate a subscription that is already attached to a schedule: \`${subscription.schedule}\`.`);
  if (subscription.cancel_at_period_end) throw refuse("This double schedules no subscription that ends with its period.");
  const { customer, price, quantity, percent_off, start: start_date, end: end_date } = subscription;
  const trial_end = subscription.status === "trialing" ? subscription.trial_end : null;
  const made: Schedule = {
    ...{ id: newPaymentId("sub_sched"), customer, subscription: id, status: "active", phase: 0, ended_at: null },
    end_behavior: "release",
    phases: [{ price, quantity, percent_off, start_date, end_date, trial_end, proration_behavior: "create_prorations" }],
    ...{ metadata: metadataIn(form), created: inSeconds() },
  };
  bank.ledger.schedules.push(made);
  subscription.schedule = made.id;
  bank.tell("subscription_schedule.created", asSchedule(made));
  bank.tellSubscription(subscription);
  return asSchedule(made);
}

/** All phases are said again: what a phase doesn't say it doesn't have, a discount too. */
export function changeSchedule(bank: Bank, id: string, body: string): object {
  const form = readPaymentForm(body, "scheduleChanges");
  const schedule = bank.find("schedules", id);
  if (schedule.status !== "active")
    throw refuse(`You cannot update a subscription schedule that is currently in the \`${schedule.status}\` status.`);
  const subscription = bank.find("subscriptions", schedule.subscription);
  const end_behavior = choiceIn(form, "end_behavior", ["cancel", "release"], schedule.end_behavior);
  if ([...form.keys()].some((name) => name.startsWith("phases["))) {
    const phases = readPhases(bank, subscription, form);
    const [first] = phases;
    const current = schedule.phases[schedule.phase]!;
    if (first?.start_date !== current.start_date) throw refuse("You can not modify the start date of the current phase.");
    if (first.price !== current.price || first.quantity !== current.quantity)
      throw refuse("This double changes the items of a running phase by its subscription.");
    if (first.trial_end !== current.trial_end) throw refuse("This double ends free days by no schedule.");
    subscription.percent_off = first.percent_off;
    Object.assign(schedule, { phases, phase: 0 });
  }
  schedule.end_behavior = end_behavior;
  bank.tellSubscription(subscription);
  Object.assign(schedule.metadata, metadataIn(form));
  bank.tell("subscription_schedule.updated", asSchedule(schedule));
  return asSchedule(schedule);
}
function readPhases(bank: Bank, subscription: PaidSubscription, form: Form): Phase[] {
  const phases: Phase[] = [];
  for (let at = "phases[0]"; form.has(`${at}[items][0][price]`); at = `phases[${phases.length}]`) {
    const price = form.get(`${at}[items][0][price]`)!;
    soldPrice(bank.prices, price, `${at}[items][0][price]`);
    const before = phases.at(-1)?.end_date;
    const start_date = secondsIn(form, `${at}[start_date]`) ?? before;
    if (start_date === undefined) throw refuseParam(`${at}[start_date]`, "The first phase must have a start date.");
    if (before !== undefined && start_date !== before)
      throw refuse("The start date of a phase must be the end date of the phase before it.");
    const end_date = endOf(form, at, start_date);
    if (end_date <= start_date) throw refuse("The end date of a phase must be after its start date.");
    phases.push({
      ...{ price, quantity: quantityIn(form, `${at}[items][0][quantity]`), percent_off: percentOff(form, at, subscription) },
      ...{ start_date, end_date, proration_behavior: form.get(`${at}[proration_behavior]`) ?? "create_prorations" },
      trial_end: secondsIn(form, `${at}[trial_end]`) ?? null,
    });
  }
  const unread = [...form.keys()].find((name) => name.startsWith("phases[") && !(Number.parseInt(name.slice(7), 10) < phases.length));
  if (unread !== undefined) throw refuseParam(unread, "A phase must have items with a price.");
  return phases;
}
/** A month of this double has thirty days. */
function endOf(form: Form, at: string, start: number): number {
  const end = secondsIn(form, `${at}[end_date]`);
  const interval = form.get(`${at}[duration][interval]`);
  if ((end === undefined) === (interval === undefined))
    throw refuseParam(`${at}[end_date]`, "A phase must have either an end date or a duration.");
  if (end !== undefined) return end;
  if (interval !== "month") throw refuseParam(`${at}[duration][interval]`, "This double counts months.", "parameter_invalid");
  return start + month * quantityIn(form, `${at}[duration][interval_count]`);
}
function percentOff(form: Form, at: string, subscription: PaidSubscription): number {
  if (!form.get(`${at}[discounts]`) && ![...form.keys()].some((name) => name.startsWith(`${at}[discounts][`))) return 0;
  const [kept, made] = [form.get(`${at}[discounts][0][discount]`), form.get(`${at}[discounts][0][coupon]`)];
  if (kept === discountId(subscription.id) && subscription.percent_off > 0) return subscription.percent_off;
  if (made === coupon.id) return coupon.percent_off;
  throw refuseParam(`${at}[discounts]`, `No such discount: '${kept ?? made}'`, "resource_missing");
}

export function releaseSchedule(bank: Bank, id: string, body: string): object {
  readPaymentForm(body, "scheduleReleases");
  bank.releaseSchedule(id);
  return asSchedule(bank.find("schedules", id));
}
