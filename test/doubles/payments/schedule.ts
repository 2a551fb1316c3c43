import { inSeconds, type Ledger, type PaidSubscription } from "./ledger.ts";
import { asSchedule } from "./wire.ts";

/** What becomes of a schedule when the months of its subscription end, or with the subscription. */
type Teller = { ledger: Ledger; tell: (type: string, object: Record<string, unknown>) => void };
const scheduleOf = ({ schedules }: Ledger, subscription: PaidSubscription) => schedules.find(({ id }) => id === subscription.schedule);

/** `released` leaves the subscription as it is, without the end that the schedule had for it. */
export function endSchedule(bank: Teller, subscription: PaidSubscription, status: "canceled" | "completed" | "released"): void {
  const schedule = scheduleOf(bank.ledger, subscription);
  if (!schedule) return;
  Object.assign(schedule, { status, ended_at: inSeconds() });
  subscription.schedule = null;
  bank.tell(`subscription_schedule.${status}`, asSchedule(schedule));
}
/** The last phase is the subscription's for good: its schedule lets go of it when that has ended. */
export function enterNextPhase(bank: Teller, subscription: PaidSubscription): void {
  const schedule = scheduleOf(bank.ledger, subscription);
  if (!schedule) return;
  const next = schedule.phases[schedule.phase + 1];
  if (!next) {
    endSchedule(bank, subscription, "released");
    return;
  }
  const { price, quantity, percent_off } = next;
  Object.assign(subscription, { price, quantity, percent_off });
  schedule.phases[schedule.phase]!.end_date = subscription.start;
  Object.assign(next, { start_date: subscription.start, end_date: subscription.start + next.end_date - next.start_date });
  schedule.phase += 1;
  bank.tell("subscription_schedule.updated", asSchedule(schedule));
}
/** Whether the subscription ends with this month: by its own word, or as its schedule has no other phase. */
export function endsNow({ ledger }: Teller, subscription: PaidSubscription): boolean {
  const schedule = scheduleOf(ledger, subscription);
  return subscription.cancel_at_period_end || (schedule?.end_behavior === "cancel" && !schedule.phases[schedule.phase + 1]);
}
