import { z } from "zod";
import { hashSha256 } from "../wire/canonical.ts";

/**
 * By what the values of a member's secrets are found in what is pushed, without the values: for each form in
 * which a value may stand, a short hash that rolls over its first eight bytes, and SHA-256 under a key over
 * what is looked for of it. Read by `agent-host/images/gitea/find-secrets.c`.
 */
const [leastBytes, windowBytes, mostPrints] = [8, 64, 40_000];

/** PUT /stacks/:member/secret-prints */
export const secretPrintsPut = z.strictObject({ text: z.string().max(8 * 1024 * 1024) });
export const secretPrintsOut = z.object({ kept: z.literal(true) });

const toBase64 = (bytes: Uint8Array) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
/** A value in the middle of more that is base64: its ends share characters with what is around it. */
function listBase64(bytes: Uint8Array): string[] {
  return [0, 1, 2].map((shift) => {
    const shifted = new Uint8Array(bytes.length + shift);
    shifted.set(bytes, shift);
    const text = toBase64(shifted).replaceAll("=", "");
    return text.slice(shift === 0 ? 0 : shift + 1, (bytes.length + shift) % 3 === 0 ? undefined : -1);
  });
}
/** Of many lines the one in the middle: what a key begins with is the same in all keys. */
function chooseLine(value: string): string {
  const lines = value.split(/\r?\n/).filter((line) => !line.startsWith("-----") && line.trim() !== "");
  return lines[Math.floor(lines.length / 2)]?.trim() ?? "";
}
/** The forms in which a value may stand in a file: as it is, in JSON, an address, base64 or hex. */
export function listSecretForms(value: string): string[] {
  const text = value.toWellFormed().trim();
  const single = /[\r\n]/.test(text) ? chooseLine(text) : text;
  const bytes = new TextEncoder().encode(text);
  const escaped = encodeURIComponent(single);
  const base64 = listBase64(bytes);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const forms = [
    ...[single, JSON.stringify(single).slice(1, -1), escaped, escaped.replaceAll("%20", "+"), hex],
    ...base64.flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]),
  ];
  return text.length < leastBytes ? [] : [...new Set(forms)];
}

function hashPrefix(bytes: Uint8Array, multiplier: bigint): string {
  let hash = 0n;
  for (const byte of bytes.subarray(0, leastBytes)) hash = BigInt.asUintN(64, hash * multiplier + BigInt(byte));
  return (hash >> 40n).toString(16);
}
/** A value, and what a refusal calls it. */
export type NamedSecret = { name: string; value: string };
/** `random`: 40 bytes that nobody knows. What is looked for is the middle of a long form. */
export async function printSecrets(secrets: readonly NamedSecret[], random: Uint8Array): Promise<string> {
  const toHex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const [key, multiplier] = [random.slice(0, 32), BigInt(`0x${toHex(random.slice(32, 40))}`) | 1n];
  const lines: string[] = [];
  for (const { name, value } of secrets)
    for (const form of listSecretForms(value)) {
      const all = new TextEncoder().encode(form);
      const from = Math.max(0, Math.floor((all.length - windowBytes) / 2));
      const bytes = all.subarray(from, from + windowBytes);
      if (bytes.length < leastBytes) continue;
      const keyed = new Uint8Array(key.length + bytes.length);
      keyed.set(key);
      keyed.set(bytes, key.length);
      lines.push(`${hashPrefix(bytes, multiplier)} ${bytes.length} ${await hashSha256(keyed)} ${name}`);
    }
  return `${[`${toHex(key)} ${multiplier.toString(16)}`, ...lines.slice(0, mostPrints)].join("\n")}\n`;
}
