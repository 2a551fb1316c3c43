import { base64url } from "jose";
import { z } from "zod";
import type { EdgeConfig } from "../env.ts";

/**
 * A sealed secret: AES-GCM under a data key, which is wrapped by the
 * key-encryption key `k`. Both blobs are base64url(iv 12 ‖ ciphertext ‖ tag).
 */
const sealed = z.object({ v: z.literal(1), k: z.string(), w: z.string(), c: z.string() });
const encoder = new TextEncoder();
type Bytes = Uint8Array<ArrayBuffer>;
const encodeText = (value: string): Bytes => new Uint8Array(encoder.encode(value));

/** JSON frames the parts without ambiguity: a secret opens only for the record it was sealed for. */
const bind = (purpose: string, ...parts: string[]): Bytes => encodeText(JSON.stringify(["v1", purpose, ...parts]));
const aes = (raw: Bytes) => crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);

function readKey(config: Pick<EdgeConfig, "KEKS">, name: string): Bytes {
  const raw = config.KEKS[name];
  if (raw === undefined) throw new Error(`no key-encryption key is named ${name}`);
  return new Uint8Array(base64url.decode(raw));
}
const importKey = (config: EdgeConfig, name: string): Promise<CryptoKey> => aes(readKey(config, name));
async function encrypt(key: CryptoKey, data: Bytes, additionalData: Bytes): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const out = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, data));
  const blob = new Uint8Array(12 + out.length);
  blob.set(iv);
  blob.set(out, 12);
  return base64url.encode(blob);
}
async function decrypt(key: CryptoKey, blob: string, additionalData: Bytes): Promise<Bytes> {
  const raw = new Uint8Array(base64url.decode(blob));
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: raw.slice(0, 12), additionalData }, key, raw.slice(12)));
}

/** Seals `secret` for `owner` and `record`. */
export async function sealValue(config: EdgeConfig, owner: string, record: string, secret: string): Promise<string> {
  const k = config.KEK_CURRENT;
  const data = crypto.getRandomValues(new Uint8Array(32));
  const w = await encrypt(await importKey(config, k), data, bind("dek", k, owner, record));
  const c = await encrypt(await aes(data), encodeText(secret), bind("data", owner, record));
  return JSON.stringify({ v: 1, k, w, c });
}

/**
 * The same secret with its data key wrapped by the current key-encryption key; unchanged where it is already.
 * The secret itself is not opened.
 */
export async function rewrapSealed(config: EdgeConfig, owner: string, record: string, from: string): Promise<string> {
  const { k, w, c } = sealed.parse(JSON.parse(from));
  const now = config.KEK_CURRENT;
  if (k === now) return from;
  const data = await decrypt(await importKey(config, k), w, bind("dek", k, owner, record));
  return JSON.stringify({ v: 1, k: now, w: await encrypt(await importKey(config, now), data, bind("dek", now, owner, record)), c });
}

/** Opens what `seal` made for the same owner and record; throws for any other. */
export async function openSealed(config: EdgeConfig, owner: string, record: string, from: string): Promise<string> {
  const { k, w, c } = sealed.parse(JSON.parse(from));
  const data = await decrypt(await importKey(config, k), w, bind("dek", k, owner, record));
  return new TextDecoder().decode(await decrypt(await aes(data), c, bind("data", owner, record)));
}

/**
 * 32 bytes as text that fits into an address: the same each time for the same key-encryption key, purpose and
 * parts (HKDF with SHA-256). Without the key nobody can make them.
 */
export async function deriveSecretText(
  config: Pick<EdgeConfig, "KEKS">,
  name: string,
  purpose: string,
  ...parts: string[]
): Promise<string> {
  const key = await crypto.subtle.importKey("raw", readKey(config, name), "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: bind("derive", purpose, ...parts) };
  return base64url.encode(new Uint8Array(await crypto.subtle.deriveBits(how, key, 256)));
}
