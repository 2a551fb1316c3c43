import type { MeOut } from "../../../../schema/account/account.ts";
import type { BillingOut } from "../../../../schema/billing/billing.ts";
import type { InvoiceView } from "../../../../schema/billing/payment.ts";
import { formatDate, formatDay } from "../../ui/format.ts";
import { formatMoney } from "../money.ts";
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
  /** What brings it all back. `bank`: the payer's bank returns the payment; nothing can be paid or chosen. */
  need: "payment" | "plan" | "bank";
  exports: boolean;
};

const nameTimes = (failures: number): string => (failures === 1 ? "" : failures === 2 ? " twice" : ` ${failures} times`);
/** What was not paid, and how often that was tried: by which card, or why not, is not known. */
function describeUnpaid(due: NonNullable<ReturnType<typeof findDue>>): string {
  const { at, failures } = due.newest;
  const amount = formatMoney(due);
  if (failures > 0 && due.count === 1) return `A payment of ${amount} failed${nameTimes(failures)}.`;
  return due.count > 1
    ? `${due.count} payments of together ${amount} are missing.`
    : `A payment of ${amount} has been missing since ${formatDay(at)}.`;
}
/** A plan whose payments failed to the end was ended for that: the open invoice is all that is left of it. */
function describeEnded({ plan, periodEnd }: NonNullable<MeOut["subscription"]>, invoices: readonly InvoiceView[] = []): string {
  const name = plan === "trial" ? "trial" : "plan";
  const when = periodEnd === null ? "has ended" : `ended on ${formatDay(periodEnd)}`;
  const isUnpaid = plan !== "trial" && invoices.some(({ status, failures }) => status === "open" && failures > 0);
  return ` The ${name} ${when}${isUnpaid ? ", as its payment failed" : ""}.`;
}
/** A stack that is stopped gives no repositories and files, so the export has none of them. */
export const staysReadable = "You can still read and export what was said and done. Nothing is deleted.";
export const notShown = "Visitors can't see what you have online.";
/** What becomes of it after that, so that nobody takes it for the end. */
export const describeArchive = (at: number): string =>
  `From ${formatDate(at)} on your agents and files are kept in an archive, from where a plan brings them back too.`;

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
      const text = `Ask your bank to return it. Your agents work on ${week}; without it your stack stops. Nothing is deleted.`;
      return { title: "Your bank took a payment back.", text, need: "bank", exports: false };
    }
    const due = findDue(invoices);
    const title = due ? describeUnpaid(due) : "A payment is missing.";
    const text = `Your agents work on ${until}, with a week's model time; then your stack stops and visitors can't see what you have online. Nothing is deleted.`;
    return { title, text, need: "payment", exports: false };
  }
  const isArchived = entitlement === "archived";
  const stands = isArchived ? "Your stack is archived." : "Your stack is stopped.";
  const later = isArchived || archivedAt === undefined ? "" : ` ${describeArchive(archivedAt)}`;
  const text = `${notShown} ${staysReadable}${later}`;
  if (subscription.disputed) {
    const back = "Once it is returned, or the next month is paid, everything runs again.";
    return { title: `${stands} Your bank took a payment back.`, text: `${back} ${text}`, need: "plan", exports: true };
  }
  const isDue = subscription.plan !== "trial" && subscription.status !== "canceled";
  const due = findDue(invoices); // nothing before the invoice is known
  const why = !isDue ? describeEnded(subscription, invoices) : due ? ` ${describeUnpaid(due)}` : "";
  const back = `${isDue ? "Paying" : "Choosing a plan"} ${isArchived ? "brings it all back" : "restarts it in seconds"}.`;
  return { title: `${stands}${why} ${back}`, text, need: isDue ? "payment" : "plan", exports: true };
}
