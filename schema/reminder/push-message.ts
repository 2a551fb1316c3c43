import { base64url, importJWK, type JWK, SignJWT } from "jose";
import { z } from "zod";

/**
 * Web push: a message that only one browser can read (RFC 8291 in RFC 8188's aes128gcm),
 * and who sends it (VAPID, RFC 8292). No library: of two that run in workerd, one speaks
 * the outdated aesgcm, the other takes no http address, clock or keys (RFC 8291's example).
 */
export const pushKey = z.looseObject({
  ...{ kty: z.literal("EC"), crv: z.literal("P-256"), x: z.string(), y: z.string(), d: z.string() },
  class: z.literal("push").default("push"),
});
export type PushKey = z.infer<typeof pushKey>;

type Bytes = Uint8Array<ArrayBuffer>;
const decodeBytes = (text: string): Bytes => new Uint8Array(base64url.decode(text));
const ascii = (text: string): Bytes => new Uint8Array(new TextEncoder().encode(text));
function joined(...parts: Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
const curve = { name: "ECDH", namedCurve: "P-256" } as const;
async function derive(salt: Bytes, key: Bytes, info: Bytes, length: number): Promise<Bytes> {
  const base = await crypto.subtle.importKey("raw", key, "HKDF", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, base, length * 8));
}

/** One record: the rest of a message's 4096 bytes, without header (86), padding mark (1) and tag (16). */
export const pushMessageBytes = 3_993;
/** The keys of one message; each message has its own. */
export const messageKeys = (): Promise<CryptoKeyPair> => crypto.subtle.generateKey(curve, true, ["deriveBits"]) as Promise<CryptoKeyPair>;

/** Encrypts for the browser that made `to`. `salt` are 16 random bytes. */
export async function encryptPush(
  message: string,
  to: { p256dh: string; auth: string },
  { salt, keys }: { salt: Uint8Array; keys: CryptoKeyPair },
): Promise<Bytes> {
  const theirs = decodeBytes(to.p256dh);
  const ours = new Uint8Array((await crypto.subtle.exportKey("raw", keys.publicKey)) as ArrayBuffer);
  const peer = await crypto.subtle.importKey("raw", theirs, curve, false, []);
  const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: peer }, keys.privateKey, 256));
  const input = await derive(decodeBytes(to.auth), shared, joined(ascii("WebPush: info\0"), theirs, ours), 32);
  const fresh = joined(salt);
  const [content, nonce] = [
    await derive(fresh, input, ascii("Content-Encoding: aes128gcm\0"), 16),
    await derive(fresh, input, ascii("Content-Encoding: nonce\0"), 12),
  ];
  const key = await crypto.subtle.importKey("raw", content, "AES-GCM", false, ["encrypt"]);
  const last = joined(ascii(message), new Uint8Array([2]));
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, last));
  const recordSize = new Uint8Array([0, 0, 16, 0]); // 4096
  return joined(fresh, recordSize, new Uint8Array([ours.length]), ours, sealed);
}

/** What a browser calls `applicationServerKey`: the point, uncompressed. */
export function publicPushKey({ x, y }: Pick<PushKey, "x" | "y">): string {
  return base64url.encode(joined(new Uint8Array([4]), decodeBytes(x), decodeBytes(y)));
}
/** The `Authorization` of a message; `now` in seconds. It names the push service, so no other can use it. */
export async function vapid(key: PushKey, endpoint: string, contact: string, now: number): Promise<string> {
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: "ES256", typ: "JWT" })
    .setAudience(new URL(endpoint).origin)
    .setSubject(contact)
    .setExpirationTime(now + 12 * 3_600)
    .sign(await importJWK(key as JWK, "ES256"));
  return `vapid t=${token}, k=${publicPushKey(key)}`;
}
