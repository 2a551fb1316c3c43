import { z } from "zod";
import { id } from "../wire/id.ts";

/**
 * Files that a member gives an agent with a message. They lie in the
 * agent's own directory in the box, in the folder `attachments`.
 */
export const attachmentLimits = {
  bytes: 10 * 1024 * 1024, // one file
  allBytes: 256 * 1024 * 1024, // what one agent's folder may hold
  perMessage: 8,
  nameChars: 80,
} as const;
export const attachmentFolder = "attachments";

/**
 * Ten digits of the content's hash, then a name that means nothing
 * to a shell, a path or a page: the same file given twice is one.
 */
export const attachmentName = z.string().regex(/^[0-9a-f]{10}-[A-Za-z0-9_][A-Za-z0-9._-]{0,79}$/);
export const attachment = z.strictObject({
  /** Whose directory it is in. */
  agent: id("agt"),
  name: attachmentName,
  bytes: z.number().int().nonnegative().max(attachmentLimits.bytes),
});
export type Attachment = z.infer<typeof attachment>;

/**
 * What a file may be called in the box. Letters keep their
 * base (`Straße é.png` is `Stra-e-e.png`); its ending stays.
 */
export function sanitizeName(given: string): string {
  const plain = given
    .slice(-400)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9._-]/g, "-")
    .replace(/^[.-]+/, "");
  if (plain.length <= attachmentLimits.nameChars) return plain || "file";
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(plain)?.[0] ?? "";
  return plain.slice(0, attachmentLimits.nameChars - ending.length) + ending;
}
/** The name without the digits before it, for people. */
export const shownName = (name: string): string => name.slice(11);

/**
 * The kind of picture that these first bytes begin, of those that
 * browsers show and that run nothing. The name is not believed.
 */
export function pictureType(start: Uint8Array): "image/png" | "image/jpeg" | "image/gif" | "image/webp" | undefined {
  const text = String.fromCharCode(...start.subarray(0, 12));
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (/^GIF8[79]a/.test(text)) return "image/gif";
  return text.startsWith("RIFF") && text.slice(8) === "WEBP" ? "image/webp" : undefined;
}

/** What the agent is told of them, below the member's words. */
export function attachmentNote(attachments: readonly Attachment[]): string {
  if (attachments.length === 0) return "";
  const lines = attachments.map(({ name, bytes }) => `- ${attachmentFolder}/${name} (${bytes} bytes)`);
  return `\n\nAttached by the member, in your working directory:\n${lines.join("\n")}`;
}
