import {
  type Cipheriv,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type Decipheriv,
  hkdfSync,
  type KeyObject,
} from "node:crypto";
import { isMarked, isSealed, openSealedValue, sealClose, sealMarked, sealOpen } from "../../schema/seal/sealed-column.ts";
import type { Native } from "./native-database.ts";

const nonceBytes = 12;
const tagBytes = 16;
const blockBytes = 16;
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
  readonly #block: Cipheriv;
  readonly #unblock: Decipheriv;
  /** `key`: the member's, 32 bytes. */
  constructor(key: Uint8Array) {
    // a key object: given as bytes, a key takes longer to take in than a word to seal
    const derive = (purpose: string) => createSecretKey(Buffer.from(hkdfSync("sha256", key, new Uint8Array(), `growqr ${purpose}`, 32)));
    this.#cipher = derive("text");
    this.#nonce = derive("nonce");
    this.#words = derive("word");
    const term = derive("term");
    this.#block = createCipheriv("aes-256-ecb", term, null).setAutoPadding(false);
    this.#unblock = createDecipheriv("aes-256-ecb", term, null).setAutoPadding(false);
  }
  readonly seal = (text: string): string => `${sealOpen}${this.sealBytes(text).toString("base64url")}${sealClose}`;
  /** What was damaged, or sealed with another key, stays as it is, and is one row less that can be read. */
  readonly open = (sealed: string): string =>
    this.openBytes(Buffer.from(sealed.slice(sealOpen.length, -sealClose.length), "base64url"))?.toString("utf8") ?? sealed;
  readonly sealBytes = (text: string | Buffer): Buffer => {
    const nonce = this.#nonceOf(text);
    const cipher = createCipheriv("aes-256-gcm", this.#cipher, nonce);
    return Buffer.concat([nonce, cipher.update(Buffer.from(text)), cipher.final(), cipher.getAuthTag()]);
  };
  /** Undefined for what was damaged, or sealed with another key. */
  readonly openBytes = (sealed: Buffer): Buffer | undefined => {
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.#cipher, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
      decipher.setAuthTag(sealed.subarray(-tagBytes));
      return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
    } catch {
      return undefined;
    }
  };
  /**
   * A word without spaces as an index may have it: lower-case letters and digits alone, which tell its
   * length in steps of 16 bytes. Up to 16 of them are one block of AES, which needs no nonce; a longer one
   * has a nonce that proves it as a tag would.
   */
  readonly sealTerm = (word: string): string => {
    const bytes = Buffer.byteLength(word);
    const padded = Buffer.from(word.padEnd(word.length + Math.ceil(bytes / blockBytes) * blockBytes - bytes));
    if (padded.length === blockBytes) return this.#block.update(padded).toString("hex");
    const nonce = this.#nonceOf(padded);
    return Buffer.concat([nonce, createCipheriv("aes-256-gcm", this.#cipher, nonce).update(padded)]).toString("hex");
  };
  /** What was damaged, or sealed with another key, is some other text, or none. */
  readonly openTerm = (sealed: string): string => {
    const bytes = Buffer.from(sealed, "hex");
    if (bytes.length === blockBytes) return this.#unblock.update(bytes).toString("utf8").trimEnd();
    if (bytes.length <= nonceBytes) return "";
    const nonce = bytes.subarray(0, nonceBytes);
    const padded = createDecipheriv("aes-256-gcm", this.#cipher, nonce).update(bytes.subarray(nonceBytes));
    return this.#nonceOf(padded).equals(nonce) ? padded.toString("utf8").trimEnd() : "";
  };
  #nonceOf(text: string | Buffer): Buffer {
    return createHmac("sha256", this.#nonce).update(text).digest().subarray(0, nonceBytes);
  }
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
