import { randomUUID } from "node:crypto";
import { signWebhook } from "../../doubles/identity/webhook.ts";
import { openSecrets } from "../../local/secrets.ts";
import { type Answer, ask, edgeUp } from "../client.ts";

export const { webhookSecret } = await openSecrets(edgeUp.folder);
export type Word = { id?: string; at?: Date; secret?: string };
/** Tells the edge what Clerk would, signed as Svix does. */
export function tell(event: object, { id = `msg_${randomUUID()}`, at = new Date(), secret = webhookSecret }: Word = {}): Promise<Answer> {
  const raw = JSON.stringify(event);
  return ask("POST", "/webhooks/clerk", { raw, headers: signWebhook(secret, id, at, raw) });
}
export const signedOut = (signIn: string, subject: string, how = "revoked") => ({
  type: `session.${how}`,
  object: "event",
  data: { id: signIn, object: "session", status: how, user_id: subject },
});
