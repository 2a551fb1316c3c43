import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useServices } from "../live/workspace.ts";
import { ReceiptLine, receiptsOut } from "../receipt/receipt-line.tsx";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";
import type { ProjectDetail } from "./project-page.tsx";
import { PushedCommits } from "./pushed-commits.tsx";

/**
 * What proves the project's main as it is now, and how its pushed commits stand. Where main came by a pull
 * request, the receipt is of the request's branch.
 */
export function ProjectChecks({ detail }: { detail: ProjectDetail }) {
  const { project, main, receipt: newest } = detail;
  const { api } = useServices();
  const query = useQuery({
    queryKey: ["project", "receipts", project.repo],
    queryFn: () => api.get("/receipts", receiptsOut, { params: { query: { repo: project.repo, current: "true", limit: 100 } } }),
  });
  const receipts = (query.data?.receipts ?? [])
    .filter(({ id, branch }) => branch === "main" || id === newest)
    .sort((a, b) => b.issuedAt - a.issuedAt);
  return (
    <>
      <div className="quiet" role="status">
        <Ring state={main.can ? "done" : "stale"} label="" />
        <div>
          <b className="b">{main.can ? "Its newest version is proven and can go online" : "Its newest version can't go online yet"}</b>
          <p className="sub">{main.reason}</p>
        </div>
      </div>
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      {receipts.length === 0 && !query.isError && (query.isPending || !newest) && (
        <p className="sub s13">{query.isPending ? "Reading" : "No receipt speaks for main as it is now."}</p>
      )}
      {newest && query.data && !receipts.some(({ id }) => id === newest) && (
        <p className="s13">
          <Link className="link" to="/receipt/$id" params={{ id: newest }}>
            The receipt that proves it
          </Link>
        </p>
      )}
      <div className="col gap">
        {receipts.map((receipt) => (
          <ReceiptLine key={receipt.id} receipt={receipt} />
        ))}
      </div>
      <PushedCommits detail={detail} />
    </>
  );
}
