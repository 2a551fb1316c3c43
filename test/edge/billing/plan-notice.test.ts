import { afterAll, beforeAll, expect, test } from "vitest";
import type { PlanNotice } from "../../../schema/billing/plan-notice.ts";
import { readInstance } from "../../../schema/machine/instance.ts";
import { type Mailbox, startMailbox } from "../../doubles/mail/server.ts";
import type { Payments } from "../../doubles/payments/server.ts";
import { reminderDoubles } from "../../harness/edge-parts.ts";
import { eventually } from "../../harness/eventually.ts";
import { openSecrets } from "../../local/secrets.ts";
import { ask, edgeUp, newMember, sql, type TestMember } from "../client.ts";
import { openHost, openPayments, payMember, planOf } from "./paid-member.ts";

/**
 * Who misses a payment hears of it before the stack stops, and when all is well again; once each (SPEC 12.2).
 */
let payments: Payments;
let mailbox: Mailbox;
let beat: () => Promise<void>;
beforeAll(async () => {
  const { mailKey } = await openSecrets(edgeUp.folder);
  [payments, mailbox] = await Promise.all([openPayments(), startMailbox(reminderDoubles(readInstance(edgeUp.instance)).mail, mailKey)]);
  ({ beat } = await openHost());
});
afterAll(async () => {
  await Promise.all([payments.close(), mailbox.close()]);
});
const day = 86_400_000;
/** How each mail is known. */
const subjects: readonly [PlanNotice, RegExp][] = [
  ["grace_began", /: The payment for Studio \(\$29\.00 a month\) did not arrive\. Pay it by \d+ \w+, or your stack stops$/],
  ["grace_middle", /: The payment for Studio \(\$29\.00 a month\) is still missing\. Pay it by \d+ \w+, or your stack stops$/],
  ["grace_ending", /: Your stack stops on \d+ \w+, as the payment for Studio \(\$29\.00 a month\) is missing\. /],
  ["suspended", /: Your stack is stopped, as the payment for Studio|: Your trial ended on \d+ \w+, and your stack is stopped\. /],
  ["recovered", /: The payment for Studio \(\$29\.00 a month\) arrived\. Everything runs, and it is paid until \d+ \w+$/],
];
const heard = ({ email }: TestMember) =>
  mailbox.mails
    .filter(({ to }) => to.includes(email))
    .map(({ subject }) => subjects.find(([, text]) => text.test(subject))?.[0] ?? subject);
/** So much of the week of grace is over. Answers when the period ended now. */
async function age(member: string, ms: number): Promise<number> {
  const end = Date.now() - ms;
  const shift = (await planOf(member)).period_end - end;
  const [row] = await sql("select notice_since from subscription where member = ?", [member]);
  const args = [end, row?.notice_since === 0 ? 0 : shift, member];
  await sql("update subscription set period_end = ?, notice_since = notice_since - ?, notice_at = 0 where member = ?", args);
  return end;
}
/** Looks until what is due of this member was told and done, where so much of the week of grace is over. */
async function look({ actor: { member } }: TestMember, graceMs?: number): Promise<void> {
  let aged: number | undefined;
  await eventually("what is due being told", async () => {
    // An event of Stripe's that comes late writes when the period really ended.
    if (graceMs !== undefined && (await planOf(member)).period_end !== aged) aged = await age(member, graceMs);
    await sql("update subscription set notice_at = 0 where member = ? and notice_at > ? and notice_done = 0", [member, Date.now()]);
    await beat();
    const [row] = await sql("select notice_at, notice_done, period_end from subscription where member = ?", [member]);
    const next = row?.notice_at === null || Number(row?.notice_at) > Date.now() + 70_000;
    return next && row?.notice_done === 1 && (aged ?? row.period_end) === row.period_end ? true : undefined;
  });
}

test("grace is told when it begins, in its middle and a day before its end, then the stop, then the recovery", async () => {
  const member = await payMember(payments);
  await look(member);
  expect(heard(member)).toEqual([]);
  payments.bank.endPeriod(member.subscription.id, "failed");
  await eventually("the missing payment", async () => ((await planOf(member.actor.member)).status === "past_due" ? true : undefined));
  await look(member);
  await look(member);
  expect(heard(member)).toEqual(["grace_began"]);
  await look(member, 3.1 * day);
  await look(member, 6.1 * day);
  expect(heard(member)).toEqual(["grace_began", "grace_middle", "grace_ending"]);
  await look(member, 7.1 * day);
  await look(member, 7.5 * day);
  expect(heard(member)).toEqual(["grace_began", "grace_middle", "grace_ending", "suspended"]);
  payments.bank.settle(member.subscription.id);
  await eventually("the payment", async () => ((await planOf(member.actor.member)).status === "active" ? true : undefined));
  await look(member);
  await look(member);
  expect(heard(member)).toEqual(["grace_began", "grace_middle", "grace_ending", "suspended", "recovered"]);
  const [mail] = mailbox.mails.filter(({ to }) => to.includes(member.email));
  expect(mail?.text).toContain(`${edgeUp.publicUrl}/plan-usage`);
});

test("a Worker that dies before it was told, or after, leaves one mail; ten at once tell once", async () => {
  const member = await newMember();
  await sql("update subscription set period_end = ?, notice_at = 0 where member = ?", [Date.now() - 1_000, member.actor.member]);
  await Promise.all(Array.from({ length: 10 }, () => beat().catch(() => undefined)));
  await look(member);
  expect(heard(member)).toEqual(["suspended"]);
  await sql("update subscription set notice_done = 0, notice_at = 0 where member = ?", [member.actor.member]); // died after the mail
  await look(member);
  expect(heard(member)).toEqual(["suspended"]);
  await sql("delete from reminder_delivery where member = ?", [member.actor.member]);
  await sql("update subscription set notice = null, notice_done = 1, notice_at = 0 where member = ?", [member.actor.member]);
  await look(member); // the mail service knows the mail by its key
  expect(heard(member)).toEqual(["suspended"]);
});

test("a stop of long ago is not told any more, nor anything to one who wants no mail", async () => {
  const [old, quiet] = [await newMember(), await newMember()];
  await sql("update subscription set period_end = ?, notice_at = 0 where member = ?", [Date.now() - 20 * day, old.actor.member]);
  expect((await ask("PUT", "/reminders", { body: { email: false }, token: await quiet.token() })).status).toBe(200);
  await sql("update subscription set period_end = ?, notice_at = 0 where member = ?", [Date.now() - 1_000, quiet.actor.member]);
  await look(old);
  await look(quiet);
  expect([heard(old), heard(quiet)]).toEqual([[], []]);
});
