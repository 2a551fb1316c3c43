import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { AgentTypeView } from "../../../schema/agent/agent-type-api.ts";
import { type SecretView, secretsOut, secretView } from "../../../schema/secret.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { removedOut } from "../../../schema/wire/removed.ts";
import { useServices } from "../live/workspace.ts";

/** The person's secrets: their names and origins, never a value. */
const secretsKey = ["secrets"];
export function useSecrets() {
  const { api } = useServices();
  return useQuery({ queryKey: secretsKey, queryFn: () => api.get("/secrets", secretsOut), refetchOnMount: "always" });
}

/** `kept` null: the secret is forgotten. */
export type SecretChange = { name: string; kept: { value: string; origin: string } | null };
/** Keeps, replaces or forgets a secret. The same change again changes nothing. */
export function useSecretChange() {
  const { api } = useServices();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, kept }: SecretChange): Promise<unknown> => {
      const path = `/secrets/${encodeURIComponent(name)}`;
      return kept
        ? api.send("PUT", path, secretView, kept)
        : api.send("DELETE", path, removedOut).catch((error: unknown) => {
            if (!(error instanceof AppError) || error.code !== "not_found") throw error; // it was forgotten already
          });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: secretsKey }),
    gcTime: 0, // no value stays in the page's memory
  });
}

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
