import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { type BillingOut, billingOut } from "../../../../schema/billing/billing.ts";
import { dayMs } from "../../../../schema/wire/duration.ts";
import { useLive } from "../../live/use-live.ts";
import { useServices, useSpace } from "../../live/workspace.ts";
import { isTrialToBegin } from "./trial.ts";

/** Draws nothing: it reads the account again when that may stand otherwise. */
export default function AccountWatch(): undefined {
  useTrialBegin();
  useStanding();
}

/**
 * Reads the account again once the stack is ready and the trial begins. The edge hears of it a moment after
 * this page, so it is asked until it says when the trial ends.
 */
function useTrialBegin(): void {
  const { api } = useServices();
  const { me } = useSpace();
  const queries = useQueryClient();
  const ready = useLive(({ view }) => view.stack?.ready ?? false);
  const begins = ready && isTrialToBegin(me);
  useQuery({
    queryKey: ["trial"],
    queryFn: async () => {
      const now = await api.me();
      queries.setQueryData(["me"], now);
      if (!isTrialToBegin(now)) void queries.invalidateQueries({ queryKey: ["billing"] });
      return now.subscription;
    },
    enabled: begins,
    refetchInterval: 3_000,
  });
}

/** Whether the stack may run changes with time and with payments, of which no event tells. */
function useStanding(): void {
  const { api } = useServices();
  const queries = useQueryClient();
  const account = useQuery({
    ...{ queryKey: ["me"], queryFn: () => api.me(), refetchOnMount: false },
    ...{ staleTime: 0, refetchOnWindowFocus: true },
  });
  // What others read; by itself it asks for nothing.
  const billing = useQuery<BillingOut>({ queryKey: ["billing"], queryFn: () => api.get("/billing", billingOut), enabled: false });
  const isOlder = billing.dataUpdatedAt < account.dataUpdatedAt;
  const [mine, paid] = [account.data?.entitlement, billing.data?.entitlement];
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each difference, whatever is answered
  useEffect(() => {
    if (mine !== undefined && paid !== undefined && mine !== paid)
      void queries.invalidateQueries({ queryKey: [isOlder ? "billing" : "me"] });
  }, [mine, paid, queries]);

  // A stack that starts or stops may do so for a payment, or for its want, that was not read yet.
  const tier = useLive(({ view }) => view.stack?.tier);
  const seen = useRef(tier);
  useEffect(() => {
    if (seen.current !== undefined && tier !== seen.current) void queries.invalidateQueries({ queryKey: ["me"] });
    seen.current = tier;
  }, [tier, queries]);

  const { stopsAt, archivedAt } = billing.data?.withoutPayment ?? {};
  const periodEnd = account.data?.subscription?.periodEnd;
  const readAt = account.dataUpdatedAt;
  useEffect(() => {
    const ahead = [stopsAt, archivedAt, periodEnd].filter((at) => typeof at === "number" && at > readAt) as number[];
    if (ahead.length === 0) return;
    const left = Math.max(0, Math.min(...ahead) - Date.now()) + aMoment;
    const timer = setTimeout(
      () => {
        for (const key of ["me", "billing"]) void queries.invalidateQueries({ queryKey: [key] });
      },
      Math.min(left, dayMs), // of a browser no timer lasts a month
    );
    return () => clearTimeout(timer);
  }, [stopsAt, archivedAt, periodEnd, readAt, queries]);
}
/** The clock of the edge may be later. */
const aMoment = 2_000;
