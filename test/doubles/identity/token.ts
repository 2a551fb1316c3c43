import { createPublicKey } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { calculateJwkThumbprint, exportJWK, exportPKCS8, exportSPKI, generateKeyPair, importPKCS8, SignJWT } from "jose";
import { z } from "zod";
import { type IdentityUser, nameOf } from "./user.ts";

const alg = "RS256";

/** The RS256 key of the double: made once, kept in the state folder, readable by its owner only. */
export async function openKey(folder: string) {
  const file = path.join(folder, "identity-key.pem");
  if (!existsSync(file)) {
    const made = await generateKeyPair(alg, { modulusLength: 2048, extractable: true });
    writeFileSync(file, await exportPKCS8(made.privateKey), { mode: 0o600 });
  }
  const pem = z.string().startsWith("-----BEGIN PRIVATE KEY-----").parse(readFileSync(file, "utf8"));
  const privateKey = await importPKCS8(pem, alg);
  const publicKey = createPublicKey(pem);
  const jwk = await exportJWK(publicKey);
  const kid = `ins_${await calculateJwkThumbprint(jwk)}`;
  return { privateKey, kid, publicPem: await exportSPKI(publicKey), jwks: { keys: [{ ...jwk, kid, alg, use: "sig" }] } };
}
export type IdentityKey = Awaited<ReturnType<typeof openKey>>;

/** Whose token it is: a session of a person. */
export type TokenSubject = { sessionId: string; user: IdentityUser };
/**
 * A session token in the second version of Clerk's format; `told`: with name and e-mail, as an instance of
 * Clerk's can be set to say them, though it does not by itself. `now` is in seconds.
 */
export function mint(
  key: IdentityKey,
  { sessionId, user }: TokenSubject,
  { issuer, azp, told, lifeSeconds = 60 }: { issuer: string; azp: string; told: boolean; lifeSeconds?: number },
  now: number,
): Promise<string> {
  const profile = told ? { name: nameOf(user), email: user.email } : {};
  return new SignJWT({ azp, sid: sessionId, v: 2, fva: [0, -1], sts: "active", ...profile })
    .setProtectedHeader({ alg, kid: key.kid, typ: "JWT" })
    .setSubject(user.id)
    .setIssuer(issuer)
    .setIssuedAt(now)
    .setNotBefore(now - 10)
    .setExpirationTime(now + lifeSeconds)
    .sign(key.privateKey);
}
