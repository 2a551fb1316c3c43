import type { BillingOut } from "../../../../schema/billing/billing.ts";
import { entitlementCeiling } from "../../../../schema/billing/entitlement.ts";
import type { InvoiceView } from "../../../../schema/billing/payment.ts";
import { formatDate } from "../../ui/format.ts";
import { Failed } from "../../ui/load-failed.tsx";
import { useInvoices } from "../billing-reads.ts";
import { formatMoney } from "../money.ts";
import { findPaidChoice } from "../plan/plan-choice.ts";
import { describeInvoice } from "./invoice-words.ts";

export function InvoicesSection({ billing }: { billing: BillingOut }) {
  const query = useInvoices(billing);
  /** To pay for a plan that has ended brings nothing back. */
  const isOver = entitlementCeiling(billing.entitlement) !== "running" && !findPaidChoice(billing);
  // One that is older than those shown, or of which Stripe does not say it.
  const isElsewhere = billing.subscription?.disputed && query.data?.invoices.every(({ takenBack }) => !takenBack);
  return (
    <section className="card col" aria-label="Invoices" style={{ gap: 12 }}>
      <h2>Invoices</h2>
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      {query.isPending && <p className="s13 sub">Reading</p>}
      {query.data?.invoices.length === 0 && <p className="s13 sub">There is none yet.</p>}
      {isOver && query.data?.invoices.some(({ status }) => status === "open") && (
        <p className="s13 sub">A plan that you choose now begins anew: what was not paid for the one before is not needed for it.</p>
      )}
      {isElsewhere && <p className="s13">Your bank took a payment back. Its invoice still says that it is paid.</p>}
      {query.data && query.data.invoices.length > 0 && (
        <table className="num s13">
          <thead>
            <tr>
              <th>Date</th>
              <th className="only-d">For</th>
              <th className="r">Amount</th>
              <th className="r">State</th>
              <th>
                <span className="vh">Open it</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {query.data.invoices.map((invoice) => (
              <InvoiceRow key={invoice.id} invoice={invoice} isOver={isOver} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
const besides = { paddingLeft: 12 };
/** On a phone what it is for stands below its date. */
function InvoiceRow({ invoice, isOver }: { invoice: InvoiceView; isOver: boolean }) {
  const { number, title, at, status, url, file } = invoice;
  const { state, className } = describeInvoice(invoice);
  const name = `invoice ${number ?? ""} of ${formatDate(at)}`.replace("  ", " ");
  return (
    <tr>
      <td>
        {formatDate(at)}
        <span className="s12 sub only-m">{title}</span>
      </td>
      <td className="sub rule-what only-d">{title}</td>
      <td className="r nowrap" style={besides}>
        {formatMoney(invoice)}
      </td>
      <td className={`r ${className}`} style={besides}>
        {state}
      </td>
      <td className="r" style={besides}>
        <span className="fx wrap" style={{ justifyContent: "flex-end" }}>
          {url && <InvoiceLink href={url} verb={status === "open" && !isOver ? "Pay" : "See"} name={name} />}
          {file && <InvoiceLink href={file} verb="Download" name={name} />}
        </span>
      </td>
    </tr>
  );
}
/** Its name says of which invoice it is. */
const InvoiceLink = ({ href, verb, name }: { href: string; verb: string; name: string }) => (
  <a className="link" href={href} target="_blank" rel="noreferrer" aria-label={`${verb} ${name}`}>
    {verb}
  </a>
);
