import { z } from "zod";
import { type Approval, type ApprovalSubjectKind, approvalAges } from "../approval/approval.ts";
import { proposalKinds } from "../proposal.ts";
import { boundedText } from "../wire/bounded-text.ts";
import { type Id, id } from "../wire/id.ts";

/**
 * Telling a member who is not looking that a question waits.
 * Times are milliseconds since 1970 or lengths in milliseconds.
 */
export const remindAfter = 120_000;
/** What is asked: an approval, a proposal for memory, a plan or a quest. */
export const questionId = z.union([id("apr"), id("prp"), id("pln"), id("qst")]);
export type QuestionId = Id<"apr" | "prp" | "pln" | "qst">;
/**
 * No agent waits for what has no end: its member hears of it later, by as many times, and once more after a
 * day.
 */
const endlessAfter = 10;
const secondAfter = 24 * 3_600_000;
/**
 * A question that lives as long as this is reminded of once
 * more before it expires, when a twelfth of its life is left.
 */
const longLife = 12 * 3_600_000;

export type Reminder = { number: 1 | 2; at: number };
/**
 * The reminder that comes next after `sent` of them; undefined when there
 * is none. One whose time passed unnoticed gives way to the later one.
 */
export function nextReminder(
  question: { createdAt: number; expiresAt?: number | undefined },
  sent: number,
  now: number,
  after = remindAfter,
): Reminder | undefined {
  const { createdAt, expiresAt = Number.POSITIVE_INFINITY } = question;
  const life = expiresAt - createdAt;
  const endless = life === Number.POSITIVE_INFINITY;
  const first = createdAt + (endless ? endlessAfter * after : after);
  const second = endless ? first + secondAfter : expiresAt - life / 12;
  const all: Reminder[] = [{ number: 1, at: first }, ...(life >= longLife ? [{ number: 2, at: second } as const] : [])];
  const left = all.filter(({ number, at }) => number > sent && at < expiresAt && now < expiresAt);
  return left.findLast(({ at }) => at <= now) ?? left[0];
}

/**
 * What is asked, in words that may leave the platform: a command, an
 * address or a change can hold a secret, so they are read in the app only.
 */
export function outsideTitle({ title, subject }: Pick<Approval, "title" | "subject">): string {
  const kept: Partial<Record<ApprovalSubjectKind, string>> = {
    command: "May it run a command?",
    operation: "May it do something that it must ask about?",
    diff: "May it change a file outside of its own folder?",
  };
  return kept[subject.kind] ?? title;
}

const subjectKinds = Object.keys(approvalAges) as ApprovalSubjectKind[];
/**
 * POST /stacks/:member/reminders, by the runner. The same question
 * and number again tries only what was not delivered yet.
 */
export const reminderIn = z.strictObject({
  question: questionId,
  number: z.literal([1, 2]),
  /** When it was due. */
  at: z.number().int(),
  kind: z.enum([...subjectKinds, ...proposalKinds, "plan", "quest"]),
  title: boundedText(200),
  agent: boundedText(200),
  task: boundedText(300).optional(),
  /** Absent of what waits until it is answered: all but approvals. */
  expiresAt: z.number().int().optional(),
  /** How many other questions wait, of which this reminder tells too. */
  more: z.number().int().min(1).optional(),
});
export type ReminderIn = z.infer<typeof reminderIn>;

export const reminderWays = ["email", "push", "webhook"] as const;
export type ReminderWay = (typeof reminderWays)[number];
/** `due`: not delivered yet, and tried again. */
export const deliveryStates = ["due", "sending", "sent", "failed"] as const;
export type DeliveryState = (typeof deliveryStates)[number];
export const delivery = z.object({
  way: z.enum(reminderWays),
  /** Which device. */
  name: z.string().optional(),
  state: z.enum(deliveryStates),
  /** Why it was not delivered. */
  why: z.string().optional(),
});
export type Delivery = z.infer<typeof delivery>;
/** `again`: something can still be delivered by asking again later. */
export const reminderOut = z.object({ deliveries: z.array(delivery), again: z.boolean() });

/**
 * How often one way is tried for one reminder, and after how long a try that never ended counts as failed.
 */
export const mostDeliveryTries = 8;
export const deliveryTryMs = 30_000;
export type DeliveryTry = { state: DeliveryState; tries: number; triedAt: number };
/** Whether a delivery is to be tried now. */
export function isDeliveryDue({ state, tries, triedAt }: DeliveryTry, now: number): boolean {
  return tries < mostDeliveryTries && (state === "due" || (state === "sending" && triedAt < now - deliveryTryMs));
}
/** Whether it may still come about. */
export function isDeliveryOpen({ state, tries }: DeliveryTry): boolean {
  return state === "due" || (state === "sending" && tries < mostDeliveryTries);
}

// ── what a member sets ─────────────────────────────────────────────────────────────────────────────────────

export const mostDevices = 10;
/** Between two reminders that a member sends to themself. */
export const testReminderMs = 15_000;
const reminderUrl = z.url({ protocol: /^https?$/ }).max(1_000);
const base64url = (bytes: number) => {
  const chars = Math.ceil((bytes * 4) / 3);
  return z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${chars}}={0,2}$`), `must be ${bytes} bytes in base64url`);
};
/** What a browser's `PushSubscription.toJSON()` says, with a name for people. */
export const deviceIn = z.strictObject({
  name: boundedText(60),
  endpoint: reminderUrl,
  keys: z.strictObject({ p256dh: base64url(65), auth: base64url(16) }),
});
export type DeviceIn = z.infer<typeof deviceIn>;
export const deviceView = z.object({ id: id("dev"), name: z.string(), createdAt: z.number() });
export const webhookIn = z.strictObject({ url: reminderUrl });
export const webhookView = z.object({ url: z.string(), updatedAt: z.number() });
/** `secret` is shown here and never again. */
export const webhookMade = z.object({ webhook: webhookView, secret: z.string() });
export const remindersIn = z.strictObject({ email: z.boolean() });
export const remindersOut = z.object({
  email: z.object({
    on: z.boolean(),
    address: z.string(),
    /** Whether this installation sends mail at all. */
    sends: z.boolean(),
    /** Where the mails of a demo can be read. */
    demo: z.string().nullable(),
  }),
  push: z.object({
    /** What a browser subscribes with; null when this installation has no key. */
    key: z.string().nullable(),
    devices: z.array(deviceView),
  }),
  webhook: webhookView.nullable(),
});
export type RemindersOut = z.infer<typeof remindersOut>;
