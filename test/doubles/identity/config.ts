import { z } from "zod";

/** Read once, at start. In production the double does not exist: it gives out sessions without a password. */
const shape = z.object({
  INSTANCE: z.string().min(1),
  IDENTITY_PORT: z.coerce.number().int().positive(),
  IDENTITY_FOLDER: z.string().min(1),
  /** The issuer, and where browsers reach it. */
  IDENTITY_URL: z.url(),
  /** Origins of the app, the first one being the default `azp`. */
  APP_ORIGINS: z.string().transform((list) => list.split(",").map((origin) => new URL(origin).origin)),
  /** Where changes of people are told, and what the word is signed with; both or neither. */
  WEBHOOK_URL: z.url().optional(),
  WEBHOOK_SECRET: z.string().startsWith("whsec_").optional(),
  /** What a program of the platform's shows to the Backend API. */
  SECRET_KEY: z.string().startsWith("sk_").optional(),
  NODE_ENV: z.literal(["development", "test"], "the local identity page refuses to run in production").default("development"),
  ENVIRONMENT: z.literal("local", "the local identity page refuses to run in production").default("local"),
});
export type Config = z.infer<typeof shape>;

export function config(env: Record<string, string | undefined>): Config {
  const parsed = shape.safeParse(env);
  if (!parsed.success) throw new Error(parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("\n"));
  return parsed.data;
}
