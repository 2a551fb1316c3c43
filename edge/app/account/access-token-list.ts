import { useQuery } from "@tanstack/react-query";
import { accessTokensOut } from "../../../schema/account/access-token.ts";
import type { AuditEntry } from "../../../schema/audit/audit.ts";
import { useServices } from "../live/workspace.ts";

export const accessTokensKey = ["access-tokens"];
/** The member's access tokens. */
export function useAccessTokens({ enabled = true, fresh = false } = {}) {
  const { api } = useServices();
  return useQuery({
    queryKey: accessTokensKey,
    queryFn: () => api.get("/account/tokens", accessTokensOut),
    enabled,
    refetchOnMount: fresh ? "always" : true,
  });
}

const isToken = (named: string | undefined): named is string => named?.startsWith("pat_") === true;
/** Of a change in the audit: which program of the member's made it, or which token it was about, in words. */
export function useTokenWords({ by, target }: Pick<AuditEntry, "by" | "target">): { maker?: string; about?: string } {
  const maker = by.kind === "member" && isToken(by.id) ? by.id : undefined;
  const list = useAccessTokens({ enabled: maker !== undefined || isToken(target) }).data?.accessTokens;
  const nameOf = (id: string) => list?.find((token) => token.id === id)?.name;
  const program = maker === undefined ? undefined : nameOf(maker);
  return {
    ...(maker === undefined ? {} : { maker: program === undefined ? "A program of yours" : `Your program “${program}”` }),
    ...(isToken(target) ? { about: nameOf(target) ?? "no longer kept" } : {}),
  };
}
