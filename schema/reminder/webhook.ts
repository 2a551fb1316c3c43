/** Signing by the Standard Webhooks specification: HMAC-SHA256 over `id.timestamp.body`, symmetric, version 1. */
const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));
export const secretPrefix = "whsec_";

/** A new secret out of 32 random bytes. */
export function webhookSecret(random: Uint8Array): string {
  return `${secretPrefix}${base64(random)}`;
}

/** The headers of one try; `now` in seconds. The same message keeps its id at each try. */
export async function webhookHeaders(secret: string, id: string, now: number, body: string): Promise<Record<string, string>> {
  const raw = Uint8Array.from(atob(secret.slice(secretPrefix.length)), (char) => char.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(`${id}.${now}.${body}`));
  return { "webhook-id": id, "webhook-timestamp": String(now), "webhook-signature": `v1,${base64(new Uint8Array(signature))}` };
}
