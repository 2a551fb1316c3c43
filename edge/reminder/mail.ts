import type { ReminderMail } from "../../schema/reminder/reminder-text.ts";
import type { EdgeConfig } from "../env.ts";
import { type DeliveryOutcome, post } from "../kernel/outbound.ts";

/** Mail by Resend's API, `POST /emails`: the same key within a day is the same mail, sent once. */
export const sendsMail = (config: EdgeConfig): boolean => config.MAIL_URL !== undefined;

export async function sendMail(config: EdgeConfig, to: string, mail: ReminderMail, key: string): Promise<DeliveryOutcome> {
  const { MAIL_URL, MAIL_KEY, MAIL_FROM } = config;
  if (MAIL_URL === undefined) return { ok: false, why: "this installation sends no mail", again: false };
  const outcome = await post(fetch, `${MAIL_URL}/emails`, {
    headers: { authorization: `Bearer ${MAIL_KEY}`, "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify({ from: MAIL_FROM, to: [to], ...mail }),
  });
  return outcome.ok ? outcome : { ...outcome, why: `the mail service: ${outcome.why}` };
}
