import "reflect-metadata"; // @peculiar/x509 needs it before its own import
import * as x509 from "@peculiar/x509";
import { and, eq } from "drizzle-orm";
import { authorityTable } from "../../schema/machine/machine.table.ts";
import { type MachineId, machineKeyAlgorithm, machineUri } from "../../schema/machine/machine.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { openSealed, rewrapSealed, sealValue } from "../kernel/envelope.ts";

x509.cryptoProvider.set(crypto);
const caDays = 3650;
/** The one authority of a cell. */
const authorityName = "machines";

function drawSerial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0]! & 0x7f) | 0x01; // positive and without a leading zero
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function newAuthority(now: number): Promise<{ certificate: string; key: string }> {
  const keys = (await crypto.subtle.generateKey(machineKeyAlgorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: drawSerial(),
    name: "CN=GrowQR machines",
    notBefore: new Date(now - 300_000),
    notAfter: new Date(now + caDays * dayMs),
    signingAlgorithm: machineKeyAlgorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pkcs8 = (await crypto.subtle.exportKey("pkcs8", keys.privateKey)) as ArrayBuffer;
  return { certificate: certificate.toString("pem"), key: x509.PemConverter.encode(pkcs8, "PRIVATE KEY") };
}

type Authority = typeof authorityTable.$inferSelect;
export const authorityRecord = `authority:${authorityName}`;
/**
 * Its key is wrapped anew on first use after another KEK has become current: once every machine has renewed,
 * half a week later, the old KEK opens nothing here. Of two that do it at once one wins, and both are right.
 */
async function rewrapAuthority(config: EdgeConfig, db: Database, kept: Authority): Promise<Authority> {
  const sealedKey = await rewrapSealed(config, "edge", authorityRecord, kept.sealedKey);
  if (sealedKey === kept.sealedKey) return kept;
  await db
    .update(authorityTable)
    .set({ sealedKey })
    .where(and(eq(authorityTable.id, kept.id), eq(authorityTable.sealedKey, kept.sealedKey)));
  return { ...kept, sealedKey };
}

/**
 * The authority's certificate and sealed key: made on first need, and of two made at once only one is kept.
 */
export async function authority(config: EdgeConfig, db: Database): Promise<{ certificate: string; sealedKey: string }> {
  const find = () => db.select().from(authorityTable).where(eq(authorityTable.id, authorityName)).get();
  const there = await find();
  if (there) return rewrapAuthority(config, db, there);
  const now = Date.now();
  const made = await newAuthority(now);
  const sealedKey = await sealValue(config, "edge", authorityRecord, made.key);
  await db
    .insert(authorityTable)
    .values({ id: authorityName, certificate: made.certificate, sealedKey, createdAt: now })
    .onConflictDoNothing();
  const kept = await find();
  if (!kept) throw new AppError("internal", { what: "the authority that was just made is gone" });
  return kept;
}

/**
 * A CSR whose signature holds and whose key is P-256, with that key as SPKI PEM; anything else is `invalid`.
 */
export async function readCsr(pem: string): Promise<{ csr: x509.Pkcs10CertificateRequest; publicKey: string }> {
  const refused = (message: string, cause?: unknown) => new AppError("invalid", { issues: [{ path: "csr", message }] }, { cause });
  let csr: x509.Pkcs10CertificateRequest;
  try {
    csr = new x509.Pkcs10CertificateRequest(pem);
  } catch (cause) {
    throw refused("not a certificate request", cause);
  }
  const key = csr.publicKey.algorithm as { name: string; namedCurve?: string };
  if (key.name !== "ECDSA" || key.namedCurve !== "P-256") throw refused("only P-256 keys are certified");
  if (!(await csr.verify().catch(() => false))) throw refused("its signature does not hold");
  return { csr, publicKey: csr.publicKey.toString("pem") };
}

/**
 * What a machine's certificate says: its URI, and for a host the address
 * on which runners reach it. The CSR's own wishes count for nothing.
 */
function certificateNames(machine: MachineId, address: string | undefined): x509.JsonGeneralName[] {
  const uri = { type: "url" as const, value: machineUri(machine) };
  if (!machine.startsWith("hst_") || !address) return [uri];
  const ip = /^\d{1,3}(\.\d{1,3}){3}$/.test(address) || address.includes(":");
  return [uri, { type: ip ? "ip" : "dns", value: address }];
}

/** Signs a machine's key for a week. Hosts serve and call, runners only call. */
export async function certify(
  config: EdgeConfig,
  ca: { certificate: string; sealedKey: string },
  csr: x509.Pkcs10CertificateRequest,
  machine: MachineId,
  address: string | undefined,
): Promise<{ certificate: string; expiresAt: number; serial: string }> {
  const issuer = new x509.X509Certificate(ca.certificate);
  const pem = await openSealed(config, "edge", authorityRecord, ca.sealedKey);
  const signingKey = await crypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(pem), machineKeyAlgorithm, false, ["sign"]);
  const now = Date.now();
  const expiresAt = now + limits.certificateDays * dayMs;
  const serialNumber = drawSerial();
  const client = x509.ExtendedKeyUsage.clientAuth;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber,
    subject: `CN=${machine}`,
    issuer: issuer.subject,
    notBefore: new Date(now - 300_000), // a machine's clock may be behind
    notAfter: new Date(expiresAt),
    signingAlgorithm: machineKeyAlgorithm,
    publicKey: csr.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(machine.startsWith("hst_") ? [client, x509.ExtendedKeyUsage.serverAuth] : [client]),
      new x509.SubjectAlternativeNameExtension(certificateNames(machine, address)),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(csr.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), expiresAt, serial: serialNumber };
}
