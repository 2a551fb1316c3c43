import { z } from "zod";

/**
 * What a P-256 signing key is for. A key has one class, each class has its own set of keys,
 * and whoever verifies knows which class it wants: a key that leaks can be used for one end
 * only. A machine's key is in its certificate; keys that seal are no signing keys (`KEKS`).
 */
export type KeyClass = "ticket" | "receipt" | "push";

/**
 * Keys of receipts are named so; published sets from before keys had a class tell by it what a key is for.
 */
export const receiptKeyPrefix = "receipt-";

/**
 * A private key of this class as a JWK. One that was kept before
 * keys had a class is of the class of the place where it is kept.
 */
export function privateKeyOf<C extends KeyClass>(keyClass: C) {
  return z.looseObject({
    ...{ kty: z.literal("EC"), crv: z.literal("P-256"), x: z.string(), y: z.string(), d: z.string() },
    kid: z.string().refine((kid) => keyClass === "receipt" || !kid.startsWith(receiptKeyPrefix), "names a key of receipts"),
    class: z.literal(keyClass).default(() => keyClass as never),
  });
}
export type PrivateKey<C extends KeyClass> = { kty: "EC"; crv: "P-256"; kid: string; x: string; y: string; d: string; class: C };

/**
 * When a key was revoked, in seconds since 1970, and why: OpenID
 * Federation's `revoked`. What it signed from then on is not valid.
 */
export const revocation = z.strictObject({ revoked_at: z.number().int(), reason: z.enum(["unspecified", "compromised", "superseded"]) });
export type Revocation = z.infer<typeof revocation>;

export const publicKey = z.object({
  ...{ kty: z.literal("EC"), crv: z.literal("P-256"), kid: z.string(), x: z.string(), y: z.string() },
  ...{ alg: z.literal("ES256"), use: z.literal("sig"), class: z.enum(["ticket", "receipt"]) },
  revoked: revocation.optional(),
});
export type PublicKey = z.infer<typeof publicKey>;
export const publicKeySet = z.object({ keys: z.array(publicKey) });
/** The same for who looks for a key of one class: of others it may know nothing. */
export const publishedKeys = z.object({ keys: z.array(z.unknown()) });
export type PublishedKeys = z.infer<typeof publishedKeys>;

/** A key as it is published. */
export function publicPart(key: Pick<PublicKey, "kid" | "x" | "y" | "class">): PublicKey {
  const { kid, x, y, class: keyClass } = key;
  return { kty: "EC", crv: "P-256", kid, x, y, alg: "ES256", use: "sig", class: keyClass };
}
