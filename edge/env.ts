import { z } from "zod";
import { pushKey } from "../schema/reminder/push-message.ts";
import { trimTail } from "../schema/wire/foreign-text.ts";
import { ticketKeys } from "../schema/wire/ticket.ts";

/**
 * What Cloudflare (or Miniflare) hands in. Everything but the
 * bindings below is text and is parsed by `readEdgeConfig`.
 */
export type Bindings = {
  ASSETS: Fetcher;
  RATE: RateLimit;
  RATE_OPEN: RateLimit;
  /** A way out that leads to the internet only. Cloudflare's own does; elsewhere it must be bound. */
  OUTSIDE?: Fetcher;
  [setting: string]: unknown;
};

const filledText = z.string().min(1);
const commaList = z
  .string()
  .default("")
  .transform((value) =>
    value
      .split(",")
      .map((item) => item.trim())
      .filter(Boolean),
  );
const jsonText = z.string().transform((value, context): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    context.addIssue({ code: "custom", message: "not JSON" });
    return z.NEVER;
  }
});
const base = z.url().transform((url) => trimTail(url, "/"));

const edgeSettings = z
  .object({
    INSTANCE: filledText,
    ENVIRONMENT: z.enum(["local", "production"]),
    PUBLIC_URL: base,
    LIBSQL_URL: base,
    LIBSQL_TOKEN: filledText.optional(),
    RIVET_URL: base,
    RIVET_TOKEN: filledText,
    RELAY_URL: base,
    SIGNING_KEYS: jsonText.pipe(ticketKeys),
    KEKS: jsonText.pipe(z.record(z.string(), z.string().regex(/^[A-Za-z0-9_-]{43}$/, "32 bytes in base64url"))),
    KEK_CURRENT: filledText,
    IDENTITY: z.enum(["local", "clerk"]),
    IDENTITY_ISSUER: filledText,
    IDENTITY_JWT_KEY: filledText,
    IDENTITY_KEY_ID: filledText.optional(),
    IDENTITY_PARTIES: commaList.pipe(z.array(filledText).min(1)),
    IDENTITY_URL: base.optional(),
    CLERK_PUBLISHABLE_KEY: filledText.optional(),
    OPERATORS: commaList,
    MODEL_URL: base,
    MODEL_KEY: filledText,
    MODEL_NAME: filledText,
    MODEL_FAST: filledText.optional(),
    MODEL_STANDARD: filledText.optional(),
    MODEL_DEEP: filledText.optional(),
    MODEL_DEMO: z.string().optional(),
    MODEL_SILENCE: z.coerce.number().int().positive().default(60_000),
    MAIL_URL: base.optional(),
    MAIL_KEY: filledText.optional(),
    MAIL_FROM: filledText.optional(),
    MAIL_PAGE: base.optional(),
    PUSH_KEY: jsonText.pipe(pushKey).optional(),
    REMINDERS_LOCAL: commaList.pipe(z.array(z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin))),
  })
  .refine((env) => env.IDENTITY !== "local" || env.ENVIRONMENT !== "production", "the local identity page is refused in production")
  .refine((env) => env.IDENTITY !== "local" || env.IDENTITY_URL !== undefined, "IDENTITY_URL is missing")
  .refine((env) => env.IDENTITY !== "clerk" || env.CLERK_PUBLISHABLE_KEY !== undefined, "CLERK_PUBLISHABLE_KEY is missing")
  .refine((env) => env.MAIL_URL === undefined || (env.MAIL_KEY && env.MAIL_FROM), "with MAIL_URL, MAIL_KEY and MAIL_FROM are needed")
  .refine((env) => !env.SIGNING_KEYS.some(({ x }) => x === env.PUSH_KEY?.x), "PUSH_KEY is a key of SIGNING_KEYS too: a key has one end")
  .refine((env) => env.KEKS[env.KEK_CURRENT] !== undefined, "KEK_CURRENT names no key of KEKS");
export type EdgeConfig = z.infer<typeof edgeSettings>;

let lastRead: { raw: string; config: EdgeConfig } | undefined;

/** The parsed settings. A Worker has no start: the first request parses, and each that finds them changed. */
export function readEdgeConfig(env: Bindings): EdgeConfig {
  const strings = Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const raw = JSON.stringify(strings);
  if (lastRead?.raw === raw) return lastRead.config;
  const parsed = edgeSettings.safeParse(Object.fromEntries(strings));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
    throw new Error(`settings of the edge: ${problems}`); // names and reasons, never values
  }
  lastRead = { raw, config: parsed.data };
  return parsed.data;
}
