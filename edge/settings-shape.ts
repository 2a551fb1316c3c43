import { z } from "zod";
import { readClerkHost } from "../schema/account/publishable-key.ts";
import { pushKey } from "../schema/reminder/push-message.ts";
import { trimTail } from "../schema/wire/foreign-text.ts";
import { ticketKeys } from "../schema/wire/ticket.ts";
import { traceSettings } from "../schema/wire/trace-export.ts";

/** No line breaks and the like: one of those in a key makes no header of it, and an error that shows it. */
const filledText = z
  .string()
  .min(1)
  .regex(/^\P{Cc}*$/u, "has a line break or another control character");
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
const webAddress = (protocol: RegExp) =>
  z
    .url({ protocol })
    .refine((url) => !URL.canParse(url) || (new URL(url).username === "" && new URL(url).password === ""), "has a name or a password in it")
    .transform((url) => trimTail(url, "/"));
const base = webAddress(/^https?$/);
/** An address without a path: as browsers say it, since it is compared with what they say. */
const origin = base.refine(
  (url) => URL.canParse(url) && new URL(url).origin === url,
  "must be an origin: https:// and a host name in lower case, no path",
);

const isLabel = (label: string) => /^[a-z0-9-]{1,63}$/.test(label) && !label.startsWith("-") && !label.endsWith("-");
function isHostName(text: string): boolean {
  const [name = "", port = "1", more] = text.split(":");
  return more === undefined && /^[0-9]{1,5}$/.test(port) && name.split(".").every(isLabel);
}
const hostName = z.string().refine(isHostName, "must be a host name, in lower case, with its port where it has one");

/**
 * One setting: what it is, for who fills it in, and how its text is read. The table in README.md and the file
 * of a deployment are made of these.
 */
const setting = <Shape extends z.ZodType>(about: string, shape: Shape): Shape => shape.meta({ about });
/** A setting that nobody else may read. */
const secret = <Shape extends z.ZodType>(about: string, shape: Shape): Shape => shape.meta({ about, secret: true });

/** All settings of the edge, each by itself; settings-rules.ts says what must hold between them. */
export const settingsShape = z.object({
  INSTANCE: setting("name of this copy, part of the names of cookies", filledText),
  ENVIRONMENT: setting(
    "`local`, `production`, or `preview`: deployed as production is, with test keys of Clerk and of Stripe",
    z.enum(["local", "preview", "production"]),
  ),
  PUBLIC_URL: setting("the one public origin", origin),
  LIBSQL_URL: setting("the database, behind the cell's private ingress", webAddress(/^(?:https?|libsql)$/)),
  LIBSQL_TOKEN: secret("a token of the database server", filledText.optional()),
  RIVET_URL: setting("the engine's gateway, behind the cell's private ingress", base),
  RIVET_TOKEN: secret("the engine's token", filledText),
  RELAY_URL: setting("the runner's relay, behind the cell's private ingress", base),
  INGRESS_ID: setting(
    "the id of the service token (Cloudflare Access) that opens the cell's private ingress; absent where the cell is on the edge's own machine",
    filledText.optional(),
  ),
  INGRESS_SECRET: secret("that token's secret, given together with it", filledText.optional()),
  SIGNING_KEYS: secret(
    "keys of tickets: JSON list of private ES256 JWKs with `kid`, and `class` `ticket` where it is said; the first signs",
    jsonText.pipe(ticketKeys),
  ),
  KEKS: secret(
    "keys that seal: JSON `{id: 32 bytes in base64url}`",
    jsonText.pipe(z.record(z.string(), z.string().regex(/^[A-Za-z0-9_-]{43}$/, "32 bytes in base64url"))),
  ),
  KEK_CURRENT: setting("which of `KEKS` seals", filledText),
  IDENTITY: setting("`clerk`, or `local` (refused but on a developer's machine)", z.enum(["local", "clerk"])),
  IDENTITY_ISSUER: setting("who issues the tokens of people, as `https://` and the host of Clerk's Frontend API", origin),
  IDENTITY_JWT_KEY: setting(
    "the public key of those tokens, SPKI in PEM, until the issuer's list of keys has been heard: from then on that says which keys count",
    z.string().min(1),
  ),
  IDENTITY_KEY_ID: setting(
    "that key's `kid`: until that list has been heard a token that names another, or none, is refused; any is taken where this is absent",
    filledText.optional(),
  ),
  IDENTITY_PARTIES: setting("origins that a token may be for, comma-separated", commaList.pipe(z.array(filledText).min(1))),
  IDENTITY_URL: setting("where the double of Clerk's Frontend API is, with `IDENTITY` `local`", base.optional()),
  CLERK_PUBLISHABLE_KEY: setting(
    "Clerk's publishable key, with `IDENTITY` `clerk`: a live one in production, a test one in preview",
    z
      .string()
      .refine((key) => readClerkHost(key) !== undefined, "is not a publishable key of Clerk's")
      .optional(),
  ),
  CLERK_WEBHOOK_SECRET: secret(
    "what Clerk signs its words to `POST /webhooks/clerk` with (`whsec_…`); without it none is taken: 503",
    z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/]{24,}={0,2}$/, "is not a signing secret of Clerk's")
      .optional(),
  ),
  CLERK_SECRET_KEY: secret(
    "reads name, address and roles of people at their first call, gives and takes the role of support, and deletes the sign-in accounts of those who have themselves erased; without it none of that is done, and the page says so",
    z.string().startsWith("sk_").optional(),
  ),
  CLERK_API_URL: setting("another address of Clerk's Backend API", base.default("https://api.clerk.com")),
  MODEL_URL: setting("an OpenAI-compatible provider, whose models answer where no other key was chosen", base),
  MODEL_KEY: secret("that provider's key", filledText),
  MODEL_NAME: setting("its model", filledText),
  MODEL_FAST: setting("its model for what agent types call `fast`; `MODEL_NAME` where absent", filledText.optional()),
  MODEL_STANDARD: setting("likewise `standard`", filledText.optional()),
  MODEL_DEEP: setting("likewise `deep`", filledText.optional()),
  MODEL_DEMO: setting("`1` labels the model a demo", z.string().optional()),
  OPENAI_URL: setting("where OpenAI's own API is; a key of theirs is sent there alone", base.default("https://api.openai.com/v1")),
  ANTHROPIC_URL: setting("likewise Anthropic's", base.default("https://api.anthropic.com/v1")),
  GOOGLE_URL: setting("likewise Google's", base.default("https://generativelanguage.googleapis.com/v1beta")),
  MODELS_LOCAL: setting(
    "origins not on the internet that an OpenAI-compatible provider of a member's may have, comma-separated",
    commaList.pipe(z.array(z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin))),
  ),
  MODEL_SILENCE: setting(
    "milliseconds that a model may be silent in its answer, twice that before it",
    z.coerce.number().int().positive().default(60_000),
  ),
  MODEL_LONGEST: setting(
    "milliseconds that one answer may take; what goes on is cut there, as by its length: below OpenCode's own ten minutes",
    z.coerce.number().int().positive().default(540_000),
  ),
  MAIL_URL: setting(
    "Resend's API (`https://api.resend.com`) or one like it; without it no mail is sent, and members read so",
    base.optional(),
  ),
  MAIL_KEY: secret("its key, needed with `MAIL_URL`", filledText.optional()),
  MAIL_FROM: setting("the sender, needed with `MAIL_URL`: `GrowQR <reminders@your.domain>`", filledText.optional()),
  MAIL_PAGE: setting("where a demo's mails are read", base.optional()),
  PUSH_KEY: secret(
    "a private ES256 JWK, the platform's for web push (VAPID), none of `SIGNING_KEYS`; without it no device can be added",
    jsonText.pipe(pushKey).optional(),
  ),
  PREVIEW_DOMAIN: setting(
    "below it each preview has a host name of its own: a registrable domain apart from that of `PUBLIC_URL` (else the edge does not start), with `*.` of it led to this Worker. Locally `preview.localhost`; without it previews are refused in words",
    hostName.optional(),
  ),
  APPS_DOMAIN: setting(
    "below it what serves of each project has a host name of its own: a registrable domain apart from those of `PUBLIC_URL` and `PREVIEW_DOMAIN`, with `*.` of it led to this Worker; best on the Public Suffix List, so that no app sets another's cookies. Locally `apps.localhost`; without it deployments are refused in words",
    hostName.optional(),
  ),
  DNS_OVER_HTTPS: setting(
    "the resolver that is asked for members' domains, with answers in JSON",
    base.default("https://cloudflare-dns.com/dns-query"),
  ),
  CERTIFICATES_URL: setting("another address of Cloudflare's API, for certificates", base.default("https://api.cloudflare.com/client/v4")),
  CERTIFICATES_ZONE: setting(
    "the zone of Cloudflare for SaaS that makes certificates for members' own domains: that of `APPS_DOMAIN`, its fallback origin this Worker. Without it domains are refused in words, and a demo on a developer's machine",
    z
      .string()
      .regex(/^[0-9a-f]{32}$/, "the id of a zone")
      .optional(),
  ),
  CERTIFICATES_TOKEN: secret("a token that may edit the SSL of that zone, given together with it", filledText.optional()),
  STRIPE_URL: setting("another address of Stripe's API; https where it is deployed", base.optional()),
  STRIPE_KEY: secret(
    "payments by Stripe: its secret or restricted key, a live one in production, a test one in preview. Without it payments are refused in words",
    filledText.regex(/^(?:sk|rk)_/, "is not a secret or restricted key of Stripe's").optional(),
  ),
  STRIPE_WEBHOOK_SECRET: secret("the secret of its webhook to `/webhooks/stripe`, given together with `STRIPE_KEY`", filledText.optional()),
  STRIPE_PRICE_STUDIO: setting(
    "the id of the price of the plan Studio, given together with `STRIPE_KEY` (with commas: the first is sold, the others still count)",
    commaList,
  ),
  STRIPE_PRICE_WORKSHOP: setting("the same of the plan Workshop; without it that plan is not sold", commaList),
  STRIPE_METER: setting(
    "the event name of a meter at Stripe that is told what models cost, in cents; without it none is told",
    filledText.optional(),
  ),
  STRIPE_TAX: setting("`1`: Stripe Tax adds what is due by the payer's address", z.enum(["0", "1"]).default("0")),
  SUPPORT_EMAIL: setting("the address that members write to; without it no plan says how soon it is answered", z.email().optional()),
  REMINDERS_LOCAL: setting(
    "origins not on the internet that members' webhooks and push services may have, comma-separated",
    commaList.pipe(z.array(z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin))),
  ),
  TRACES_URL: setting(
    "a collector of OpenTelemetry's, which takes OTLP over HTTP below `/v1/traces`; without it no traces. Runner and host have the same three settings",
    traceSettings.TRACES_URL,
  ),
  TRACES_HEADERS: secret("`name=value,…`, sent with them", traceSettings.TRACES_HEADERS),
  TRACES_RATIO: setting("which part of all traces is kept, 0 to 1", traceSettings.TRACES_RATIO),
});
