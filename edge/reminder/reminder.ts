import { and, eq, lt } from "drizzle-orm";
import type { MemberRow } from "../../schema/account/member.table.ts";
import { reminderSettingTable } from "../../schema/reminder/reminder.table.ts";
import {
  deviceView,
  type RemindersOut,
  reminderOut,
  remindersIn,
  remindersOut,
  testReminderMs,
  webhookIn,
  webhookMade,
} from "../../schema/reminder/reminder.ts";
import { makeWebhookSecret } from "../../schema/reminder/webhook.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { removedOut } from "../../schema/wire/removed.ts";
import { memberDoor } from "../door.ts";
import type { EdgeConfig } from "../env.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import type { Database } from "../kernel/db.ts";
import { requireAddress } from "../kernel/outbound.ts";
import { sendsMail } from "./mail.ts";
import { pushPublicKey } from "./push.ts";
import { addressesOf, type ReminderMessage } from "./reminder-delivery.ts";
import { listDevices } from "./reminder-device.ts";
import { change, defaultReminderSettings, sealSecret, settingsOf } from "./reminder-settings.ts";

async function viewReminders(db: Database, config: EdgeConfig, member: MemberRow): Promise<RemindersOut> {
  const [settings, devices] = await Promise.all([settingsOf(db, member.id), listDevices(db, member.id)]);
  const { webhookUrl: url, webhookAt: updatedAt } = settings;
  return {
    email: { on: settings.email, address: member.email, sends: sendsMail(config), demo: config.MAIL_PAGE ?? null },
    push: { key: pushPublicKey(config), devices: devices.map((row) => deviceView.parse(row)) },
    webhook: url !== null && updatedAt !== null ? { url, updatedAt } : null,
  };
}

/** One a member sends to themself, which asks nothing. */
function testMessage(now: number, origin: string): ReminderMessage {
  const [id, path] = [newId("evt"), "/reminder"];
  const title = "This is a test. A reminder looks like this.";
  const about = { title, agent: "Your Grow Agent" };
  return {
    id,
    type: "reminder.test",
    at: now,
    tag: id,
    told: { ...about, path, notice: true },
    data: { ...about, url: `${origin}${path}` },
  };
}
/** Takes the member's turn to test, or says when to come back. */
async function takeTurn(db: Database, member: Id<"mem">, now: number): Promise<void> {
  await db
    .insert(reminderSettingTable)
    .values({ member, ...defaultReminderSettings })
    .onConflictDoNothing();
  const won = await db
    .update(reminderSettingTable)
    .set({ testedAt: now })
    .where(and(eq(reminderSettingTable.member, member), lt(reminderSettingTable.testedAt, now - testReminderMs)));
  const wait = testReminderMs / 1000;
  if (won.rowsAffected === 0)
    throw new AppError(
      "rate_limited",
      { retryAfter: wait },
      { message: `One was sent just now; the next can be sent ${wait} s after it.` },
    );
}

const remindersSchema = remindersOut.meta({ id: "Reminders" });

export const reminderRoutes = newApp()
  .openapi(
    memberDoor({
      method: "get",
      path: "/reminders",
      summary: "How you are reminded of questions that wait: by e-mail, on your devices, at an address of yours",
      tags: ["Reminders"],
      responses: { 200: jsonAnswer("Your settings", remindersSchema), ...refusalAnswers },
    }),
    async (c) => c.json(await viewReminders(c.var.db, c.var.config, c.var.member), 200),
  )
  .openapi(
    memberDoor({
      method: "put",
      path: "/reminders",
      summary: "Switch the mails on or off",
      tags: ["Reminders"],
      key: false,
      scope: "admin",
      request: { body: jsonRequest(remindersIn) },
      responses: { 200: jsonAnswer("Your settings", remindersSchema), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config, member } = c.var;
      await change(db, member.id, { email: c.req.valid("json").email });
      return c.json(await viewReminders(db, config, member), 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/reminders/webhook",
      summary: "Name the address that gets signed messages (Standard Webhooks). Each call makes a new secret, shown this once",
      tags: ["Reminders"],
      key: "once",
      scope: "admin",
      request: { body: jsonRequest(webhookIn) },
      responses: { 200: jsonAnswer("The address and its secret", webhookMade.meta({ id: "ReminderWebhook" })), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config, member } = c.var;
      const { url } = c.req.valid("json");
      requireAddress("url", url, config.REMINDERS_LOCAL);
      const secret = makeWebhookSecret(crypto.getRandomValues(new Uint8Array(32)));
      const webhookAt = Date.now();
      await change(db, member.id, { webhookUrl: url, webhookAt, webhookSecret: await sealSecret(config, member.id, secret) });
      return c.json({ webhook: { url, updatedAt: webhookAt }, secret }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "delete",
      path: "/reminders/webhook",
      summary: "No more messages to that address",
      tags: ["Reminders"],
      scope: "admin",
      responses: { 200: jsonAnswer("It is gone", removedOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      if ((await settingsOf(db, member.id)).webhookUrl === null) throw new AppError("not_found");
      await change(db, member.id, { webhookUrl: null, webhookSecret: null, webhookAt: null });
      return c.json({ removed: true }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/reminders/test",
      summary: "Send yourself a reminder in every way you chose, now",
      tags: ["Reminders"],
      scope: "admin",
      responses: { 200: jsonAnswer("What became of each", reminderOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config, member } = c.var;
      const now = Date.now();
      await takeTurn(db, member.id, now);
      const addresses = await addressesOf({ env: c.env, config, db }, member, testMessage(now, config.PUBLIC_URL));
      const deliveries = await Promise.all(
        addresses.map(async ({ way, name, send }) => {
          const outcome = await send(now);
          const device = name === undefined ? {} : { name };
          return outcome.ok ? { way, ...device, state: "sent" as const } : { way, ...device, state: "failed" as const, why: outcome.why };
        }),
      );
      return c.json({ deliveries, again: false }, 200);
    },
  );
