import { z } from "zod";
import { trimTail } from "../wire/foreign-text.ts";

/**
 * Keys of models' providers: the platform's and the members' own. A key is kept sealed and told to nobody; a
 * member reads its last four characters.
 */
export const modelProviders = ["openai", "anthropic", "google", "compatible"] as const;
export const modelProvider = z.enum(modelProviders);
export type ModelProvider = z.infer<typeof modelProvider>;
export const providerTitles: Readonly<Record<ModelProvider, string>> = {
  ...{ openai: "OpenAI", anthropic: "Anthropic", google: "Google" },
  compatible: "Another, OpenAI-compatible",
};

/** How a provider's own API is spoken; `chat` all four take. */
export const modelDialects = ["chat", "responses", "messages", "generate"] as const;
export type ModelDialect = (typeof modelDialects)[number];
const dialectProviders: Readonly<Record<ModelDialect, readonly ModelProvider[]>> = {
  ...{ chat: modelProviders, responses: ["openai", "compatible"], messages: ["anthropic"], generate: ["google"] },
};
export const speaksDialect = (provider: ModelProvider, dialect: ModelDialect): boolean => dialectProviders[dialect].includes(provider);

/** A model's name as its provider writes it. */
export const modelName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,99}$/, "letters, digits, . _ : / @ and -, at most 100");

export const providerKeyIn = z
  .strictObject({
    key: z
      .string()
      .min(16)
      .max(1_000)
      .regex(/^[\x21-\x7e]+$/, "must be one word of plain characters"),
    /** Of an OpenAI-compatible provider: `https://api.example.org/v1`. */
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .max(300)
      .transform((url) => trimTail(url, "/"))
      .optional(),
  })
  .meta({ id: "ProviderKeyInput" });
export type ProviderKeyIn = z.infer<typeof providerKeyIn>;

/**
 * `works`: the provider listed its models. `refused`: it did not take the key. `unreached`: it gave no list.
 */
export const keyStates = ["works", "refused", "unreached"] as const;
export type KeyState = (typeof keyStates)[number];
export const providerKeyView = z
  .object({
    provider: modelProvider,
    baseUrl: z.string().nullable(),
    /** The last four characters of the key. */
    ending: z.string(),
    state: z.enum(keyStates),
    /** What the last test found, in words. */
    detail: z.string(),
    testedAt: z.number(),
    updatedAt: z.number(),
    /** What the provider offers under this key, as it said at the last test that worked. */
    models: z.array(z.string()),
    /** `settings`: the key that the platform was started with (`MODEL_KEY`). */
    from: z.enum(["kept", "settings"]),
  })
  .meta({ id: "ProviderKey" });
export type ProviderKeyView = z.infer<typeof providerKeyView>;
export const providerKeysOut = z.object({ keys: z.array(providerKeyView) });

/**
 * What is sealed, by the name of the key-encryption key that wraps it. `current` wraps what is sealed now.
 */
export const sealingOut = z.object({
  current: z.string(),
  wrappedBy: z.array(z.object({ kek: z.string(), records: z.number().int() })),
  /** Records that no key of `KEKS` opens. */
  stuck: z.number().int(),
});
/** `left`: call again until it is 0; what was wrapped anew stays so. */
export const rewrapOut = z.object({ rewrapped: z.number().int(), left: z.number().int(), stuck: z.number().int() });
