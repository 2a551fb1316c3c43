import { randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** Random bytes in base64url, 32 where no number is given. */
export const randomKey = (bytes = 32) => randomBytes(bytes).toString("base64url");

const privateJwk = async () => exportJWK((await generateKeyPair("ES256", { extractable: true })).privateKey);
/** The private key by which web push knows the platform. */
export const makePushKey = privateJwk;
/** A name for a key: when it was made, and something that no other of that moment has. */
export const newKeyId = () => `k${Date.now().toString(36)}${randomBytes(2).toString("hex")}`;
/** A key that signs tickets. */
export const makeSigningKey = async () => ({ ...(await privateJwk()), kid: newKeyId() });

/** What stands in front of an Ed25519 key where it is a SubjectPublicKeyInfo (RFC 8410). */
const ed25519Header = Buffer.from("302a300506032b6570032100", "hex");
/** Keys as the database server reads several: PEM, one behind the other. It takes a token of any of them. */
export const writeDatabaseKeys = (publicKeys: readonly string[]): string =>
  publicKeys
    .map((key) => Buffer.concat([ed25519Header, Buffer.from(key, "base64url")]).toString("base64"))
    .map((key) => `-----BEGIN PUBLIC KEY-----\n${key}\n-----END PUBLIC KEY-----\n`)
    .join("");
/** A key of the database server, and a token without an end of that key: it reads and writes all. */
export async function makeDatabaseKeys(): Promise<{ publicKey: string; token: string }> {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const token = await new SignJWT({ a: "rw" }).setProtectedHeader({ alg: "EdDSA" }).setIssuedAt().sign(privateKey);
  return { publicKey: (await exportJWK(publicKey)).x ?? "", token };
}
