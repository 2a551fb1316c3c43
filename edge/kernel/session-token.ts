import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from "jose";
import { z } from "zod";
import { signInId } from "../../schema/account/sign-in.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { EdgeConfig } from "../env.ts";
import { findIdentityKey, findNewerKey, type IdentityKey, type KeySearch, type TokenClaim } from "./identity-keys.ts";

/** The clocks of the provider and of the edge may differ by so much, in seconds. */
const clockTolerance = 5;
const sessionClaims = z.object({
  sub: z.string().min(1).max(200),
  sid: signInId,
  azp: z.string().min(1),
  sts: z.string().optional(),
  // What an instance may be set to say besides; what is odd there refuses nobody.
  name: z.string().nullish().catch(null),
  email: z.string().max(320).nullish().catch(null),
  iat: z.number(),
});
export type SessionClaims = z.infer<typeof sessionClaims>;

const refuseSession = (cause: unknown) => new AppError("unauthenticated", {}, { cause });
function readClaim(token: string): TokenClaim {
  try {
    const { kid, crit } = decodeProtectedHeader(token);
    if (crit !== undefined) throw new Error("asks for an extension"); // the library knows one, the provider uses none
    return { kid, iat: decodeJwt(token).iat ?? 0 };
  } catch (cause) {
    throw refuseSession(cause);
  }
}
/** What a token says that this key signed; undefined for another key. All else is `unauthenticated`. */
async function verify(config: EdgeConfig, token: string, { key }: IdentityKey): Promise<SessionClaims | undefined> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ["RS256"],
      typ: "JWT",
      issuer: config.IDENTITY_ISSUER,
      requiredClaims: ["exp", "iat", "sub"],
      clockTolerance,
    });
    const claims = sessionClaims.parse(payload);
    if (!config.IDENTITY_PARTIES.includes(claims.azp)) throw new Error("for another application");
    if (claims.sts === "pending") throw new Error("the session is pending");
    if (claims.iat > Date.now() / 1000 + clockTolerance) throw new Error("made in the future");
    return claims;
  } catch (cause) {
    if (cause instanceof errors.JWSSignatureVerificationFailed) return undefined;
    throw refuseSession(cause);
  }
}
/**
 * What the identity provider says of a person by a session token; no network where its key is known. Throws
 * `unauthenticated`, or `unavailable` where it can't be said whose key it is.
 */
export async function readSessionToken(world: KeySearch, token: string): Promise<SessionClaims> {
  const claim = readClaim(token);
  const first = await findIdentityKey(world, claim.kid);
  const told = first && (await verify(world.config, token, first));
  if (told) return told;
  const newer = await findNewerKey(world, claim, first);
  const claims = newer && (await verify(world.config, token, newer));
  if (!claims) throw refuseSession(new Error(first ? "signed by another key" : "another key"));
  return claims;
}
