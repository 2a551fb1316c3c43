import { useQuery } from "@tanstack/react-query";
import { invoicesOut } from "../../../schema/billing/payment.ts";
import { useServices } from "../live/workspace.ts";
import { formatDate } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { formatMoney } from "./money.ts";

const invoiceStates = { draft: "Draft", open: "Open", paid: "Paid", uncollectible: "Not paid", void: "Void" } as const;
export function InvoicesSection() {
  const { api } = useServices();
  const query = useQuery({ queryKey: ["billing", "invoices"], queryFn: () => api.get("/billing/invoices", invoicesOut), staleTime: 0 });
  return (
    <section className="card col" aria-label="Invoices" style={{ gap: 12 }}>
      <h2>Invoices</h2>
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      {query.isPending && <p className="s13 sub">Reading</p>}
      {query.data?.invoices.length === 0 && <p className="s13 sub">There is none yet.</p>}
      {query.data && query.data.invoices.length > 0 && (
        <table className="num s13">
          <thead>
            <tr>
              <th>Date</th>
              <th className="r">Amount</th>
              <th className="r">State</th>
            </tr>
          </thead>
          <tbody>
            {query.data.invoices.map(({ id, at, number, amount, currency, status, url }) => (
              <tr key={id}>
                <td>
                  {url ? (
                    <a href={url} target="_blank" rel="noreferrer" aria-label={`Invoice ${number ?? ""} of ${formatDate(at)}`}>
                      {formatDate(at)}
                    </a>
                  ) : (
                    formatDate(at)
                  )}
                </td>
                <td className="r">{formatMoney({ amount, currency })}</td>
                <td className="r">{status ? invoiceStates[status] : ""}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
