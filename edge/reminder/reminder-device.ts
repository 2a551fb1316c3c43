import { and, count, eq, ne } from "drizzle-orm";
import { base64url } from "jose";
import { z } from "zod";
import { type DeviceRow, reminderDeviceTable } from "../../schema/reminder/reminder.table.ts";
import { deviceIn, deviceView, mostDevices } from "../../schema/reminder/reminder.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id, newId } from "../../schema/wire/id.ts";
import { removedOut } from "../../schema/wire/removed.ts";
import { memberDoor } from "../door.ts";
import type { EdgeConfig } from "../env.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import type { Database } from "../kernel/db.ts";
import { openSealed, sealValue } from "../kernel/envelope.ts";
import { requireAddress } from "../kernel/outbound.ts";

/** Browsers that show a member's reminders. */
const keys = deviceIn.shape.keys;
export const pushKeysRecord = (endpoint: string) => `push/${endpoint}`;
export async function openDeviceKeys(config: EdgeConfig, row: DeviceRow): Promise<z.infer<typeof keys>> {
  return keys.parse(JSON.parse(await openSealed(config, row.member, pushKeysRecord(row.endpoint), row.keys)));
}
export function listDevices(db: Database, member: Id<"mem">): Promise<DeviceRow[]> {
  return db
    .select()
    .from(reminderDeviceTable)
    .where(eq(reminderDeviceTable.member, member))
    .orderBy(reminderDeviceTable.createdAt, reminderDeviceTable.id);
}
/** False when the member has none by that id. */
export async function forgetDevice(db: Database, member: Id<"mem">, device: Id<"dev">): Promise<boolean> {
  const gone = await db.delete(reminderDeviceTable).where(and(eq(reminderDeviceTable.member, member), eq(reminderDeviceTable.id, device)));
  return gone.rowsAffected > 0;
}
/** A key that is no point of the curve could never be written to. */
async function requireKey(p256dh: string): Promise<void> {
  try {
    const point = new Uint8Array(base64url.decode(p256dh));
    await crypto.subtle.importKey("raw", point, { name: "ECDH", namedCurve: "P-256" }, false, []);
  } catch (cause) {
    throw new AppError("invalid", { issues: [{ path: "keys.p256dh", message: "must be a point of P-256" }] }, { cause });
  }
}

type Given = z.infer<typeof deviceIn>;
/**
 * Keeps a browser's push address for a member. One that is another member's already moves only with its
 * keys: they prove that this is the same browser, with somebody else signed in. False when it stays theirs.
 */
async function claimDevice(
  config: EdgeConfig,
  db: Database,
  { member, signIn }: { member: Id<"mem">; signIn: string },
  { endpoint, name, keys: given }: Given,
): Promise<DeviceRow | false> {
  const set = { member, name, signIn, keys: await sealValue(config, member, pushKeysRecord(endpoint), JSON.stringify(given)) };
  const made = { id: newId("dev"), endpoint, createdAt: Date.now(), ...set };
  const [fresh] = await db.insert(reminderDeviceTable).values(made).onConflictDoNothing().returning();
  if (fresh) return fresh;
  const held = await db.select().from(reminderDeviceTable).where(eq(reminderDeviceTable.endpoint, endpoint)).get();
  if (!held) return false; // it was removed just now
  const known = held.member === member ? given : await openDeviceKeys(config, held);
  if (known.auth !== given.auth || known.p256dh !== given.p256dh) return false;
  const same = and(
    eq(reminderDeviceTable.endpoint, endpoint),
    eq(reminderDeviceTable.member, held.member),
    eq(reminderDeviceTable.keys, held.keys),
  );
  const [moved] = await db.update(reminderDeviceTable).set(set).where(same).returning();
  return moved ?? false;
}

const deviceMade = z.object({ device: deviceView }).meta({ id: "ReminderDevice" });

export const deviceRoutes = newApp()
  .openapi(
    memberDoor({
      method: "post",
      path: "/reminders/devices",
      summary: "Let a browser show reminders: what its `PushSubscription` says. The same browser again is the same device",
      tags: ["Reminders"],
      scope: "session",
      request: { body: jsonRequest(deviceIn) },
      responses: { 201: jsonAnswer("It will show them", deviceMade), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config, member, signIn } = c.var;
      const given = c.req.valid("json");
      const { endpoint } = given;
      if (!config.PUSH_KEY) throw new AppError("conflict", {}, { message: "This installation has no key for web push." });
      requireAddress("endpoint", endpoint, config.REMINDERS_LOCAL);
      await requireKey(given.keys.p256dh);
      const others = and(eq(reminderDeviceTable.member, member.id), ne(reminderDeviceTable.endpoint, endpoint));
      const [row] = await db.select({ n: count() }).from(reminderDeviceTable).where(others);
      if ((row?.n ?? 0) >= mostDevices)
        throw new AppError("conflict", {}, { message: `${mostDevices} devices have reminders already. Remove one first.` });
      const device = await claimDevice(config, db, { member: member.id, signIn }, given);
      if (!device)
        throw new AppError(
          "conflict",
          {},
          { message: "This push address belongs to another member. Allow notifications anew in this browser." },
        );
      return c.json({ device: deviceView.parse(device) }, 201);
    },
  )
  .openapi(
    memberDoor({
      method: "delete",
      path: "/reminders/devices/{deviceId}",
      summary: "No more reminders on that device",
      tags: ["Reminders"],
      scope: "admin",
      request: { params: z.object({ deviceId: id("dev") }) },
      responses: { 200: jsonAnswer("It is gone", removedOut), ...refusalAnswers },
    }),
    async (c) => {
      if (!(await forgetDevice(c.var.db, c.var.member.id, c.req.valid("param").deviceId))) throw new AppError("not_found");
      return c.json({ removed: true }, 200);
    },
  );
