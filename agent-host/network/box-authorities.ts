import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { rootCertificates } from "node:tls";

/** Where programs in a box look for the authorities they trust; Java has a file of its own kind. */
const boxBundle = "/etc/ssl/certs/ca-certificates.crt";
const javaBundle = "/etc/ssl/certs/java/cacerts";
const javaFile = (bundle: string) => bundle.replace(/\.pem$/, ".jks");

/**
 * Writes what boxes trust: the public authorities and those of the operator's file. Answers where it is on
 * this machine; undefined where the operator has none. Boxes get it when their container is made.
 */
export function writeBoxAuthorities(folder: string, extraFile: string | undefined): string | undefined {
  if (extraFile === undefined) return undefined;
  const text = readFileSync(extraFile, "utf8");
  if (!text.includes("-----BEGIN CERTIFICATE-----")) throw new Error(`BOX_AUTHORITIES: ${extraFile} holds no certificate (PEM)`);
  const bundle = path.join(folder, "box-authorities.pem");
  const all = [...rootCertificates, text].join("\n");
  writeFileSync(bundle, all, { mode: 0o644 });
  writeFileSync(javaFile(bundle), packJavaStore(all), { mode: 0o644 });
  return bundle;
}

/** Laid over the image's own. */
export const bindAuthorities = (bundle: string | undefined): string[] =>
  bundle === undefined ? [] : [`${bundle}:${boxBundle}:ro`, `${javaFile(bundle)}:${javaBundle}:ro`];

/** For those programs that do not look at the system's bundle by themselves. */
export const authorityEnv = (bundle: string | undefined): Record<string, string> =>
  bundle === undefined ? {} : { NODE_EXTRA_CA_CERTS: boxBundle, SSL_CERT_FILE: boxBundle };

const certificatePattern = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const text16 = (text: string) => {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
};
/**
 * A trust store as every Java opens without a word (JKS, version 2, the password that its own has): Java
 * reads no PEM. Layout: sun.security.provider.JavaKeyStore of OpenJDK.
 */
function packJavaStore(pem: string): Buffer {
  const certificates = [...pem.matchAll(certificatePattern)].map(([, base64 = ""]) => Buffer.from(base64, "base64"));
  const entries = certificates.map((der, at) =>
    Buffer.concat([int32(2), text16(`authority-${at}`), Buffer.alloc(8), text16("X.509"), int32(der.length), der]),
  );
  const store = Buffer.concat([int32(0xfeedfeed | 0), int32(2), int32(entries.length), ...entries]);
  const sealed = createHash("sha1").update(Buffer.from("changeit", "utf16le").swap16()).update("Mighty Aphrodite").update(store).digest();
  return Buffer.concat([store, sealed]);
}
