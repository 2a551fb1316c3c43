import { and, eq, lt } from "drizzle-orm";
import { z } from "zod";
import { type MemberRow, memberTable } from "../../schema/account/member.table.ts";
import { type DeviceRow, reminderDeliveryTable } from "../../schema/reminder/reminder.table.ts";
import {
  type Delivery,
  isDeliveryDue,
  isDeliveryOpen as mayCome,
  mostDeliveryTries,
  type QuestionId,
  type ReminderIn,
  type ReminderWay,
  reminderIn,
  reminderOut,
} from "../../schema/reminder/reminder.ts";
import { composeMail, composePush, questionPath, type ReminderFacts } from "../../schema/reminder/reminder-text.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import type { Logger } from "../../schema/wire/log.ts";
import { runnerDoor } from "../door.ts";
import type { Bindings, EdgeConfig } from "../env.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import type { Database } from "../kernel/db.ts";
import type { DeliveryOutcome } from "../kernel/outbound.ts";
import { sendMail, sendsMail } from "./mail.ts";
import { sendPush } from "./push.ts";
import { forgetDevice, listDevices, openDeviceKeys } from "./reminder-device.ts";
import { settingsOf, webhookSecret } from "./reminder-settings.ts";
import { sendWebhook } from "./webhook.ts";

export type ReminderWorld = { env: Bindings; config: EdgeConfig; db: Database };
const questionNouns = { apr: "approval", prp: "proposal", pln: "plan", qst: "quest" } as const satisfies Record<
  QuestionId extends `${infer P}_${string}` ? P : never,
  string
>;
/** One way to a member. `key` names it for good: `email`, `webhook` or the device's id. */
export type ReminderAddress = { key: string; way: ReminderWay; name?: string; send(now: number): Promise<DeliveryOutcome> };
/** `id`: the same at each try. */
export type ReminderMessage = {
  id: string;
  type: `${(typeof questionNouns)[keyof typeof questionNouns]}.reminder` | "reminder.test" | "app.notice" | "plan.notice";
  at: number;
  tag: string;
  told: ReminderFacts;
  data: object;
};

function toDevice(world: ReminderWorld, device: DeviceRow, { told, tag }: ReminderMessage): ReminderAddress {
  const send = async (now: number) => {
    const browser = { endpoint: device.endpoint, keys: await openDeviceKeys(world.config, device) };
    const outcome = await sendPush(world.env, world.config, browser, composePush(told, tag), now);
    if (outcome.ok || !outcome.gone) return outcome;
    await forgetDevice(world.db, device.member, device.id);
    return { ...outcome, why: "the device does not take notifications any more, so it was removed" };
  };
  return { key: device.id, way: "push", name: device.name, send };
}
/** Every way that this member chose and this installation has. */
export async function addressesOf(world: ReminderWorld, member: MemberRow, message: ReminderMessage): Promise<ReminderAddress[]> {
  const { env, config, db } = world;
  const [settings, devices] = await Promise.all([settingsOf(db, member.id), listDevices(db, member.id)]);
  const { webhookUrl: url } = settings;
  const email: ReminderAddress[] = [
    { key: "email", way: "email", send: () => sendMail(config, member.email, composeMail(message.told, config.PUBLIC_URL), message.id) },
  ];
  const secret = await webhookSecret(config, settings);
  const hook: ReminderAddress[] =
    url && secret ? [{ key: "webhook", way: "webhook", send: (now) => sendWebhook(env, config, { url, secret }, message, now) }] : [];
  return [
    ...(settings.email && sendsMail(config) && member.email ? email : []),
    ...(config.PUSH_KEY ? devices.map((device) => toDevice(world, device, message)) : []),
    ...hook,
  ];
}

/** `approval`: the question, the release, the domain or the member whose plan it is about. */
type Which = { member: Id<"mem">; approval: QuestionId | Id<"rel" | "dom" | "mem">; number: number };
const isDelivery = (which: Which) =>
  and(
    eq(reminderDeliveryTable.member, which.member),
    eq(reminderDeliveryTable.approval, which.approval),
    eq(reminderDeliveryTable.number, which.number),
  );

/**
 * Tries, once, each address that has not got this reminder yet. Where two calls come at the same time, the
 * row's count of tries lets one of them try.
 */
export async function deliverMessage(
  db: Database,
  which: Which,
  addresses: ReminderAddress[],
  now: number,
): Promise<z.infer<typeof reminderOut>> {
  const rows = () => db.select().from(reminderDeliveryTable).where(isDelivery(which));
  if (addresses.length > 0)
    await db
      .insert(reminderDeliveryTable)
      .values(addresses.map(({ key }) => ({ ...which, way: key, state: "due" as const, triedAt: now })))
      .onConflictDoNothing();
  const before = new Map((await rows()).map((row) => [row.way, row]));
  const attempt = async (address: ReminderAddress) => {
    const row = before.get(address.key);
    if (!row || !isDeliveryDue(row, now)) return;
    const mine = and(isDelivery(which), eq(reminderDeliveryTable.way, address.key));
    const tries = row.tries + 1;
    const taken = await db
      .update(reminderDeliveryTable)
      .set({ state: "sending", tries, triedAt: now })
      .where(and(mine, eq(reminderDeliveryTable.state, row.state), eq(reminderDeliveryTable.tries, row.tries)));
    if (taken.rowsAffected === 0) return;
    const outcome = await address.send(now);
    const state = outcome.ok ? "sent" : outcome.again && tries < mostDeliveryTries ? "due" : "failed";
    await db
      .update(reminderDeliveryTable)
      .set({ state, why: outcome.ok ? null : outcome.why })
      .where(and(mine, eq(reminderDeliveryTable.state, "sending"), eq(reminderDeliveryTable.tries, tries)));
  };
  await Promise.all(addresses.map(attempt));
  const after = new Map((await rows()).map((row) => [row.way, row]));
  const found = addresses.flatMap(({ key, way, name }) => {
    const row = after.get(key);
    return row ? [{ row, view: viewDelivery(way, name, row) }] : [];
  });
  return { deliveries: found.map(({ view }) => view), again: found.some(({ row }) => mayCome(row)) };
}
function viewDelivery(
  way: ReminderWay,
  name: string | undefined,
  { state, why }: { state: Delivery["state"]; why: string | null },
): Delivery {
  return { way, ...(name ? { name } : {}), state, ...(why ? { why } : {}) };
}

/** What a reminder of a question says, everywhere. */
function messageOf({ question, number, at, ...about }: ReminderIn, origin: string): ReminderMessage {
  const path = questionPath(question);
  const noun = questionNouns[question.slice(0, 3) as keyof typeof questionNouns];
  const ends = about.expiresAt === undefined ? {} : { expiresAt: new Date(about.expiresAt).toISOString() };
  const data = { [noun]: question, reminder: number, ...about, ...ends, url: `${origin}${path}` };
  return { id: `${question}_${number}`, type: `${noun}.reminder`, at, tag: question, told: { ...about, path }, data };
}

const keptMs = 30 * dayMs;
/** Forgets deliveries of questions that are over. */
export async function forgetDeliveries(db: Database, now: number): Promise<void> {
  await db.delete(reminderDeliveryTable).where(lt(reminderDeliveryTable.triedAt, now - keptMs));
}

/** Tells a member in every way that they chose. The same one again tries only what was not delivered. */
export async function tellMember(
  world: ReminderWorld & { log: Logger },
  memberId: Id<"mem">,
  message: ReminderMessage,
  { approval, number }: Omit<Which, "member">,
): Promise<z.infer<typeof reminderOut>> {
  const { db } = world;
  const member = await db.select().from(memberTable).where(eq(memberTable.id, memberId)).get();
  if (!member) throw new AppError("not_found");
  const addresses = await addressesOf(world, member, message);
  const done = await deliverMessage(db, { member: memberId, approval, number }, addresses, Date.now());
  for (const { way, state, why } of done.deliveries)
    if (state === "failed") world.log("warn", "reminder not delivered", { way, why, approval, number, member: memberId });
  return done;
}

export const remindRoutes = newApp().openapi(
  runnerDoor({
    method: "post",
    path: "/stacks/{member}/reminders",
    summary: "Tell a member, in the ways they chose, that a question waits. The same one again tries only what was not delivered",
    tags: ["Stacks"],
    request: { params: z.object({ member: id("mem") }), body: jsonRequest(reminderIn) },
    responses: { 200: jsonAnswer("What became of each way; with `again`, ask again later", reminderOut), ...refusalAnswers },
  }),
  async (c) => {
    const reminder = c.req.valid("json");
    const world = { env: c.env, ...c.var };
    const { question: approval, number } = reminder;
    const message = messageOf(reminder, c.var.config.PUBLIC_URL);
    return c.json(await tellMember(world, c.req.valid("param").member, message, { approval, number }), 200);
  },
);
