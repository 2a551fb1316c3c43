import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { hostsOut, joinTokensOut, machineOut } from "../../../schema/machine/machine-view.ts";
import { useServices } from "../live/workspace.ts";

/** No live connection tells of machines, so they are asked again while they are seen. */
const askedEvery = 5_000;
const asked = { refetchInterval: askedEvery, refetchOnMount: "always" } as const;

/** Without the inbox count of other pages: an operator may have no agent, and then there is no inbox. */
export function useMachineTitle(text: string): void {
  useEffect(() => {
    document.title = `${text} · GrowQR`;
  }, [text]);
}
export function useMachines() {
  const { api } = useServices();
  return useQuery({ queryKey: ["machines", "all"], queryFn: () => api.get("/hosts", hostsOut), ...asked });
}
export function useMachine(id: string) {
  const { api } = useServices();
  return useQuery({
    queryKey: ["machines", id],
    queryFn: () => api.get("/hosts/{id}", machineOut, { params: { path: { id } } }),
    ...asked,
  });
}
export function useJoinTokens() {
  const { api } = useServices();
  return useQuery({ queryKey: ["machines", "tokens"], queryFn: () => api.get("/hosts/tokens", joinTokensOut), ...asked });
}
export function useMachinesChanged() {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: ["machines"] });
}
