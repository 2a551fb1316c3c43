import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { rootCertificates } from "node:tls";

/** Where programs in a box look for the authorities they trust. */
const boxBundle = "/etc/ssl/certs/ca-certificates.crt";

/**
 * Writes what boxes trust: the public authorities and those of the operator's file. Answers where it is on
 * this machine; undefined where the operator has none. Boxes get it when their container is made.
 */
export function writeBoxAuthorities(folder: string, extraFile: string | undefined): string | undefined {
  if (extraFile === undefined) return undefined;
  const text = readFileSync(extraFile, "utf8");
  if (!text.includes("-----BEGIN CERTIFICATE-----")) throw new Error(`BOX_AUTHORITIES: ${extraFile} holds no certificate (PEM)`);
  const bundle = path.join(folder, "box-authorities.pem");
  writeFileSync(bundle, [...rootCertificates, text].join("\n"), { mode: 0o644 });
  return bundle;
}

/** Laid over the image's own. */
export const bindAuthorities = (bundle: string | undefined): string[] => (bundle === undefined ? [] : [`${bundle}:${boxBundle}:ro`]);

/** For those programs that do not look at the system's bundle by themselves. */
export const authorityEnv = (bundle: string | undefined): Record<string, string> =>
  bundle === undefined ? {} : { NODE_EXTRA_CA_CERTS: boxBundle, SSL_CERT_FILE: boxBundle };
