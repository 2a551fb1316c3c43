import { dayMs, nameUtcDay } from "../wire/duration.ts";
import { entitlement, graceDays, isTrialWaiting, type Subscription, whenPaymentDue, whenStopped } from "./entitlement.ts";
import { type PlanChoice, subscriptionPlans } from "./subscription-plan.ts";

/**
 * What a member is told of their plan where they are not looking: that free days end soon, that a payment is
 * missing, twice more before the week of grace ends, that the stack is stopped, and that all is well again.
 * Deliveries are numbered by their places here.
 */
export const planNotices = [
  ...(["grace_began", "grace_middle", "grace_ending", "suspended"] as const),
  ...(["recovered", "trial_ending", "free_days_ending"] as const),
];
export type PlanNotice = (typeof planNotices)[number];

/** Of a row of the subscription. `disputed`: the payment had arrived, and the payer's bank took it back. */
export type NoticeFacts = Subscription &
  PlanChoice & { disputed: boolean; nextPlan: PlanChoice["plan"] | null; nextQuantity: number | null };
/** By the list: what tax and promotions make of it is on the invoice alone. */
function nameMonthly({ plan, quantity }: PlanChoice): string {
  const { price } = subscriptionPlans[plan];
  return price ? `$${((price.amount * quantity) / 100).toFixed(2)} a month` : "free";
}
const nameNext = ({ plan, quantity, nextPlan, nextQuantity }: NoticeFacts): PlanChoice =>
  nextPlan ? { plan: nextPlan, quantity: nextQuantity ?? 1 } : { plan, quantity };
/** `payment`: named with its plan. `taken`: that the bank took it back; undefined where it did not. */
type NoticeWords = { facts: NoticeFacts; title: string; payment: string; taken: string | undefined; end: string; stop: string };
const endedTexts = { trial: "Your trial ended", plan: "Your plan ended" };
const noticeTexts: Record<PlanNotice, (words: NoticeWords) => string> = {
  grace_began: ({ payment, taken, stop }) =>
    taken
      ? `${taken}. Ask your bank to return it by ${stop}, or your stack stops`
      : `The ${payment} did not arrive. Pay it by ${stop}, or your stack stops`,
  grace_middle: ({ payment, taken, stop }) =>
    taken
      ? `${taken} and has not returned it yet. Your stack stops on ${stop}`
      : `The ${payment} is still missing. Pay it by ${stop}, or your stack stops`,
  grace_ending: ({ payment, taken, stop }) =>
    taken
      ? `Your stack stops on ${stop}. ${taken} and has not returned it`
      : `Your stack stops on ${stop}, as the ${payment} is missing. Pay it, and everything goes on`,
  suspended: ({ facts: { plan, status }, payment, taken, end }) =>
    plan === "trial" || status === "canceled"
      ? `${endedTexts[plan === "trial" ? "trial" : "plan"]} on ${end}, and your stack is stopped. Nothing is deleted; a plan restarts it in seconds`
      : taken
        ? `Your stack is stopped. ${taken}. Nothing is deleted; once it is returned, or with a new plan, everything runs again`
        : `Your stack is stopped, as the ${payment} is missing. Nothing is deleted; paying restarts it in seconds`,
  recovered: ({ facts: { status }, title, payment, end }) =>
    status === "trialing"
      ? `Everything runs again. ${title} is free until ${end}`
      : `The ${payment} arrived. Everything runs, and it is paid until ${end}`,
  trial_ending: ({ end }) =>
    `Your trial ends on ${end}. With a plan, from ${nameMonthly({ plan: "studio", quantity: 1 })}, everything goes on`,
  free_days_ending: ({ facts, end }) => {
    const next = nameNext(facts);
    return `Your free days end on ${end}. Then your card pays ${nameMonthly(next)} for ${subscriptionPlans[next.plan].title}`;
  },
};
/** The same of the same row, wherever its reader is: days are UTC. A sentence or two without a last dot. */
export function describePlanNotice(notice: PlanNotice, facts: NoticeFacts): string {
  const { title } = subscriptionPlans[facts.plan];
  const payment = `payment for ${title} (${nameMonthly(facts)})`;
  const taken = facts.disputed ? `Your bank took the ${payment} back` : undefined;
  const [end, stop] = [nameUtcDay(facts.periodEnd), nameUtcDay(whenStopped(facts).stopsAt)];
  return noticeTexts[notice]({ facts, title, payment, taken, end, stop });
}
const lapsed = "Your plan was not active any more, so";
/** What an agent says in its own channel when its account ends while it works. */
export const lapseNotice = `${lapsed} your stack was stopped. Nothing is deleted: tasks under way go on once it is active again, and a message without its answer has to be sent again.`;
/**
 * Why a turn ended with its account: a sentence, so that an app of any version shows it. A step of a task
 * (`key`) comes again when that goes on; a message does not.
 */
export function describeLapsedTurn({ messageId, key }: { messageId: string; key: string | null }): string {
  const next = messageId !== "" ? " Send it again once it is active." : key !== null ? " Its task goes on once it is active." : "";
  return `${lapsed} this was stopped.${next}`;
}

type NoticeTime = { notice: PlanNotice; at: number };
/** A stop that nobody was told of for so long is not told any more. */
const suspendedNewsDays = 7;

/** In the week of grace it is said again after so many days, and once more a day before its end. */
const graceMiddleDays = 3;
/** So many days before free days end it is said. */
const endingDays = 3;

/**
 * What is told of a plan, and when, if nothing changes. The trial and a cancelled plan have no grace.
 */
function listNoticeTimes(subscription: Subscription): NoticeTime[] {
  const { plan, status, periodEnd } = subscription;
  if (isTrialWaiting(subscription)) return [];
  const ending = plan === "trial" ? "trial_ending" : "free_days_ending";
  const before: NoticeTime[] = status === "trialing" ? [{ notice: ending, at: periodEnd - endingDays * dayMs }] : [];
  const due = whenPaymentDue(subscription);
  if (due === undefined) return [...before, { notice: "suspended", at: periodEnd }];
  const graceEnd = periodEnd + graceDays * dayMs;
  return [
    ...before,
    { notice: "grace_began", at: due },
    { notice: "grace_middle", at: periodEnd + graceMiddleDays * dayMs },
    { notice: "grace_ending", at: graceEnd - dayMs },
    { notice: "suspended", at: graceEnd },
  ];
}

const troubles: ReadonlySet<PlanNotice> = new Set(["grace_began", "grace_middle", "grace_ending", "suspended"]);
export type ToldNotice = { notice: PlanNotice | null; noticeSince: number };
/**
 * What is to be told now, if it was not told before, and when there may be something again. One whose time
 * passed unnoticed gives way to the later one. `since` tells one missing payment from the next.
 */
export function judgePlanNotice(
  subscription: Subscription,
  told: ToldNotice,
  now: number,
): { tell?: { notice: PlanNotice; since: number }; nextAt: number | null } {
  const times = listNoticeTimes(subscription);
  const nextAt = times.find(({ at }) => at > now)?.at ?? null;
  const current = times.findLast(({ at }) => at <= now);
  if (!current) {
    const troubled = told.notice !== null && troubles.has(told.notice);
    const well = entitlement(subscription, now);
    const back = troubled && (well === "active" || well === "trialing");
    return back ? { tell: { notice: "recovered", since: told.noticeSince }, nextAt } : { nextAt };
  }
  const { notice } = current;
  const { periodEnd: since } = subscription;
  const known = told.notice === notice && (notice === "suspended" || told.noticeSince === since);
  const old = notice === "suspended" && current.at < now - suspendedNewsDays * dayMs;
  return known || old ? { nextAt } : { tell: { notice, since }, nextAt };
}
