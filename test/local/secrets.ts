import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { makePushKey, makeSigningKey, randomKey } from "../../edge/deploy/new-keys.ts";
import { pushKey } from "../../schema/reminder/push-message.ts";
import { ticketKeys } from "../../schema/wire/ticket.ts";

const shape = z.strictObject({
  engineToken: z.string().min(32),
  modelKey: z.string().min(16),
  mailKey: z.string().min(16),
  paymentKey: z.string().min(16),
  paymentSecret: z.string().min(16),
  /** What the identity double signs its words with, and what it takes to delete a person. */
  webhookSecret: z.string().startsWith("whsec_"),
  identitySecret: z.string().startsWith("sk_"),
  pushKey,
  signingKeys: ticketKeys,
  keks: z.record(z.string(), z.string().length(43)),
  kekCurrent: z.string(),
});
export type Secrets = z.infer<typeof shape>;

async function make(): Promise<Secrets> {
  return shape.parse({
    engineToken: randomKey(),
    modelKey: `sk-demo-${randomKey(24)}`,
    mailKey: `re_demo_${randomKey(24)}`,
    paymentKey: `sk_demo_${randomKey(24)}`,
    paymentSecret: `whsec_${randomKey(24)}`,
    webhookSecret: `whsec_${randomBytes(24).toString("base64")}`,
    identitySecret: `sk_demo_${randomKey(24)}`,
    pushKey: await makePushKey(),
    signingKeys: [await makeSigningKey()],
    keks: { k1: randomKey() },
    kekCurrent: "k1",
  });
}

/** What an instance of an older version has not got yet. */
const older = shape.partial({
  webhookSecret: true,
  identitySecret: true,
  mailKey: true,
  paymentKey: true,
  paymentSecret: true,
  pushKey: true,
});

/** The instance's secrets: made once, kept in its folder, readable by their owner only. */
export async function openSecrets(folder: string): Promise<Secrets> {
  const file = path.join(folder, "secrets.json");
  const kept = existsSync(file) ? older.parse(JSON.parse(readFileSync(file, "utf8"))) : undefined;
  const whole = shape.safeParse(kept);
  if (whole.success) return whole.data;
  const made = shape.parse({ ...(await make()), ...kept });
  mkdirSync(folder, { recursive: true });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(fresh, file);
  return made;
}

/** The edge's settings of its keys. */
export const keyBindings = ({ signingKeys, keks, kekCurrent }: Secrets) => ({
  SIGNING_KEYS: JSON.stringify(signingKeys),
  KEKS: JSON.stringify(keks),
  KEK_CURRENT: kekCurrent,
});
