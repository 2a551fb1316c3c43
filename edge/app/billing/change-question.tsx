import type { BillingOut } from "../../../schema/billing/billing.ts";
import type { OfferedPlans } from "../../../schema/billing/payment.ts";
import type { PaidChoice } from "../../../schema/billing/subscription-plan.ts";
import { describeError } from "../live/api.ts";
import { formatDate, formatDay } from "../ui/format.ts";
import { usePlanPreview } from "./billing-reads.ts";
import { formatMoney } from "./money.ts";
import { findPaidChoice, findPrice, isInFreeDays } from "./plan-choice.ts";
import { describePlanLoss } from "./plan-loss.ts";

/** Of a change to more: what is left of the period is paid now. Undefined where a price is not known. */
function estimateNow(plans: OfferedPlans, paid: PaidChoice, wanted: PaidChoice, { subscription, periodStart }: BillingOut) {
  const [before, after] = [findPrice(plans, paid), findPrice(plans, wanted)];
  const end = subscription?.periodEnd ?? null;
  if (!before || !after || end === null || periodStart === null || end <= periodStart) return undefined;
  const left = Math.min(1, Math.max(0, (end - Date.now()) / (end - periodStart)));
  return formatMoney({ ...after, amount: Math.round((after.amount - before.amount) * left) });
}
/** The next period, as far as its beginning is known. */
const nameEnd = ({ subscription }: BillingOut) => (subscription?.periodEnd ? formatDate(subscription.periodEnd) : "the next period");
type Effect = "more" | "later";
const nameYes = (effect: Effect, billing: BillingOut): string =>
  effect === "later" && billing.subscription?.periodEnd
    ? `Change on ${formatDay(billing.subscription.periodEnd)}`
    : effect === "more" && !isInFreeDays(billing)
      ? "Change and pay"
      : "Change it";

type QuestionProps = { wanted: PaidChoice; effect: Effect; plans: OfferedPlans; billing: BillingOut };
/** What a change costs, as Stripe counts it or else about, and what it ends. */
export function ChangeQuestion({ wanted, effect, plans, billing }: QuestionProps) {
  const preview = usePlanPreview(wanted);
  const { atOnce = null, later = null, isKnown = false } = preview.data ?? {};
  const price = findPrice(plans, wanted);
  const end = later ? formatDate(later.at) : nameEnd(billing);
  const monthly = price ? `${formatMoney(price)} a month` : "its price a month";
  const from =
    later && later.amount !== price?.amount
      ? `${formatMoney(later)} are charged on ${end}, then ${monthly}, before tax and promotions.`
      : `From ${end} on you pay ${monthly}. ${later ? "Tax and promotions are counted." : isKnown ? "Tax and promotions are not counted here." : "Stripe could not be asked: tax and promotions are not counted here."}`;
  const paid = findPaidChoice(billing);
  const estimate = paid && estimateNow(plans, paid, wanted, billing);
  const now = atOnce ? `${formatMoney(atOnce)} are` : isKnown ? "Nothing is" : estimate ? `About ${estimate} are` : "The difference is";
  const texts = {
    free: `You have it at once, in your free days with the same model time as now. Nothing is charged now. ${from}`,
    more: `You have it at once. ${now} charged now for the rest of this period, which brings as large a part of the model time. ${from}`,
    later: `${from} You then have what this plan allows. Until then everything stays as it is, and you can take this back.`,
  };
  if (isRefused(preview)) return <span role="alert">{describeError(preview.error).message}</span>;
  return (
    <>
      <span role="status">
        {preview.isPending ? "Reading what Stripe would charge." : texts[isInFreeDays(billing) && effect === "more" ? "free" : effect]}
      </span>
      {effect === "later" &&
        describePlanLoss(billing, wanted).map((loss) => (
          <span key={loss} style={{ display: "block", marginTop: 8 }}>
            {loss}
          </span>
        ))}
    </>
  );
}
/** What Stripe does not answer can be estimated; what is refused will be refused to a yes as well. */
const isRefused = ({ error }: ReturnType<typeof usePlanPreview>): boolean => error !== null && describeError(error).code === "conflict";

type YesProps = Pick<QuestionProps, "wanted" | "effect" | "billing"> & { yes: () => void };
/** Nobody pays what was not said before. */
export function ChangeYes({ wanted, effect, billing, yes }: YesProps) {
  const preview = usePlanPreview(wanted);
  if (isRefused(preview)) return null;
  return (
    <button type="button" className="btn pri" aria-disabled={preview.isPending} onClick={() => preview.isPending || yes()}>
      {nameYes(effect, billing)}
    </button>
  );
}
