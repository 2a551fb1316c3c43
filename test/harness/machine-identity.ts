import "reflect-metadata"; // @peculiar/x509 needs it before its own import
import * as x509 from "@peculiar/x509";
import type { Machine } from "../../actors/runner/machine.ts";
import { type MachineId, machineKeyAlgorithm, machineUri } from "../../schema/machine/machine.ts";
import { newId } from "../../schema/wire/id.ts";

/** A machine's key and a certificate that it signed itself: it is its own CA. */
export async function newMachineIdentity(machine: MachineId): Promise<{ certPem: string; keyPem: string }> {
  x509.cryptoProvider.set(crypto);
  const keys = (await crypto.subtle.generateKey(machineKeyAlgorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...{ serialNumber: "01", name: "CN=machine", notBefore: new Date("2020-01-01"), notAfter: new Date("2090-01-01") },
    ...{ signingAlgorithm: machineKeyAlgorithm, keys },
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "url", value: machineUri(machine) }])],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { certPem: certificate.toString("pem"), keyPem: x509.PemConverter.encode(key, "PRIVATE KEY") };
}
/** A runner that has joined nothing. */
export async function newRunnerIdentity(): Promise<Machine> {
  const id = newId("rnr");
  const { certPem, keyPem } = await newMachineIdentity(id);
  return { id, edge: "http://127.0.0.1:9", keyPem, certPem, caPem: certPem };
}
