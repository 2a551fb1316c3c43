import { Link } from "@tanstack/react-router";
import { z } from "zod";
import { countProven, describeUnchecked, headlineOf, isWhole } from "../../../schema/proof/coverage.ts";
import { readUnverifiedReceipt } from "../../../schema/receipt/receipt.ts";
import { receiptView } from "../../../schema/receipt/receipt-api.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { Ring } from "../ui/ring.tsx";

export const receiptsOut = z.object({ receipts: z.array(receiptView), next: z.string().nullable() });
export type ReceiptView = z.infer<typeof receiptView>;
export function ReceiptLine({ receipt }: { receipt: ReceiptView }) {
  const stale = receipt.staleAt !== null;
  const proven = countProven(readUnverifiedReceipt(receipt.receipt)?.predicate.coverage);
  const whole = isWhole(proven);
  return (
    <Link className="rcpt" to="/receipt/$id" params={{ id: receipt.id }}>
      <Ring state={stale ? "stale" : whole ? "done" : "complete"} size={20} label="" />
      <div className="grow">
        <div className="fx">
          <b className="b grow t s13">{receipt.title}</b>
          <span className={stale || !whole ? "chip" : "chip acc"}>{stale ? "Stale" : headlineOf(proven)}</span>
        </div>
        <p className="s12 sub num">
          {receipt.checks} {receipt.checks === 1 ? "check" : "checks"} passed, {formatDay(receipt.issuedAt)} {formatTime(receipt.issuedAt)}
        </p>
        {!whole && <p className="s12 sub">{describeUnchecked(proven)}</p>}
      </div>
    </Link>
  );
}
