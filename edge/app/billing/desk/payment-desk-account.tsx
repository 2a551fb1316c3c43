import type { PaymentLook } from "../../../../schema/billing/payment-desk.ts";
import { formatBytes, formatCost, formatDate, formatDay } from "../../ui/format.ts";
import { formatMoney } from "../money.ts";
import { describeInvoice } from "../payment/invoice-words.ts";
import { formatMb } from "../plan/plan-facts.ts";

/** What an operator who looks at a member sees of their account: the plan's use, and what was billed. */
export function PlanUse({ use }: Pick<PaymentLook, "use">) {
  if (!use) return <p className="sub s13">There is no plan.</p>;
  const { model, limits, used } = use;
  return (
    <table className="num s13" aria-label="Used of the plan">
      <thead>
        <tr>
          <th>Limit</th>
          <th className="r">Used</th>
          <th className="r">Allowed</th>
        </tr>
      </thead>
      <tbody>
        <UseRow name="Model time, this period" used={formatCost(model.usedMicros)} allowed={formatCost(model.limitMicros)} />
        <UseRow name="Projects online" used={String(used.apps)} allowed={String(limits.apps)} />
        <UseRow
          name={used.disk ? `Disk, measured on ${formatDay(used.disk.at)}` : "Disk"}
          used={used.disk ? formatBytes(used.disk.bytes) : "Not measured yet"}
          allowed={formatMb(limits.diskMb)}
        />
      </tbody>
    </table>
  );
}
const nextColumn = { paddingLeft: 12 };
const UseRow = ({ name, used, allowed }: { name: string; used: string; allowed: string }) => (
  <tr>
    <td>{name}</td>
    <td className="r" style={nextColumn}>
      {used}
    </td>
    <td className="r nowrap" style={nextColumn}>
      {allowed}
    </td>
  </tr>
);

export function BilledInvoices({ invoices }: Pick<PaymentLook, "invoices">) {
  if (!invoices) return <p className="s13">The invoices can't be read at Stripe now. Look again in a minute.</p>;
  if (invoices.length === 0) return <p className="sub s13">There is none yet.</p>;
  return (
    <table className="num s13" aria-label="Invoices">
      <thead>
        <tr>
          <th>Date</th>
          <th className="only-d">For</th>
          <th className="r">Amount</th>
          <th className="r">State</th>
        </tr>
      </thead>
      <tbody>
        {invoices.map((invoice) => (
          <BilledRow key={invoice.id} invoice={invoice} />
        ))}
      </tbody>
    </table>
  );
}
/** On a phone what it is for stands below its date. */
function BilledRow({ invoice }: { invoice: NonNullable<PaymentLook["invoices"]>[number] }) {
  const { state, className } = describeInvoice(invoice);
  return (
    <tr>
      <td>
        {formatDate(invoice.at)}
        <span className="s12 sub only-m">{invoice.title}</span>
      </td>
      <td className="sub rule-what only-d">{invoice.title}</td>
      <td className="r nowrap" style={nextColumn}>
        {formatMoney(invoice)}
      </td>
      <td className={`r ${className}`} style={nextColumn}>
        {state}
      </td>
    </tr>
  );
}
