import type { ViewRight } from "../../schema/preview/preview-access.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { EdgeApp } from "../http.ts";
import type { SessionVariables } from "../kernel/auth.ts";
import { relayToHost } from "../stack/relay-client.ts";

/**
 * Ends what is open by a right that is gone: WebSockets and long answers too. Nothing new is let in by then;
 * a machine that can't be reached has no connection through the edge that would have to end.
 */
export async function endViews(
  { config, db, member, requestId, log }: EdgeApp["Variables"] & SessionVariables["Variables"],
  { key, share }: Omit<ViewRight, "until">,
): Promise<void> {
  const query = share === undefined ? "" : `?${new URLSearchParams({ share })}`;
  try {
    const answer = await relayToHost(config, db, { member: member.id, path: `/views/${key}`, query, method: "DELETE", requestId });
    await answer.body?.cancel();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    log("info", "views were not ended", { requestId, member: member.id, key, share, error });
  }
}
