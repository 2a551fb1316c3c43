/**
 * The tables of the database that have sealed records, and the column of each: its text names the key, `k`.
 */
export const sealedColumns = {
  member_key: "sealed",
  secret: "sealed",
  project_secret: "sealed",
  provider_key: "sealed",
  reminder_setting: "webhook_secret",
  reminder_device: "keys",
  receipt_key: "sealed_key",
  authority: "sealed_key",
  idempotency: "answer",
} as const;
export type SealedTable = keyof typeof sealedColumns;
export const sealedTables = Object.keys(sealedColumns) as SealedTable[];
