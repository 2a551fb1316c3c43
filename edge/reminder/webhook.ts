import { signWebhook } from "../../schema/reminder/webhook.ts";
import type { Bindings, EdgeConfig } from "../env.ts";
import { type DeliveryOutcome, postOutside } from "../kernel/outbound.ts";

/** A signed message to a member's own address. `id` is the message's, the same at each try. */
export async function sendWebhook(
  env: Bindings,
  config: EdgeConfig,
  to: { url: string; secret: string },
  message: { id: string; type: string; at: number; data: object },
  now: number,
): Promise<DeliveryOutcome> {
  const seconds = Math.floor(now / 1000);
  const body = JSON.stringify({ type: message.type, timestamp: new Date(message.at).toISOString(), data: message.data });
  const headers = {
    ...signWebhook(to.secret, message.id, seconds, body),
    "content-type": "application/json",
    "user-agent": "GrowQR",
  };
  return postOutside(env, config, to.url, { headers, body });
}
