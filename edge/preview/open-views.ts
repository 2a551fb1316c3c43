import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { EdgeApp } from "../http.ts";
import { relayToHost } from "../stack/relay-client.ts";

type EndedRight = { member: Id<"mem">; key: string; share?: Id<"pvs"> };
/**
 * Ends what is open by a right that is gone: WebSockets and long answers too. A stack without a machine has
 * none open. Throws where its machine could not be told: the caller tries again.
 */
export async function endViews(
  { config, db, requestId }: Pick<EdgeApp["Variables"], "config" | "db" | "requestId">,
  { member, key, share }: EndedRight,
): Promise<void> {
  const query = `?${new URLSearchParams({ at: String(Date.now()), ...(share === undefined ? {} : { share }) })}`;
  const call = { member, path: `/views/${key}`, query, method: "DELETE", requestId };
  const answer = await relayToHost(config, db, call).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "not_found") return undefined;
    throw error;
  });
  await answer?.body?.cancel();
}
