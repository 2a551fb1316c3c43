import type { BillingOut } from "../../../../schema/billing/billing.ts";
import type { OfferedPlans, PlanPreview } from "../../../../schema/billing/payment.ts";
import type { PaidChoice } from "../../../../schema/billing/subscription-plan.ts";
import { describeError } from "../../live/api.ts";
import { formatDate, formatDay } from "../../ui/format.ts";
import { useInvoices, usePlanPreview } from "../billing-reads.ts";
import { formatMoney } from "../money.ts";
import { namePayingCard } from "../payment/pays-with-words.ts";
import { findPaidChoice, findPrice, isInFreeDays } from "./plan-choice.ts";
import { comparePlans, describePlanLoss, type PlanDifference } from "./plan-difference.ts";
import styles from "./plans.module.css";

/** Of a change to more: what is left of the period is paid now. Undefined where a price is not known. */
function estimateNow(plans: OfferedPlans, paid: PaidChoice, wanted: PaidChoice, { subscription, periodStart }: BillingOut) {
  const [before, after] = [findPrice(plans, paid), findPrice(plans, wanted)];
  const end = subscription?.periodEnd ?? null;
  if (!before || !after || end === null || periodStart === null || end <= periodStart) return undefined;
  const left = Math.min(1, Math.max(0, (end - Date.now()) / (end - periodStart)));
  return formatMoney({ ...after, amount: Math.round((after.amount - before.amount) * left) });
}
type Effect = "more" | "later";
type QuestionProps = { wanted: PaidChoice; effect: Effect; plans: OfferedPlans; billing: BillingOut };
type NowFacts = QuestionProps & { preview: PlanPreview | undefined };
/** What is charged at once; undefined: nothing is. Where Stripe does not say it, about how much. */
function nameNow({ wanted, effect, plans, billing, preview }: NowFacts): string | undefined {
  if (effect === "later" || isInFreeDays(billing)) return undefined;
  if (preview?.atOnce) return preview.atOnce.amount > 0 ? formatMoney(preview.atOnce) : undefined;
  if (preview?.isKnown) return undefined;
  const paid = findPaidChoice(billing);
  const estimate = paid && estimateNow(plans, paid, wanted, billing);
  return estimate ? `about ${estimate}` : "the difference";
}

/**
 * What a change costs now and later, as Stripe counts it or else about, and what it brings or ends.
 * `expired`: why the amount that was agreed to before does not hold any more.
 */
export function ChangeQuestion({ expired, ...props }: QuestionProps & { expired: string | undefined }) {
  const { wanted, effect, plans, billing } = props;
  const preview = usePlanPreview(wanted);
  const card = useInvoices(billing).data?.card;
  const paying = card ? `, with ${namePayingCard(card)}` : "";
  const { later = null, isKnown = false } = preview.data ?? {};
  if (isRefused(preview)) return <span role="alert">{describeError(preview.error).message}</span>;
  const price = findPrice(plans, wanted);
  const at = later?.at ?? billing.subscription?.periodEnd;
  const end = at ? formatDate(at) : "the next period";
  const monthly = price ? `${formatMoney(price)} a month` : "its price a month";
  const now = nameNow({ ...props, preview: preview.data });
  const isOther = later !== null && later.amount !== price?.amount;
  const counted = isOther
    ? "Counted with tax and promotions, except after that."
    : later
      ? "Counted with tax and promotions."
      : `${isKnown ? "C" : "The payment service could not be asked: c"}ounted before tax and promotions.`;
  const countedAt = preview.data?.atOnce ? preview.data.atOnce.proratedAt * 1_000 : Date.now();
  const differences = comparePlans(billing, wanted, effect === "more", countedAt);
  return (
    <div className="col" style={{ gap: 12 }}>
      {expired !== undefined && (
        <p className="s13 c-bad" role="alert">
          {expired}
        </p>
      )}
      <div role="status">
        {preview.isPending ? (
          "Reading what it would cost."
        ) : (
          <>
            <dl className={styles.facts}>
              <Amount name="Now" value={now ?? "nothing"} />
              {isOther && <Amount name={`On ${end}`} value={formatMoney(later)} />}
              <Amount name={isOther ? "After that" : `From ${end}`} value={monthly} />
            </dl>
            <p className="s12">
              {now !== undefined && `Now you pay the rest of this period at the new price, less what you have paid for it${paying}. `}
              {counted}
            </p>
          </>
        )}
      </div>
      <div>
        <p className="s13">
          {effect === "more"
            ? `What you have at once${isInFreeDays(billing) ? ", in your free days with the model time that they have" : ""}:`
            : `What changes on ${end}:`}
        </p>
        <Differences rows={differences} />
      </div>
      {effect === "later" &&
        describePlanLoss(billing, wanted).map((loss) => (
          <p key={loss} className="s13">
            {loss}
          </p>
        ))}
      {effect === "later" && <p className="s13">Until then everything stays as it is, and you can take this back.</p>}
    </div>
  );
}
function Amount({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="b num" style={{ color: "var(--ink)", fontSize: 16 }}>
        {value}
      </dd>
    </div>
  );
}
function Differences({ rows }: { rows: readonly PlanDifference[] }) {
  return (
    <dl className={styles.facts}>
      {rows.map(({ name, before, after }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="num">
            <span className="nowrap">{before}</span> <span aria-hidden="true">→</span>
            <span className="vh"> then </span> <b className="b nowrap">{after}</b>
          </dd>
        </div>
      ))}
    </dl>
  );
}
/** What Stripe does not answer can be estimated; what is refused will be refused to a yes as well. */
const isRefused = ({ error }: ReturnType<typeof usePlanPreview>): boolean => error !== null && describeError(error).code === "conflict";

/** What a yes is to: what counted for this moment, null for nothing, undefined for about so much. */
export type Agreed = number | null | undefined;
/** Nobody pays what was not said before. */
export function ChangeYes({ yes, ...props }: QuestionProps & { yes: (agreed: Agreed) => void }) {
  const { wanted, effect, billing } = props;
  const preview = usePlanPreview(wanted);
  if (isRefused(preview)) return null;
  const end = billing.subscription?.periodEnd;
  const now = preview.isPending ? undefined : nameNow({ ...props, preview: preview.data });
  const press = () => preview.isPending || yes(preview.data?.atOnce?.proratedAt ?? (now === undefined ? null : undefined));
  return (
    <button type="button" className="btn pri" aria-disabled={preview.isPending} onClick={press}>
      {effect === "later" && end ? `Change on ${formatDay(end)}` : now ? `Pay ${now}` : "Change"}
    </button>
  );
}
