import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { AppError } from "../../../schema/wire/error.ts";
import { useServices } from "../live/workspace.ts";

type StartAgent = { hasPlan: boolean; onStarted?: () => void };
/** Sets up a person's agent: with the trial, which begins once in a life, or with the plan that they have. */
export function useStartAgent({ hasPlan, onStarted }: StartAgent) {
  const { api } = useServices();
  const queries = useQueryClient();
  const [key, setKey] = useState(() => crypto.randomUUID()); // pressing twice starts once
  return useMutation({
    mutationFn: () => (hasPlan ? api.provision(key) : api.startTrial(key)),
    retry: (count, error) => count < 3 && error instanceof AppError && error.code === "unavailable",
    onError: () => setKey(crypto.randomUUID()),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["me"] });
      onStarted?.();
    },
  });
}
