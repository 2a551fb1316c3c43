import { Link } from "@tanstack/react-router";
import { z } from "zod";
import { receiptView } from "../../../schema/receipt/receipt-api.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { Ring } from "../ui/ring.tsx";

export const receiptsOut = z.object({ receipts: z.array(receiptView), next: z.string().nullable() });
export type ReceiptView = z.infer<typeof receiptView>;
export function ReceiptLine({ receipt }: { receipt: ReceiptView }) {
  const stale = receipt.staleAt !== null;
  return (
    <Link className="rcpt" to="/receipt/$id" params={{ id: receipt.id }}>
      <Ring state={stale ? "stale" : "done"} size={20} label="" />
      <div className="grow">
        <div className="fx">
          <b className="b grow t s13">{receipt.title}</b>
          <span className={stale ? "chip" : "chip acc"}>{stale ? "Stale" : "Verified"}</span>
        </div>
        <p className="s12 sub num">
          {receipt.checks} {receipt.checks === 1 ? "check" : "checks"} passed, {formatDay(receipt.issuedAt)} {formatTime(receipt.issuedAt)}
        </p>
      </div>
    </Link>
  );
}
