import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { rewrapOut, sealingOut } from "../schema/provider/provider-key.ts";
import { type SealedTable, sealedColumns, sealedTables } from "../schema/provider/sealed-columns.ts";
import { memberKeyRecord } from "./account/member-key.ts";
import { memberDoor } from "./door.ts";
import type { EdgeConfig } from "./env.ts";
import { jsonAnswer, newApp, refusalAnswers } from "./http.ts";
import { requireOperator } from "./kernel/auth.ts";
import type { Database } from "./kernel/db.ts";
import { rewrapSealed } from "./kernel/envelope.ts";
import { authorityRecord } from "./machine/certificate-authority.ts";
import { projectSecretRecord } from "./project/project-secret.ts";
import { providerKeyRecord } from "./provider/provider-key.ts";
import { receiptKeyRecord } from "./receipt.ts";
import { pushKeysRecord } from "./reminder/reminder-device.ts";
import { webhookSecretRecord } from "./reminder/reminder-settings.ts";
import { serviceSecretRecord } from "./secret.ts";

/**
 * All that is sealed, and how an operator takes an old key-encryption key out of use: `KEK_CURRENT` names the
 * new one, each record's data key is wrapped anew, and then the old one may leave `KEKS`. No secret is
 * opened.
 */
const keptRow = z.looseObject({ row: z.number(), sealed: z.string() });
type KeptRow = z.infer<typeof keptRow>;
type SealedPlace = { table: SealedTable; column: string; seal: (row: KeptRow) => { owner: string; record: string } };
const columnText = (row: KeptRow, name: string): string => z.string().parse(row[name]);
type SealNames = { owner: (row: KeptRow) => string; record: (row: KeptRow) => string };
const ofMember = (row: KeptRow) => columnText(row, "member");
const ofEdge = () => "edge";
const slotRecord = (row: KeptRow) =>
  JSON.stringify({ scope: columnText(row, "scope"), route: columnText(row, "route"), key: columnText(row, "key") });
const sealNames: Record<SealedTable, SealNames> = {
  member_key: { owner: ofMember, record: () => memberKeyRecord },
  secret: { owner: ofMember, record: (row) => serviceSecretRecord(columnText(row, "name")) },
  project_secret: { owner: ofMember, record: (row) => projectSecretRecord(columnText(row, "project"), columnText(row, "name")) },
  provider_key: { owner: (row) => columnText(row, "owner"), record: (row) => providerKeyRecord(columnText(row, "provider")) },
  reminder_setting: { owner: ofMember, record: () => webhookSecretRecord },
  reminder_device: { owner: ofMember, record: (row) => pushKeysRecord(columnText(row, "endpoint")) },
  receipt_key: { owner: ofEdge, record: (row) => receiptKeyRecord(columnText(row, "kid")) },
  authority: { owner: ofEdge, record: () => authorityRecord },
  idempotency: { owner: (row) => columnText(row, "scope"), record: slotRecord },
};
const sealedPlaces: readonly SealedPlace[] = sealedTables.map((table) => ({
  table,
  column: sealedColumns[table],
  seal: (row) => ({ owner: sealNames[table].owner(row), record: sealNames[table].record(row) }),
}));

/** How many records one call wraps anew at most: it ends within a request, and the next one goes on. */
const mostRewrapped = 100;
const rewrapPage = 50;
/** Which key-encryption key wraps a record, as the record says; null for none. */
const wrapperOf = (column: string): SQL => {
  const name = sql.identifier(column);
  return sql`case when json_valid(${name}) then json_extract(${name}, '$.k') end`;
};

async function readPage(config: EdgeConfig, db: Database, { table, column }: SealedPlace, after: number): Promise<KeptRow[]> {
  const rows = await db.all(
    sql`select *, rowid as row, ${sql.identifier(column)} as sealed from ${sql.identifier(table)} where rowid > ${after} and ${wrapperOf(column)} <> ${config.KEK_CURRENT} order by rowid limit ${rewrapPage}`,
  );
  return z.array(keptRow).parse(rows);
}
/** Wraps one record anew, unless it was changed meanwhile. False where no key of ours opens it. */
async function rewrapRow(config: EdgeConfig, db: Database, place: SealedPlace, row: KeptRow): Promise<boolean> {
  const { owner, record } = place.seal(row);
  const sealed = await rewrapSealed(config, owner, record, row.sealed).catch(() => undefined); // kekCounts as stuck, and told so
  if (sealed === undefined) return false;
  const column = sql.identifier(place.column);
  await db.run(sql`update ${sql.identifier(place.table)} set ${column} = ${sealed} where rowid = ${row.row} and ${column} = ${row.sealed}`);
  return true;
}
async function rewrapSome(config: EdgeConfig, db: Database): Promise<{ rewrapped: number; stuck: number }> {
  const counts = { rewrapped: 0, stuck: 0 };
  for (const place of sealedPlaces) {
    let after = 0;
    for (;;) {
      if (counts.rewrapped >= mostRewrapped) return counts;
      const rows = await readPage(config, db, place, after);
      const done = await Promise.all(rows.map((row) => rewrapRow(config, db, place, row)));
      for (const each of done) counts[each ? "rewrapped" : "stuck"] += 1;
      after = rows.at(-1)?.row ?? after;
      if (rows.length < rewrapPage) break;
    }
  }
  return counts;
}

const kekCounts = z.array(z.object({ kek: z.string().nullable(), records: z.number() }));
async function countByKek(db: Database): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { table, column } of sealedPlaces) {
    const rows = await db.all(
      sql`select ${wrapperOf(column)} as kek, count(*) as records from ${sql.identifier(table)} where ${sql.identifier(column)} is not null group by 1`,
    );
    for (const { kek, records } of kekCounts.parse(rows)) counts.set(kek ?? "", (counts.get(kek ?? "") ?? 0) + records);
  }
  return counts;
}

export const sealingRoutes = newApp()
  .openapi(
    memberDoor({
      method: "get",
      path: "/platform/sealing",
      summary: "How many sealed records each key-encryption key wraps (operators): one that wraps none may leave `KEKS`",
      tags: ["Provider keys"],
      before: [requireOperator],
      scope: "session",
      responses: { 200: jsonAnswer("Counts", sealingOut.meta({ id: "Sealing" })), ...refusalAnswers },
    }),
    async (c) => {
      const { config, db } = c.var;
      const counts = await countByKek(db);
      const wrappedBy = [...counts].map(([kek, records]) => ({ kek, records })).sort((a, b) => a.kek.localeCompare(b.kek));
      const stuck = wrappedBy.filter(({ kek }) => config.KEKS[kek] === undefined).reduce((sum, { records }) => sum + records, 0);
      return c.json({ current: config.KEK_CURRENT, wrappedBy, stuck }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/platform/sealing/rewrap",
      summary: "Wrap what an older key-encryption key wraps by the current one (operators); again until `left` is 0",
      tags: ["Provider keys"],
      before: [requireOperator],
      scope: "session",
      responses: { 200: jsonAnswer("What was done, and what is left", rewrapOut.meta({ id: "Rewrapped" })), ...refusalAnswers },
    }),
    async (c) => {
      const { config, db, log } = c.var;
      const { rewrapped, stuck } = await rewrapSome(config, db);
      const counts = await countByKek(db);
      const others = [...counts].filter(([kek]) => kek !== config.KEK_CURRENT).reduce((sum, [, records]) => sum + records, 0);
      log("info", "sealed records wrapped anew", { rewrapped, stuck, kek: config.KEK_CURRENT });
      return c.json({ rewrapped, left: Math.max(0, others - stuck), stuck }, 200);
    },
  );
