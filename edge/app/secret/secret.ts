import { useQuery } from "@tanstack/react-query";
import type { AgentTypeView } from "../../../schema/agent/agent-type-api.ts";
import { type SecretView, secretsOut, secretView } from "../../../schema/secret.ts";
import { restCall } from "../live/api.ts";
import { useServices } from "../live/workspace.ts";
import { useSecretWrite } from "./secret-parts.tsx";

/** The person's secrets: their names and origins, never a value. */
const secretsKey = ["secrets"];
export function useSecrets() {
  const { api } = useServices();
  return useQuery({ queryKey: secretsKey, queryFn: () => api.get("/secrets", secretsOut), refetchOnMount: "always" });
}

/** Keeps, replaces or forgets a secret. */
export const useSecretChange = () => useSecretWrite(secretCalls, secretView, secretsKey);
const secretCalls = {
  keep: (name: string, body: { value: string; origin: string }) => restCall("PUT", "/secrets/{name}", { params: { path: { name } }, body }),
  forget: (name: string) => restCall("DELETE", "/secrets/{name}", { params: { path: { name } } }),
};

/** What a kind of agent needs for its service: its name, and the only place it is sent to. */
export type SecretNeed = { name: string; origin: string; kind: AgentTypeView };
export function listSecretNeeds(types: readonly AgentTypeView[]): SecretNeed[] {
  return types.flatMap((kind) => {
    const { service } = kind;
    return service?.secret ? [{ name: service.secret, origin: new URL(service.url).origin, kind }] : [];
  });
}
/** The needs without a kept secret for their origin. */
export function findMissingSecrets(needs: readonly SecretNeed[], kept: readonly SecretView[]): SecretNeed[] {
  return needs.filter(({ name, origin }) => !kept.some((secret) => secret.name === name && secret.origin === origin));
}
