import { useQuery, useQueryClient } from "@tanstack/react-query";
import { modelChoicesOut } from "../../../schema/provider/model-choice.ts";
import { type ModelProvider, type ProviderKeyIn, providerKeysOut, providerKeyView } from "../../../schema/provider/provider-key.ts";
import { restCall } from "../live/api.ts";
import { useServices } from "../live/workspace.ts";
import { useSecretWrite } from "../secret/secret-parts.tsx";

/** Whose keys: the person's own, or the platform's, which operators keep. */
export type KeyScope = "own" | "platform";
const keysKey = (scope: KeyScope) => ["provider-keys", scope];
const choicesKey = ["model-choices"];

export function useProviderKeys(scope: KeyScope) {
  const { api } = useServices();
  return useQuery({
    queryKey: keysKey(scope),
    queryFn: () => api.get(scope === "own" ? "/keys" : "/platform/keys", providerKeysOut),
    refetchOnMount: "always",
  });
}
const ofProvider = (name: string) => ({ params: { path: { provider: name as ModelProvider } } });
const bodyOf = ({ key, baseUrl }: ProviderKeyIn) => ({ key, ...(baseUrl === undefined ? {} : { baseUrl }) });
const calls = {
  own: {
    keep: (name: string, kept: ProviderKeyIn) => restCall("PUT", "/keys/{provider}", { ...ofProvider(name), body: bodyOf(kept) }),
    forget: (name: string) => restCall("DELETE", "/keys/{provider}", ofProvider(name)),
  },
  platform: {
    keep: (name: string, kept: ProviderKeyIn) => restCall("PUT", "/platform/keys/{provider}", { ...ofProvider(name), body: bodyOf(kept) }),
    forget: (name: string) => restCall("DELETE", "/platform/keys/{provider}", ofProvider(name)),
  },
} as const;
/** Keeps, replaces or forgets a key. What can be chosen changes with it. */
export function useProviderKeyChange(scope: KeyScope) {
  const queries = useQueryClient();
  const write = useSecretWrite<ProviderKeyIn>(calls[scope], providerKeyView, keysKey(scope));
  const after = { onSuccess: () => void queries.invalidateQueries({ queryKey: choicesKey }) };
  return { ...write, put: (name: string, kept: ProviderKeyIn | null) => write.mutate({ name, kept }, after) };
}
export const testCall = (scope: KeyScope, provider: ModelProvider) =>
  scope === "own"
    ? restCall("POST", "/keys/{provider}/test", { ...ofProvider(provider), body: {} })
    : restCall("POST", "/platform/keys/{provider}/test", { ...ofProvider(provider), body: {} });
export function useProviderKeysChanged(scope: KeyScope): () => void {
  const queries = useQueryClient();
  return () => {
    for (const queryKey of [keysKey(scope), choicesKey]) void queries.invalidateQueries({ queryKey });
  };
}

export function useModelChoices() {
  const { api } = useServices();
  return useQuery({ queryKey: choicesKey, queryFn: () => api.get("/models", modelChoicesOut), refetchOnMount: "always" });
}
