import { z } from "zod";

/** What a page of the app tells of a fault of its own: nobody's words, no address with such in it. */
export const browserErrorIn = z.strictObject({
  /** The kind of fault: `TypeError`. */
  name: z.string().min(1).max(80),
  message: z.string().max(500),
  /** Where in the app's own files. */
  stack: z.string().max(4_000),
  /** The first word of the address: `/project`. */
  page: z.string().regex(/^\/[a-z-]{0,40}$/, "the first word of an address"),
  /** The file of the app that runs. */
  build: z.string().max(100),
});
export type BrowserErrorIn = z.infer<typeof browserErrorIn>;
export const browserErrorPath = "/browser-errors";
