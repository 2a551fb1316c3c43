import "reflect-metadata"; // @peculiar/x509 needs it before its own import
import * as x509 from "@peculiar/x509";
import { decodeProtectedHeader, importPKCS8, importSPKI, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { readCredentials } from "../wire/authorization.ts";
import { AppError } from "../wire/error.ts";
import { type Id, id, newId } from "../wire/id.ts";
import { limits } from "../wire/limits.ts";

/** When half of a certificate's life is over, milliseconds since 1970: then it is renewed. */
export function halfLifeOfCertificate(pem: string): number {
  const { notBefore, notAfter } = new x509.X509Certificate(pem);
  return (notBefore.getTime() + notAfter.getTime()) / 2;
}

/**
 * A machine (host or runner) proves itself by its own P-256 key: in
 * TLS by its certificate, towards the edge by signing each call.
 */
export const machineKeyAlgorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
export type MachineId = Id<"hst"> | Id<"rnr">;

/** The URI in a machine's certificate; peers allow by it. */
export function machineUri(machine: MachineId): string {
  return `spiffe://growqr/${machine.startsWith("hst_") ? "host" : "runner"}/${machine}`;
}
/** The machine a URI names, or undefined. */
export function readMachineUri(uri: string): MachineId | undefined {
  const match = /^spiffe:\/\/growqr\/(host|runner)\/((hst|rnr)_[0-9A-Z]{26})$/.exec(uri);
  if (!match || (match[1] === "host") !== (match[3] === "hst")) return undefined;
  return match[2] as MachineId;
}

/**
 * A new key and its CSR, both PEM. The subject is only a label: the edge decides what the certificate says.
 */
export async function newMachineKey(name: string): Promise<{ keyPem: string; csrPem: string }> {
  x509.cryptoProvider.set(crypto);
  const keys = (await crypto.subtle.generateKey(machineKeyAlgorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: `CN=${name.replace(/[^A-Za-z0-9.-]/g, "-")}`,
    keys,
    signingAlgorithm: machineKeyAlgorithm,
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { keyPem: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"), csrPem: csr.toString("pem") };
}

/** A CSR for a key there is already (PKCS 8 PEM): for renewal, and for a join that was cut off. */
export async function machineCsr(keyPem: string, name: string): Promise<string> {
  x509.cryptoProvider.set(crypto);
  const privateKey = await crypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(keyPem), machineKeyAlgorithm, true, ["sign"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", privateKey);
  const publicKey = await crypto.subtle.importKey("jwk", { kty: kty!, crv: crv!, x: x!, y: y! }, machineKeyAlgorithm, true, ["verify"]);
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: `CN=${name.replace(/[^A-Za-z0-9.-]/g, "-")}`,
    keys: { privateKey, publicKey },
    signingAlgorithm: machineKeyAlgorithm,
  });
  return csr.toString("pem");
}

/** SHA-256 of a PEM certificate's DER, hex: how a join token names the CA it trusts. */
export async function fingerprint(certificatePem: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", x509.PemConverter.decodeFirst(certificatePem));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function bodyHash(body: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

/**
 * A machine's key signs two kinds of token for the edge. Each says its kind, and none is taken for the other.
 */
const [callType, agentType] = ["machine", "agent"];

/**
 * `Authorization: Machine <jwt>` for one call to the edge:
 * bound to method, path (with query) and body, 60 s, one use.
 */
export async function signCall(
  machine: MachineId,
  keyPem: string,
  call: { method: string; path: string; body: string },
  now: number,
): Promise<string> {
  const jwt = await new SignJWT({ method: call.method, path: call.path, body: await bodyHash(call.body) })
    .setProtectedHeader({ alg: "ES256", kid: machine, typ: callType })
    .setIssuer(machine)
    .setAudience("edge")
    .setJti(newId("req"))
    .setIssuedAt(now)
    .setExpirationTime(now + limits.machineCall)
    .sign(await importPKCS8(keyPem, "ES256"));
  return `Machine ${jwt}`;
}
const callClaims = z.object({ iss: z.string(), jti: z.string(), method: z.string(), path: z.string(), body: z.string(), exp: z.number() });

/** The machine an Authorization header claims to be; nothing is proven yet. */
export function claimedMachine(header: string | undefined): MachineId | undefined {
  const token = readCredentials(header, "Machine");
  if (token === undefined) return undefined;
  try {
    const kid = decodeProtectedHeader(token).kid ?? "";
    return id("hst").safeParse(kid).success || id("rnr").safeParse(kid).success ? (kid as MachineId) : undefined;
  } catch {
    return undefined; // not a JWT: the caller refuses
  }
}

/**
 * Checks a signed call against the machine's public key (SPKI
 * PEM). The caller must refuse a `jti` it has seen.
 */
export async function readCall(
  header: string,
  spkiPem: string,
  call: { method: string; path: string; body: string },
): Promise<{ machine: MachineId; jti: string; exp: number }> {
  try {
    const { payload } = await jwtVerify(readCredentials(header, "Machine") ?? "", await importSPKI(spkiPem, "ES256"), {
      algorithms: ["ES256"],
      typ: callType,
      audience: "edge",
      clockTolerance: limits.skew,
      maxTokenAge: limits.machineCall,
    });
    const claims = callClaims.parse(payload);
    if (claims.method !== call.method || claims.path !== call.path || claims.body !== (await bodyHash(call.body)))
      throw new Error("signed for another call");
    return { machine: claims.iss as MachineId, jti: claims.jti, exp: claims.exp };
  } catch (cause) {
    throw new AppError("unauthenticated", { what: "machine call" }, { cause });
  }
}

// ── agent token: the host's gateway, for one agent ─────────────────────────────────────────────────────────

const agentClaims = z.object({ member: id("mem"), agent: id("agt"), epoch: z.number().int(), host: id("hst"), exp: z.number() });
export type AgentClaims = z.infer<typeof agentClaims>;

/**
 * `Authorization: Bearer <jwt>` with which the gateway calls the
 * edge for agent A of member M at epoch E. The kid is the host.
 */
export async function signAgentToken(
  host: Id<"hst">,
  keyPem: string,
  body: Omit<AgentClaims, "host" | "exp">,
  now: number,
): Promise<string> {
  return new SignJWT({ ...body, host })
    .setProtectedHeader({ alg: "ES256", kid: host, typ: agentType })
    .setIssuer(host)
    .setAudience("edge-agent")
    .setIssuedAt(now)
    .setExpirationTime(now + limits.agentToken)
    .sign(await importPKCS8(keyPem, "ES256"));
}
/**
 * Reads an agent token with the host's public key; the edge then
 * checks that the member's stack is placed on that host at that epoch.
 */
export async function readAgentToken(token: string, spkiPem: string): Promise<AgentClaims> {
  try {
    const { payload } = await jwtVerify(token, await importSPKI(spkiPem, "ES256"), {
      algorithms: ["ES256"],
      typ: agentType,
      audience: "edge-agent",
      clockTolerance: limits.skew,
    });
    const claims = agentClaims.parse(payload);
    if (payload.iss !== claims.host) throw new Error("issuer is not the host");
    return claims;
  } catch (cause) {
    throw new AppError(
      (cause as { code?: string }).code === "ERR_JWT_EXPIRED" ? "ticket_expired" : "unauthenticated",
      { what: "agent token" },
      { cause },
    );
  }
}
/** The host an agent token claims to come from; nothing is proven yet. */
export function claimedHost(token: string): Id<"hst"> | undefined {
  try {
    const header = decodeProtectedHeader(token);
    return header.typ === agentType && id("hst").safeParse(header.kid).success ? (header.kid as Id<"hst">) : undefined;
  } catch {
    return undefined; // not a JWT: the caller refuses
  }
}
