import { z } from "zod";
import { signInId } from "../account/sign-in.ts";
import { dayMs } from "../wire/duration.ts";
import { id } from "../wire/id.ts";
import { queryNumber } from "../wire/query-number.ts";
import { previewSource } from "./preview.ts";

/**
 * Who may look at a preview: its member, who enters by a ticket that is good once, a program with a token,
 * and whoever was given a link that has an end.
 */
export const previewCookie = "growqr_preview";
/**
 * By which name a browser keeps the pass. Behind HTTPS no other host can set a cookie of this prefix: a page
 * beside it, below the same domain, can neither plant one nor lock anybody out.
 */
export const passCookie = (origin: string): string => (origin.startsWith("https:") ? `__Host-${previewCookie}` : previewCookie);
/** Whether a cookie is the platform's: programs neither see such a one nor set it. */
export const isPassCookie = (name: string): boolean => name === previewCookie || name === `__Host-${previewCookie}`;
export const previewTokenHeader = "x-growqr-preview";
/** Paths of a preview's address that are the platform's own. */
export const previewOwnPath = "/.growqr/";
export const previewEnterPath = `${previewOwnPath}enter`;
export const previewWatchPath = `${previewOwnPath}watch.js`;

/** Seconds. `pass`: how long a browser or a program that was let in stays. */
export const previewLife = { entry: 60, pass: 12 * 3_600, recheck: 60 } as const;
export const mostShares = 20;
export const shareHours = z
  .number()
  .int()
  .min(1)
  .max(30 * 24);

/**
 * What a pass says: which preview, whose, and where it is. `share`: the link by which it was got, else
 * `signIn`.
 */
export const previewPass = z.object({
  member: id("mem"),
  preview: id("pvw"),
  source: previewSource,
  share: id("pvs").optional(),
  signIn: signInId.optional(),
  /** When it was last seen that the preview is open, in seconds. */
  seen: z.number().int(),
});

/**
 * The right by which a connection is open, as the edge tells it to the host: whoever holds one open loses it
 * when the right ends. `key`: a preview's or terminal's id, or the label of a project's app. `at`: when it
 * was last seen that the right holds, `signInAt`: that the sign-in lasts, `until`: when it ends by itself,
 * all in milliseconds since 1970 by the edge's clock.
 */
export const viewHeader = "x-growqr-view";
export const viewRight = z.object({
  key: z.string().min(1).max(80),
  at: z.number().int(),
  until: z.number().int().optional(),
  share: id("pvs").optional(),
  signIn: signInId.optional(),
  signInAt: z.number().int().optional(),
});
export type ViewRight = z.infer<typeof viewRight>;
/**
 * Which connections are to end: of one preview, app or terminal, or of all that a member has; those that came
 * by one link or sign-in, or all. `at`: when the right was taken away; what was let in before and is still on
 * its way ends too.
 */
export const viewsEndQuery = z.object({
  at: queryNumber(z.number().int().nonnegative()),
  share: id("pvs").optional(),
  signIn: signInId.optional(),
});
export const viewsEnded = z.object({ ended: z.number().int() });
export type ViewsEnded = z.infer<typeof viewsEnded>;

/** The first label of a preview's host name: names are the same in upper and lower case. */
export const previewLabel = (preview: string): string => preview.slice(4).toLowerCase();
/** The preview of a host name below the domain of previews; undefined for every other name. */
export function readPreviewHost(host: string, domain: string): `pvw_${string}` | undefined {
  const label = host.endsWith(`.${domain}`) ? host.slice(0, -domain.length - 1) : "";
  return id("pvw").safeParse(`pvw_${label.toUpperCase()}`).data;
}

/** A path within a preview, for an entry: never another host's. */
export const previewPath = z
  .string()
  .max(2_000)
  .regex(/^\/(?![/\\])[^\s\\]*$/, "must be a path that begins with one /");
export const previewEntryIn = z.strictObject({ path: previewPath.default("/") });
/** `url`: to be opened once, soon. `address`: where the preview is. Times are milliseconds since 1970. */
export const previewEntryOut = z.object({ url: z.string(), address: z.string(), expiresAt: z.number() });
export const previewTokenOut = z.object({ address: z.string(), header: z.string(), token: z.string(), expiresAt: z.number() });
export const shareIn = z.strictObject({ hours: shareHours });
export const shareView = z.object({ id: id("pvs"), createdAt: z.number(), expiresAt: z.number() });
export const shareMade = z.object({ share: shareView, url: z.string() });
/** `url`: absent where the link can't be made again; it opens the preview all the same. */
export const sharesOut = z.object({ shares: z.array(shareView.extend({ url: z.string().optional() })) });
export const shareEnd = (now: number, hours: number): number => now + (hours * dayMs) / 24;
