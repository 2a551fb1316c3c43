import { type ActionName, needsEntitlement } from "../../schema/actions.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { ActionCall } from "../kernel/action.ts";
import type { Self } from "../kernel/self.ts";

/**
 * Refuses an action for which the account must allow work, by whichever door it comes. The ticket says what
 * the account allowed when the edge made it. A browser's ticket may be older than a payment, so the edge is
 * asked before such a call is refused.
 */
export async function refuseUnentitled(
  action: ActionName,
  { self, input, connection: { state }, requestId }: ActionCall<unknown>,
): Promise<void> {
  if (!needsEntitlement(action, input) || state.entitled) return;
  const asks = state.audience === "live" || state.entitled === undefined;
  if (!asks || !(await allowsWork(self, requestId))) throw new AppError("payment_required", { action });
}
/** By the edge's newest word. Of a stack without a machine it has none: what the ticket says holds. */
async function allowsWork(self: Self, requestId: string): Promise<boolean> {
  try {
    return (await self.vars.stack.ticket(requestId, true)).ceiling === "running";
  } catch (error) {
    if (error instanceof AppError && error.code === "not_found") return false;
    throw error;
  }
}
