import { encryptPush, messageKeys, publicPushKey, vapid } from "../../schema/reminder/push-message.ts";
import type { Bindings, EdgeConfig } from "../env.ts";
import { type DeliveryOutcome, postOutside } from "../kernel/outbound.ts";

/** Web push (RFC 8030): the browser's own push service carries a message that it can't read. */
export const pushPublicKey = (config: EdgeConfig): string | null => (config.PUSH_KEY ? publicPushKey(config.PUSH_KEY) : null);

const hour = 3_600; // seconds
export type PushBrowser = { endpoint: string; keys: { p256dh: string; auth: string } };
/**
 * `message.tag` is also the topic: of two that wait for a
 * browser that is off, the later replaces the earlier.
 */
export async function sendPush(
  env: Bindings,
  config: EdgeConfig,
  to: PushBrowser,
  message: { tag: string; expiresAt?: number },
  now: number,
): Promise<DeliveryOutcome> {
  if (!config.PUSH_KEY) return { ok: false, why: "this installation has no key for web push", again: false };
  const contact = config.PUBLIC_URL.startsWith("https:") ? config.PUBLIC_URL : "mailto:operator@example.com";
  const body = await encryptPush(JSON.stringify(message), to.keys, {
    salt: crypto.getRandomValues(new Uint8Array(16)),
    keys: await messageKeys(),
  });
  const headers = {
    authorization: await vapid(config.PUSH_KEY, to.endpoint, contact, Math.floor(now / 1000)),
    "content-encoding": "aes128gcm",
    "content-type": "application/octet-stream",
    ttl: String(message.expiresAt === undefined ? hour : Math.max(0, Math.floor((message.expiresAt - now) / 1000))),
    urgency: "high",
    topic: message.tag,
  };
  return postOutside(env, config, to.endpoint, { headers, body });
}
