import { z } from "zod";
import { secretName } from "./service.ts";

/** A key for a service: kept by the edge, added to a call outside the box, never shown again. */
export const secretIn = z.strictObject({
  value: z
    .string()
    .max(4_000)
    .regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, "must be one line of plain characters"),
  /** The only place it is ever sent to: `https://api.example.org`. */
  origin: z
    .url({ protocol: /^https?$/ })
    .max(300)
    .refine((url) => URL.canParse(url) && new URL(url).origin === url.replace(/\/$/, ""), "must be an origin, without a path")
    .transform((url) => new URL(url).origin),
});
export const secretView = z.object({ name: secretName, origin: z.string(), updatedAt: z.number() });
export type SecretView = z.infer<typeof secretView>;
export const secretsOut = z.object({ secrets: z.array(secretView) });
export const mostSecrets = 50;
/** POST …/secrets/:name by the runner. */
export const secretAsk = z.strictObject({ origin: z.string().max(300) });
export const secretOut = z.object({ value: z.string() });
