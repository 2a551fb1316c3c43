import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { isMarked, isSealed, openSealedValue, sealClose, sealMarked, sealOpen } from "../../schema/seal/sealed-column.ts";
import type { Native } from "./native-database.ts";

const nonceBytes = 12;
const tagBytes = 16;
/** Of what stands for a word in an index. */
export const wordChars = 12;

/**
 * Seals texts with a member's key: AES-256-GCM whose nonce is an HMAC of the text, so that the same text
 * becomes the same seal, and two texts never share a nonce.
 */
export class Seal {
  readonly #cipher: KeyObject;
  readonly #nonce: KeyObject;
  readonly #words: KeyObject;
  /** `key`: the member's, 32 bytes. */
  constructor(key: Uint8Array) {
    // a key object: given as bytes, a key takes longer to take in than a word to seal
    const derive = (purpose: string) => createSecretKey(Buffer.from(hkdfSync("sha256", key, new Uint8Array(), `growqr ${purpose}`, 32)));
    this.#cipher = derive("text");
    this.#nonce = derive("nonce");
    this.#words = derive("word");
  }
  readonly seal = (text: string): string => {
    const nonce = createHmac("sha256", this.#nonce).update(text).digest().subarray(0, nonceBytes);
    const cipher = createCipheriv("aes-256-gcm", this.#cipher, nonce);
    const sealed = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `${sealOpen}${sealed.toString("base64url")}${sealClose}`;
  };
  /** What was damaged, or sealed with another key, stays as it is, and is one row less that can be read. */
  readonly open = (sealed: string): string => {
    const bytes = Buffer.from(sealed.slice(sealOpen.length, -sealClose.length), "base64url");
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.#cipher, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString("utf8");
    } catch {
      return sealed;
    }
  };
  /** What stands for a word in an index: the same each time, lower-case letters and digits alone. */
  readonly word = (word: string): string => createHmac("sha256", this.#words).update(word).digest("hex").slice(0, wordChars);
}

/** Seals what columns have marked on its way into SQLite, and opens it on its way out. */
export function sealNative(native: Native, seal: () => Promise<Seal>): Native {
  type Execute = Native["execute"];
  type Values = Parameters<Execute>[1];
  async function give(values: Values): Promise<Values> {
    if (values === undefined || !Object.values(values).some(isMarked)) return values;
    const { seal: sealText } = await seal();
    const sealed = (value: unknown) => (isMarked(value) ? sealMarked(value, sealText) : value);
    return (
      Array.isArray(values) ? values.map(sealed) : Object.fromEntries(Object.entries(values).map(([name, value]) => [name, sealed(value)]))
    ) as Values;
  }
  async function take(found: Awaited<ReturnType<Execute>>): Promise<Awaited<ReturnType<Execute>>> {
    if (!found.rows.some((row) => row.some(isSealed))) return found;
    const { open } = await seal();
    return { ...found, rows: found.rows.map((row) => row.map((value) => (isSealed(value) ? openSealedValue(value, open) : value))) };
  }
  const sealing =
    (target: Pick<Native, "execute">): Execute =>
    async (sql, values) =>
      take(await target.execute(sql, await give(values)));
  return {
    ...native,
    execute: sealing(native),
    beginTransaction: async (...given) => {
      const transaction = await native.beginTransaction(...given);
      return {
        exec: (...statement) => transaction.exec(...statement),
        execute: sealing(transaction),
        commit: () => transaction.commit(),
        rollback: () => transaction.rollback(),
      };
    },
  };
}
