import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { exportJWK, generateKeyPair } from "jose";
import { z } from "zod";
import { signingKeys } from "../../schema/ticket.ts";

const shape = z.strictObject({
  engineToken: z.string().min(32),
  modelKey: z.string().min(16),
  signingKeys,
  keks: z.record(z.string(), z.string().length(43)),
  kekCurrent: z.string(),
});
export type Secrets = z.infer<typeof shape>;

const random = (bytes = 32) => randomBytes(bytes).toString("base64url");

async function make(): Promise<Secrets> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  return shape.parse({
    engineToken: random(),
    modelKey: `sk-demo-${random(24)}`,
    signingKeys: [{ ...jwk, kid: `k${Date.now().toString(36)}` }],
    keks: { k1: random() },
    kekCurrent: "k1",
  });
}

/** The instance's secrets: made once, kept in its folder, readable by their owner only. */
export async function openSecrets(folder: string): Promise<Secrets> {
  const file = path.join(folder, "secrets.json");
  if (existsSync(file)) return shape.parse(JSON.parse(readFileSync(file, "utf8")));
  mkdirSync(folder, { recursive: true });
  const made = await make();
  writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  return made;
}
