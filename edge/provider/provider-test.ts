import { z } from "zod";
import type { KeyState, ModelProvider } from "../../schema/provider/provider-key.ts";
import { modelName } from "../../schema/provider/provider-key.ts";
import type { Bindings, EdgeConfig } from "../env.ts";
import { dialOutside } from "../kernel/outbound.ts";
import { firstOf } from "../model/model-answer.ts";

/** A provider as it is called: where it is, with which key, and by which way out. */
export type ProviderDoor = { provider: ModelProvider; url: string; key: string; send: typeof fetch };

/** Where a provider is, and how it is dialled: what a member names goes by the way out to the internet. */
export function openProvider(
  env: Bindings,
  config: EdgeConfig,
  { provider, baseUrl, key }: { provider: ModelProvider; baseUrl: string | null; key: string },
): ProviderDoor {
  const address = { openai: config.OPENAI_URL, anthropic: config.ANTHROPIC_URL, google: config.GOOGLE_URL, compatible: baseUrl ?? "" }[
    provider
  ];
  const send: typeof fetch = provider === "compatible" ? dialOutside(env, config, address, config.MODELS_LOCAL) : fetch;
  return { provider, url: address, key, send };
}

/** The headers by which a provider knows its customer in its own API. */
export function providerHeaders({ provider, key }: Pick<ProviderDoor, "provider" | "key">): Record<string, string> {
  if (provider === "anthropic") return { "x-api-key": key, "anthropic-version": "2023-06-01" };
  return provider === "google" ? { "x-goog-api-key": key } : { authorization: `Bearer ${key}` };
}

const mostModels = 300;
const listed = z.union([
  z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) }).transform(({ data }) => data.map(({ id }) => id)),
  z.looseObject({ models: z.array(z.looseObject({ name: z.string() })) }).transform(({ models }) => models.map(({ name }) => name)),
]);
function readModels(text: string): string[] | undefined {
  try {
    const names = listed.parse(JSON.parse(text)).map((name) => name.replace(/^models\//, ""));
    return [...new Set(names.filter((name) => modelName.safeParse(name).success))].slice(0, mostModels);
  } catch {
    return undefined; // a page, or another API
  }
}

/** Asks for the list of models: it costs nothing, and a provider gives it to a key that it takes only. */
export async function testProvider(door: ProviderDoor): Promise<{ state: KeyState; detail: string; models: string[] }> {
  const unreached = (detail: string) => ({ state: "unreached" as const, detail, models: [] });
  const paging = door.provider === "google" ? "?pageSize=300" : door.provider === "anthropic" ? "?limit=300" : "";
  const headers = { ...providerHeaders(door), accept: "application/json" };
  const { send } = door;
  const asked = { headers, redirect: "manual", signal: AbortSignal.timeout(8_000) } as const;
  const response = await send(`${door.url}/models${paging}`, asked).catch(() => undefined);
  if (!response) return unreached("The provider could not be reached.");
  const text = await firstOf(response, { characters: 2_000_000, silence: 5_000, whole: 8_000 });
  const { status } = response;
  const wrongKey = status === 400 && door.provider === "google" && text.includes("API_KEY_INVALID");
  if (status === 401 || status === 403 || wrongKey)
    return { state: "refused", detail: `The provider does not take this key (status ${status}).`, models: [] };
  if (!response.ok) return unreached(`The provider answered ${status} when it was asked for its models.`);
  const models = readModels(text);
  if (!models) return unreached("What answers there gives no list of models.");
  return { state: "works", detail: `It offers ${models.length} ${models.length === 1 ? "model" : "models"}.`, models };
}
