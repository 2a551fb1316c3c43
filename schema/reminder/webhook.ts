import { Webhook } from "standardwebhooks";

/** A new secret of the Standard Webhooks specification out of 32 random bytes. */
export function makeWebhookSecret(random: Uint8Array): string {
  return `whsec_${btoa(String.fromCharCode(...random))}`;
}

/** The headers of one try; `now` in seconds. The same message keeps its id at each try. */
export function signWebhook(secret: string, id: string, now: number, body: string): Record<string, string> {
  const signature = new Webhook(secret).sign(id, new Date(now * 1_000), body);
  return { "webhook-id": id, "webhook-timestamp": String(now), "webhook-signature": signature };
}
