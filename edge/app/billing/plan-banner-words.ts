import type { MeOut } from "../../../schema/account/account.ts";
import type { BillingOut } from "../../../schema/billing/billing.ts";
import type { InvoiceView } from "../../../schema/billing/payment.ts";
import { formatDate, formatDay } from "../ui/format.ts";
import { formatMoney } from "./money.ts";
import { findDue } from "./plan-choice.ts";

/** `billing` and `invoices` are undefined until they are read. */
export type BannerFacts = {
  me: Pick<MeOut, "entitlement" | "subscription">;
  billing?: BillingOut | undefined;
  invoices?: readonly InvoiceView[] | undefined;
};
type PlanBannerWords = {
  title: string;
  text: string;
  /** What brings it all back. Undefined where the person can neither pay nor choose. */
  need: "payment" | "plan" | undefined;
  exports: boolean;
};

const nameTimes = (failures: number): string => (failures === 1 ? "" : failures === 2 ? " twice" : ` ${failures} times`);
/** What was not paid; nothing before the invoice is known. */
function describeUnpaid(due: ReturnType<typeof findDue>): string {
  if (!due) return "";
  if (due.count > 1) return ` ${nameMissing(due)}`;
  const payment = `A payment of ${formatMoney(due)}`;
  const { at, failures } = due.newest;
  const when = formatDay(at);
  return failures > 0 ? ` ${payment} of ${when} failed${nameTimes(failures)}.` : ` ${payment} has been missing since ${when}.`;
}
const nameMissing = (due: NonNullable<ReturnType<typeof findDue>>): string =>
  due.count > 1 ? `${due.count} payments of together ${formatMoney(due)} are missing.` : `A payment of ${formatMoney(due)} is missing.`;
function describeEnded({ plan, periodEnd }: NonNullable<MeOut["subscription"]>): string {
  const name = plan === "trial" ? "trial" : "plan";
  return periodEnd === null ? ` The ${name} has ended.` : ` The ${name} ended on ${formatDay(periodEnd)}.`;
}
/** A stack that is stopped gives no repositories and files, so the export has none of them. */
const staysReadable = "You can still read and export what was said and done. Nothing is deleted.";
const notShown = "What you have online is not shown.";

/** What every page says of a plan that does not go on by itself. Pure. */
export function describeBanner({ me, billing, invoices }: BannerFacts): PlanBannerWords | undefined {
  const { entitlement, subscription } = billing ?? me;
  if (entitlement === "active" || entitlement === "trialing") return undefined;
  if (entitlement === "none" || !subscription)
    return {
      title: "There is no plan.",
      text: "Your history stays readable. A plan lets your agents go on.",
      need: "plan",
      exports: false,
    };
  const { stopsAt, archivedAt } = billing?.withoutPayment ?? {};
  if (entitlement === "grace") {
    const until = stopsAt === undefined ? "for a week from when it was due" : `until ${formatDay(stopsAt)}`;
    if (subscription.disputed) {
      const week = stopsAt === undefined ? "for a week from then" : until;
      const text = `Everything runs ${week}. If the payment is not returned, your stack stops. Nothing is deleted.`;
      return { title: "Your bank took a payment back.", text, need: undefined, exports: false };
    }
    const due = findDue(invoices);
    const title = due ? nameMissing(due) : "A payment is missing.";
    return { title, text: `Everything runs ${until}; then your stack stops. Nothing is deleted.`, need: "payment", exports: false };
  }
  const isArchived = entitlement === "archived";
  const stands = isArchived ? "Your stack is archived." : "Your stack is stopped.";
  const later = isArchived || archivedAt === undefined ? "" : ` Archived on ${formatDate(archivedAt)}.`;
  const text = `${notShown} ${staysReadable}${later}`;
  if (subscription.disputed) {
    const back = "Once it is returned, or the next month is paid, everything runs again.";
    return { title: `${stands} Your bank took a payment back.`, text: `${back} ${text}`, need: "plan", exports: true };
  }
  const isDue = subscription.plan !== "trial" && subscription.status !== "canceled";
  const why = isDue ? describeUnpaid(findDue(invoices)) : describeEnded(subscription);
  const back = `${isDue ? "Paying" : "A plan"} ${isArchived ? "brings it all back" : "restarts it in seconds"}.`;
  return { title: `${stands}${why} ${back}`, text, need: isDue ? "payment" : "plan", exports: true };
}
