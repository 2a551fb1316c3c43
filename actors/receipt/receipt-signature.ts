import { type ReceiptFault, readReceipt, receiptFault } from "../../schema/receipt/receipt.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { PublishedKeys } from "../../schema/wire/key.ts";
import type { Self } from "../kernel/self.ts";

const findFault = (error: unknown): ReceiptFault | undefined =>
  error instanceof AppError && error.code === "unauthenticated" ? receiptFault.safeParse(error.meta.why).data : undefined;
async function judgeReceipt(receipt: string, keys: PublishedKeys): Promise<ReceiptFault | undefined> {
  try {
    await readReceipt(receipt, keys);
    return undefined;
  } catch (error) {
    const fault = findFault(error);
    if (fault === undefined) throw error;
    return fault;
  }
}
/**
 * Why the signature of a receipt does not hold, by the keys that the edge publishes; undefined where it does.
 * Throws where the edge can't be asked: nothing is known then.
 */
export async function findReceiptFault(self: Self, receipt: string, requestId: string): Promise<ReceiptFault | undefined> {
  const { edge } = self.vars.world;
  const fault = await judgeReceipt(receipt, await edge.receiptKeys(requestId, false));
  // Its key may be newer than those that were kept.
  return fault === undefined ? undefined : judgeReceipt(receipt, await edge.receiptKeys(requestId, true));
}
/** The same of many: the keys are asked for once. */
export async function listReceiptFaults(self: Self, receipts: readonly string[], requestId: string): Promise<(ReceiptFault | undefined)[]> {
  if (receipts.length === 0) return [];
  const keys = await self.vars.world.edge.receiptKeys(requestId, true);
  return Promise.all(receipts.map((receipt) => judgeReceipt(receipt, keys)));
}
const faultWords: Record<ReceiptFault, string> = {
  signature: "The signature of its receipt does not hold.",
  unknown_key: "Its receipt is signed with a key that the platform has never published.",
  revoked: "Its receipt is signed with a key that was revoked by then.",
};
export const describeReceiptFault = (fault: ReceiptFault): string =>
  `${faultWords[fault]} Nobody vouches for what it says. Have a task run its checks again, and put that online.`;
