import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { exportJWK, generateKeyPair } from "jose";
import { z } from "zod";
import { pushKey } from "../../schema/reminder/push-message.ts";
import { ticketKeys } from "../../schema/wire/ticket.ts";

const shape = z.strictObject({
  engineToken: z.string().min(32),
  modelKey: z.string().min(16),
  mailKey: z.string().min(16),
  pushKey,
  signingKeys: ticketKeys,
  keks: z.record(z.string(), z.string().length(43)),
  kekCurrent: z.string(),
});
export type Secrets = z.infer<typeof shape>;

const random = (bytes = 32) => randomBytes(bytes).toString("base64url");

const privateJwk = async () => exportJWK((await generateKeyPair("ES256", { extractable: true })).privateKey);

async function make(): Promise<Secrets> {
  const jwk = await privateJwk();
  return shape.parse({
    engineToken: random(),
    modelKey: `sk-demo-${random(24)}`,
    mailKey: `re_demo_${random(24)}`,
    pushKey: await privateJwk(),
    signingKeys: [{ ...jwk, kid: `k${Date.now().toString(36)}` }],
    keks: { k1: random() },
    kekCurrent: "k1",
  });
}

/** What an instance of an older version has not got yet. */
const older = shape.partial({ mailKey: true, pushKey: true });

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
